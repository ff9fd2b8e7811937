import { strict as assert } from 'node:assert'
import { quic } from '../../src/transports/index.js'
import { randomBytes, Rig } from '../support/rig.js'
import type { Carrier } from '../support/nodes.js'
import type { Circuit, TestPeer, TestRelay } from '../support/rig.js'
import type { RelayServerInit } from '../../src/relay/index.js'

/**
 * A stock QUIC stream cannot tell a reset from an end (§3.11), so both ends here use this package's QUIC, which can; the
 * stock client's QUIC is tested where it sends.
 */
describe('circuit relay: QUIC legs', () => {
  const rig = new Rig()
  const ours = { quic: quic() }

  async function open (source: Carrier, target: Carrier, init: RelayServerInit = {}, client = ours): Promise<Circuit & { relay: TestRelay, sourcePeer: TestPeer, targetPeer: TestPeer }> {
    const relay = await rig.relay(init, { carriers: [source, target], transports: ours })
    const sourcePeer = await rig.peer(relay, { carrier: source, transports: client })
    const targetSide = await rig.target(relay, undefined, { carrier: target, transports: client })
    return { relay, sourcePeer, targetPeer: targetSide.peer, ...await rig.circuit(sourcePeer, targetSide) }
  }

  for (const [source, target] of [['quic', 'tcp-tls'], ['tcp-tls', 'quic'], ['quic', 'quic']] as Array<[Carrier, Carrier]>) {
    for (const way of ['source', 'target'] as const) {
      it(`C64 passes a reset of the ${way} on as a reset, source on ${source}, target on ${target}`, async () => {
        const circuit = await open(source, target)
        const [from, to] = way === 'source' ? [circuit.source, circuit.target] : [circuit.target, circuit.source]
        from.send(Uint8Array.of(1, 2, 3))
        await to.bytes(3)
        from.reset()
        assert.equal(await to.ended(), 'reset')
        assert.equal(to.fin, false)
        await circuit.relay.noStreams()
      })
    }

    it(`C63 passes an end on as an end, source on ${source}, target on ${target}`, async () => {
      const circuit = await open(source, target)
      const data = randomBytes(200_000)
      await circuit.source.sendAll(data)
      await circuit.source.close()
      assert.deepEqual(await circuit.target.bytes(data.byteLength), data)
      await circuit.target.finSeen()
      await circuit.target.sendAll(data)
      await circuit.target.close()
      assert.deepEqual(await circuit.source.bytes(data.byteLength), data)
      await circuit.source.finSeen()
      assert.equal((await circuit.relay.events.wait('circuit_closed')).bytes_to_dst, data.byteLength)
    })

    it(`C61 resets both sides at the data limit behind what is within it, source on ${source}, target on ${target}`, async () => {
      const circuit = await open(source, target, { maxCircuitBytes: 50_000 })
      const data = randomBytes(60_000)
      circuit.source.send(data)
      assert.deepEqual(await circuit.target.bytes(50_000), data.subarray(0, 50_000))
      assert.equal(await circuit.target.ended(), 'reset')
      assert.equal(await circuit.source.ended(), 'reset')
    })
  }

  it('C64 passes a reset of a stock QUIC client on as a reset', async () => {
    const relay = await rig.relay({}, { carriers: ['quic', 'tcp-tls'], transports: ours })
    const source = await rig.peer(relay, { carrier: 'quic' })
    const circuit = await rig.circuit(source, await rig.target(relay))
    circuit.source.send(Uint8Array.of(1))
    await circuit.target.bytes(1)
    circuit.source.reset()
    assert.equal(await circuit.target.ended(), 'reset')
    assert.equal(circuit.target.fin, false)
  })

  it('C66 ends the circuit once when a QUIC connection dies', async () => {
    const { relay, source, targetPeer } = await open('tcp-tls', 'quic')
    targetPeer.connection.abort(new Error('the cable is out'))
    assert.equal(await source.ended(), 'reset')
    await relay.gone(targetPeer.peerId)
    assert.equal(relay.events.of('circuit_closed').length, 1)
    assert.equal(relay.service.stats().reservations, 0)
  })

  it('C53 resets a refused STOP stream on QUIC', async () => {
    const relay = await rig.relay({}, { carriers: ['quic', 'tcp-tls'], transports: ours })
    const source = await rig.peer(relay)
    const target = await rig.target(relay, ({ raw }) => { raw.sendFrame(Uint8Array.of(8, 1, 32, 204, 1)) }, { carrier: 'quic', transports: ours })
    assert.equal(await source.connectStatus(target.peer.id), 'CONNECTION_FAILED')
    assert.equal(await (await target.stop.request()).raw.ended(), 'reset')
  })
})
