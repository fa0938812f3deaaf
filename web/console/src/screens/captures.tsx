import { Button } from '@mantine/core'
import { type DragEvent, useEffect, useRef, useState } from 'react'
import { address, call, guard, Problem } from '../api.ts'
import { useData } from '../data.ts'
import { listen } from '../live.ts'
import { bytes, count, many, percent } from '../numbers.ts'
import { Empty, Fault, Head, Panel, Wait, When } from '../parts/bits.tsx'
import { CaptureIcon, PlusIcon } from '../parts/icons.tsx'
import type { Capture, List, Summary } from '../rows.ts'
import { span } from '../time.ts'
import { say, sayFault } from '../toast.ts'

interface Sending {
  key: number
  name: string
  size: number
  sent: number
}

/** Sends a file; XMLHttpRequest, since fetch does not tell how much was sent. */
function send(file: File, progress: (sent: number) => void): Promise<void> {
  return new Promise((done, fail) => {
    const x = new XMLHttpRequest()
    x.open('POST', address('/captures?name=' + encodeURIComponent(file.name)))
    x.setRequestHeader('Content-Type', 'application/octet-stream')
    for (const [k, v] of Object.entries(guard())) x.setRequestHeader(k, v)
    x.upload.onprogress = (e) => progress(e.loaded)
    x.onload = () => {
      if (x.status < 300) return done()
      try {
        const p = JSON.parse(x.responseText)
        fail(new Problem(x.status, p.detail || p.title, p.hint))
      } catch {
        fail(new Problem(x.status, `The sensor refused the file (${x.status}).`))
      }
    }
    x.onerror = () => fail(new Problem(0, 'The file was not taken.', 'The connection broke off. Drop it again.'))
    x.send(file)
  })
}

let keys = 1

/** Captures that people hand in; each is read by an analysis of its own. */
export function Captures() {
  const { data, error, reload } = useData<List<Capture>>('/captures')
  const [live, setLive] = useState<Record<string, Pick<Capture, 'state' | 'progress'>>>({})
  const [sending, setSending] = useState<Sending[]>([])
  const [over, setOver] = useState(false)
  const pick = useRef<HTMLInputElement>(null)
  useEffect(
    () =>
      listen(['capture'], (d) => {
        const c = d as Pick<Capture, 'id' | 'state' | 'progress'>
        setLive((l) => ({ ...l, [c.id]: c }))
        if (c.state === 'done' || c.state === 'failed' || c.state === 'queued') reload()
      }),
    [reload],
  )
  const take = (files: Iterable<File>) => {
    for (const file of files) {
      const key = keys++
      setSending((s) => [...s, { key, name: file.name, size: file.size, sent: 0 }])
      send(file, (sent) => setSending((s) => s.map((x) => (x.key === key ? { ...x, sent } : x))))
        .then(reload, sayFault)
        .finally(() => setSending((s) => s.filter((x) => x.key !== key)))
    }
  }
  const drop = (e: DragEvent) => {
    e.preventDefault()
    setOver(false)
    take(e.dataTransfer.files)
  }
  const list = (data?.items ?? []).map((c) => ({ ...c, ...live[c.id] })).sort((a, b) => (a.time < b.time ? 1 : -1))
  return (
    <div
      onDragOver={(e) => {
        e.preventDefault()
        setOver(true)
      }}
      onDragLeave={(e) => e.currentTarget === e.target && setOver(false)}
      onDrop={drop}
      style={{ minHeight: '100%' }}
    >
      <Head title="Captures" sub="read apart from what the sensor sees" />
      <div className="stack">
        <div className={over ? 'drop over' : 'drop'}>
          <CaptureIcon size={28} />
          <h2>Drop a capture here</h2>
          <p>pcap or pcapng, also packed with gzip or zstd. It is read by an analysis of its own, and stays on this machine.</p>
          <Button variant="filled" leftSection={<PlusIcon size={13} />} onClick={() => pick.current?.click()}>
            Choose files
          </Button>
          <input
            ref={pick}
            type="file"
            multiple
            hidden
            aria-label="Capture files"
            onChange={(e) => {
              if (e.currentTarget.files) take(e.currentTarget.files)
              e.currentTarget.value = ''
            }}
          />
        </div>
        {error && <Fault error={error} />}
        {!data && !error && <Wait />}
        {sending.map((s) => (
          <section key={s.key} className="panel" aria-label={'Sending ' + s.name}>
            <div className="in">
              <b className="any">{s.name}</b> <span className="soft">sending, {bytes(s.sent)} of {bytes(s.size)}</span>
              <Bar share={s.size ? s.sent / s.size : 0} label={'Sending ' + s.name} />
            </div>
          </section>
        ))}
        {list.map((c) => (
          <One key={c.id} capture={c} done={reload} />
        ))}
        {data && !list.length && !sending.length && (
          <Panel title="No capture yet">
            <Empty title="Try one that you know">A capture of a maintenance day, a vendor's visit, or the network before Davy came: its report tells who is there, who talks to whom, and what needs a person.</Empty>
          </Panel>
        )}
      </div>
    </div>
  )
}

function Bar({ share, label }: { share: number; label: string }) {
  return (
    <div className="meter" style={{ marginTop: 8 }} role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(share * 100)}>
      <i style={{ width: `${share * 100}%` }} />
    </div>
  )
}

const states = { queued: 'waits for its turn', reading: 'is read', done: 'read', failed: 'could not be read' }

function One({ capture: c, done }: { capture: Capture; done: () => void }) {
  return (
    <section className="panel" aria-label={c.name}>
      <header>
        <h2 className="any">{c.name}</h2>
        <span className="soft">
          {bytes(c.size)}, {states[c.state]}
          {c.state === 'reading' ? ' ' + percent(c.progress) : ''} · {c.by} <When at={c.time} form="brief" />
        </span>
        <span className="more" style={{ display: 'flex', gap: 6 }}>
          {c.state === 'done' && (
            <Button component="a" href={address(`/captures/${encodeURIComponent(c.id)}/report`)} target="_blank" rel="noopener">
              Open the report
            </Button>
          )}
          <Button
            variant="subtle"
            color="gray"
            aria-label={'Remove ' + c.name}
            onClick={() => call('DELETE', '/captures/' + encodeURIComponent(c.id)).then(() => (say({ text: `${c.name} was removed`, severity: 'info' }, 4), done()), sayFault)}
          >
            {c.state === 'reading' ? 'Stop' : 'Remove'}
          </Button>
        </span>
      </header>
      <div className="in">
        {(c.state === 'reading' || c.state === 'queued') && <Bar share={c.progress} label={'Reading ' + c.name} />}
        {c.state === 'failed' && <Fault error={new Problem(0, c.error || 'It could not be read.', 'Is it a capture of packets, and whole? `capinfos` of Wireshark says what is wrong with it.')} />}
        {c.state === 'done' && <Told summary={c.summary ?? {}} />}
        {c.sha256 && <p className="faint mono any" style={{ marginTop: 6 }}>SHA-256 {c.sha256}</p>}
      </div>
    </section>
  )
}

function Told({ summary: s }: { summary: Summary }) {
  const protocols = Object.entries(s.protocols ?? {}).sort((a, b) => b[1].messages - a[1].messages)
  const found = typeof s.findings === 'number' ? s.findings : s.findings ? Object.values(s.findings).reduce((n, m) => n + m, 0) : undefined
  const facts = [
    s.packets !== undefined && many(s.packets, 'packet'),
    s.duration_s !== undefined && span(s.duration_s),
    s.assets !== undefined && many(s.assets, 'station'),
    s.links !== undefined && many(s.links, 'link'),
    found !== undefined && many(found, 'finding'),
    s.incidents !== undefined && many(s.incidents, 'incident'),
  ].filter(Boolean)
  return (
    <div style={{ display: 'grid', gap: 6 }}>
      <span>{facts.join(' · ')}</span>
      <div className="tags">
        {protocols.slice(0, 16).map(([name, p]) => (
          <span className="tag" key={name}>{name} {count(p.messages)}{p.defects ? `, ${count(p.defects)} broken` : ''}</span>
        ))}
        {protocols.length > 16 && <span className="tag">and {protocols.length - 16} more</span>}
      </div>
    </div>
  )
}
