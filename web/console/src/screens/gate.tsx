import { Button, PasswordInput, TextInput } from '@mantine/core'
import { type FormEvent, type ReactNode, useEffect, useState } from 'react'
import { call, get, type Problem, sessions } from '../api.ts'
import { Fault } from '../parts/bits.tsx'
import { Lamp } from '../parts/icons.tsx'
import type { Session } from '../rows.ts'
import { go } from '../router.tsx'

function Gate({ title, children, onSubmit }: { title: string; children: ReactNode; onSubmit?: (e: FormEvent) => void }) {
  return (
    <main className="gate">
      <form onSubmit={onSubmit ?? ((e) => e.preventDefault())}>
        <div className="logo">
          <Lamp size={56} />
          <h1>{title}</h1>
        </div>
        {children}
      </form>
    </main>
  )
}

export function SignIn() {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [fault, setFault] = useState<Problem | null>(null)
  const [busy, setBusy] = useState(false)
  const [fresh, setFresh] = useState(false)
  useEffect(() => {
    document.title = 'Sign in · Davy'
    get<{ needed: boolean }>('/setup').then((s) => setFresh(s.needed), () => {})
  }, [])
  const send = async (e: FormEvent) => {
    e.preventDefault()
    setBusy(true)
    setFault(null)
    try {
      sessions.set(await call<Session>('POST', '/session', { name, password }))
    } catch (e) {
      setFault(e as Problem)
      setPassword('')
    }
    setBusy(false)
  }
  if (fresh)
    return (
      <Gate title="Davy waits to be set up">
        <p>Nobody can sign in yet. Open the set-up link that was printed where <span className="mono">davy up</span> was started; it works once.</p>
        <p className="soft">The link was lost, or is older than a day? Start <span className="mono">davy up</span> again: it prints a new one as long as there is no user.</p>
      </Gate>
    )
  return (
    <Gate title="Davy" onSubmit={send}>
      {fault && <Fault error={fault} />}
      <TextInput size="sm" withAsterisk={false} label="Name" autoComplete="username" autoFocus required value={name} onChange={(e) => setName(e.currentTarget.value)} />
      <PasswordInput withAsterisk={false} label="Password" autoComplete="current-password" required value={password} onChange={(e) => setPassword(e.currentTarget.value)} />
      <Button type="submit" size="sm" variant="filled" loading={busy}>
        Sign in
      </Button>
    </Gate>
  )
}

/** The link is /setup#token=…: what stands behind the # is sent to nobody and stands in no log. */
function tokenOf(hash: string): string {
  return new URLSearchParams(hash.replace(/^#/, '')).get('token') ?? ''
}

export function SetUp() {
  const [token] = useState(() => tokenOf(location.hash))
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [again, setAgain] = useState('')
  const [fault, setFault] = useState<Error | null>(null)
  const [busy, setBusy] = useState(false)
  const [needed, setNeeded] = useState<boolean>()
  useEffect(() => {
    document.title = 'Set up · Davy'
    // The token leaves the address bar and the history.
    if (location.hash) history.replaceState(null, '', '/setup')
    get<{ needed: boolean }>('/setup').then((s) => setNeeded(s.needed), (e) => setFault(e))
  }, [])
  const send = async (e: FormEvent) => {
    e.preventDefault()
    if (password !== again) return setFault(new Error('The two passwords differ.'))
    setBusy(true)
    setFault(null)
    try {
      sessions.set(await call<Session>('POST', '/setup', { token, name, password }))
      go('/', true)
    } catch (e) {
      setFault(e as Error)
    }
    setBusy(false)
  }
  if (needed === false)
    return (
      <Gate title="Davy is set up already">
        <p>This link was used, and is dead. If it was not you who used it, tell whoever runs this machine now.</p>
        <Button size="sm" variant="filled" onClick={() => go('/', true)}>
          Sign in
        </Button>
      </Gate>
    )
  if (!token)
    return (
      <Gate title="The link is not whole">
        <p>Copy the whole set-up link, with all that follows the #, from where <span className="mono">davy up</span> was started.</p>
      </Gate>
    )
  return (
    <Gate title="Set up Davy" onSubmit={send}>
      <p className="soft">You become its first administrator. There is no default password, and nobody else can get in before you.</p>
      {fault && <Fault error={fault} />}
      <TextInput size="sm" withAsterisk={false} label="Your name" description="As you sign in, and as the audit trail calls you" autoComplete="username" autoFocus required maxLength={64} value={name} onChange={(e) => setName(e.currentTarget.value)} />
      <PasswordInput withAsterisk={false} label="Password" description="At least twelve characters; a sentence is good" autoComplete="new-password" required minLength={12} value={password} onChange={(e) => setPassword(e.currentTarget.value)} />
      <PasswordInput withAsterisk={false} label="Once more" autoComplete="new-password" required value={again} onChange={(e) => setAgain(e.currentTarget.value)} />
      <Button type="submit" size="sm" variant="filled" loading={busy}>
        Begin
      </Button>
    </Gate>
  )
}
