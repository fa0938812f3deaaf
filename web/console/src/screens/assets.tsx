import { Button, Checkbox } from '@mantine/core'
import { useCallback } from 'react'
import { useData, usePages } from '../data.ts'
import { bytes, count, cycle } from '../numbers.ts'
import { Empty, Head, Severity, When } from '../parts/bits.tsx'
import { Facet, Search } from '../parts/filter.tsx'
import { type Column, Grid } from '../parts/grid.tsx'
import { AssetIcon, LinkIcon } from '../parts/icons.tsx'
import { Tabs } from '../parts/tabs.tsx'
import type { Asset, Facets, Link } from '../rows.ts'
import { go, useQuery } from '../router.tsx'

export const called = (a: Asset) => a.name || a.addresses[0] || a.macs[0] || a.id
export const levels: Record<string, string> = { '0': '0 process', '1': '1 control', '2': '2 supervision', '3': '3 operations', '3.5': '3.5 DMZ', '4': '4 site IT', '5': '5 enterprise' }

const assetColumns: Column<Asset>[] = [
  { id: 'name', head: 'Name', width: 'minmax(150px, 1.5fr)', sort: 'name', cell: (a) => <>{a.new && <span className="tag new">new</span>} {called(a)}</> },
  { id: 'severity', head: 'Open', width: '84px', cell: (a) => (a.severity ? <Severity severity={a.severity} /> : <span className="faint">–</span>) },
  { id: 'kind', head: 'Kind', width: 'minmax(110px, 1fr)', sort: 'kind', cell: (a) => a.kind },
  { id: 'address', head: 'Address', width: 'minmax(118px, 1fr)', sort: 'address', cell: (a) => <span className="mono">{a.addresses[0]}{a.addresses.length > 1 ? ` +${a.addresses.length - 1}` : ''}</span> },
  { id: 'mac', head: 'MAC', width: '136px', cell: (a) => <span className="mono">{a.macs[0]}</span>, hidden: true },
  { id: 'vendor', head: 'Vendor', width: 'minmax(110px, 1.2fr)', sort: 'vendor', cell: (a) => a.vendor },
  { id: 'model', head: 'Model', width: 'minmax(100px, 1.2fr)', sort: 'model', cell: (a) => a.model },
  { id: 'firmware', head: 'Firmware', width: 'minmax(70px, .7fr)', cell: (a) => a.firmware },
  { id: 'serial', head: 'Serial', width: 'minmax(80px, .8fr)', cell: (a) => <span className="mono">{a.serial}</span>, hidden: true },
  { id: 'level', head: 'Level', width: '52px', sort: 'level', cell: (a) => <span title={levels[a.level ?? '']}>{a.level}</span> },
  { id: 'zone', head: 'Zone', width: 'minmax(90px, .9fr)', sort: 'zone', cell: (a) => a.zone },
  { id: 'criticality', head: 'Criticality', width: '84px', cell: (a) => a.criticality, hidden: true },
  { id: 'owner', head: 'Owner', width: 'minmax(80px, .7fr)', cell: (a) => a.owner, hidden: true },
  { id: 'first', head: 'First seen', width: '104px', sort: 'first', cell: (a) => <When at={a.first_seen} form="brief" />, hidden: true },
  { id: 'last', head: 'Last seen', width: '104px', sort: 'last', cell: (a) => <When at={a.last_seen} form="brief" /> },
]

/** An end of a link: what it is called, and its address. */
const end = (address: string, name?: string) => (name ? <span title={address}>{name} <span className="faint mono">{address}</span></span> : <span className="mono">{address}</span>)

const linkColumns: Column<Link>[] = [
  { id: 'client', head: 'From', width: 'minmax(150px, 1fr)', sort: 'client', cell: (l) => <>{l.new && <span className="tag new">new</span>} {end(l.client, l.client_name)}</> },
  { id: 'server', head: 'To', width: 'minmax(150px, 1fr)', sort: 'server', cell: (l) => end(l.server, l.server_name) },
  { id: 'protocol', head: 'Protocol', width: '120px', sort: 'protocol', cell: (l) => l.protocol || <span className="faint">unknown</span> },
  { id: 'port', head: 'Port', width: '92px', sort: 'port', cell: (l) => <span className="mono">{l.transport}{l.port ? ' ' + l.port : ''}</span> },
  { id: 'does', head: 'What it does most', width: 'minmax(160px, 1.6fr)', cell: (l) => operation(l) },
  { id: 'messages', head: 'Messages', width: '92px', sort: 'messages', right: true, cell: (l) => count(l.messages) },
  { id: 'bytes', head: 'Bytes', width: '80px', sort: 'bytes', right: true, cell: (l) => bytes(l.bytes) },
  { id: 'marks', head: 'Marks', width: '130px', cell: (l) => [l.one_way && 'one way', l.encrypted && 'encrypted', l.failures && `${count(l.failures)} refused`].filter(Boolean).join(', ') },
  { id: 'first', head: 'First seen', width: '104px', sort: 'first', cell: (l) => <When at={l.first_seen} form="brief" />, hidden: true },
  { id: 'last', head: 'Last seen', width: '104px', sort: 'last', cell: (l) => <When at={l.last_seen} form="brief" /> },
]

function operation(l: Link): string {
  const o = l.operations?.reduce((a, b) => (b.count > a.count ? b : a))
  return o ? [o.op, o.object].filter(Boolean).join(' ') + (o.cycle_s && o.count > 5 ? `, each ${cycle(o.cycle_s)}` : '') : ''
}

/** Who is there, or who talks to whom. */
export function Assets({ links = false }: { links?: boolean }) {
  return links ? <LinkList /> : <AssetList />
}

const tabs = (
  <Tabs
    items={[
      { name: 'Assets', path: '/assets' },
      { name: 'Links', path: '/links' },
    ]}
  />
)

function AssetList() {
  const [query, change] = useQuery()
  const facets = useData<Facets>('/assets/facets', ['asset']).data ?? {}
  const sort = query.get('sort') ?? 'name'
  const ask = { q: query.get('q') ?? '', kind: query.getAll('kind'), vendor: query.getAll('vendor'), level: query.getAll('level'), zone: query.getAll('zone'), new: query.get('new') ?? '', sort }
  const pages = usePages<Asset>('/assets', ask, ['asset'])
  const find = useCallback((q: string) => change({ q }), [change])
  const narrowed = !!(ask.q || ask.new || ask.kind.length || ask.vendor.length || ask.level.length || ask.zone.length)
  return (
    <>
      <Head title="Assets" sub="who is there, and why Davy believes it">
        {tabs}
      </Head>
      <div className="bar">
        <Search label="Name, address, model…" value={ask.q} onChange={find} />
        {(['kind', 'vendor', 'level', 'zone'] as const).map((f) => (
          <Facet key={f} name={f[0].toUpperCase() + f.slice(1)} values={facets[f] ?? []} chosen={ask[f]} onChange={(v) => change({ [f]: v })} word={(v) => (v === '-' ? 'unknown' : f === 'level' ? levels[v] ?? v : v)} />
        ))}
        <Checkbox label="New only" checked={!!ask.new} onChange={(e) => change({ new: e.currentTarget.checked ? 'true' : '' })} />
        {narrowed && (
          <Button variant="subtle" color="gray" onClick={() => go('/assets', true)}>
            Clear
          </Button>
        )}
      </div>
      <Grid
        name="assets"
        label="Assets"
        unit={pages.total === 1 ? 'asset' : 'assets'}
        columns={assetColumns}
        pages={pages}
        rowKey={(a) => a.id}
        href={(a) => '/assets/' + a.id}
        sort={sort}
        onSort={(s) => change({ sort: s })}
        empty={
          narrowed ? (
            <Empty icon={<AssetIcon size={28} />} title="No asset is like that" act={<Button onClick={() => go('/assets', true)}>Show all</Button>}>
              Take a filter away, or look for less of the name. Names, addresses, MACs, vendors, models and serial numbers are searched.
            </Empty>
          ) : (
            <Empty icon={<AssetIcon size={28} />} title="Nobody was seen yet" act={<Button onClick={() => go('/sensor')}>Is the sensor getting packets?</Button>}>
              Assets appear by themselves as they speak. If none does, the mirror port may not be set up: the switch must copy the traffic of its ports to the one that Davy listens on.
            </Empty>
          )
        }
      />
    </>
  )
}

function LinkList() {
  const [query, change] = useQuery()
  const sort = query.get('sort') ?? '-messages'
  const ask = { q: query.get('q') ?? '', protocol: query.getAll('protocol'), asset: query.get('asset') ?? '', new: query.get('new') ?? '', sort }
  const pages = usePages<Link>('/links', ask, ['asset'])
  const learned = useData<{ protocols: { name: string; links: number }[] }>('/baseline').data?.protocols ?? []
  const find = useCallback((q: string) => change({ q }), [change])
  const narrowed = !!(ask.q || ask.new || ask.protocol.length || ask.asset)
  return (
    <>
      <Head title="Links" sub={ask.asset ? `of ${ask.asset}` : 'who talks to whom, and about what'}>
        {tabs}
      </Head>
      <div className="bar">
        <Search label="Address, protocol, object…" value={ask.q} onChange={find} />
        <Facet name="Protocol" values={learned.map((p) => ({ value: p.name || '-', count: p.links }))} chosen={ask.protocol} onChange={(v) => change({ protocol: v })} word={(v) => (v === '-' ? 'unknown' : v)} />
        <Checkbox label="New only" checked={!!ask.new} onChange={(e) => change({ new: e.currentTarget.checked ? 'true' : '' })} />
        {narrowed && (
          <Button variant="subtle" color="gray" onClick={() => go('/links', true)}>
            Clear
          </Button>
        )}
      </div>
      <Grid
        name="links"
        label="Links"
        unit={pages.total === 1 ? 'link' : 'links'}
        columns={linkColumns}
        pages={pages}
        rowKey={(l) => l.id}
        href={(l) => '/at/' + encodeURIComponent(l.server)}
        sort={sort}
        onSort={(s) => change({ sort: s })}
        empty={
          <Empty icon={<LinkIcon size={28} />} title={narrowed ? 'No link is like that' : 'Nobody talks yet'} act={narrowed ? <Button onClick={() => go('/links', true)}>Show all</Button> : undefined}>
            {narrowed ? 'Take a filter away, or look for an address or a protocol.' : 'A link appears when two stations talk and both ways, or one, pass the mirror port.'}
          </Empty>
        }
      />
    </>
  )
}

