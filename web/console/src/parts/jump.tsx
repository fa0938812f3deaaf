import { Modal } from '@mantine/core'
import { useEffect, useState } from 'react'
import { get } from '../api.ts'
import { useRested } from '../data.ts'
import type { Asset, Incident, Page } from '../rows.ts'
import { go } from '../router.tsx'
import { Shape } from './bits.tsx'

interface Hit {
  kind: string
  text: React.ReactNode
  note?: string
  href: string
}

const screens: [string, string][] = [['Home', '/'], ['Incidents', '/incidents'], ['Findings', '/findings'], ['Assets', '/assets'], ['Links', '/links'], ['Map', '/map'], ['Work', '/work'], ['Captures', '/captures'], ['Sensor health', '/sensor']]

/** Finds stations, incidents and screens by a few letters. */
export function Jump({ close, admin }: { close: () => void; admin: boolean }) {
  const [text, setText] = useState('')
  const [found, setFound] = useState<Hit[]>([])
  const [at, setAt] = useState(0)
  const q = useRested(text.trim(), 60)
  useEffect(() => {
    const places: Hit[] = [...screens, ...(admin ? ([['Administration', '/admin']] as [string, string][]) : [])]
      .filter(([name]) => name.toLowerCase().includes(q.toLowerCase()))
      .map(([text, href]) => ({ kind: 'screen', text, href }))
    setAt(0)
    if (!q) {
      setFound(places)
      return
    }
    const stop = new AbortController()
    Promise.all([
      get<Page<Asset>>(`/assets?limit=8&q=${encodeURIComponent(q)}`, stop.signal),
      get<Page<Incident>>(`/incidents?limit=6&q=${encodeURIComponent(q)}`, stop.signal),
    ]).then(
      ([assets, incidents]) =>
        setFound([
          ...places,
          ...incidents.items.map((i) => ({ kind: i.id, text: <><Shape severity={i.severity} /> {i.title}</>, note: i.state, href: '/incidents/' + i.id })),
          ...assets.items.map((a) => ({ kind: a.kind, text: a.name || a.addresses[0] || a.macs[0] || a.id, note: a.addresses[0], href: '/assets/' + a.id })),
        ]),
      () => {},
    )
    return () => stop.abort()
  }, [q, admin])
  const open = (h: Hit | undefined) => {
    if (!h) return
    close()
    go(h.href)
  }
  return (
    <Modal.Root opened onClose={close} padding={0} size="lg" yOffset="12vh" transitionProps={{ duration: 60 }}>
      <Modal.Overlay backgroundOpacity={0.35} />
      <Modal.Content aria-label="Find">
      <div className="jump">
        <input
          data-autofocus
          role="combobox"
          aria-label="Find a station, an incident, a screen"
          aria-expanded="true"
          aria-controls="jump-list"
          aria-activedescendant={found[at] ? 'jump-' + at : undefined}
          placeholder="Name, address, vendor, incident…"
          value={text}
          onChange={(e) => setText(e.currentTarget.value)}
          onKeyDown={(e) => {
            if (e.key === 'ArrowDown') setAt(Math.min(found.length - 1, at + 1))
            else if (e.key === 'ArrowUp') setAt(Math.max(0, at - 1))
            else if (e.key === 'Enter') open(found[at])
            else return
            e.preventDefault()
          }}
        />
        <div role="listbox" id="jump-list" aria-label="Found">
          {found.map((h, i) => (
            <div role="option" id={'jump-' + i} key={h.href} aria-selected={i === at} onMouseMove={() => setAt(i)} onClick={() => open(h)}>
              <span className="soft cut">{h.kind}</span>
              <span className="cut">{h.text}</span>
              <span className="soft mono">{h.note}</span>
            </div>
          ))}
          {!found.length && (
            <div className="empty" role="option" aria-selected="false" aria-disabled="true" style={{ display: 'block' }}>
              Nothing of that name. Names, addresses, vendors and incident numbers are searched.
            </div>
          )}
        </div>
      </div>
      </Modal.Content>
    </Modal.Root>
  )
}
