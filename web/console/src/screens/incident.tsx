import { Button, Modal, Textarea } from '@mantine/core'
import { useMemo, useRef, useState } from 'react'
import { address, call } from '../api.ts'
import { useData } from '../data.ts'
import { rank } from '../grade.ts'
import { useKeys } from '../keys.ts'
import { count, many } from '../numbers.ts'
import { Empty, Fault, Head, Panel, Severity, Shape, Station, Technique, Wait, When } from '../parts/bits.tsx'
import { DownloadIcon } from '../parts/icons.tsx'
import type { Decision, Incident, IncidentPage, Messages } from '../rows.ts'
import { parted, tell, type Told } from '../story.ts'
import { format, span, useZone } from '../time.ts'
import { say, sayFault } from '../toast.ts'

type Act = Decision['act']

const words: Record<Act, { verb: string; title: string; help: string; past: string }> = {
  acknowledge: { verb: 'Acknowledge', title: 'Somebody looks after it', help: 'It leaves the list of what needs a person. If the same happens again, it is told again.', past: 'acknowledged' },
  learn: { verb: 'Learn', title: 'This is normal here', help: 'From now on what was seen counts as learned, and the same is told no more. Use it for what belongs to the plant, not for what is being investigated.', past: 'learned' },
  reopen: { verb: 'Reopen', title: 'It needs a person again', help: 'It comes back to the list of what needs a person. What was learned of it is taken back.', past: 'open again' },
}

export function download(path: string) {
  const a = document.createElement('a')
  a.href = address(path)
  a.download = ''
  document.body.append(a)
  a.click()
  a.remove()
}

function walk(by: number) {
  const list = [...document.querySelectorAll<HTMLElement>('.step')]
  const at = list.indexOf(document.activeElement as HTMLElement)
  const next = list[at < 0 ? 0 : Math.max(0, Math.min(list.length - 1, at + by))]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
}

/** One incident: its story, expected against seen, its messages, and what to do about it. */
export function IncidentScreen({ id }: { id: string }) {
  useZone()
  const path = '/incidents/' + encodeURIComponent(id)
  const { data: i, error, reload } = useData<IncidentPage>(path, ['incident', 'finding'])
  const [act, setAct] = useState<Act | null>(null)
  const told = useMemo(() => (i ? tell(i.finding_rows) : []), [i])
  useKeys({
    j: () => walk(1),
    k: () => walk(-1),
    ArrowDown: () => walk(1),
    ArrowUp: () => walk(-1),
    a: () => i?.state === 'open' && setAct('acknowledge'),
    l: () => i && i.state !== 'learned' && setAct('learn'),
    o: () => i && i.state !== 'open' && setAct('reopen'),
    m: () => {
      const at = document.getElementById('messages')
      at?.scrollIntoView({ block: 'start' })
      at?.focus({ preventScroll: true })
    },
    p: () => download(path + '/packets'),
    e: () => download(path + '/evidence'),
  })
  if (!i) return error ? <Fault error={error} /> : <Wait />
  const { what, who } = parted(i.title)
  const lasted = (Date.parse(i.last) - Date.parse(i.first)) / 1000
  return (
    <>
      <Head mark={<Shape severity={i.severity} size={20} />} title={what} sub={<span className="any">{who}</span>}>
        {i.state !== 'open' && <Button onClick={() => setAct('reopen')}>Reopen</Button>}
        {i.state === 'open' && (
          <Button variant="filled" onClick={() => setAct('acknowledge')} rightSection={<kbd>a</kbd>}>
            Acknowledge
          </Button>
        )}
        {i.state !== 'learned' && (
          <Button onClick={() => setAct('learn')} rightSection={<kbd>l</kbd>}>
            Learn
          </Button>
        )}
        <Button component="a" href={address(path + '/packets')} download="" leftSection={<DownloadIcon size={13} />} rightSection={<kbd>p</kbd>}>
          Packets
        </Button>
        <Button component="a" href={address(path + '/evidence')} download="" leftSection={<DownloadIcon size={13} />} rightSection={<kbd>e</kbd>}>
          Evidence bundle
        </Button>
      </Head>
      <div className="cols" style={{ gridTemplateColumns: 'minmax(0, 1fr) 270px' }}>
        <div className="stack">
          <section aria-label="What happened">
            <ol className="tl">
              {told.map((t) => (
                <Step key={t.finding.id} told={t} />
              ))}
            </ol>
            {!told.length && <Empty title="Its findings are not kept any more">They were older than what is kept. The timeline said: {i.timeline?.map((s) => s.text).join('; ')}</Empty>}
          </section>
          <DecodedMessages path={path} />
        </div>
        <aside className="stack" aria-label="About it">
          <Panel title={i.id} note={<span className={'tag ' + i.state}>{i.state}</span>} pad>
            <dl className="facts">
              <dt>Severity</dt>
              <dd><Severity severity={i.severity} /></dd>
              <dt>First</dt>
              <dd><When at={i.first} /></dd>
              <dt>Last</dt>
              <dd><When at={i.last} /></dd>
              {lasted > 0 && <><dt>Lasted</dt><dd>{span(lasted)}</dd></>}
              <dt>Findings</dt>
              <dd>{count(i.finding_count)}</dd>
            </dl>
          </Panel>
          <Panel title="Stations" note={many(i.entities.length, 'station')} pad>
            <div className="tags" style={{ gap: '2px 10px', maxHeight: 240, overflow: 'auto' }}>
              {i.entities.map((e) => (
                <Station key={e} address={e} name={nameOf(e, i)} />
              ))}
            </div>
          </Panel>
          {!!i.attack?.length && (
            <Panel title="ATT&CK for ICS" pad>
              <div className="tags">{i.attack.map((t) => <Technique key={t} id={t} />)}</div>
            </Panel>
          )}
          <Panel title="Decisions" pad>
            {i.decisions?.length ? (
              <div style={{ display: 'grid', gap: 8 }}>
                {i.decisions.map((d, n) => (
                  <div key={n}>
                    <b>{d.by}</b> {words[d.act].past} <span className="faint"><When at={d.time} form="brief" /></span>
                    <p className="soft any">{d.reason}</p>
                  </div>
                ))}
              </div>
            ) : (
              <p className="soft">Nobody has decided yet. Acknowledge it when somebody looks after it; let Davy learn it when it belongs to the plant.</p>
            )}
          </Panel>
        </aside>
      </div>
      {act && <Decide incident={i} act={act} close={() => setAct(null)} done={reload} />}
    </>
  )
}

/** How the sentences call an address: "plc-fill (10.20.10.11)". */
function nameOf(address: string, i: IncidentPage): string | undefined {
  const tail = ` (${address})`
  for (const s of i.timeline ?? []) {
    const at = s.text.indexOf(tail)
    if (at > 0) {
      const name = s.text.slice(0, at).split(/\s/).at(-1)
      if (name) return name + tail
    }
  }
}

function Step({ told: { finding: f, more } }: { told: Told }) {
  const minor = rank(f.severity) < rank('medium')
  return (
    <li>
      <time dateTime={f.time} title={f.time}>{format(f.time, 'clock')}</time>
      <span className="knot"><Shape severity={f.severity} size={14} /></span>
      <article className={minor ? 'step minor' : 'step'} tabIndex={0} aria-label={`${f.severity}: ${f.title}`}>
        <div className="t">
          <Severity severity={f.severity} />
          <b>{f.title}</b>
          {f.window && <span className="tag">inside planned work {f.window}</span>}
          <span className="ids">{f.detector} · {f.id} · {f.file} {f.frames[0] === f.frames[1] ? `frame ${f.frames[0]}` : `frames ${f.frames[0]}–${f.frames[1]}`}</span>
        </div>
        <div className={'versus ' + f.severity}>
          <div className="seen">
            <span className="k">Seen{f.count > 1 ? `, ${count(f.count)} times` : ''}</span>
            <p>{f.seen}</p>
          </div>
          <div>
            <span className="k">Expected</span>
            <p>{f.expected}</p>
          </div>
        </div>
        {more.length > 0 && (
          <details className="alike">
            <summary>and {more.length} more of the kind</summary>
            <ul>
              {more.slice(0, 100).map((m) => (
                <li key={m.id}>{format(m.time, 'clock')} {m.seen} <span className="faint mono">{m.id}</span></li>
              ))}
            </ul>
          </details>
        )}
      </article>
    </li>
  )
}

function DecodedMessages({ path }: { path: string }) {
  const { data, error } = useData<Messages>(path + '/messages?limit=500')
  return (
    <section className="panel" aria-label="Messages" id="messages" tabIndex={-1}>
      <header>
        <h2>Messages</h2>
        <span className="soft">decoded again from the packets that are kept</span>
      </header>
      {error ? (
        <div className="in"><Fault error={error} /></div>
      ) : !data ? (
        <Wait />
      ) : !data.items.length ? (
        <Empty title="No message to show">{data.text || 'What was found stands in packets that carry no message of a known protocol.'}</Empty>
      ) : (
        <>
          <div className="wide" style={{ maxHeight: 480, overflow: 'auto' }} tabIndex={0} role="region" aria-label="Decoded messages">
            <table className="plain">
              <thead>
                <tr><th>Time</th><th>Frame</th><th>From</th><th>To</th><th>Protocol</th><th>Verb</th><th>Operation</th><th>Object and value</th><th>Result</th></tr>
              </thead>
              <tbody>
                {data.items.map((m, n) => (
                  <tr key={n}>
                    <td className="nowrap" title={m.time}>{format(m.time, 'millis')}</td>
                    <td className="mono" title={m.file}>{m.frame}</td>
                    <td><Station address={m.reply ? m.server : m.client} /></td>
                    <td><Station address={m.reply ? m.client : m.server} /></td>
                    <td>{m.protocol}</td>
                    <td>{m.verb}</td>
                    <td className="any">{m.op}{m.reply ? <span className="faint"> reply</span> : null}</td>
                    <td className="any">{m.object}{m.value !== undefined ? <span className="mono"> = {short(m.value)}</span> : null}</td>
                    <td className="any">{m.defect ? <span className="high">{m.defect}</span> : m.result}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {(data.more || data.text) && <div className="in soft">{data.text}{data.more ? ` The first ${data.items.length} are shown; the packets hold all.` : ''}</div>}
        </>
      )}
    </section>
  )
}

function short(v: unknown): string {
  const s = typeof v === 'string' ? v : JSON.stringify(v)
  return s.length > 120 ? s.slice(0, 119) + '…' : s
}

function Decide({ incident, act, close, done }: { incident: Incident; act: Act; close: () => void; done: () => void }) {
  const [busy, setBusy] = useState(false)
  const reason = useRef<HTMLTextAreaElement>(null)
  const w = words[act]
  const send = async () => {
    const text = reason.current?.value.trim()
    if (!text) return reason.current?.focus()
    setBusy(true)
    try {
      await call('POST', `/incidents/${encodeURIComponent(incident.id)}/decisions`, { act, reason: text })
      say({ text: `${incident.id} is ${w.past}`, severity: 'info' }, 4)
      done()
      close()
    } catch (e) {
      sayFault(e)
      setBusy(false)
    }
  }
  return (
    <Modal opened onClose={close} title={<b>{w.title}</b>} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        style={{ display: 'grid', gap: 12 }}
        onSubmit={(e) => {
          e.preventDefault()
          void send()
        }}
      >
        <p className="soft">{w.help}</p>
        <Textarea ref={reason} label="Reason" description="Whoever asks in a year will read this in the audit trail." autosize minRows={3} maxLength={2000} data-autofocus required onKeyDown={(e) => e.key === 'Enter' && (e.ctrlKey || e.metaKey) && void send()} />
        <div style={{ display: 'flex', gap: 8, justifyContent: 'flex-end' }}>
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" variant="filled" loading={busy}>{w.verb}</Button>
        </div>
      </form>
    </Modal>
  )
}
