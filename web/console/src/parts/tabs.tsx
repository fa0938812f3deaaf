import { SegmentedControl } from '@mantine/core'
import { go, usePath } from '../router.tsx'

/** Lists that belong together, side by side. */
export function Tabs({ items }: { items: { name: string; path: string }[] }) {
  const path = usePath()
  return <SegmentedControl size="xs" aria-label="Lists" data={items.map((i) => ({ label: i.name, value: i.path }))} value={items.find((i) => path.startsWith(i.path))?.path} onChange={(p) => go(p)} />
}
