import type { Node } from './rows.ts'

// The map's layout: levels of the Purdue model as bands from the top down, zones as boxes in
// them, stations in rows. The same nodes always come to lie in the same places.

export const bands: { level: string; name: string }[] = [
  { level: 'internet', name: 'Internet' },
  { level: '5', name: '5 enterprise' },
  { level: '4', name: '4 site IT' },
  { level: '3.5', name: '3.5 DMZ' },
  { level: '3', name: '3 operations' },
  { level: '2', name: '2 supervision' },
  { level: '1', name: '1 control' },
  { level: '0', name: '0 process' },
  { level: '', name: 'Level unknown' },
]

export interface Box {
  id: string
  name: string
  x: number
  y: number
  w: number
  h: number
}

export interface Layout {
  bands: Box[]
  zones: Box[]
  at: Map<string, { x: number; y: number }>
  order: string[] // for the keyboard: band after band, row after row
}

export const cell = { w: 136, h: 58 }
const pad = 14
const head = 22
const left = 120

export function bandOf(n: Node): string {
  if (n.id === 'internet' || n.kind === 'internet' || n.kind === 'external host') return 'internet'
  return bands.some((b) => b.level === (n.level ?? '')) ? n.level ?? '' : ''
}

const kinds = ['router', 'switch', 'gateway', 'server', 'historian', 'engineering station', 'HMI', 'workstation', 'controller', 'drive', 'remote I/O']
const kindRank = (k: string) => (kinds.indexOf(k) + 1 || kinds.length + 1)

export function layout(nodes: Node[], width = 1720): Layout {
  const out: Layout = { bands: [], zones: [], at: new Map(), order: [] }
  const most = Math.max(3, Math.floor((width - left) / cell.w))
  let y = 0
  for (const band of bands) {
    const here = nodes.filter((n) => bandOf(n) === band.level)
    if (!here.length) continue
    const zones = new Map<string, Node[]>()
    for (const n of here) zones.set(n.zone ?? '', [...(zones.get(n.zone ?? '') ?? []), n])
    const top = y
    let x = left
    let rowHeight = 0
    y += pad
    for (const [zone, list] of [...zones].sort((a, b) => a[0].localeCompare(b[0]))) {
      list.sort((a, b) => kindRank(a.kind) - kindRank(b.kind) || a.label.localeCompare(b.label, undefined, { numeric: true }) || (a.id < b.id ? -1 : 1))
      const across = Math.min(list.length, list.length > most ? most : Math.max(1, Math.min(most, zones.size > 1 ? Math.ceil(Math.sqrt(list.length * 4)) : most)))
      const w = across * cell.w + pad
      const h = Math.ceil(list.length / across) * cell.h + head + pad / 2
      if (x > left && x + w > left + most * cell.w + pad) {
        x = left
        y += rowHeight + pad
        rowHeight = 0
      }
      out.zones.push({ id: `zone:${band.level}:${zone}`, name: zone || 'no zone', x, y, w, h })
      list.forEach((n, i) => {
        out.at.set(n.id, { x: x + pad / 2 + (i % across) * cell.w + cell.w / 2, y: y + head + Math.floor(i / across) * cell.h + cell.h / 2 })
        out.order.push(n.id)
      })
      x += w + pad
      rowHeight = Math.max(rowHeight, h)
    }
    y += rowHeight + pad
    out.bands.push({ id: 'band:' + band.level, name: band.name, x: 0, y: top, w: left + most * cell.w + 2 * pad, h: y - top })
    y += 10
  }
  return out
}

/** The nearest station in a direction, for the arrow keys. */
export function neighbour(l: Layout, from: string, key: string): string | undefined {
  const a = l.at.get(from)
  if (!a) return l.order[0]
  let best: string | undefined
  let least = Infinity
  for (const [id, b] of l.at) {
    const dx = b.x - a.x
    const dy = b.y - a.y
    const [along, off] = key === 'ArrowRight' ? [dx, dy] : key === 'ArrowLeft' ? [-dx, dy] : key === 'ArrowDown' ? [dy, dx] : [-dy, dx]
    if (id === from || along < 4) continue
    const far = along + Math.abs(off) * 3
    if (far < least) {
      least = far
      best = id
    }
  }
  return best
}

/** The layout that is largest on a screen of a shape (width by height). */
export function fitting(nodes: Node[], shape: number): Layout {
  let best: Layout | undefined
  let most = 0
  for (const width of shape > 0 ? [900, 1100, 1300, 1500, 1720, 2000, 2400, 3000, 4000] : [1720]) {
    const l = layout(nodes, width)
    const last = l.bands.at(-1)
    if (!last) return l
    const scale = Math.min(shape / last.w, 1 / (last.y + last.h))
    if (!best || scale > most) {
      best = l
      most = scale
    }
  }
  return best!
}
