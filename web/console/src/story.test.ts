import { expect, test } from 'vitest'
import type { Finding, Step } from './rows.ts'
import { gravest, parted, tell } from './story.ts'

const finding = (id: string, minute: number, detector: string, actor: string): Finding => ({
  id, detector, title: '', severity: 'low', time: `2026-03-02T06:${String(minute).padStart(2, '0')}:00.000000000Z`, file: '', frames: [1, 1], count: 1, entities: [actor, 'x'], expected: '', seen: '',
})

test('alike findings of one actor within ten minutes are told together', () => {
  const told = tell([finding('F-3', 9, 'D11', 'a'), finding('F-1', 0, 'D11', 'a'), finding('F-2', 1, 'D11', 'b'), finding('F-4', 10, 'D11', 'a'), finding('F-5', 11, 'D07', 'a')])
  expect(told.map((t) => [t.finding.id, ...t.more.map((m) => m.id)])).toEqual([['F-1', 'F-3'], ['F-2'], ['F-4'], ['F-5']])
})

test('a title is parted into what and who', () => {
  expect(parted('Scan for controllers, Program changed, ARP spoofing, and 6 more: ws-104 (10.40.1.104), 10.20.10.187')).toEqual({
    what: 'Scan for controllers, program changed, ARP spoofing, and 6 more',
    who: 'ws-104 (10.40.1.104), 10.20.10.187',
  })
  expect(parted('Scan')).toEqual({ what: 'Scan', who: '' })
})

test('the gravest steps stay in order of time', () => {
  const step = (finding: string, severity: Step['severity']): Step => ({ time: '', finding, severity, text: '' })
  expect(gravest([step('a', 'low'), step('b', 'high'), step('c', 'info'), step('d', 'critical'), step('e', 'high')], 3).map((s) => s.finding)).toEqual(['b', 'd', 'e'])
})
