import { useEffect } from 'react'
import { ahead, useData } from '../data.ts'
import { rank } from '../grade.ts'
import { useKeys } from '../keys.ts'
import { count, many } from '../numbers.ts'
import { Empty, Fault, LevelMark, Lines, Panel, Severity, Wait } from '../parts/bits.tsx'
import { Lamp } from '../parts/icons.tsx'
import type { Home as HomeRow, Incident, IncidentPage } from '../rows.ts'
import { A, go } from '../router.tsx'
import { gravest, parted } from '../story.ts'
import { between, format, useZone } from '../time.ts'
import { LearningBar } from '../parts/learning.tsx'

function walk(by: number) {
  const list = [...document.querySelectorAll<HTMLElement>('.story')]
  const at = list.indexOf(document.activeElement as HTMLElement)
  const next = list[at < 0 ? 0 : Math.max(0, Math.min(list.length - 1, at + by))]
  next?.focus()
}

/** The first screen: what needs a person today, and what Davy cannot see. */
export function Home() {
  const { data: home, error } = useData<HomeRow>('/home', ['home', 'incident', 'finding', 'hello'])
  useKeys({ j: () => walk(1), k: () => walk(-1), ArrowDown: () => walk(1), ArrowUp: () => walk(-1) })
  if (!home) return error ? <Fault error={error} /> : <Wait />
  const open = Object.values(home.counts.open).reduce((n, m) => n + (m ?? 0), 0)
  const grave = (home.counts.open.critical ?? 0) + (home.counts.open.high ?? 0)
  const blind = home.coverage.filter((l) => l.level !== 'ok')
  const ill = home.sensors.filter((l) => l.level !== 'ok')
  return (
    <>
      <div className="hero">
        <Lamp size={58} gas={grave > 0} />
        <div>
          <h1 tabIndex={-1}>{open === 0 ? 'Nothing needs a person now' : open === 1 ? 'One incident needs a person today' : `${open} incidents need a person today`}</h1>
          <p>
            {many(home.counts.assets, 'station')}, {many(home.counts.links, 'link')}, {many(home.counts.findings, 'finding')} so far.{' '}
            {blind.length ? `${many(blind.length, 'blind spot')} to know about.` : 'No blind spot is known.'}
          </p>
        </div>
      </div>
      <div className="cols" style={{ gridTemplateColumns: 'minmax(0, 1.75fr) minmax(320px, 1fr)' }}>
        <div className="stack">
          <Panel title="What needs a person today" note={open > home.incidents.length ? `the ${home.incidents.length} gravest of ${open}` : undefined} more={<A href="/incidents">All incidents</A>}>
            {home.incidents.map((i, n) => (
              <Story key={i.id} incident={i} told={n < 4} />
            ))}
            {!home.incidents.length && <Calm home={home} />}
          </Panel>
          <Panel title="New since yesterday" note="what was not there while learning">
            <div className="newest">
              <A href="/assets?new=true">
                <b>{count(home.new.assets)}</b>
                <span>stations</span>
              </A>
              <A href="/links?new=true">
                <b>{count(home.new.links)}</b>
                <span>links</span>
              </A>
              <A href="/findings?sort=-time">
                <b>{count(home.new.findings)}</b>
                <span>findings</span>
              </A>
            </div>
          </Panel>
        </div>
        <div className="stack">
          <Panel title="What Davy cannot see" note={blind.length ? many(blind.length, 'blind spot') : undefined}>
            {home.coverage.length ? <Lines lines={[...home.coverage].sort((a, b) => order(a.level) - order(b.level))} /> : <Empty title="Nothing is known yet">Coverage is told once packets have come in.</Empty>}
          </Panel>
          <Panel title="Learning" pad>
            <LearningBar learning={home.learning} />
          </Panel>
          <Panel title="Sensor" more={<A href="/sensor">Sensor health</A>} note={ill.length ? undefined : <><LevelMark level="ok" /> well</>}>
            <Lines lines={home.sensors} />
          </Panel>
        </div>
      </div>
    </>
  )
}

const order = (l: string) => ['bad', 'warn', 'ok'].indexOf(l)

function Calm({ home }: { home: HomeRow }) {
  if (home.learning.state === 'learning')
    return (
      <Empty title="Davy is learning what is normal here">
        Until it has learned, new stations and links are noted and not told as incidents. What is grave by itself (a program changed, a scan) is told at once. Leave it on the mirror port over at least one whole shift.
      </Empty>
    )
  return (
    <Empty title="All quiet" act={<A className="link" href="/map">Look at the map</A>}>
      No open incident. What was decided before is under Incidents; what was only noted is under Findings. Look at the blind spots beside this: quiet means nothing where nothing is seen.
    </Empty>
  )
}

function Story({ incident: i, told }: { incident: Incident; told: boolean }) {
  useZone()
  const path = '/incidents/' + i.id
  // The gravest stories are told with their steps; that also fetches ahead what will be opened.
  const { data: page } = useData<IncidentPage>(told ? path : null, ['incident'])
  useEffect(() => {
    if (!told) ahead(path)
  }, [told, path])
  const { what, who } = parted(i.title)
  const steps = page?.timeline ? gravest(page.timeline.filter((s) => rank(s.severity) >= Math.min(rank('medium'), rank(i.severity))), 4) : []
  return (
    <A className="story" href={path} onKeyDown={(e) => e.key === 'o' && go(path)}>
      <Severity severity={i.severity} />
      <h3>{what}</h3>
      <span className="id">{i.id}</span>
      <span className="who">
        {who}
        {who ? ' · ' : ''}
        {between(i.first, i.last)} · {many(i.findings.length, 'finding')}
      </span>
      {steps.length > 0 && (steps.length > 1 || steps[0].text !== what) && (
        <ul className="steps">
          {steps.map((s) => (
            <li key={s.finding + s.time}>
              <time>{format(s.time, 'clock').slice(0, 5)}</time>
              <span className="any">{s.text}</span>
            </li>
          ))}
        </ul>
      )}
    </A>
  )
}
