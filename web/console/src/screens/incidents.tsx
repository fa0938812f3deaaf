import { Button, Modal } from '@mantine/core'
import { useCallback } from 'react'
import { useData, usePages } from '../data.ts'
import { grades } from '../grade.ts'
import { count } from '../numbers.ts'
import { Empty, Fault, Head, Severity, Station, Technique, Wait, When } from '../parts/bits.tsx'
import { Facet, Search } from '../parts/filter.tsx'
import { type Column, Grid } from '../parts/grid.tsx'
import { IncidentIcon } from '../parts/icons.tsx'
import { Tabs } from '../parts/tabs.tsx'
import type { Finding, Incident } from '../rows.ts'
import { A, go, useQuery } from '../router.tsx'
import { parted } from '../story.ts'

const incidentColumns: Column<Incident>[] = [
  { id: 'severity', head: 'Severity', width: '86px', sort: 'severity', cell: (i) => <Severity severity={i.severity} /> },
  { id: 'id', head: 'Id', width: '62px', cell: (i) => <span className="mono">{i.id}</span> },
  { id: 'state', head: 'State', width: '104px', sort: 'state', cell: (i) => <span className={'tag ' + i.state}>{i.state}</span> },
  { id: 'what', head: 'What', width: 'minmax(240px, 2fr)', cell: (i) => <span title={i.title}>{parted(i.title).what}</span> },
  { id: 'who', head: 'Who', width: 'minmax(160px, 1.2fr)', cell: (i) => <span title={i.title}>{parted(i.title).who}</span> },
  { id: 'findings', head: 'Findings', width: '66px', sort: 'findings', right: true, cell: (i) => count(i.findings.length) },
  { id: 'first', head: 'First', width: '104px', sort: 'first', cell: (i) => <When at={i.first} form="brief" /> },
  { id: 'last', head: 'Last', width: '104px', sort: 'last', cell: (i) => <When at={i.last} form="brief" /> },
]

const findingColumns: Column<Finding>[] = [
  { id: 'severity', head: 'Severity', width: '86px', sort: 'severity', cell: (f) => <Severity severity={f.severity} /> },
  { id: 'time', head: 'When', width: '104px', sort: 'time', cell: (f) => <When at={f.time} form="brief" /> },
  { id: 'title', head: 'What', width: 'minmax(170px, 1fr)', cell: (f) => f.title },
  { id: 'seen', head: 'Seen', width: 'minmax(260px, 2.4fr)', cell: (f) => <span title={f.seen}>{f.seen}</span> },
  { id: 'count', head: 'Times', width: '56px', sort: 'count', right: true, cell: (f) => count(f.count) },
  { id: 'protocol', head: 'Protocol', width: '90px', sort: 'protocol', cell: (f) => f.protocol },
  { id: 'detector', head: 'Detector', width: '72px', sort: 'detector', cell: (f) => <span className="mono">{f.detector}</span> },
  { id: 'window', head: 'Planned work', width: '120px', cell: (f) => f.window, hidden: true },
  { id: 'id', head: 'Id', width: '72px', cell: (f) => <span className="mono">{f.id}</span> },
]

const tabs = (
  <Tabs
    items={[
      { name: 'Incidents', path: '/incidents' },
      { name: 'Findings', path: '/findings' },
    ]}
  />
)

export function Incidents({ findings = false, finding }: { findings?: boolean; finding?: string }) {
  if (finding) return <FindingList open={finding} />
  return findings ? <FindingList /> : <IncidentList />
}

function IncidentList() {
  const [query, change] = useQuery()
  const sort = query.get('sort') ?? '-severity'
  const ask = { q: query.get('q') ?? '', state: query.getAll('state'), severity: query.getAll('severity'), sort: sort === '-severity' ? '-severity,-last' : sort }
  const pages = usePages<Incident>('/incidents', ask, ['incident', 'hello'])
  const find = useCallback((q: string) => change({ q }), [change])
  const narrowed = !!(ask.q || ask.state.length || ask.severity.length)
  return (
    <>
      <Head title="Incidents" sub="findings that tell one story">
        {tabs}
      </Head>
      <div className="bar">
        <Search label="Station, address, what happened…" value={ask.q} onChange={find} />
        <Facet name="State" values={['open', 'acknowledged', 'learned', 'joined'].map((value) => ({ value }))} chosen={ask.state} onChange={(state) => change({ state })} />
        <Facet name="Severity" values={grades.map((value) => ({ value }))} chosen={ask.severity} onChange={(severity) => change({ severity })} />
        {narrowed && (
          <Button variant="subtle" color="gray" onClick={() => go('/incidents', true)}>
            Clear
          </Button>
        )}
      </div>
      <Grid
        name="incidents"
        label="Incidents"
        unit={pages.total === 1 ? 'incident' : 'incidents'}
        columns={incidentColumns}
        pages={pages}
        rowKey={(i) => i.id}
        href={(i) => '/incidents/' + i.id}
        sort={sort}
        onSort={(s) => change({ sort: s })}
        empty={
          <Empty icon={<IncidentIcon size={28} />} title={narrowed ? 'No incident is like that' : 'No incident yet'} act={narrowed ? <Button onClick={() => go('/incidents', true)}>Show all</Button> : undefined}>
            {narrowed ? 'Take a filter away.' : 'An incident is opened when findings about the same stations belong together, such as a scan and then a changed program. Single findings are beside this list.'}
          </Empty>
        }
      />
    </>
  )
}

function FindingList({ open }: { open?: string }) {
  const [query, change] = useQuery()
  const sort = query.get('sort') ?? '-severity'
  const ask = { q: query.get('q') ?? '', severity: query.getAll('severity'), detector: query.getAll('detector'), asset: query.get('asset') ?? '', incident: query.get('incident') ?? '', sort: sort === '-severity' ? '-severity,-time' : sort }
  const pages = usePages<Finding>('/findings', ask, ['finding', 'hello'])
  const find = useCallback((q: string) => change({ q }), [change])
  const narrowed = !!(ask.q || ask.severity.length || ask.detector.length || ask.asset || ask.incident)
  return (
    <>
      <Head title="Findings" sub={ask.asset ? `about ${ask.asset}` : 'what Davy judged, one by one'}>
        {tabs}
      </Head>
      <div className="bar">
        <Search label="Station, address, what was seen…" value={ask.q} onChange={find} />
        <Facet name="Severity" values={grades.map((value) => ({ value }))} chosen={ask.severity} onChange={(severity) => change({ severity })} />
        {narrowed && (
          <Button variant="subtle" color="gray" onClick={() => go('/findings', true)}>
            Clear
          </Button>
        )}
      </div>
      <Grid
        name="findings"
        label="Findings"
        unit={pages.total === 1 ? 'finding' : 'findings'}
        columns={findingColumns}
        pages={pages}
        rowKey={(f) => f.id}
        href={(f) => '/findings/' + f.id + location.search}
        sort={sort}
        onSort={(s) => change({ sort: s })}
        empty={
          <Empty icon={<IncidentIcon size={28} />} title={narrowed ? 'No finding is like that' : 'Nothing was found yet'} act={narrowed ? <Button onClick={() => go('/findings', true)}>Show all</Button> : undefined}>
            {narrowed ? 'Take a filter away.' : 'While Davy learns, what is new is noted with the severity info. Later the same is told as something to look at.'}
          </Empty>
        }
      />
      {open && <OneFinding id={open} close={() => go('/findings' + location.search)} />}
    </>
  )
}

function OneFinding({ id, close }: { id: string; close: () => void }) {
  const { data: f, error } = useData<Finding>('/findings/' + id, ['finding'])
  const story = useData<{ items: Incident[] }>(f?.entities.length ? `/incidents?limit=50&q=${encodeURIComponent(f.entities[0])}` : null).data?.items.find((i) => i.findings.includes(id))
  return (
    <Modal opened onClose={close} size="lg" title={<b>{f ? f.title : id}</b>} closeButtonProps={{ 'aria-label': 'Close' }}>
      {!f && (error ? <Fault error={error} /> : <Wait />)}
      {f && (
        <div style={{ display: 'grid', gap: 14 }}>
          <div className="head" style={{ margin: 0 }}>
            <Severity severity={f.severity} />
            <span className="soft mono">{f.id} · {f.detector}</span>
            {story && <A className="link" href={'/incidents/' + story.id}>part of {story.id}</A>}
            {f.window && <span className="tag">inside planned work {f.window}</span>}
          </div>
          <div className={'versus ' + f.severity}>
            <div className="seen"><span className="k">Seen</span><p>{f.seen}</p></div>
            <div><span className="k">Expected</span><p>{f.expected}</p></div>
          </div>
          <dl className="facts">
            <dt>When</dt><dd><When at={f.time} form="full" />{f.last ? <> to <When at={f.last} /></> : null}{f.count > 1 ? `, ${count(f.count)} times` : ''}</dd>
            <dt>Stations</dt><dd className="tags">{f.entities.map((e) => <Station key={e} address={e} />)}</dd>
            {f.protocol && <><dt>Protocol</dt><dd>{[f.protocol, f.verb, f.path].filter(Boolean).join(' · ')}</dd></>}
            <dt>Packets</dt><dd className="mono">{f.file} {f.frames[0] === f.frames[1] ? `frame ${f.frames[0]}` : `frames ${f.frames[0]} to ${f.frames[1]}`}</dd>
            {!!f.attack?.length && <><dt>ATT&CK</dt><dd className="tags">{f.attack.map((t) => <Technique key={t} id={t} />)}</dd></>}
          </dl>
        </div>
      )}
    </Modal>
  )
}
