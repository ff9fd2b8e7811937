import { strict as assert } from 'node:assert'
import { clockPasses, until } from '../support/wait.js'
import { randomBytes, Rig } from '../support/rig.js'
import { accept, stopOk } from '../support/stop-target.js'
import type { RawStream } from '../support/raw-stream.js'

/** Sends without a pause until the stream ends; resolves to how much went in. */
async function pour (raw: RawStream): Promise<number> {
  const chunk = randomBytes(16_384)
  let sent = 0

  try {
    while (true) {
      await raw.room()
      raw.send(chunk)
      sent += chunk.byteLength
      await new Promise<void>(resolve => { setImmediate(resolve) })
    }
  } catch {
    return sent
  }
}

describe('circuit relay: the relayed connection', () => {
  const rig = new Rig()

  it('C61 resets both sides when the duration is over', async () => {
    const { relay, source, target } = await rig.circuitOn({ maxCircuitDurationSeconds: 1 })
    assert.equal(await source.ended(), 'reset')
    assert.equal(await target.ended(), 'reset')
    assert.equal(source.fin || target.fin, false, 'a cut stream does not look whole')
    const { duration_ms: duration } = await relay.events.wait('circuit_closed')
    assert(duration >= 900 && duration < 5_000, `${duration} ms`)
  })

  it('C62 ends at the duration under constant traffic both ways', async () => {
    const relay = await rig.relay({ maxCircuitDurationSeconds: 1, maxCircuitBytes: 0 })
    const source = await rig.peer(relay)
    const target = await rig.target(relay)
    const circuit = await rig.circuit(source, target)
    const [there, back] = await Promise.all([pour(circuit.source), pour(circuit.target)])
    assert(there > 0 && back > 0)
    const { duration_ms: duration } = await relay.events.wait('circuit_closed')
    assert(duration >= 900 && duration < 6_000, `${duration} ms`)
  })

  it('C62 counts the duration from the OK, not from the CONNECT', async () => {
    const relay = await rig.relay({ maxCircuitDurationSeconds: 1 })
    const source = await rig.peer(relay)
    const target = await rig.target(relay, async ({ raw }) => {
      await clockPasses(Date.now() + 1_300)
      raw.sendFrame(stopOk)
    })
    const circuit = await rig.circuit(source, target)
    circuit.source.send(Uint8Array.of(1))
    assert.deepEqual(await circuit.target.bytes(1), Uint8Array.of(1))
    assert.equal(await circuit.source.ended(), 'reset')
    const { duration_ms: duration } = await relay.events.wait('circuit_closed')
    assert(duration >= 900 && duration < 5_000, `${duration} ms`)
  })

  it('C15 C62 has no end of time when the duration is 0', async () => {
    const { relay, source, target, sourcePeer } = await rig.circuitOn({ maxCircuitDurationSeconds: 0, maxCircuitBytes: 1_000 })
    source.send(Uint8Array.of(1))
    await target.bytes(1)
    await sourcePeer.barrier()
    assert.equal(relay.service.stats().circuits, 1)
  })

  it('C62 limits the duration of a circuit whose reservation lapsed during the handshake', async () => {
    const relay = await rig.relay({ maxCircuitDurationSeconds: 1, reservationTtlSeconds: 1 })
    const source = await rig.peer(relay)
    const target = await rig.target(relay, async ({ raw }) => {
      await relay.events.wait('reservation_timed_out')
      raw.sendFrame(stopOk)
    })
    const { raw, reply } = await source.tryConnect(target.peer.id)

    // either answer is right; a circuit without an end is not
    if (reply.status === 100) {
      assert.equal(await raw.ended(), 'reset')
    } else {
      assert.equal(await (await target.stop.request()).raw.ended(), 'reset')
    }
  })

  for (const way of ['source', 'target'] as const) {
    it(`C63 passes the end of the ${way}'s half on, and the other half keeps working`, async () => {
      const circuit = await rig.circuitOn({})
      const [from, to] = way === 'source' ? [circuit.source, circuit.target] : [circuit.target, circuit.source]
      const data = randomBytes(50_000)
      await from.sendAll(data)
      await from.close()
      assert.deepEqual(await to.bytes(data.byteLength), data)
      await to.finSeen()
      assert.equal(to.ending, undefined)

      const back = randomBytes(300_000)
      await to.sendAll(back)
      assert.deepEqual(await from.bytes(back.byteLength), back)
      assert.equal(circuit.relay.service.stats().circuits, 1)
      await to.close()
      assert.equal(await from.ended(), 'closed')
      assert.equal(await to.ended(), 'closed')
      const closed = await circuit.relay.events.wait('circuit_closed')
      const [there, here] = way === 'source' ? [closed.bytes_to_dst, closed.bytes_to_src] : [closed.bytes_to_src, closed.bytes_to_dst]
      assert.deepEqual([there, here], [data.byteLength, back.byteLength])
    })

    it(`C64 passes a reset of the ${way} on as a reset, at once`, async () => {
      const circuit = await rig.circuitOn({})
      const [from, to] = way === 'source' ? [circuit.source, circuit.target] : [circuit.target, circuit.source]
      from.send(Uint8Array.of(1, 2, 3))
      await to.bytes(3)
      from.reset()
      assert.equal(await to.ended(), 'reset')
      assert.equal(to.fin, false, 'no FIN before the reset: a cut stream would look whole')
      await circuit.relay.noStreams()
    })

    it(`C64 passes a reset of the ${way} on when it has closed its half before`, async () => {
      const circuit = await rig.circuitOn({})
      const [from, to] = way === 'source' ? [circuit.source, circuit.target] : [circuit.target, circuit.source]
      await from.close()
      await to.finSeen()
      from.reset()
      assert.equal(await to.ended(), 'reset')
    })

    it(`C66 ends the circuit once when the connection of the ${way} dies`, async () => {
      const circuit = await rig.circuitOn({})
      const [peer, to] = way === 'source' ? [circuit.sourcePeer, circuit.target] : [circuit.targetPeer, circuit.source]
      circuit.source.send(Uint8Array.of(1, 2, 3))
      await circuit.target.bytes(3)
      peer.connection.abort(new Error('the cable is out'))
      assert.equal(await to.ended(), 'reset')
      const closed = await circuit.relay.events.wait('circuit_closed')
      assert.equal(closed.bytes_to_dst, 3)
      assert.equal(circuit.relay.service.stats().circuits, 0)
      await circuit.relay.noStreams()
      await circuit.relay.gone(peer.peerId)
      assert.equal(circuit.relay.events.of('circuit_closed').length, 1)
      assert.equal(circuit.relay.service.stats().totals.circuit_closed, 1)
    })
  }

  it('C67 carries random chunks of 1 B to 1 MiB both ways at once, bit for bit', async () => {
    const { source, target } = await rig.circuitOn({ maxCircuitBytes: 0 })
    const there = randomBytes(12_000_000)
    const back = randomBytes(12_000_000)
    const sizes = (): number[] => Array.from({ length: 60 }, () => Math.floor(2 ** (Math.random() * 20)) + 1)
    const seed = { there: sizes(), back: sizes() }
    const [gotThere, gotBack] = await Promise.all([
      target.bytes(there.byteLength, 60_000),
      source.bytes(back.byteLength, 60_000),
      source.sendAll(there, seed.there),
      target.sendAll(back, seed.back)
    ])
    assert.equal(Buffer.compare(gotThere, there), 0, JSON.stringify(seed))
    assert.equal(Buffer.compare(gotBack, back), 0, JSON.stringify(seed))
  })

  it('C67 takes writes of no bytes', async () => {
    const { source, target } = await rig.circuitOn({})

    for (let i = 0; i < 5; i++) {
      source.send(new Uint8Array(0))
      source.send(Uint8Array.of(i))
      target.send(new Uint8Array(0))
    }

    assert.deepEqual(await target.bytes(5), Uint8Array.of(0, 1, 2, 3, 4))
  })

  it('C67 carries 20,000 writes of one byte, in order', async () => {
    const { source, target } = await rig.circuitOn({})
    const data = randomBytes(20_000)
    const [got] = await Promise.all([target.bytes(data.byteLength), source.sendAll(data, [1])])
    assert.deepEqual(got, data)
  })

  it('C67 keeps 30 circuits between two peers apart', async () => {
    const relay = await rig.relay({ maxCircuitsPerPeer: 0 })
    const source = await rig.peer(relay)
    const target = await rig.target(relay, accept())
    const circuits = []

    for (let i = 0; i < 30; i++) {
      circuits.push(await rig.circuit(source, target))
    }

    await Promise.all(circuits.map(async (circuit, i) => {
      const data = new Uint8Array(10_000).fill(i)
      await circuit.source.sendAll(data)
      assert.deepEqual(await circuit.target.bytes(10_000), data)
    }))
    circuits.forEach(circuit => { circuit.source.reset() })
    await until(() => relay.service.stats().circuits === 0, 'all circuits have ended')
  })
})
