import { Problem, address, sessions } from './api.ts'

// Live news by server-sent events, read by fetch so that we say ourselves what was the last
// event we saw, and notice when the session ended.

export type Topic = 'hello' | 'finding' | 'incident' | 'asset' | 'home' | 'capture' | 'sensor' | 'again'
type Hear = (data: unknown, topic: Topic) => void

export type LiveState = 'off' | 'connecting' | 'live' | 'lost'

const ears = new Map<Topic, Set<Hear>>()
const watchers = new Set<() => void>()
let state: LiveState = 'off'
let last = ''
let stop: AbortController | null = null

function become(s: LiveState) {
  if (s === state) return
  state = s
  watchers.forEach((f) => f())
}

export const liveState = {
  get: () => state,
  subscribe(f: () => void) {
    watchers.add(f)
    return () => void watchers.delete(f)
  },
}

/** Calls hear for each event of the topics; returns what ends that. */
export function listen(topics: Topic[], hear: Hear): () => void {
  for (const t of topics) {
    if (!ears.has(t)) ears.set(t, new Set())
    ears.get(t)!.add(hear)
  }
  return () => topics.forEach((t) => ears.get(t)?.delete(hear))
}

function tell(topic: string, data: string) {
  let value: unknown = data
  try {
    value = JSON.parse(data)
  } catch {
    // plain text
  }
  ears.get(topic as Topic)?.forEach((f) => f(value, topic as Topic))
  if (topic === 'hello' && (value as { gap?: boolean }).gap) again()
}

/** Says to whoever shows something that more was missed than will be told: ask anew. */
function again() {
  ears.get('again')?.forEach((f) => f(null, 'again'))
}

/** Splits a stream of server-sent events; feed it text as it comes. */
export function splitter(emit: (event: { topic: string; data: string }) => void, seen: (id: string) => void) {
  let rest = ''
  let id: string | undefined
  let topic = 'message'
  let data: string[] = []
  return (text: string) => {
    rest += text
    for (;;) {
      const end = rest.search(/\r?\n/)
      if (end < 0) return
      const line = rest.slice(0, end)
      rest = rest.slice(end + (rest[end] === '\r' ? 2 : 1))
      if (line === '') {
        if (data.length) emit({ topic, data: data.join('\n') })
        if (id !== undefined) seen(id) // also where no data stood beside it
        id = undefined
        topic = 'message'
        data = []
      } else if (!line.startsWith(':')) {
        const colon = line.indexOf(':')
        const name = colon < 0 ? line : line.slice(0, colon)
        const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
        if (name === 'id') id = value
        else if (name === 'event') topic = value
        else if (name === 'data') data.push(value)
      }
    }
  }
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((done) => {
    const t = setTimeout(done, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(t)
      done()
    })
  })

// Silence longer than this means that the connection is dead: the sensor speaks every 2 s.
const patience = 20_000

async function read(signal: AbortSignal) {
  const inner = new AbortController()
  signal.addEventListener('abort', () => inner.abort())
  let timer = setTimeout(() => inner.abort(), patience)
  try {
    const answer = await fetch(address('/events'), {
      headers: { Accept: 'text/event-stream', ...(last ? { 'Last-Event-ID': last } : {}) },
      credentials: 'same-origin',
      cache: 'no-store',
      signal: inner.signal,
    })
    if (!answer.ok || !answer.body) throw new Problem(answer.status, 'no events')
    const away = last !== '' && state !== 'live'
    become('live')
    if (away) again()
    const decode = new TextDecoder()
    const feed = splitter(
      (e) => tell(e.topic, e.data),
      (id) => (last = id),
    )
    const from = answer.body.getReader()
    for (;;) {
      const { value, done } = await from.read()
      if (done) return
      clearTimeout(timer)
      timer = setTimeout(() => inner.abort(), patience)
      feed(decode.decode(value, { stream: true }))
    }
  } finally {
    clearTimeout(timer)
  }
}

/** Connects, and connects again, until disconnect or the session's end. */
export async function connect() {
  disconnect()
  const mine = (stop = new AbortController())
  become('connecting')
  for (let wait = 500; !mine.signal.aborted; ) {
    const began = Date.now()
    try {
      await read(mine.signal)
    } catch (e) {
      if (e instanceof Problem && e.status === 401) {
        sessions.set(null)
        return
      }
    }
    if (mine.signal.aborted) return
    become('lost')
    wait = Date.now() - began > 10_000 ? 500 : Math.min(wait * 2, 10_000)
    await pause(wait, mine.signal)
  }
}

export function disconnect() {
  stop?.abort()
  stop = null
  become('off')
}
