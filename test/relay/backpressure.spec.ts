import { strict as assert } from 'node:assert'
import { quic } from '../../src/transports/index.js'
import { Flood } from '../support/flood.js'
import { MIB } from '../support/nodes.js'
import { Rig } from '../support/rig.js'
import { until } from '../support/wait.js'
import type { Carrier } from '../support/nodes.js'
import type { RawStream } from '../support/raw-stream.js'
import type { TestRelay } from '../support/rig.js'

const TOTAL = 40 * MIB
/** A window and what had been read when the leg was paused, in each half of the circuit. */
const KEPT_AT_MOST = 4 * MIB
/** What the windows and the kernel's socket buffers of four hops hold, with room. */
const AHEAD_AT_MOST = 24 * MIB

describe('circuit relay: back-pressure', () => {
  const rig = new Rig()
  const transports = { quic: quic() }

  async function open (source: Carrier, target: Carrier): Promise<{ relay: TestRelay, source: RawStream, target: RawStream }> {
    const relay = await rig.relay({ maxCircuitBytes: 0 }, { carriers: [source, target], transports })
    const [from, to] = await Promise.all([
      rig.peer(relay, { carrier: source, transports }),
      rig.target(relay, undefined, { carrier: target, transports })
    ])
    return { relay, ...await rig.circuit(from, to) }
  }

  async function held (relay: TestRelay, from: RawStream, to: RawStream): Promise<void> {
    to.pause()
    const before = to.received
    let most = 0
    const watch = setInterval(() => { most = Math.max(most, relay.buffered()) }, 2)
    const flood = new Flood(from, TOTAL)

    try {
      await flood.held()
      assert.equal(flood.failure, undefined)
      assert(flood.sent < AHEAD_AT_MOST, `the sender got rid of ${flood.sent} bytes`)
      assert(most < KEPT_AT_MOST, `the relay kept ${most} bytes`)
      assert.equal(to.ending, undefined)
      assert.equal(from.ending, undefined)
      to.resume()
      await until(() => to.received - before === TOTAL, () => `all has come; ${to.received - before} so far`, 50_000)
      await flood.done
      assert.equal(flood.failure, undefined)
      assert(most < KEPT_AT_MOST, `the relay kept ${most} bytes`)
    } finally {
      clearInterval(watch)
      flood.stop()
    }
  }

  const legs: Array<[Carrier, Carrier]> = [['tcp-tls', 'tcp-tls'], ['tcp-noise', 'tcp-noise'], ['ws', 'ws'], ['quic', 'quic'], ['tcp-tls', 'quic'], ['quic', 'tcp-tls']]

  for (const [source, target] of legs) {
    it(`C65 holds a source on ${source} while the target on ${target} does not read, keeps little, and delivers all later`, async () => {
      const circuit = await open(source, target)
      await held(circuit.relay, circuit.source, circuit.target)
    })
  }

  for (const leg of ['tcp-tls', 'quic'] as const) {
    it(`C65 holds a target on ${leg} while the source does not read`, async () => {
      const circuit = await open(leg, leg)
      await held(circuit.relay, circuit.target, circuit.source)
    })
  }

  it('C65 lets the other direction run while one is held', async () => {
    const { source, target } = await open('tcp-tls', 'tcp-tls')
    target.pause()
    const flood = new Flood(source, TOTAL)
    await flood.held()
    const before = source.received
    const back = new Flood(target, 8 * MIB)
    await until(() => source.received - before === 8 * MIB, 'the other direction is through')
    assert.equal(back.failure, undefined)
    flood.stop()
  })

  it('C65 lets a circuit run beside one whose reader has stopped, between the same peers', async () => {
    const relay = await rig.relay({ maxCircuitBytes: 0 })
    const from = await rig.peer(relay)
    const to = await rig.target(relay)
    const stuck = await rig.circuit(from, to)
    stuck.target.pause()
    const flood = new Flood(stuck.source, TOTAL)
    await flood.held()
    const free = await rig.circuit(from, to)
    const before = free.target.received
    const other = new Flood(free.source, 8 * MIB)
    await until(() => free.target.received - before === 8 * MIB, 'the other circuit is through')
    assert.equal(other.failure, undefined)
    flood.stop()
  })

  it('C65 resets a held circuit at once when its reader resets', async () => {
    const { relay, source, target } = await open('tcp-tls', 'tcp-tls')
    target.pause()
    const flood = new Flood(source, TOTAL)
    await flood.held()
    target.reset()
    assert.equal(await source.ended(), 'reset')
    await flood.done
    await relay.noStreams()
    assert.equal(relay.service.stats().circuits, 0)
  })

  it('C65 resets a held circuit when its duration is over', async () => {
    const relay = await rig.relay({ maxCircuitBytes: 0, maxCircuitDurationSeconds: 1 })
    const { source, target } = await rig.circuit(await rig.peer(relay), await rig.target(relay))
    target.pause()
    const flood = new Flood(source, TOTAL)
    assert.equal(await source.ended(), 'reset')
    await flood.done
    target.resume()
    assert.equal(await target.ended(), 'reset')
    await relay.noStreams()
  })

  it('C65 delivers what was sent before the end to a reader that was slow', async () => {
    const { source, target } = await open('tcp-tls', 'tcp-tls')
    target.pause()
    const flood = new Flood(source, 3 * MIB)
    await flood.held()
    target.resume()
    await flood.done
    await source.close()
    await target.finSeen()
    await until(() => target.received - target.framed === 3 * MIB, 'all has come')
  })
})
