import assert from 'node:assert/strict'
import { streamPair } from '@libp2p/utils'
import { Pump } from '../../src/relay/pump.js'
import { TimerWheel } from '../../src/relay/timer-wheel.js'
import { until } from '../support/wait.js'

describe('relay: pump', () => {
  const timers = new TimerWheel()

  after(() => { timers.clear() })

  it('hands over no more than 256 KiB at once, since each send is one yamux frame and rust takes 1 MiB', async () => {
    const [source, from] = await streamPair()
    const [to, target] = await streamPair()
    const sizes: number[] = []
    const send = to.send.bind(to)
    const total = 3 * 1024 * 1024 + 1
    let arrived = 0

    to.send = data => {
      sizes.push(data.byteLength)

      return send(data)
    }
    target.addEventListener('message', ({ data }) => { arrived += data.byteLength })

    const pump = new Pump({ from, to, maxBytes: 0, maxBytesPerSecond: 0, timers, onDone () {}, onFailed: assert.ifError, onOverLimit () {}, onDataLimit () {} })

    pump.start()
    source.send(new Uint8Array(total))
    await until(() => arrived === total, () => `all has arrived; ${arrived} of ${total} have`)
    assert.equal(Math.max(...sizes), 256 * 1024)
    assert.equal(pump.bytes, total)
    pump.stop()
    await Promise.all([source, from, to, target].map(async stream => { stream.abort(new Error('over')) }))
  })
})
