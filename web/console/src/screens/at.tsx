import { useEffect } from 'react'
import { useData } from '../data.ts'
import { Empty, Fault, Wait } from '../parts/bits.tsx'
import type { Asset, Page } from '../rows.ts'
import { A, go } from '../router.tsx'

/** Finds the asset that has an address, and goes there. */
export function AtAddress({ address }: { address: string }) {
  const { data, error } = useData<Page<Asset>>(`/assets?limit=50&q=${encodeURIComponent(address)}`)
  const has = data?.items.find((a) => !a.virtual && (a.addresses.includes(address) || a.macs.includes(address)))
  const found = has ?? data?.items.find((a) => a.id === address || a.name === address)
  useEffect(() => {
    if (found) go('/assets/' + found.id, true)
  }, [found])
  if (error) return <Fault error={error} />
  if (!data || found) return <Wait />
  return (
    <Empty title={`No asset has ${address}`} act={<A className="link" href={'/links?q=' + encodeURIComponent(address)}>Its links</A>}>
      It may be a group (multicast, broadcast), or somebody that was only asked for and never answered.
    </Empty>
  )
}
