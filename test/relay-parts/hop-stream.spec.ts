import assert from 'node:assert/strict'
import { streamPair } from '@libp2p/utils'
import { endAnswered } from '../../src/relay/hop-stream.js'
import { TimerWheel } from '../../src/relay/timer-wheel.js'
import type { Stream } from '@libp2p/interface'

describe('relay: the stream of an answered handshake', () => {
  let now: number
  let timers: TimerWheel
  let streams: Stream[]

  beforeEach(() => {
    now = 0
    timers = new TimerWheel({ tickMs: 100, now: () => now })
    streams = []
  })

  afterEach(() => {
    timers.clear()
    streams.forEach(stream => { stream.abort(new Error('over')) })
  })

  /** A stream whose answer is written when `written` is called. */
  async function slowStream (): Promise<{ stream: Stream, written: () => void }> {
    const [stream, other] = await streamPair()
    const { promise, resolve } = Promise.withResolvers<void>()
    const close = stream.close.bind(stream)

    streams.push(stream, other)
    stream.close = async options => {
      await promise
      await close(options)
    }

    return { stream, written: resolve }
  }

  function at (ms: number): void {
    now = ms
    timers.advance()
  }

  it('gives a slow link ten seconds to take the answer, and then the other end one to close', async () => {
    const { stream, written } = await slowStream()
    const ending = endAnswered(stream, timers)

    at(9_900)
    assert.equal(stream.status, 'open')
    written()
    await ending
    at(10_800)
    assert.equal(stream.status, 'open')
    at(11_100)
    assert.equal(stream.status, 'aborted')
    assert.equal(timers.size, 0)
  })

  it('aborts when the link takes no answer', async () => {
    const { stream, written } = await slowStream()
    const ending = endAnswered(stream, timers)

    at(10_200)
    assert.equal(stream.status, 'aborted')
    written()
    await ending
    assert.equal(timers.size, 0)
  })
})
