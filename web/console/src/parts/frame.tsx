import { ActionIcon, Menu, Select } from '@mantine/core'
import { useMantineColorScheme } from '@mantine/core'
import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react'
import { call, sessions } from '../api.ts'
import { useData } from '../data.ts'
import { useKeys } from '../keys.ts'
import { listen, liveState } from '../live.ts'
import type { Finding, Home, Incident, Session } from '../rows.ts'
import { A, go } from '../router.tsx'
import { getZone, setZone, useZone, zones } from '../time.ts'
import { drop, say, sayFault, toasts } from '../toast.ts'
import { Help } from './help.tsx'
import { AdminIcon, AssetIcon, AutoIcon, CaptureIcon, ClockIcon, CloseIcon, HealthIcon, HelpIcon, HomeIcon, IncidentIcon, Lamp, MapIcon, MoonIcon, SearchIcon, SunIcon, WorkIcon } from './icons.tsx'
import { Jump } from './jump.tsx'
import { OwnPassword } from './password.tsx'
import { Shape } from './bits.tsx'
import { rank } from '../grade.ts'

const places = [
  { key: 'h', path: '/', name: 'Home', icon: HomeIcon },
  { key: 'i', path: '/incidents', name: 'Incidents', icon: IncidentIcon, also: '/findings' },
  { key: 'a', path: '/assets', name: 'Assets', icon: AssetIcon, also: '/links' },
  { key: 'm', path: '/map', name: 'Map', icon: MapIcon },
  { key: 'w', path: '/work', name: 'Work', icon: WorkIcon },
  { key: 'c', path: '/captures', name: 'Captures', icon: CaptureIcon },
  { key: 's', path: '/sensor', name: 'Sensor health', icon: HealthIcon },
]

function within(path: string, place: { path: string; also?: string }): boolean {
  return place.path === '/' ? path === '/' : path === place.path || path.startsWith(place.path + '/') || (!!place.also && path.startsWith(place.also))
}

/** The frame around every screen: rail, top bar, the keys that hold everywhere. */
export function Frame({ session, path, children }: { session: Session; path: string; children: ReactNode }) {
  const { data: home } = useData<Home>('/home', ['home', 'incident', 'hello'])
  const [help, setHelp] = useState(false)
  const [jump, setJump] = useState(false)
  const [own, setOwn] = useState(false)
  useZone()
  useKeys({
    '?': () => setHelp(true),
    'mod k': () => setJump(true),
    '/': () => setJump(true),
    Backspace: () => history.back(),
    'g d': () => go('/admin'),
    'g l': () => go('/links'),
    'g f': () => go('/findings'),
    ...Object.fromEntries(places.map((p) => ['g ' + p.key, () => go(p.path)])),
  })
  useNews()
  const open = home?.counts.open ?? {}
  const grave = (open.critical ?? 0) + (open.high ?? 0)
  const all = Object.values(open).reduce((n, m) => n + (m ?? 0), 0)
  return (
    <div className="frame">
      <a className="skip" href="#main" onClick={(e) => (e.preventDefault(), document.getElementById('main')?.focus())}>
        Skip to the screen
      </a>
      <nav className="rail" aria-label="Screens">
        <A className="brand" href="/" title="Home">
          <Lamp gas={grave > 0} />
          <span>Davy</span>
        </A>
        <div className="places">
          {[...places, ...(session.role === 'admin' ? [{ key: 'd', path: '/admin', name: 'Administration', icon: AdminIcon }] : [])].map((p) => (
            <A key={p.path} href={p.path} aria-current={within(path, p) ? 'page' : undefined} title={`g ${p.key}`}>
              <p.icon />
              <span>{p.name}</span>
              {p.path === '/incidents' && all > 0 && <b className="num">{all}<i className="hidden"> open</i></b>}
              <span className="key" aria-hidden="true">
                g {p.key}
              </span>
            </A>
          ))}
        </div>
        <div className="foot">
          <span>{home ? learned(home) : ''}</span>
        </div>
      </nav>
      <section className="top" aria-label="Tools">
        <button type="button" className="find" onClick={() => setJump(true)}>
          <SearchIcon size={14} />
          <span className="cut">Find a station, an incident, a screen</span>
          <kbd>Ctrl K</kbd>
        </button>
        <div className="right">
          <Live />
          <Zone />
          <Scheme />
          <ActionIcon aria-label="Keyboard help" title="Keyboard help (?)" onClick={() => setHelp(true)}>
            <HelpIcon />
          </ActionIcon>
          <Menu position="bottom-end">
            <Menu.Target>
              <button type="button" className="pill">
                <AdminIcon size={14} />
                <span className="t">{session.name}</span>
              </button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Label c="var(--soft)">
                {session.name}, {session.role}
              </Menu.Label>
              <Menu.Item onClick={() => setOwn(true)}>Change password</Menu.Item>
              <Menu.Item
                onClick={() =>
                  call('DELETE', '/session').then(
                    () => (sessions.set(null), go('/')),
                    (e) => sayFault(e),
                  )
                }
              >
                Sign out
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </div>
      </section>
      {children}
      <Toasts />
      <Help open={help} close={() => setHelp(false)} />
      {own && <OwnPassword close={() => setOwn(false)} />}
      {jump && <Jump close={() => setJump(false)} admin={session.role === 'admin'} />}
    </div>
  )
}

function learned(home: Home): string {
  switch (home.learning.state) {
    case 'learning':
      return `Learning, ${Math.round(home.learning.share * 100)} % done`
    case 'guarding':
      return 'Learned, and on guard'
  }
  return 'Nothing was learned'
}

/** Findings that come while one looks elsewhere are told in the corner. */
function useNews() {
  useEffect(
    () =>
      listen(['finding', 'incident'], (data, topic) => {
        if (topic === 'finding') {
          const f = data as Finding
          if (rank(f.severity) >= rank('medium') && !f.window) say({ text: f.title, note: f.seen, severity: f.severity, href: '/findings/' + f.id })
        } else {
          const i = data as Incident
          if (i.state !== 'open') say({ text: `${i.id} is ${i.state}`, severity: 'info', href: '/incidents/' + i.id }, 4)
        }
      }),
    [],
  )
}

function Toasts() {
  const list = useSyncExternalStore(toasts.subscribe, toasts.get)
  return (
    <div className="toasts" role="log" aria-live="polite" aria-label="News">
      {list.map((t) => (
        <div key={t.id} className={'toast ' + t.severity}>
          <b>
            <Shape severity={t.severity} /> {t.href ? <A href={t.href}>{t.text}</A> : t.text}
          </b>
          <button type="button" aria-label="Close" onClick={() => drop(t.id)}>
            <CloseIcon size={12} />
          </button>
          {t.note && <p className="soft">{t.note}</p>}
        </div>
      ))}
    </div>
  )
}

function Live() {
  const state = useSyncExternalStore(liveState.subscribe, liveState.get)
  const word = { off: 'Not connected', connecting: 'Connecting', live: 'Live', lost: 'Connection lost, trying again' }[state]
  return (
    <span className="pill" role="status">
      <i className={'dot ' + state} aria-hidden="true" />
      <span>{word}</span>
    </span>
  )
}

function Zone() {
  const zone = useZone()
  return (
    <Menu position="bottom-end" closeOnItemClick={false} width={280}>
      <Menu.Target>
        <button type="button" className="pill" aria-label={'Time zone: ' + zone} title="The zone in which times are shown">
          <ClockIcon size={14} />
          <span className="t">{zone.replace(/^.*\//, '').replaceAll('_', ' ')}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown p={12}>
        <Select label="Times are shown in the zone" description="The plant's, so that they agree with its clocks" data={zones()} value={getZone()} searchable limit={60} onChange={(z) => z && setZone(z)} comboboxProps={{ withinPortal: false }} />
      </Menu.Dropdown>
    </Menu>
  )
}

function Scheme() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const next = ({ auto: 'light', light: 'dark', dark: 'auto' } as const)[colorScheme]
  const word = { auto: "the system's", light: 'light', dark: 'dark' }[colorScheme]
  return (
    <ActionIcon aria-label={`Colours: ${word}`} title={`Colours: ${word}; click for ${next === 'auto' ? "the system's" : next}`} onClick={() => setColorScheme(next)}>
      {colorScheme === 'auto' ? <AutoIcon /> : colorScheme === 'light' ? <SunIcon /> : <MoonIcon />}
    </ActionIcon>
  )
}
