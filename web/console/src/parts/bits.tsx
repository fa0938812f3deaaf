import type { ReactNode } from 'react'
import type { Level, Line, Severity as Grade } from '../rows.ts'
import { A } from '../router.tsx'
import { type Form, format, useZone, utc } from '../time.ts'
import { techniques } from '../attack.ts'

// Small things that many screens show.




/** A severity's shape, so that nobody needs to tell colours apart. */
export function Shape({ severity, size = 12 }: { severity: Grade; size?: number }) {
  const body = {
    critical: <path d="M4 .8h4L11.200 4v4L8 11.200H4L.8 8V4zM3.900 3.900l4.200 4.200M8.100 3.900 3.900 8.100" fill="currentColor" stroke="var(--panel)" strokeWidth="1.300" />,
    high: <path d="M6 .9 11.600 11H.4z" fill="currentColor" />,
    medium: <path d="M6 .6 11.400 6 6 11.400.6 6z" fill="currentColor" />,
    low: <circle cx="6" cy="6" r="4.200" fill="none" stroke="currentColor" strokeWidth="2" />,
    info: <circle cx="6" cy="6" r="2.400" fill="currentColor" />,
  }[severity]
  return (
    <svg className={severity} width={size} height={size} viewBox="0 0 12 12" aria-hidden="true">
      {body}
    </svg>
  )
}

export function Severity({ severity }: { severity: Grade }) {
  return (
    <span className={'sev ' + severity}>
      <Shape severity={severity} />
      {severity[0].toUpperCase() + severity.slice(1)}
    </span>
  )
}

export function LevelMark({ level }: { level: Level }) {
  const body = {
    ok: <path d="m2 6.500 2.600 2.600L10 3.500" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" />,
    warn: <path d="M6 .6 11.400 6 6 11.400.6 6z" fill="currentColor" />,
    bad: <path d="M6 .9 11.600 11H.4z" fill="currentColor" />,
  }[level]
  return (
    <span className={'lv ' + level} role="img" aria-label={{ ok: 'good', warn: 'attention', bad: 'bad' }[level]}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
        {body}
      </svg>
    </span>
  )
}

/** A moment in the plant's zone; UTC in full on hover. */
export function When({ at, form = 'full' }: { at: string | undefined; form?: Form }) {
  useZone()
  if (!at) return <span className="faint">–</span>
  return (
    <time dateTime={at} title={utc(at)} className="nowrap">
      {format(at, form)}
    </time>
  )
}

/** An address that leads to its asset. */
export function Station({ address, name }: { address: string; name?: string }) {
  return (
    <A className="link mono" href={'/at/' + encodeURIComponent(address)} title={'Who is ' + address}>
      {name || address}
    </A>
  )
}

export function Technique({ id }: { id: string }) {
  return (
    <span className="tag" title={'MITRE ATT&CK for ICS ' + id}>
      {id}
      {techniques[id] ? ' ' + techniques[id] : ''}
    </span>
  )
}

export function Panel({ title, note, more, children, pad = false }: { title: string; note?: ReactNode; more?: ReactNode; children: ReactNode; pad?: boolean }) {
  return (
    <section className="panel" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {note && <span className="soft">{note}</span>}
        {more && <span className="more">{more}</span>}
      </header>
      {pad ? <div className="in">{children}</div> : children}
    </section>
  )
}

/** The first letter large, as a line begins; names such as eth0 stay. */
const capital = (s: string) => (/^[a-z]+([ -]|$)/.test(s) ? s[0].toUpperCase() + s.slice(1) : s)

export function Lines({ lines }: { lines: Line[] }) {
  return (
    <ul className="lines">
      {lines.map((l) => (
        <li key={l.name}>
          <LevelMark level={l.level} />
          <span>{capital(l.name)}</span>
          <span className="v">{l.value}</span>
          {l.hint && <span className="hint">{capital(l.hint)}</span>}
          {!!l.items?.length && (
            <details className="items">
              <summary>{l.items.length === 1 ? 'Show it' : `Show ${l.items.length}`}</summary>
              {l.items.map((i) => (
                <div key={i} className="any">
                  {i}
                </div>
              ))}
            </details>
          )}
        </li>
      ))}
    </ul>
  )
}

/** What stands where nothing is: why, and what to do next. */
export function Empty({ icon, title, children, act }: { icon?: ReactNode; title: string; children?: ReactNode; act?: ReactNode }) {
  return (
    <div className="empty">
      {icon}
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {act && <div className="do">{act}</div>}
    </div>
  )
}

export function Fault({ error }: { error: Error & { hint?: string } }) {
  return (
    <div className="fault" role="alert">
      <b>{error.message}</b>
      {error.hint && <span>{error.hint}</span>}
    </div>
  )
}

export const Wait = () => (
  <div className="wait" role="status">
    Reading…
  </div>
)

export function Head({ title, sub, children, mark }: { title: ReactNode; sub?: ReactNode; children?: ReactNode; mark?: ReactNode }) {
  return (
    <div className="head">
      <div className="title">
        {mark}
        <h1 tabIndex={-1}>{title}</h1>
      </div>
      {sub && <span className="sub">{sub}</span>}
      {children && <div className="act">{children}</div>}
    </div>
  )
}
