import { expect, test } from 'vitest'
import { ago, between, format, fromWall, span, toWall, utc } from './time.ts'

const at = '2026-03-02T06:49:00.147045060Z'

test('a moment is shown on the clock of the zone', () => {
  expect(format(at, 'full', 'UTC')).toBe('2026-03-02 06:49:00')
  expect(format(at, 'full', 'Europe/Berlin')).toBe('2026-03-02 07:49:00')
  expect(format(at, 'millis', 'America/New_York')).toBe('01:49:00.147')
  expect(format('2026-03-01T23:30:00Z', 'day', 'Asia/Tokyo')).toBe('2 Mar')
  expect(format('no time', 'full')).toBe('')
})

test('brief says no more than is needed', () => {
  const now = Date.parse('2026-03-02T20:00:00Z')
  expect(format(at, 'brief', 'UTC', now)).toBe('06:49')
  expect(format('2026-02-27T06:49:00Z', 'brief', 'UTC', now)).toBe('27 Feb 06:49')
  expect(format('2025-02-27T06:49:00Z', 'brief', 'UTC', now)).toBe('27 Feb 2025 06:49')
  expect(between('2026-02-27T06:49:00Z', '2026-02-27T07:08:00Z')).toMatch(/^27 Feb.* \d\d:\d\d to \d\d:\d\d$/)
})

test('a hover keeps all decimals', () => {
  expect(utc(at)).toBe('2026-03-02 06:49:00.14704506 UTC')
  expect(utc('2026-03-02T06:49:00.000000000Z')).toBe('2026-03-02 06:49:00 UTC')
})

test('a wall clock and back, over changes of clocks', () => {
  for (const t of ['2026-03-29T00:30:00Z', '2026-03-29T01:00:00Z', '2026-07-01T12:00:00Z', '2026-12-31T23:59:00Z']) {
    for (const zone of ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe']) {
      expect(fromWall(toWall(Date.parse(t), zone), zone), `${t} in ${zone}`).toBe(Date.parse(t))
    }
  }
  expect(fromWall('2026-03-29T02:30', 'Europe/Berlin')).toBeGreaterThan(0)
  expect(fromWall('', 'UTC')).toBeNaN()
})

test('how long, and how long ago', () => {
  expect([0, 0.004, 5, 89, 1140, 7500, 200_000, 400_000].map(span)).toEqual(['0 s', '4 ms', '5 s', '1 min', '19 min', '2 h 5 min', '2 d 7 h', '4 d 15 h'])
  const now = Date.parse(at)
  expect(ago(at, now + 2000)).toBe('just now')
  expect(ago(at, now + 3_600_000)).toBe('1 h ago')
  expect(ago(at, now + 9 * 86_400_000)).toBe('')
})
