import { Button, Checkbox, TextInput, useComputedColorScheme } from '@mantine/core'
import cytoscape from 'cytoscape'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useData } from '../data.ts'
import { rank } from '../grade.ts'
import { useKeys } from '../keys.ts'
import { many } from '../numbers.ts'
import { Empty, Fault, Head, Severity, Wait } from '../parts/bits.tsx'
import { Facet } from '../parts/filter.tsx'
import { MapIcon, SearchIcon } from '../parts/icons.tsx'
import { fitting, layout, neighbour } from '../purdue.ts'
import type { Edge, Facets, Node, PlantMap, Severity as Grade } from '../rows.ts'
import { A, go, useQuery } from '../router.tsx'
import { levels } from './assets.tsx'

const marks: Partial<Record<Grade, string>> = { critical: '⬣ ', high: '▲ ', medium: '◆ ', low: '○ ' }

function style(): cytoscape.StylesheetJson {
  const css = getComputedStyle(document.documentElement)
  const c = (name: string) => css.getPropertyValue(name).trim()
  const font = { 'font-family': 'system-ui, "DejaVu Sans", sans-serif', color: c('--ink') }
  return [
    { selector: '*', style: { 'z-index-compare': 'manual' } },
    { selector: 'node', style: { ...font, 'font-size': 10.5, 'text-wrap': 'wrap', 'text-max-width': '118px', 'text-valign': 'center', 'text-halign': 'center', label: 'data(label)', shape: 'round-rectangle', width: 122, height: 38, 'background-color': c('--panel'), 'border-width': 1, 'border-color': c('--faint'), 'line-height': 1.15, 'text-overflow-wrap': 'anywhere', 'z-index': 10 } },
    { selector: 'node.band', style: { shape: 'rectangle', width: 'data(w)', height: 'data(h)', 'background-color': c('--bg'), 'border-width': 0, events: 'no', 'text-halign': 'center', 'text-valign': 'center', label: '', 'z-index': 0 } },
    { selector: 'node.name', style: { shape: 'rectangle', width: 1, height: 1, 'background-opacity': 0, 'border-width': 0, events: 'no', 'text-halign': 'right', 'text-valign': 'center', 'font-size': 12, 'font-weight': 600, color: c('--soft'), 'text-max-width': '300px', 'z-index': 1 } },
    { selector: 'node.zone', style: { shape: 'round-rectangle', width: 'data(w)', height: 'data(h)', 'background-color': c('--raise'), 'background-opacity': 0.7, 'border-width': 1, 'border-color': c('--line'), events: 'no', label: '', 'z-index': 1 } },
    { selector: 'node.group', style: { shape: 'round-rectangle', 'border-style': 'double', 'border-width': 3 } },
    { selector: 'node.new', style: { 'border-color': c('--flame'), 'border-width': 2.5 } },
    { selector: 'node.high, node.critical', style: { 'border-color': c('--high'), 'border-width': 2.5, 'background-color': c('--high-bg') } },
    { selector: 'node.critical', style: { 'border-color': c('--critical'), 'background-color': c('--critical-bg') } },
    { selector: 'node.medium', style: { 'border-color': c('--medium'), 'border-width': 2 } },
    { selector: 'edge', style: { width: 1, 'line-color': c('--faint'), opacity: 0.38, 'curve-style': 'unbundled-bezier', 'control-point-distances': [18], 'control-point-weights': [0.5], 'z-index': 5, events: 'no' } },
    { selector: 'edge.way', style: { 'line-style': 'dashed' } },
    { selector: 'edge.new', style: { 'line-color': c('--flame'), width: 2, opacity: 0.95, 'z-index': 7 } },
    { selector: 'edge.grave', style: { 'line-color': c('--high'), width: 2.2, opacity: 0.95, 'z-index': 8 } },
    { selector: '.dim', style: { opacity: 0.13 } },
    { selector: 'edge.near', style: { opacity: 1, width: 2, 'line-color': c('--accent'), 'z-index': 9 } },
    { selector: 'node.at', style: { 'border-color': c('--focus'), 'border-width': 3.5 } },
  ] as cytoscape.StylesheetJson
}

function elements(map: PlantMap, where: ReturnType<typeof layout>): cytoscape.ElementDefinition[] {
  const out: cytoscape.ElementDefinition[] = []
  for (const b of where.bands) {
    out.push({ data: { id: b.id, w: b.w, h: b.h }, position: { x: b.x + b.w / 2, y: b.y + b.h / 2 }, classes: 'band' })
    out.push({ data: { id: 'name:' + b.id, label: b.name }, position: { x: b.x + 8, y: b.y + b.h / 2 }, classes: 'name' })
  }
  for (const z of where.zones) {
    out.push({ data: { id: z.id, w: z.w, h: z.h }, position: { x: z.x + z.w / 2, y: z.y + z.h / 2 }, classes: 'zone' })
    out.push({ data: { id: 'name:' + z.id, label: z.name }, position: { x: z.x + 8, y: z.y + 12 }, classes: 'name' })
  }
  for (const n of map.nodes) {
    const at = where.at.get(n.id)
    if (!at) continue
    const mark = n.severity ? (marks[n.severity] ?? '') : ''
    const under = (n.new ? 'new · ' : '') + (n.count > 1 ? many(n.count, 'station') : n.kind.replace(' station', ''))
    const label = n.label.length > 17 ? n.label.slice(0, 16) + '…' : n.label
    out.push({ data: { id: n.id, label: `${mark}${label}\n${under}` }, position: at, classes: [n.count > 1 ? 'group' : '', n.new ? 'new' : '', n.severity ?? ''].join(' ') })
  }
  map.edges.forEach((e, i) => {
    if (e.from === e.to || !where.at.has(e.from) || !where.at.has(e.to)) return
    out.push({ data: { id: 'edge:' + i, source: e.from, target: e.to }, classes: [e.new ? 'new' : '', rank(e.severity) >= rank('high') ? 'grave' : '', e.one_way ? 'way' : ''].join(' ') })
  })
  return out
}

/** Who talks to whom, by level and zone. */
export default function MapScreen() {
  const [query, change] = useQuery()
  const open = query.getAll('open')
  const ask = new URLSearchParams()
  for (const name of ['level', 'zone', 'open']) for (const v of query.getAll(name)) ask.append(name, v)
  const { data: map, error } = useData<PlantMap>('/map' + (ask.size ? '?' + ask : ''), ['asset', 'incident'])
  const facets = useData<Facets>('/assets/facets').data ?? {}
  const scheme = useComputedColorScheme()
  const box = useRef<HTMLDivElement>(null)
  const cy = useRef<cytoscape.Core | null>(null)
  const [at, setAt] = useState('')
  const [find, setFind] = useState('')
  const [news, setNews] = useState(false)
  const finder = useRef<HTMLInputElement>(null)
  const [shape, setShape] = useState(0)
  const where = useMemo(() => fitting(map?.nodes ?? [], shape), [map, shape])
  const byID = useMemo(() => new Map(map?.nodes.map((n) => [n.id, n])), [map])

  const enter = (id: string) => {
    const n = byID.get(id)
    if (!n) return
    if (n.count > 1 || n.id === 'it' || n.id === 'internet') change({ open: [...open, n.id] })
    else go('/assets/' + n.id)
  }
  const act = useRef(enter)
  act.current = enter

  useEffect(() => {
    setShape(Math.round((box.current!.clientWidth / Math.max(1, box.current!.clientHeight)) * 20) / 20)
    const c = cytoscape({ container: box.current!, minZoom: 0.08, maxZoom: 2.5, autoungrabify: true, boxSelectionEnabled: false, hideEdgesOnViewport: false, pixelRatio: 'auto' })
    cy.current = c
    c.on('mouseover', 'node', (e) => setAt(e.target.id()))
    c.on('tap', 'node', (e) => act.current(e.target.id()))
    return () => {
      c.destroy()
      cy.current = null
    }
  }, [])
  const fitted = useRef('')
  useEffect(() => {
    const c = cy.current
    if (!c || !map) return
    c.batch(() => {
      c.elements().remove()
      c.add(elements(map, where))
    })
    c.style(style())
    const shape = where.bands.map((b) => b.id + b.h).join()
    if (fitted.current !== shape) {
      fitted.current = shape
      c.fit(undefined, 12)
    }
  }, [map, where, scheme])
  // What is looked at stands out, with whom it talks.
  useEffect(() => {
    const c = cy.current
    if (!c) return
    const q = find.trim().toLowerCase()
    c.batch(() => {
      c.elements().removeClass('dim near at')
      const stations = c.nodes().filter((n) => byID.has(n.id()))
      if (q || news) {
        const hit = stations.filter((n) => {
          const d = byID.get(n.id())!
          return (!q || (d.label + ' ' + d.kind + ' ' + d.id).toLowerCase().includes(q)) && (!news || !!d.new || !!d.severity || c.edges('.new, .grave').connectedNodes().contains(n as cytoscape.NodeSingular))
        })
        stations.difference(hit).addClass('dim')
        c.edges().filter((e) => (news ? !e.hasClass('new') && !e.hasClass('grave') : !hit.contains(e.source()) && !hit.contains(e.target()))).addClass('dim')
      }
      const n = at ? c.getElementById(at) : c.collection()
      if (n.nonempty() && byID.has(at)) {
        n.addClass('at')
        n.connectedEdges().addClass('near').removeClass('dim')
        n.connectedEdges().connectedNodes().removeClass('dim')
      }
    })
  }, [at, find, news, map, byID, scheme])

  const move = (key: string) => {
    const next = at ? neighbour(where, at, key) : where.order[0]
    if (next) look(next)
  }
  const look = (id: string) => {
    setAt(id)
    const c = cy.current
    const n = c?.getElementById(id)
    if (!c || !n?.nonempty()) return
    const b = n.renderedBoundingBox({})
    if (b.x1 < 0 || b.y1 < 0 || b.x2 > c.width() || b.y2 > c.height()) c.center(n)
  }
  const step = (by: number) => {
    const i = where.order.indexOf(at)
    look(where.order[Math.max(0, Math.min(where.order.length - 1, i + by))])
  }
  useKeys({
    ArrowLeft: () => move('ArrowLeft'),
    ArrowRight: () => move('ArrowRight'),
    ArrowUp: () => move('ArrowUp'),
    ArrowDown: () => move('ArrowDown'),
    j: () => step(1),
    k: () => step(-1),
    Enter: () => at && enter(at),
    '+': () => cy.current?.zoom({ level: cy.current.zoom() * 1.25, renderedPosition: { x: cy.current.width() / 2, y: cy.current.height() / 2 } }),
    '-': () => cy.current?.zoom({ level: cy.current.zoom() / 1.25, renderedPosition: { x: cy.current.width() / 2, y: cy.current.height() / 2 } }),
    '0': () => cy.current?.fit(undefined, 12),
    '/': () => finder.current?.focus(),
  })

  const picked = byID.get(at)
  const has = (id: string) => open.includes(id)
  const toggle = (id: string, on: boolean) => change({ open: on ? [...open, id] : open.filter((o) => o !== id) })
  return (
    <>
      <Head title="Map" sub={map ? `${many(map.nodes.length, 'node')}, ${many(map.edges.length, 'line')}` : ''}>
        {map?.text && <span className="soft">{map.text}</span>}
      </Head>
      <div className="bar">
        <TextInput
          ref={finder}
          type="search"
          aria-label="Find on the map"
          placeholder="Find on the map"
          value={find}
          onChange={(e) => setFind(e.currentTarget.value)}
          leftSection={<SearchIcon size={14} />}
          rightSection={<kbd aria-hidden="true">/</kbd>}
          onKeyDown={(e) => {
            if (e.key !== 'Enter') return
            const hit = where.order.find((id) => (byID.get(id)!.label + ' ' + byID.get(id)!.kind).toLowerCase().includes(find.trim().toLowerCase()))
            if (hit) look(hit)
            e.currentTarget.blur()
          }}
          style={{ width: 220 }}
        />
        <Facet name="Zone" values={facets.zone ?? []} chosen={query.getAll('zone')} onChange={(zone) => change({ zone })} word={(v) => (v === '-' ? 'no zone' : v)} />
        <Facet name="Level" values={facets.level ?? []} chosen={query.getAll('level')} onChange={(level) => change({ level })} word={(v) => (v === '-' ? 'unknown' : (levels[v] ?? v))} />
        <Checkbox label="Only new and grave" checked={news} onChange={(e) => setNews(e.currentTarget.checked)} />
        <Checkbox label="IT one by one" checked={has('it')} onChange={(e) => toggle('it', e.currentTarget.checked)} />
        <Checkbox label="Internet one by one" checked={has('internet')} onChange={(e) => toggle('internet', e.currentTarget.checked)} />
        <Button style={{ marginLeft: 'auto' }} onClick={() => cy.current?.fit(undefined, 12)}>
          Fit
        </Button>
      </div>
      {error && <Fault error={error} />}
      <div className="map">
        <div className="canvas" ref={box} tabIndex={0} role="application" aria-label="Map of the plant. Arrow keys walk from station to station, Enter opens one." aria-describedby="map-card" />
        {!map && !error && <Wait />}
        {map && !map.nodes.length && (
          <Empty icon={<MapIcon size={28} />} title="There is nobody to draw yet">
            Stations appear here by their level once they have spoken. A site file tells Davy which network is which level and zone.
          </Empty>
        )}
        <div className="legend" aria-hidden="true">
          <span><i style={{ borderColor: 'var(--faint)' }} />talks to</span>
          <span><i style={{ borderColor: 'var(--flame)' }} />new</span>
          <span><i style={{ borderColor: 'var(--high)' }} />in an open incident</span>
          <span><i style={{ borderColor: 'var(--faint)', borderTopStyle: 'dashed' }} />seen one way only</span>
          <span className="keys"><kbd>arrows</kbd> walk · <kbd>Enter</kbd> open · <kbd>+</kbd> <kbd>-</kbd> <kbd>0</kbd> zoom</span>
        </div>
        <div id="map-card" aria-live="polite" className={picked ? 'card' : 'hidden'}>
          {picked && <Card node={picked} map={map!} name={(id) => byID.get(id)?.label ?? id} />}
        </div>
      </div>
    </>
  )
}

function Card({ node: n, map, name }: { node: Node; map: PlantMap; name: (id: string) => string }) {
  const edges = map.edges.filter((e) => e.from === n.id || e.to === n.id).sort((a, b) => rank(b.severity) - rank(a.severity) || +!!b.new - +!!a.new)
  const peer = (e: Edge) => (e.from === n.id ? e.to : e.from)
  return (
    <div style={{ padding: '10px 12px', display: 'grid', gap: 6 }}>
      <div>
        <b className="any">{n.label}</b> {n.new && <span className="tag new">new</span>}
      </div>
      <span className="soft">{[n.count > 1 ? many(n.count, 'station') : n.kind, levels[n.level ?? ''] ?? n.level, n.zone].filter(Boolean).join(' · ')}</span>
      {n.severity && <Severity severity={n.severity} />}
      <div style={{ display: 'grid', gap: 2, fontSize: 12 }}>
        {edges.slice(0, 9).map((e, i) => (
          <span key={i} className="cut">
            {e.from === n.id ? '→ ' : '← '}
            {name(peer(e))} <span className="soft">{e.protocols.join(', ')}</span> {e.new && <span className="tag new">new</span>}
          </span>
        ))}
        {edges.length > 9 && <span className="soft">and {edges.length - 9} more</span>}
      </div>
      {n.count === 1 && <A className="link" href={'/assets/' + n.id}>Open {n.label}</A>}
    </div>
  )
}
