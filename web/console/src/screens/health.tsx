import 'uplot/dist/uPlot.min.css'
import { useEffect, useMemo, useRef, useState } from 'react'
import { SegmentedControl, useComputedColorScheme } from '@mantine/core'
import uPlot from 'uplot'
import { useData } from '../data.ts'
import { listen } from '../live.ts'
import { bytes, count, many, percent, rate } from '../numbers.ts'
import { Empty, Fault, Head, LevelMark, Lines, Panel, Wait, When } from '../parts/bits.tsx'
import { LearningBar } from '../parts/learning.tsx'
import type { Baseline, List, Minute, Sensor } from '../rows.ts'
import { ago, getZone, span, useZone } from '../time.ts'

/** How the sensor is: what comes in, what is lost, and whether there is room. */
export default function Health() {
  const { data, error } = useData<Sensor>('/sensor')
  const [now, setNow] = useState<Sensor>()
  useEffect(() => listen(['sensor'], (d) => setNow(d as Sensor)), [])
  const [last, setLast] = useState('180')
  const minutes = useData<List<Minute>>('/sensor/minutes?last=' + last, ['sensor'])
  const baseline = useData<Baseline>('/baseline').data
  const s = now?.interfaces ? now : data
  if (!s) return error ? <Fault error={error} /> : <Wait />
  const drops = s.interfaces.reduce((n, i) => n + i.drops, 0)
  return (
    <>
      <Head title="Sensor health" sub={`${s.name} · Davy ${s.version} · ${s.source}`}>
        <span className="soft">
          running {span((Date.parse(s.time) - Date.parse(s.started)) / 1000)}
          {s.message_time && <> · message time <When at={s.message_time} /></>}
        </span>
      </Head>
      <div className="stack">
        <div className="kpis">
          <Kpi name="Packets" value={rate(s.rates.packets)} />
          <Kpi name="Traffic" value={bytes(s.rates.bytes) + '/s'} />
          <Kpi name="Messages" value={rate(s.rates.messages)} />
          <Kpi name="Dropped by the kernel" value={count(drops)} bad={drops > 0} />
          <Kpi name="Processor" value={percent(s.cpu)} />
          <Kpi name="Memory" value={bytes(s.memory_bytes)} />
        </div>
        <section className="panel" aria-label="Rates">
          <header>
            <h2>Rates</h2>
            <span className="soft">each minute</span>
            <span className="more">
              <SegmentedControl size="xs" aria-label="How far back" value={last} onChange={setLast} data={[{ value: '60', label: '1 h' }, { value: '180', label: '3 h' }, { value: '1440', label: '1 d' }, { value: '10080', label: '7 d' }]} />
            </span>
          </header>
          {minutes.data ? <Charts minutes={minutes.data.items} /> : minutes.error ? <Fault error={minutes.error} /> : <Wait />}
        </section>
        <div className="cols" style={{ gridTemplateColumns: 'repeat(auto-fit, minmax(320px, 1fr))' }}>
          <Panel title="What is well and what is not">
            {s.lines.length ? <Lines lines={s.lines} /> : <Empty title="Nothing to say">No check has run yet.</Empty>}
          </Panel>
          <Panel title="Interfaces">
            {s.interfaces.length ? (
              <div className="wide">
                <table className="plain">
                  <thead><tr><th>Name</th><th>State</th><th className="num">Packets</th><th className="num">Bytes</th><th className="num">Dropped</th></tr></thead>
                  <tbody>
                    {s.interfaces.map((i) => (
                      <tr key={i.name}>
                        <td className="any"><b>{i.name}</b>{i.text && <div className="soft">{i.text}</div>}</td>
                        <td className="nowrap"><LevelMark level={i.up ? 'ok' : 'bad'} /> {i.up ? 'up' : 'down'}</td>
                        <td className="num">{count(i.packets)}</td>
                        <td className="num">{bytes(i.bytes)}</td>
                        <td className={i.drops ? 'num high' : 'num'}>{count(i.drops)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            ) : (
              <Empty title="No interface is listened on">This sensor reads captures or the simulated plant. Start it with <span className="mono">--interface</span> to listen; <span className="mono">davy doctor</span> says what that needs.</Empty>
            )}
          </Panel>
          <Panel title="Packets on disk" note="the ring" pad>
            <Room used={s.ring.bytes} of={s.ring.max_bytes} label="Ring" />
            <dl className="facts" style={{ marginTop: 10 }}>
              <dt>Holds</dt><dd>{many(s.ring.packets, 'packet')} in {many(s.ring.segments, 'segment')}</dd>
              {s.ring.from && <><dt>Reaches from</dt><dd><When at={s.ring.from} /></dd><dt>To</dt><dd><When at={s.ring.to} /></dd></>}
              <dt>Overwritten</dt><dd>{many(s.ring.dropped, 'segment')}; an incident's packets are kept apart before</dd>
            </dl>
          </Panel>
          <Panel title="Disk" pad>
            <Room used={s.disk.total_bytes - s.disk.free_bytes} of={s.disk.total_bytes} label="Disk" />
            <dl className="facts" style={{ marginTop: 10 }}>
              <dt>Free</dt><dd>{bytes(s.disk.free_bytes)}</dd>
              <dt>Database</dt><dd>{bytes(s.disk.database_bytes)}</dd>
              <dt>Evidence</dt><dd>{bytes(s.disk.evidence_bytes)}</dd>
              {s.key && <><dt>Signed with</dt><dd className="mono any">{s.key}</dd></>}
            </dl>
          </Panel>
          {baseline && (
            <Panel title="What was learned">
              <div className="in"><LearningBar learning={baseline.learning} /></div>
              <div className="in soft" style={{ paddingTop: 0 }}>{many(baseline.stations, 'station')}, {many(baseline.links, 'link')}, {many(baseline.operations, 'operation')}, {many(baseline.objects, 'object')}</div>
              <div className="wide" style={{ maxHeight: 260, overflow: 'auto' }} tabIndex={0} role="region" aria-label="Learned by protocol">
                <table className="plain">
                  <thead><tr><th>Protocol</th><th className="num">Links</th><th className="num">Operations</th></tr></thead>
                  <tbody>{baseline.protocols.map((p) => <tr key={p.name}><td>{p.name || 'unknown'}</td><td className="num">{count(p.links)}</td><td className="num">{count(p.operations)}</td></tr>)}</tbody>
                </table>
              </div>
            </Panel>
          )}
          {Object.entries(s.lost ?? {}).some(([, n]) => n > 0) && (
            <Panel title="What found no room" note="counted, so that nothing is lost unseen">
              <table className="plain">
                <thead><tr><th>What</th><th className="num">How many</th></tr></thead>
                <tbody>{Object.entries(s.lost!).filter(([, n]) => n > 0).map(([k, n]) => <tr key={k}><td>{k}</td><td className="num">{count(n)}</td></tr>)}</tbody>
              </table>
            </Panel>
          )}
        </div>
        <Panel title="What happened to the sensor">
          {s.events.length ? (
            <div className="wide">
              <table className="plain">
                <thead><tr><th>When</th><th>What</th></tr></thead>
                <tbody>
                  {s.events.map((e, n) => (
                    <tr key={n}>
                      <td className="nowrap"><LevelMark level={e.level} /> <When at={e.time} /> <span className="faint">{ago(e.time)}</span></td>
                      <td className="any">{e.text}{e.hint && <div className="soft">{e.hint}</div>}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          ) : (
            <Empty title="Nothing happened">Starts, stops, lost intervals, full disks and steps of the clock are told here.</Empty>
          )}
        </Panel>
      </div>
    </>
  )
}

function Kpi({ name, value, bad = false }: { name: string; value: string; bad?: boolean }) {
  return (
    <div>
      <b className={bad ? 'high' : undefined}>{value}</b>
      <span>{name}</span>
    </div>
  )
}

function Room({ used, of, label }: { used: number; of: number; label: string }) {
  const share = of ? Math.min(1, used / of) : 0
  return (
    <>
      <div className="meter" role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(share * 100)}>
        <i style={{ width: percent(share).replace(' ', ''), background: share > 0.9 && label === 'Disk' ? 'var(--bad)' : undefined }} />
      </div>
      <p className="soft" style={{ marginTop: 4 }}>{bytes(used)} of {bytes(of)}</p>
    </>
  )
}

function Charts({ minutes }: { minutes: Minute[] }) {
  const x = useMemo(() => minutes.map((m) => Date.parse(m.time) / 1000), [minutes])
  if (minutes.length < 2) return <Empty title="The first minutes are being counted">A curve needs two of them.</Empty>
  return (
    <div className="cols" style={{ gridTemplateColumns: 'repeat(auto-fit, minmax(460px, 1fr))', padding: '4px 0' }}>
      <Plot title="Packets and messages a second" x={x} unit={rate} series={[{ name: 'Packets', color: '--flame', data: minutes.map((m) => m.packets / 60) }, { name: 'Messages', color: '--low', data: minutes.map((m) => m.messages / 60) }]} />
      <Plot title="Dropped packets and findings a minute" x={x} unit={count} series={[{ name: 'Dropped', color: '--high', data: minutes.map((m) => m.drops) }, { name: 'Findings', color: '--medium', data: minutes.map((m) => m.findings) }]} />
      <Plot title="Memory" x={x} unit={bytes} series={[{ name: 'Memory', color: '--info', data: minutes.map((m) => m.memory_bytes) }]} />
      <Plot title="Processor" x={x} unit={percent} series={[{ name: 'Processor', color: '--info', data: minutes.map((m) => m.cpu) }]} />
    </div>
  )
}

interface Series {
  name: string
  color: string
  data: number[]
}

function Plot({ title, x, series, unit }: { title: string; x: number[]; series: Series[]; unit: (n: number) => string }) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const zone = useZone()
  const scheme = useComputedColorScheme()
  const data = useMemo<uPlot.AlignedData>(() => [x, ...series.map((s) => s.data)], [x, series])
  const latest = useRef(data)
  latest.current = data
  useEffect(() => {
    const css = getComputedStyle(document.documentElement)
    const color = (name: string) => css.getPropertyValue(name).trim()
    const axis = { stroke: color('--soft'), font: '11px system-ui, sans-serif', grid: { stroke: color('--line-soft'), width: 1 }, ticks: { show: false } }
    const p = new uPlot(
      {
        width: box.current!.clientWidth,
        height: 170,
        tzDate: (t) => uPlot.tzDate(new Date(t * 1000), getZone()),
        cursor: { y: false, drag: { x: true, y: false } },
        scales: { y: { range: (_u, _lo, hi) => [0, hi > 0 ? hi * 1.1 : 1] } },
        axes: [{ ...axis, values: clocks, size: 28 }, { ...axis, size: 66, values: (_u, v) => v.map((n) => unit(n)) }],
        series: [{ value: (_u, v) => (v == null ? '–' : clock(v)) }, ...series.map((s) => ({ label: s.name, stroke: color(s.color), width: 1.5, fill: series.length === 1 ? color(s.color) + '22' : undefined, value: (_u: uPlot, v: number) => (v == null ? '–' : unit(v)), points: { show: false } }))],
      },
      latest.current,
      box.current!,
    )
    plot.current = p
    const watch = new ResizeObserver(() => box.current && p.setSize({ width: box.current.clientWidth, height: 170 }))
    watch.observe(box.current!)
    return () => {
      watch.disconnect()
      p.destroy()
      plot.current = null
    }
    // Drawn anew when the look changes; data is set below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [scheme, zone])
  useEffect(() => plot.current?.setData(data), [data])
  const last = series.map((s) => `${s.name} ${unit(s.data.at(-1) ?? 0)}`).join(', ')
  return (
    <figure className="plot" style={{ margin: 0, minWidth: 0 }}>
      <figcaption className="soft" style={{ fontSize: 12, padding: '0 6px' }}>{title}</figcaption>
      <div ref={box} role="img" aria-label={`${title}: ${last} in the last minute`} />
    </figure>
  )
}

const two = (n: number) => String(n).padStart(2, '0')

function clock(t: number): string {
  const d = uPlot.tzDate(new Date(t * 1000), getZone())
  return `${two(d.getHours())}:${two(d.getMinutes())}`
}

/** Hours and minutes along the axis, and the day where one begins. */
function clocks(_u: uPlot, at: number[]): string[] {
  let before = ''
  return at.map((t, n) => {
    const d = uPlot.tzDate(new Date(t * 1000), getZone())
    const day = `${d.getDate()}.${d.getMonth() + 1}.`
    const text = n > 0 && day !== before ? day : clock(t)
    before = day
    return text
  })
}
