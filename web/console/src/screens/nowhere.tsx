import { Empty } from '../parts/bits.tsx'
import { A } from '../router.tsx'

export function Nowhere() {
  return (
    <Empty title="There is no such screen" act={<A className="link" href="/">Home</A>}>
      The address may be of an older version. Press <kbd>?</kbd> for the keys, or <kbd>Ctrl K</kbd> to find something.
    </Empty>
  )
}
