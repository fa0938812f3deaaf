import { useSyncExternalStore } from 'react'

// Times are shown in the plant's zone: a setting of this browser, by default the browser's.

const key = 'davy.zone'
const watchers = new Set<() => void>()
let zone = kept()

function kept(): string {
  try {
    return localStorage.getItem(key) ?? ''
  } catch {
    return ''
  }
}

const browsers = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'

export function getZone(): string {
  return zone || browsers
}

export function setZone(z: string) {
  zone = z === browsers ? '' : z
  try {
    localStorage.setItem(key, zone)
  } catch {
    // a private window keeps no settings
  }
  formats.clear()
  watchers.forEach((f) => f())
}

export function useZone(): string {
  return useSyncExternalStore((f) => {
    watchers.add(f)
    return () => void watchers.delete(f)
  }, getZone)
}

export function zones(): string[] {
  const all = Intl.supportedValuesOf?.('timeZone') ?? []
  return ['UTC', ...all.filter((z) => z !== 'UTC')]
}

const formats = new Map<string, Intl.DateTimeFormat>()

export interface Parts {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
}

/** What a clock on the wall of the zone shows at a moment. */
export function parts(ms: number, z = getZone()): Parts {
  let f = formats.get(z)
  if (!f) {
    f = new Intl.DateTimeFormat('en-GB', { timeZone: z, year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' })
    formats.set(z, f)
  }
  const out: Record<string, number> = {}
  for (const p of f.formatToParts(ms)) out[p.type] = +p.value
  return out as unknown as Parts
}

const two = (n: number) => String(n).padStart(2, '0')
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export type Form = 'full' | 'brief' | 'clock' | 'day' | 'millis'

/** A moment as text: full "2026-03-02 06:49:00", brief "06:49" today and "2 Mar 06:49" on other days. */
export function format(text: string | number, form: Form = 'full', z = getZone(), now = Date.now()): string {
  const ms = typeof text === 'number' ? text : Date.parse(text)
  if (!Number.isFinite(ms)) return ''
  const p = parts(ms, z)
  const clock = `${two(p.hour)}:${two(p.minute)}`
  switch (form) {
    case 'clock':
      return `${clock}:${two(p.second)}`
    case 'millis':
      return `${clock}:${two(p.second)}.${String(((ms % 1000) + 1000) % 1000 | 0).padStart(3, '0')}`
    case 'day':
      return `${p.day} ${months[p.month - 1]}`
    case 'brief': {
      const n = parts(now, z)
      if (n.year === p.year && n.month === p.month && n.day === p.day) return clock
      return `${p.day} ${months[p.month - 1]}${n.year === p.year ? '' : ' ' + p.year} ${clock}`
    }
  }
  return `${p.year}-${two(p.month)}-${two(p.day)} ${clock}:${two(p.second)}`
}

/** From when to when, the day said once. */
export function between(from: string, to: string): string {
  const a = format(from, 'brief')
  const b = format(to, 'brief')
  if (a === b) return a
  return `${a} to ${format(from, 'day') === format(to, 'day') ? b.slice(-5) : b}`
}

/** The same in UTC with all its decimals, for a hover. */
export function utc(text: string): string {
  return text.replace('T', ' ').replace(/\.?0*Z$/, '') + ' UTC'
}

/** How long: "19 min", "2 h 5 min", "3 d 4 h". */
export function span(seconds: number): string {
  const s = Math.max(0, Math.round(seconds))
  if (s < 1) return seconds > 0 ? `${Math.round(seconds * 1000)} ms` : '0 s'
  if (s < 60) return `${s} s`
  const m = Math.round(s / 60)
  if (m < 60) return `${m} min`
  const h = Math.floor(m / 60)
  if (h < 48) return m % 60 ? `${h} h ${m % 60} min` : `${h} h`
  return h % 24 ? `${Math.floor(h / 24)} d ${h % 24} h` : `${Math.floor(h / 24)} d`
}

/** How long ago, where that says more than the moment; '' beyond two days or in the future. */
export function ago(text: string, now = Date.now()): string {
  const s = (now - Date.parse(text)) / 1000
  if (!(s >= -5) || s > 2 * 86400) return ''
  return s < 10 ? 'just now' : span(s) + ' ago'
}

/** A moment for an input of type datetime-local, on the zone's wall clock. */
export function toWall(ms: number, z = getZone()): string {
  const p = parts(ms, z)
  return `${p.year}-${two(p.month)}-${two(p.day)}T${two(p.hour)}:${two(p.minute)}`
}

/** The moment that the zone's wall clock shows; an hour that a change of clocks left out moves forward. */
export function fromWall(wall: string, z = getZone()): number {
  const guess = Date.parse(wall + (wall.length === 16 ? ':00Z' : 'Z'))
  if (!Number.isFinite(guess)) return NaN
  let ms = guess
  for (let i = 0; i < 3; i++) {
    const p = parts(ms, z)
    const shown = Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second)
    if (shown === guess) return ms
    ms += guess - shown
  }
  return ms
}
