import { expect, test } from 'vitest'
import { cell, fitting, layout, neighbour } from './purdue.ts'
import type { Node } from './rows.ts'

const nodes: Node[] = [
  ...Array.from({ length: 40 }, (_, i): Node => ({ id: 'c' + i, label: 'plc-' + i, kind: 'controller', level: '1', zone: 'Line ' + (i % 3), count: 1 })),
  { id: 'h', label: 'hist', kind: 'historian', level: '3', zone: 'Operations', count: 1 },
  { id: 'internet', label: 'Internet', kind: 'internet', count: 5 },
  { id: 'odd', label: 'odd', kind: 'unknown', level: '7', count: 1 },
]

test('every station has a place of its own, in its zone and band', () => {
  for (const width of [700, 1720, 4000]) {
    const l = layout(nodes, width)
    expect(l.at.size).toBe(nodes.length)
    const places = [...l.at.values()]
    places.forEach((a, i) => places.slice(i + 1).forEach((b) => expect(Math.abs(a.x - b.x) >= cell.w || Math.abs(a.y - b.y) >= cell.h).toBe(true)))
    for (const z of l.zones) for (const w of l.zones) if (z !== w) expect(z.x + z.w <= w.x || w.x + w.w <= z.x || z.y + z.h <= w.y || w.y + w.h <= z.y).toBe(true)
    expect(l.bands.map((b) => b.name)).toEqual(['Internet', '3 operations', '1 control', 'Level unknown'])
  }
})

test('the layout does not hang on the order of the nodes, and fits a shape', () => {
  expect(layout([...nodes].reverse()).at).toEqual(layout(nodes).at)
  const wide = fitting(nodes, 3).bands[0].w
  expect(wide).toBeGreaterThan(fitting(nodes, 0.6).bands[0].w)
  expect(fitting([], 2).order).toEqual([])
})

test('arrows walk to every station and back', () => {
  const l = layout(nodes)
  const [a, b] = l.order.filter((id) => id.startsWith('c'))
  expect(neighbour(l, a, 'ArrowRight')).toBe(b)
  expect(neighbour(l, b, 'ArrowLeft')).toBe(a)
  expect(neighbour(l, 'internet', 'ArrowDown')).toBe('h')
  expect(neighbour(l, 'internet', 'ArrowUp')).toBeUndefined()
})
