import { Button, Modal, PasswordInput, Select, TextInput } from '@mantine/core'
import { useState } from 'react'
import { call, sessions } from '../api.ts'
import { useData, usePages } from '../data.ts'
import { Empty, Fault, Head, Panel, Wait, When } from '../parts/bits.tsx'
import { Form } from '../parts/form.tsx'
import type { Audit, List, Session, Token, User } from '../rows.ts'
import { say, sayFault } from '../toast.ts'

const roles: { value: Session['role']; label: string }[] = [
  { value: 'viewer', label: 'viewer: looks' },
  { value: 'operator', label: 'operator: decides, plans, uploads' },
  { value: 'admin', label: 'admin: everything' },
]

/** Users, tokens and the audit trail. */
export function Admin() {
  if (sessions.get()?.role !== 'admin')
    return (
      <Empty title="For administrators">
        Users, API tokens and the audit trail are shown to administrators. Ask one of them for what you need.
      </Empty>
    )
  return (
    <>
      <Head title="Administration" sub="who may do what, and who did what" />
      <div className="stack">
        <Users />
        <Tokens />
        <Trail />
      </div>
    </>
  )
}

function Users() {
  const { data, error, reload } = useData<List<User>>('/users')
  const [add, setAdd] = useState(false)
  const [change, setChange] = useState<User | null>(null)
  return (
    <Panel title="Users" more={<Button size="compact-xs" onClick={() => setAdd(true)}>Add a user</Button>}>
      {error && <Fault error={error} />}
      {!data && !error && <Wait />}
      {data && (
        <div className="wide">
          <table className="plain">
            <thead><tr><th>Name</th><th>Role</th><th>Since</th><th>Last sign-in</th><th><span className="hidden">Change</span></th></tr></thead>
            <tbody>
              {data.items.map((u) => (
                <tr key={u.name}>
                  <td className="any"><b>{u.name}</b></td>
                  <td>{u.role}</td>
                  <td><When at={u.created} form="brief" /></td>
                  <td><When at={u.last} form="brief" /></td>
                  <td><Button size="compact-xs" onClick={() => setChange(u)} aria-label={'Change ' + u.name}>Change</Button></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {add && <AddUser close={() => setAdd(false)} done={reload} />}
      {change && <ChangeUser user={change} close={() => setChange(null)} done={reload} />}
    </Panel>
  )
}

function AddUser({ close, done }: { close: () => void; done: () => void }) {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [role, setRole] = useState<string>('viewer')
  return (
    <Form title="Add a user" verb="Add" close={close} send={async () => (await call('POST', '/users', { name, password, role }), done())}>
      <TextInput label="Name" required data-autofocus maxLength={64} value={name} onChange={(e) => setName(e.currentTarget.value)} autoComplete="off" />
      <PasswordInput size="xs" label="Password" description="At least twelve characters" required value={password} onChange={(e) => setPassword(e.currentTarget.value)} autoComplete="new-password" />
      <Select label="Role" data={roles} value={role} onChange={(r) => r && setRole(r)} />
    </Form>
  )
}

function ChangeUser({ user, close, done }: { user: User; close: () => void; done: () => void }) {
  const [password, setPassword] = useState('')
  const [role, setRole] = useState<string>(user.role)
  const path = '/users/' + encodeURIComponent(user.name)
  const act = (f: Promise<unknown>) => f.then(() => (done(), close()), sayFault)
  return (
    <Form
      title={'Change ' + user.name}
      verb="Change"
      close={close}
      send={async () => {
        await call('PATCH', path, { ...(role !== user.role ? { role } : {}), ...(password ? { password } : {}) })
        done()
      }}
    >
      <Select label="Role" data={roles} value={role} onChange={(r) => r && setRole(r)} data-autofocus />
      <PasswordInput size="xs" label="New password" description="Leave it empty to keep the old one. A new one ends the user's sessions." value={password} onChange={(e) => setPassword(e.currentTarget.value)} autoComplete="new-password" />
      <div style={{ display: 'flex', gap: 8 }}>
        <Button variant="subtle" color="red" c="var(--bad)" onClick={() => act(call('DELETE', path))}>Remove</Button>
      </div>
    </Form>
  )
}

function Tokens() {
  const { data, error, reload } = useData<List<Token>>('/tokens')
  const [add, setAdd] = useState(false)
  const [made, setMade] = useState<Token | null>(null)
  return (
    <Panel title="API tokens" note="for programs; each is shown once" more={<Button size="compact-xs" onClick={() => setAdd(true)}>Make a token</Button>}>
      {error && <Fault error={error} />}
      {!data && !error && <Wait />}
      {data &&
        (data.items.length ? (
          <div className="wide">
            <table className="plain">
              <thead><tr><th>What for</th><th>Role</th><th>Made</th><th>Ends</th><th>Last used</th><th><span className="hidden">Remove</span></th></tr></thead>
              <tbody>
                {data.items.map((t) => (
                  <tr key={t.id}>
                    <td className="any"><b>{t.name}</b> <span className="faint mono">{t.id}</span></td>
                    <td>{t.role}</td>
                    <td>{t.by} <When at={t.created} form="brief" /></td>
                    <td>{t.ends ? <When at={t.ends} form="brief" /> : <span className="faint">never</span>}</td>
                    <td><When at={t.last} form="brief" /></td>
                    <td><Button size="compact-xs" aria-label={'Remove ' + t.name} onClick={() => call('DELETE', '/tokens/' + encodeURIComponent(t.id)).then(reload, sayFault)}>Remove</Button></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        ) : (
          <Empty title="No program has access">A token lets a SIEM, a script or a dashboard read the API. Give it the least role that does, and an end.</Empty>
        ))}
      {add && <AddToken close={() => setAdd(false)} done={(t) => (setMade(t), reload())} />}
      {made && (
        <Modal opened onClose={() => setMade(null)} title={<b>Copy it now</b>} closeButtonProps={{ 'aria-label': 'Close' }}>
          <div style={{ display: 'grid', gap: 12 }}>
            <p>This is the only time that the token of <b>{made.name}</b> is shown. Davy keeps nothing but its hash.</p>
            <TextInput aria-label="Token" readOnly value={made.secret ?? ''} styles={{ input: { fontFamily: 'var(--mono)' } }} onFocus={(e) => e.currentTarget.select()} data-autofocus />
            <Button variant="filled" onClick={() => navigator.clipboard?.writeText(made.secret ?? '').then(() => say({ text: 'Copied', severity: 'info' }, 3), () => {})}>Copy</Button>
          </div>
        </Modal>
      )}
    </Panel>
  )
}

function AddToken({ close, done }: { close: () => void; done: (t: Token) => void }) {
  const [name, setName] = useState('')
  const [role, setRole] = useState<string>('viewer')
  const [days, setDays] = useState<string>('365')
  return (
    <Form
      title="Make a token"
      verb="Make"
      close={close}
      send={async () => done(await call<Token>('POST', '/tokens', { name, role, ...(days === '0' ? {} : { ends: new Date(Date.now() + +days * 86_400_000).toISOString() }) }))}
    >
      <TextInput label="What is it for?" placeholder="SIEM of the site" required data-autofocus maxLength={64} value={name} onChange={(e) => setName(e.currentTarget.value)} />
      <Select label="Role" data={roles} value={role} onChange={(r) => r && setRole(r)} />
      <Select label="Ends" data={[{ value: '30', label: 'in 30 days' }, { value: '90', label: 'in 90 days' }, { value: '365', label: 'in a year' }, { value: '0', label: 'never' }]} value={days} onChange={(d) => d && setDays(d)} />
    </Form>
  )
}

function Trail() {
  const pages = usePages<Audit>('/audit', {})
  return (
    <Panel title="Audit trail" note="each record carries the hash of the one before; `davy audit verify` checks them">
      {pages.error && <Fault error={pages.error} />}
      {!pages.items.length && !pages.error && (pages.loading ? <Wait /> : <Empty title="Nothing was changed yet">Whoever changes something is written down here.</Empty>)}
      {pages.items.length > 0 && (
        <div className="wide">
          <table className="plain">
            <thead><tr><th className="num">No.</th><th>When</th><th>Who</th><th>From</th><th>Did</th><th>What</th><th>Detail</th><th>Hash</th></tr></thead>
            <tbody>
              {pages.items.map((r) => (
                <tr key={r.seq}>
                  <td className="num">{r.seq}</td>
                  <td><When at={r.time} /></td>
                  <td className="any">{r.by}</td>
                  <td className="mono">{r.from}</td>
                  <td>{r.act}</td>
                  <td className="any">{r.object}</td>
                  <td className="any soft">{r.detail}</td>
                  <td className="mono faint" title={r.hash}>{r.hash.slice(0, 10)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {pages.more && <div className="in"><Button onClick={pages.fetchMore}>Older records</Button></div>}
    </Panel>
  )
}
