import type { Severity } from './rows.ts'

// Short words that come and go in the corner.

export interface Toast {
  id: number
  text: string
  note?: string
  severity: Severity
  href?: string
}

let list: Toast[] = []
let next = 1
const watchers = new Set<() => void>()

function become(l: Toast[]) {
  list = l
  watchers.forEach((f) => f())
}

export const toasts = {
  get: () => list,
  subscribe(f: () => void) {
    watchers.add(f)
    return () => void watchers.delete(f)
  },
}

export function drop(id: number) {
  become(list.filter((t) => t.id !== id))
}

export function say(t: Omit<Toast, 'id'>, seconds = 8) {
  const id = next++
  become([...list.slice(-3), { ...t, id }])
  setTimeout(() => drop(id), seconds * 1000)
}

export function sayFault(e: unknown) {
  const p = e as Error & { hint?: string }
  say({ text: p.message, note: p.hint, severity: 'high' }, 12)
}
