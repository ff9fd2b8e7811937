import { strict as assert } from 'node:assert'
import { Flood } from '../support/flood.js'
import { MIB } from '../support/nodes.js'
import { Rig } from '../support/rig.js'
import { until } from '../support/wait.js'

/** A WebRTC leg cannot be paused: what its sender sends faster than the other side reads is kept up to a cap, then the circuit is reset. */
describe('circuit relay: legs that cannot be paused', () => {
  const rig = new Rig()

  it('C65 resets a circuit whose source on WebRTC floods a target that does not read, and keeps less than 12 MiB', async () => {
    const { relay, source, target } = await rig.circuitOn({ maxCircuitBytes: 0 }, { source: 'webrtc-direct' })
    target.pause()
    let most = 0
    const watch = setInterval(() => { most = Math.max(most, relay.buffered()) }, 2)
    const flood = new Flood(source, 64 * MIB)

    try {
      const closed = await relay.events.wait('circuit_closed', 1, 50_000)
      assert.notEqual(closed.reason, '')
      assert(most < 12 * MIB, `the relay kept ${most} bytes`)
      target.resume()
      assert.equal(await target.ended(), 'reset')
      assert.equal(target.fin, false)
      await until(() => relay.service.stats().circuits === 0, 'the circuit is gone')
    } finally {
      clearInterval(watch)
      flood.stop()
    }

    await until(() => source.ending != null, 'the source sees the end')
  })

  it('C65 lets an ordinary transfer of 6 MiB from a WebRTC source into a slow window pass', async () => {
    const { source, target } = await rig.circuitOn({ maxCircuitBytes: 0 }, { source: 'webrtc-direct' })
    target.pause()
    const flood = new Flood(source, 6 * MIB)
    await flood.held()
    target.resume()
    await until(() => target.received - target.framed === 6 * MIB, () => `all has come; ${target.received} so far`, 50_000)
    assert.equal(flood.failure, undefined)
    assert.equal(target.ending, undefined)
  })
})
