import { strict as assert } from 'node:assert'
import { Flood } from '../support/flood.js'
import { MIB } from '../support/nodes.js'
import { randomBytes, Rig } from '../support/rig.js'
import { until } from '../support/wait.js'

const RATE = 400_000

describe('circuit relay: bytes per second', () => {
  const rig = new Rig()

  /** Sends one way and ends in order; the relay's own figures say how fast it went. */
  async function run (bytes: number, way: 'source' | 'target'): Promise<{ counted: number, seconds: number }> {
    const circuit = await rig.circuitOn({ maxBytesPerSecond: RATE, maxCircuitBytes: 0 })
    const [from, to] = way === 'source' ? [circuit.source, circuit.target] : [circuit.target, circuit.source]
    const data = randomBytes(bytes)
    const [got] = await Promise.all([to.bytes(bytes, 40_000), from.sendAll(data)])
    assert.equal(Buffer.compare(got, data), 0)
    await Promise.all([from.close(), to.close()])
    const closed = await circuit.relay.events.wait('circuit_closed')
    return { counted: way === 'source' ? closed.bytes_to_dst : closed.bytes_to_src, seconds: closed.duration_ms / 1000 }
  }

  for (const way of ['source', 'target'] as const) {
    it(`holds the ${way} to the rate behind a burst of one second`, async () => {
      const { counted, seconds } = await run(3 * RATE, way)
      assert.equal(counted, 3 * RATE)
      // one second's worth at once, the other two at the rate
      assert(seconds >= 1.6, `${counted} bytes in ${seconds} s`)
      assert(seconds < 12, `${counted} bytes in ${seconds} s`)
    })
  }

  it('lets a burst of one second through at once', async () => {
    const { seconds } = await run(Math.floor(RATE * 0.9), 'source')
    assert(seconds < 0.9, `${seconds} s`)
  })

  it('shapes each direction by itself', async () => {
    const { relay, source, target } = await rig.circuitOn({ maxBytesPerSecond: RATE, maxCircuitBytes: 0 })
    const there = randomBytes(2 * RATE)
    const back = randomBytes(2 * RATE)
    await Promise.all([source.sendAll(there), target.sendAll(back), target.bytes(there.byteLength, 40_000), source.bytes(back.byteLength, 40_000)])
    await Promise.all([source.close(), target.close()])
    const closed = await relay.events.wait('circuit_closed')
    assert(closed.duration_ms >= 700, `${closed.duration_ms} ms`)
    assert(closed.duration_ms < 10_000, `${closed.duration_ms} ms: one budget for both would take three seconds or more`)
  })

  it('holds a sender back by the window and keeps little of what it sends', async () => {
    const { relay, source, target } = await rig.circuitOn({ maxBytesPerSecond: 200_000, maxCircuitBytes: 0 })
    const flood = new Flood(source, 32 * MIB)
    let most = 0
    await until(() => {
      most = Math.max(most, relay.buffered())
      return target.received > 500_000
    }, 'two and a half seconds\' worth is through', 30_000)
    const ahead = flood.sent - target.received
    flood.stop()
    assert(most < 3 * MIB, `${most} bytes kept`)
    assert(ahead < 12 * MIB, `the sender is ${ahead} bytes ahead of the reader`)
  })

  it('ends a shaped circuit at its data limit, exactly', async () => {
    const { relay, source, target } = await rig.circuitOn({ maxBytesPerSecond: RATE, maxCircuitBytes: RATE + 50_000 })
    const data = randomBytes(RATE + 60_000)
    source.send(data)
    assert.deepEqual(await target.bytes(RATE + 50_000), data.subarray(0, RATE + 50_000))
    assert.equal(await target.ended(), 'reset')
    assert.equal((await relay.events.wait('circuit_closed')).bytes_to_dst, RATE + 50_000)
  })
})
