import { strict as assert } from 'node:assert'
import { randomBytes, Rig } from '../support/rig.js'
import { accept } from '../support/stop-target.js'
import { concat, encodeHop, frame, HopType, statusName } from '../support/wire.js'

const N = 100_000

describe('circuit relay: the data limit', () => {
  const rig = new Rig()

  it('C60 lets exactly the limit through in each direction, and keeps the circuit', async () => {
    const { relay, source, target, sourcePeer, targetPeer } = await rig.circuitOn({ maxCircuitBytes: N })
    const there = randomBytes(N)
    const back = randomBytes(N)
    await Promise.all([source.sendAll(there, [1_000, 7, 30_000]), target.sendAll(back)])
    assert.deepEqual(await target.bytes(N), there)
    assert.deepEqual(await source.bytes(N), back)
    await Promise.all([sourcePeer.barrier(), targetPeer.barrier()])
    assert.equal(relay.service.stats().circuits, 1)
    assert.equal(source.ending, undefined)
    assert.equal(target.ending, undefined)
  })

  for (const way of ['source', 'target'] as const) {
    it(`C60 C61 resets both sides at the first byte over the limit from the ${way}`, async () => {
      const circuit = await rig.circuitOn({ maxCircuitBytes: N })
      const [from, to] = way === 'source' ? [circuit.source, circuit.target] : [circuit.target, circuit.source]
      const data = randomBytes(N)
      await from.sendAll(data)
      assert.deepEqual(await to.bytes(N), data)
      from.send(Uint8Array.of(1))
      assert.equal(await to.ended(), 'reset')
      assert.equal(await from.ended(), 'reset')
      assert.equal(to.received - to.framed, N, 'not a byte more')
      const closed = await circuit.relay.events.wait('circuit_closed')
      assert.equal(way === 'source' ? closed.bytes_to_dst : closed.bytes_to_src, N)
      assert.equal(way === 'source' ? closed.bytes_to_src : closed.bytes_to_dst, 0)
    })

    it(`C60 delivers what is within the limit of a chunk from the ${way} that crosses it, then resets`, async () => {
      const circuit = await rig.circuitOn({ maxCircuitBytes: N })
      const [from, to] = way === 'source' ? [circuit.source, circuit.target] : [circuit.target, circuit.source]
      const data = randomBytes(N + 50_000)
      from.send(data)
      assert.deepEqual(await to.bytes(N), data.subarray(0, N))
      assert.equal(await to.ended(), 'reset')
      assert.equal(await from.ended(), 'reset')
      assert.equal(to.pending.byteLength, 0)
      assert.equal(to.fin, false, 'a cut stream does not look whole')
    })
  }

  it('C60 does not charge one direction for the other', async () => {
    const { source, target } = await rig.circuitOn({ maxCircuitBytes: N })
    await source.sendAll(randomBytes(N))
    await target.bytes(N)
    const back = randomBytes(N)
    await target.sendAll(back)
    assert.deepEqual(await source.bytes(N), back)
  })

  it('C60 charges bytes that came with the handshake of the source', async () => {
    const relay = await rig.relay({ maxCircuitBytes: 1_000 })
    const source = await rig.peer(relay)
    const target = await rig.target(relay)
    const data = randomBytes(1_001)
    const raw = await source.hop()
    raw.send(concat(frame(encodeHop({ type: HopType.CONNECT, peer: { id: target.peer.id } })), data))
    const { raw: end } = await target.stop.request()
    assert.deepEqual(await end.bytes(1_000), data.subarray(0, 1_000))
    assert.equal(await end.ended(), 'reset')
    assert.equal(end.pending.byteLength, 0)
    assert.equal((await relay.events.wait('circuit_closed')).bytes_to_dst, 1_000)
  })

  it('C60 charges bytes that came with the handshake of the target', async () => {
    const relay = await rig.relay({ maxCircuitBytes: 1_000 })
    const source = await rig.peer(relay)
    const data = randomBytes(1_001)
    const target = await rig.target(relay, accept(data))
    const raw = await source.hop()
    raw.sendFrame(encodeHop({ type: HopType.CONNECT, peer: { id: target.peer.id } }))
    assert.equal(statusName((await raw.hop()).status), 'OK')
    assert.deepEqual(await raw.bytes(1_000), data.subarray(0, 1_000))
    assert.equal(await raw.ended(), 'reset')
    assert.equal((await relay.events.wait('circuit_closed')).bytes_to_src, 1_000)
  })

  it('C60 does not charge the handshake messages', async () => {
    const { source, target } = await rig.circuitOn({ maxCircuitBytes: 1 })
    source.send(Uint8Array.of(1))
    target.send(Uint8Array.of(2))
    assert.deepEqual(await target.bytes(1), Uint8Array.of(1))
    assert.deepEqual(await source.bytes(1), Uint8Array.of(2))
  })

  it('C15 C60 counts without end when the limit is 0', async () => {
    const { relay, source, target } = await rig.circuitOn({ maxCircuitBytes: 0 })
    const data = randomBytes(12_000_000)
    const [got] = await Promise.all([target.bytes(data.byteLength), source.sendAll(data)])
    assert.deepEqual(Buffer.compare(got, data), 0)
    assert.equal(relay.service.stats().circuits, 1)
  })

  it('C60 ends a circuit in order when exactly the limit was sent and both sides close', async () => {
    const { source, target } = await rig.circuitOn({ maxCircuitBytes: N })
    const data = randomBytes(N)
    await source.sendAll(data)
    await source.close()
    assert.deepEqual(await target.bytes(N), data)
    await target.finSeen()
    await target.close()
    assert.equal(await source.ended(), 'closed')
    assert.equal(await target.ended(), 'closed')
  })

  it('C61 resets at the limit though the other side has closed its half in order', async () => {
    const { source, target } = await rig.circuitOn({ maxCircuitBytes: N })
    await target.close()
    await source.finSeen()
    source.send(randomBytes(N + 1))
    await target.bytes(N)
    assert.equal(await target.ended(), 'reset')
    assert.equal(await source.ended(), 'reset')
  })
})
