import { ActionIcon, Button, Modal, MultiSelect, TagsInput, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { call } from '../api.ts'
import { useData } from '../data.ts'
import { useKeys } from '../keys.ts'
import { Empty, Fault, Head, Panel, Wait } from '../parts/bits.tsx'
import { DownIcon, PlusIcon, WorkIcon } from '../parts/icons.tsx'
import type { List, Window } from '../rows.ts'
import { format, fromWall, getZone, parts, span, toWall, useZone } from '../time.ts'
import { sayFault } from '../toast.ts'

const verbs = ['connect', 'authenticate', 'identify', 'browse', 'read', 'subscribe', 'write', 'control', 'force', 'start', 'stop', 'mode', 'restart', 'reset', 'download', 'upload', 'edit', 'configure', 'read-config', 'firmware', 'file', 'clock', 'alarm', 'diagnose']
const day = 86_400_000

/** Midnight of a moment's day on the zone's wall clock, some days on. */
function midnight(ms: number, on: number): number {
  const p = parts(ms)
  const d = new Date(Date.UTC(p.year, p.month - 1, p.day + on))
  return fromWall(d.toISOString().slice(0, 10) + 'T00:00')
}

function monday(ms: number): number {
  const p = parts(ms)
  const weekday = (new Date(Date.UTC(p.year, p.month - 1, p.day)).getUTCDay() + 6) % 7
  return midnight(ms, -weekday)
}

/** Planned work: what is done inside a window is told as planned, and not as a threat. */
export function Work() {
  useZone()
  const { data, error, reload } = useData<List<Window>>('/windows')
  const [edit, setEdit] = useState<Partial<Window> | null>(null)
  const [start, setStart] = useState(() => monday(Date.now()))
  useKeys({ n: () => setEdit({}) })
  const list = [...(data?.items ?? [])].sort((a, b) => (a.from < b.from ? 1 : -1))
  const now = Date.now()
  return (
    <>
      <Head title="Planned work" sub={`times in ${getZone()}`}>
        <Button variant="filled" leftSection={<PlusIcon size={13} />} rightSection={<kbd>n</kbd>} onClick={() => setEdit({})}>
          Plan work
        </Button>
      </Head>
      {error && <Fault error={error} />}
      {!data && !error && <Wait />}
      {data && (
        <div className="stack">
          <section className="panel" aria-label="Week">
            <header>
              <h2>
                {format(start, 'day')} to {format(midnight(start, 6), 'day')} {parts(midnight(start, 6)).year}
              </h2>
              <span className="more" style={{ display: 'flex', gap: 4 }}>
                <ActionIcon size="sm" aria-label="The week before" onClick={() => setStart(midnight(start, -7))}>
                  <span style={{ transform: 'rotate(90deg)', display: 'flex' }}><DownIcon size={14} /></span>
                </ActionIcon>
                <Button size="compact-xs" onClick={() => setStart(monday(Date.now()))}>This week</Button>
                <ActionIcon size="sm" aria-label="The week after" onClick={() => setStart(midnight(start, 7))}>
                  <span style={{ transform: 'rotate(-90deg)', display: 'flex' }}><DownIcon size={14} /></span>
                </ActionIcon>
              </span>
            </header>
            <div className="week">
              {[0, 1, 2, 3, 4, 5, 6].map((n) => {
                const from = midnight(start, n)
                const to = midnight(start, n + 1)
                const here = list.filter((w) => Date.parse(w.from) < to && Date.parse(w.to) > from).reverse()
                return (
                  <div key={n} className={now >= from && now < to ? 'day now' : 'day'}>
                    <b>{['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'][n]}</b> <span className="soft">{format(from, 'day')}</span>
                    {here.map((w) => (
                      <button type="button" className="ev" key={w.id} title={w.note} onClick={() => setEdit(w)}>
                        {Date.parse(w.from) >= from ? format(w.from, 'clock').slice(0, 5) + ' ' : '… '}
                        {w.note || w.id}
                      </button>
                    ))}
                  </div>
                )
              })}
            </div>
          </section>
          <Panel title="All windows">
            {list.length ? (
              <div className="wide">
                <table className="plain">
                  <thead>
                    <tr><th>From</th><th>To</th><th>For</th><th>What</th><th>On</th><th>By</th><th>Allowed</th><th><span className="hidden">Change</span></th></tr>
                  </thead>
                  <tbody>
                    {list.map((w) => (
                      <tr key={w.id}>
                        <td className="nowrap">{format(w.from).slice(0, 16)} {Date.parse(w.from) <= now && Date.parse(w.to) > now && <span className="tag new">now</span>}</td>
                        <td className="nowrap">{format(w.to).slice(0, 16)}</td>
                        <td className="nowrap">{span((Date.parse(w.to) - Date.parse(w.from)) / 1000)}</td>
                        <td className="any">{w.note || <span className="faint">no note</span>} <span className="faint mono">{w.id}</span></td>
                        <td className="any mono">{w.assets?.join(', ') || 'any station'}</td>
                        <td className="any mono">{w.sources?.join(', ') || 'anybody'}</td>
                        <td className="any">{w.verbs?.join(', ') || 'anything'}</td>
                        <td><Button size="compact-xs" onClick={() => setEdit(w)} aria-label={'Change ' + (w.note || w.id)}>Change</Button></td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            ) : (
              <Empty icon={<WorkIcon size={28} />} title="No work is planned" act={<Button onClick={() => setEdit({})}>Plan work</Button>}>
                Tell Davy before somebody changes a program or loads a backup: who, on which stations, and when. Inside the window it is noted as planned; the same outside is a finding.
              </Empty>
            )}
          </Panel>
        </div>
      )}
      {edit && <Edit window={edit} close={() => setEdit(null)} done={reload} />}
    </>
  )
}

function Edit({ window: w, close, done }: { window: Partial<Window>; close: () => void; done: () => void }) {
  const soon = Math.ceil(Date.now() / 3_600_000) * 3_600_000
  const [from, setFrom] = useState(toWall(w.from ? Date.parse(w.from) : soon))
  const [to, setTo] = useState(toWall(w.to ? Date.parse(w.to) : soon + 4 * 3_600_000))
  const [note, setNote] = useState(w.note ?? '')
  const [assets, setAssets] = useState(w.assets ?? [])
  const [sources, setSources] = useState(w.sources ?? [])
  const [what, setWhat] = useState(w.verbs ?? [])
  const [fault, setFault] = useState<Error | null>(null)
  const [busy, setBusy] = useState(false)
  const run = async (f: () => Promise<unknown>) => {
    setBusy(true)
    try {
      await f()
      done()
      close()
    } catch (e) {
      setFault(e as Error)
      setBusy(false)
    }
  }
  const send = (e: FormEvent) => {
    e.preventDefault()
    const a = fromWall(from)
    const b = fromWall(to)
    if (!(a < b)) return setFault(new Error('The work ends before it begins.'))
    if (b - a > 90 * day) return setFault(new Error('A window longer than 90 days hides too much. Plan it in parts.'))
    const body = { from: new Date(a).toISOString(), to: new Date(b).toISOString(), note, assets, sources, verbs: what }
    void run(() => (w.id ? call('PUT', '/windows/' + encodeURIComponent(w.id), body) : call('POST', '/windows', body)))
  }
  return (
    <Modal opened onClose={close} size="lg" title={<b>{w.id ? 'Change planned work' : 'Plan work'}</b>} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={send} style={{ display: 'grid', gap: 12 }}>
        {fault && <Fault error={fault} />}
        <Textarea label="What is done" placeholder="Weekly backup of the controllers' programs" data-autofocus value={note} onChange={(e) => setNote(e.currentTarget.value)} maxLength={2000} autosize minRows={1} />
        <div style={{ display: 'grid', gridTemplateColumns: '1fr 1fr', gap: 12 }}>
          <TextInput type="datetime-local" label="From" description={getZone()} required value={from} onChange={(e) => setFrom(e.currentTarget.value)} />
          <TextInput type="datetime-local" label="To" description={getZone()} required value={to} onChange={(e) => setTo(e.currentTarget.value)} />
        </div>
        <TagsInput label="On these stations" description="Names, addresses or prefixes such as 10.20.10.0/24; none means any. Enter ends each." value={assets} onChange={setAssets} />
        <TagsInput label="By these" description="Who may act: names, addresses or prefixes; none means anybody" value={sources} onChange={setSources} />
        <MultiSelect label="What may be done" description="None means anything" data={verbs} searchable value={what} onChange={setWhat} />
        <div style={{ display: 'flex', gap: 8 }}>
          {w.id && (
            <Button color="red" variant="subtle" c="var(--bad)" onClick={() => run(() => call('DELETE', '/windows/' + encodeURIComponent(w.id!)).catch((e) => (sayFault(e), Promise.reject(e))))}>
              Delete
            </Button>
          )}
          <span style={{ marginLeft: 'auto' }} />
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" variant="filled" loading={busy}>
            {w.id ? 'Change' : 'Plan'}
          </Button>
        </div>
      </form>
    </Modal>
  )
}
