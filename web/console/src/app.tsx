import { lazy, Suspense, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { Problem, sessions, whoAmI } from './api.ts'
import { forget } from './data.ts'
import { connect, disconnect } from './live.ts'
import { usePath } from './router.tsx'
import { Fault, Wait } from './parts/bits.tsx'
import { Frame } from './parts/frame.tsx'
import { Admin } from './screens/admin.tsx'
import { AssetScreen } from './screens/asset.tsx'
import { AtAddress } from './screens/at.tsx'
import { Assets } from './screens/assets.tsx'
import { Captures } from './screens/captures.tsx'
import { SetUp, SignIn } from './screens/gate.tsx'
import { Home } from './screens/home.tsx'
import { IncidentScreen } from './screens/incident.tsx'
import { Incidents } from './screens/incidents.tsx'
import { Nowhere } from './screens/nowhere.tsx'
import { Work } from './screens/work.tsx'

// What is large is fetched when it is first needed.
const MapScreen = lazy(() => import('./screens/map.tsx'))
const Health = lazy(() => import('./screens/health.tsx'))

/** A screen by its path: what is drawn, what the window is called, and whether it scrolls by itself. */
function screen(path: string): { title: string; body: React.ReactNode; full?: boolean } {
  const [, first, ...rest] = path.split('/')
  const id = decodeURIComponent(rest.join('/'))
  switch (first) {
    case '':
      return { title: 'Home', body: <Home /> }
    case 'assets':
      return id ? { title: id, body: <AssetScreen key={id} id={id} /> } : { title: 'Assets', body: <Assets />, full: true }
    case 'links':
      return { title: 'Links', body: <Assets links />, full: true }
    case 'at':
      return { title: id, body: <AtAddress key={id} address={id} /> }
    case 'map':
      return { title: 'Map', body: <MapScreen />, full: true }
    case 'incidents':
      return id ? { title: id, body: <IncidentScreen key={id} id={id} /> } : { title: 'Incidents', body: <Incidents />, full: true }
    case 'findings':
      return id ? { title: id, body: <Incidents finding={id} />, full: true } : { title: 'Findings', body: <Incidents findings />, full: true }
    case 'work':
      return { title: 'Work', body: <Work /> }
    case 'captures':
      return { title: 'Captures', body: <Captures /> }
    case 'sensor':
      return { title: 'Sensor health', body: <Health /> }
    case 'admin':
      return { title: 'Administration', body: <Admin /> }
  }
  return { title: 'Nothing here', body: <Nowhere /> }
}

export function App() {
  const path = usePath()
  const session = useSyncExternalStore(sessions.subscribe, sessions.get)
  const [fault, setFault] = useState<Problem | null>(null)
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    if (path === '/setup') return
    let timer = 0
    whoAmI().then(
      () => setFault(null),
      (e) => {
        setFault(e as Problem)
        timer = window.setTimeout(() => setTurn((t) => t + 1), 3000)
      },
    )
    return () => clearTimeout(timer)
  }, [turn, path === '/setup'])
  const signedIn = !!session
  useEffect(() => {
    if (!signedIn) return
    void connect()
    return () => {
      disconnect()
      forget()
    }
  }, [signedIn])

  const here = screen(path)
  const main = useRef<HTMLElement>(null)
  useEffect(() => {
    document.title = (signedIn ? here.title : 'Sign in') + ' · Davy'
  }, [here.title, signedIn])
  // A new screen begins at its top, and the keyboard with it.
  const shown = useRef(path)
  useEffect(() => {
    if (shown.current === path) return
    shown.current = path
    main.current?.scrollTo(0, 0)
    main.current?.focus({ preventScroll: true })
  }, [path])

  if (path === '/setup') return <SetUp />
  if (session === undefined) return <div className="gate">{fault ? <Fault error={fault} /> : null}</div>
  if (!session) return <SignIn />
  return (
    <Frame session={session} path={path}>
      <main ref={main} tabIndex={-1} id="main" className={here.full ? 'full' : undefined}>
        <Suspense fallback={<Wait />}>{here.body}</Suspense>
      </main>
    </Frame>
  )
}
