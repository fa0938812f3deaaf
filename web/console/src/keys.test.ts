import { expect, test } from 'vitest'
import { nameOf } from './keys.ts'

const key = (key: string, more = {}) => nameOf({ key, ctrlKey: false, metaKey: false, altKey: false, ...more })

test('keys of the browser stay the browser\'s', () => {
  expect(key('j')).toBe('j')
  expect(key('?')).toBe('?')
  expect(key('r', { ctrlKey: true })).toBe('')
  expect(key('ArrowLeft', { altKey: true })).toBe('')
  expect(key('k', { metaKey: true })).toBe('mod k')
})
