import type { Session } from './rows.ts'

// One door to the API. The session is a cookie that no script can read; what changes
// something carries the token that GET /session handed out.

const root = '/api/v1'

/** An answer that says what is wrong and what to do about it (problem+json). */
export class Problem extends Error {
  status: number
  hint: string
  constructor(status: number, text: string, hint = '') {
    super(text)
    this.status = status
    this.hint = hint
  }
}

let session: Session | null | undefined
const watchers = new Set<() => void>()

export const sessions = {
  get: () => session,
  set(s: Session | null) {
    session = s
    watchers.forEach((f) => f())
  },
  subscribe(f: () => void) {
    watchers.add(f)
    return () => void watchers.delete(f)
  },
}

/** Headers for a request that changes something. */
export function guard(): Record<string, string> {
  return session ? { 'X-CSRF-Token': session.csrf } : {}
}

export async function problem(answer: Response): Promise<Problem> {
  let text = answer.status >= 500 ? 'The sensor could not answer.' : `Refused (${answer.status}).`
  let hint = ''
  try {
    const body = await answer.json()
    text = body.detail || body.title || text
    hint = body.hint || ''
    const more = (body.errors as { where?: string; what: string }[] | undefined)?.map((e) => (e.where ? e.where.replace(/^body\./, '') + ' ' : '') + e.what)
    if (more?.length) text += ': ' + more.join('; ')
  } catch {
    // no JSON: the sentence above stands
  }
  return new Problem(answer.status, text, hint)
}

export async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  let answer: Response
  try {
    answer = await fetch(root + path, {
      method,
      signal,
      credentials: 'same-origin',
      headers: { Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...(method === 'GET' ? {} : guard()) },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
  } catch (e) {
    if ((e as Error).name === 'AbortError') throw e
    throw new Problem(0, 'The sensor does not answer.', 'Is `davy up` still running, and is the network there? The console tries again by itself.')
  }
  if (!answer.ok) {
    const p = await problem(answer)
    if (answer.status === 401 && session && path !== '/session') sessions.set(null)
    throw p
  }
  if (answer.status === 204 || answer.headers.get('Content-Length') === '0') return undefined as T
  return (await answer.json()) as T
}

export const get = <T>(path: string, signal?: AbortSignal) => call<T>('GET', path, undefined, signal)

/** The address of something to download. */
export const address = (path: string) => root + path

/** Asks who is signed in; null when nobody is. */
export async function whoAmI(): Promise<void> {
  try {
    sessions.set(await get<Session>('/session'))
  } catch (e) {
    if (e instanceof Problem && (e.status === 401 || e.status === 403)) sessions.set(null)
    else throw e
  }
}
