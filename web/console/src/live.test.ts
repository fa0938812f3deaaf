import { expect, test } from 'vitest'
import { splitter } from './live.ts'

const stream = 'retry: 2000\n\nid: 7\nevent: finding\ndata: {"id":"F-1"}\n\n: beat\n\nid: 9\n: seen\n\nevent: home\r\ndata: a\r\ndata: b\r\n\r\n'

test('events are the same however the stream is cut', () => {
  for (let size = 1; size <= stream.length; size++) {
    const events: unknown[] = []
    let last = ''
    const feed = splitter((e) => events.push(e), (id) => (last = id))
    for (let i = 0; i < stream.length; i += size) feed(stream.slice(i, i + size))
    expect(events).toEqual([{ topic: 'finding', data: '{"id":"F-1"}' }, { topic: 'home', data: 'a\nb' }])
    expect(last).toBe('9')
  }
})
