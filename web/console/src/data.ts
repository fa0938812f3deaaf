import { useCallback, useEffect, useRef, useState } from 'react'
import { get } from './api.ts'
import { type Topic, listen } from './live.ts'
import type { Page } from './rows.ts'

// What a screen shows, fetched, kept for going back, and fetched again when the sensor says
// that something changed.

const kept = new Map<string, unknown>()
const most = 60

function keep(path: string, data: unknown) {
  kept.delete(path)
  kept.set(path, data)
  if (kept.size > most) kept.delete(kept.keys().next().value!)
}

export const forget = () => kept.clear()

/** Fetches ahead what will likely be opened next. */
export function ahead(path: string) {
  if (!kept.has(path)) get(path).then((d) => keep(path, d), () => {})
}

export interface Data<T> {
  data: T | undefined
  error: Error | null
  loading: boolean
  reload: () => void
}

// News may come many times a second; a screen asks again at most this often.
const calm = 1000

function useCalm(topics: Topic[], act: () => void) {
  const ref = useRef(act)
  ref.current = act
  const key = topics.join()
  useEffect(() => {
    let timer = 0
    let last = 0
    const end = listen(key ? ([...key.split(','), 'again'] as Topic[]) : [], () => {
      if (timer) return
      timer = window.setTimeout(() => {
        timer = 0
        last = Date.now()
        ref.current()
      }, Math.max(50, last + calm - Date.now()))
    })
    return () => {
      clearTimeout(timer)
      end()
    }
  }, [key])
}

export function useData<T>(path: string | null, topics: Topic[] = []): Data<T> {
  const [state, setState] = useState<{ path: string | null; data?: T; error: Error | null }>({ path: null, error: null })
  const [turn, setTurn] = useState(0)
  const reload = useCallback(() => setTurn((t) => t + 1), [])
  useCalm(topics, reload)
  useEffect(() => {
    if (!path) return
    const stop = new AbortController()
    get<T>(path, stop.signal).then(
      (data) => {
        keep(path, data)
        setState({ path, data, error: null })
      },
      (error) => {
        if (error.name !== 'AbortError') setState((s) => ({ path, data: s.path === path ? s.data : undefined, error }))
      },
    )
    return () => stop.abort()
  }, [path, turn])
  const data = path === state.path ? state.data : path ? (kept.get(path) as T | undefined) : undefined
  const error = path === state.path ? state.error : null
  return { data, error, loading: !!path && data === undefined && !error, reload }
}

export interface Pages<T> {
  items: T[]
  total: number
  more: boolean
  loading: boolean
  error: Error | null
  fetchMore: () => void
  reload: () => void
}

/** The address of a list's page. */
export function listPath(base: string, query: Record<string, string | string[] | undefined>, cursor = '', limit = 100): string {
  const q = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const v of Array.isArray(value) ? value : value ? [value] : []) q.append(name, v)
  }
  q.set('limit', String(limit))
  if (cursor) q.set('cursor', cursor)
  return `${base}?${q}`
}

/**
 * A list that grows as one scrolls. While a new filter is on its way the old rows stay; news
 * are fetched at once while only the first page is there, so that nothing jumps under the reader.
 */
export function usePages<T>(base: string, query: Record<string, string | string[] | undefined>, topics: Topic[] = []): Pages<T> {
  const first = listPath(base, query)
  const [state, setState] = useState<{ first: string; items: T[]; next?: string; total: number; pages: number; error: Error | null; done: boolean }>(() => {
    const p = kept.get(first) as Page<T> | undefined
    return { first, items: p?.items ?? [], next: p?.next, total: p?.total ?? 0, pages: p ? 1 : 0, error: null, done: !!p }
  })
  const [turn, setTurn] = useState(0)
  const busy = useRef('')
  const reload = useCallback(() => setTurn((t) => t + 1), [])
  const pages = useRef(0)
  pages.current = state.pages
  useCalm(topics, () => {
    if (pages.current <= 1) reload()
  })
  useEffect(() => {
    const stop = new AbortController()
    get<Page<T>>(first, stop.signal).then(
      (p) => {
        keep(first, p)
        busy.current = ''
        setState({ first, items: p.items, next: p.next, total: p.total, pages: 1, error: null, done: true })
      },
      (error) => {
        if (error.name !== 'AbortError') setState((s) => ({ ...s, first, error, done: true }))
      },
    )
    return () => stop.abort()
  }, [first, turn])
  const fetchMore = useCallback(() => {
    const at = state
    if (!at.next || at.first !== first || busy.current === at.next) return
    busy.current = at.next
    get<Page<T>>(listPath(base, query, at.next, 200)).then(
      (p) => setState((s) => (s.first === at.first && s.next === at.next ? { ...s, items: s.items.concat(p.items), next: p.next, total: p.total, pages: s.pages + 1 } : s)),
      (error) => {
        busy.current = ''
        setState((s) => ({ ...s, error }))
      },
    )
    // The query is in first.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [state, first])
  return { items: state.items, total: state.total, more: !!state.next, loading: state.first !== first || !state.done, error: state.error, fetchMore, reload }
}

/** A text that follows another after a short rest. */
export function useRested(text: string, ms = 80): string {
  const [rested, set] = useState(text)
  useEffect(() => {
    const t = setTimeout(() => set(text), ms)
    return () => clearTimeout(t)
  }, [text, ms])
  return rested
}
