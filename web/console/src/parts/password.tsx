import { PasswordInput } from '@mantine/core'
import { useState } from 'react'
import { call, sessions } from '../api.ts'
import { Form } from './form.tsx'

/** One's own password. All one's sessions end, this one, too. */
export function OwnPassword({ close }: { close: () => void }) {
  const [old, setOld] = useState('')
  const [fresh, setFresh] = useState('')
  const [again, setAgain] = useState('')
  const send = async () => {
    if (fresh !== again) throw new Error('The two new passwords differ.')
    await call('PUT', '/session/password', { old, new: fresh })
    sessions.set(null)
  }
  return (
    <Form title="Change password" verb="Change" close={close} send={send}>
      <p className="soft">You are signed out everywhere, and sign in with the new one.</p>
      <PasswordInput size="xs" label="Old password" autoComplete="current-password" required data-autofocus value={old} onChange={(e) => setOld(e.currentTarget.value)} />
      <PasswordInput size="xs" label="New password" description="At least twelve characters" autoComplete="new-password" required minLength={12} value={fresh} onChange={(e) => setFresh(e.currentTarget.value)} />
      <PasswordInput size="xs" label="Once more" autoComplete="new-password" required value={again} onChange={(e) => setAgain(e.currentTarget.value)} />
    </Form>
  )
}
