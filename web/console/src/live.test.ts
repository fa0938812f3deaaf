import { expect, test, vi } from 'vitest'
import { connect, disconnect, listen, splitter } from './live.ts'

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

test('who shows something asks anew when more was missed than is told, and when the sensor was away', async () => {
  const hello = (gap: boolean) => new Response(`event: hello\ndata: {"gap":${gap}}\nid: 5\n\n`)
  const answers = [hello(false), hello(true), hello(false)]
  vi.stubGlobal('fetch', async () => answers.shift() ?? new Promise(() => {}))
  vi.useFakeTimers()
  let again = 0
  const end = listen(['again'], () => again++)
  const heard: number[] = []
  void connect()
  for (let i = 0; i < 3; i++) {
    await vi.advanceTimersByTimeAsync(50)
    heard.push(again)
    await vi.advanceTimersByTimeAsync(10_000)
  }
  disconnect()
  end()
  vi.useRealTimers()
  vi.unstubAllGlobals()
  expect(heard[0]).toBe(0) // the first connection missed nothing
  expect(again).toBe(3) // the second was away and has a gap, the third was away
})
