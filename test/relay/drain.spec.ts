import { strict as assert } from 'node:assert'
import { staysTrue, until, within } from '../support/wait.js'
import { assertRefused, Rig } from '../support/rig.js'
import { stopOk } from '../support/stop-target.js'
import { encodeHop, HopType, statusName } from '../support/wire.js'

describe('circuit relay: draining and stopping', () => {
  const rig = new Rig()

  it('C68 refuses RESERVE and CONNECT while draining, and lets circuits go on', async () => {
    const relay = await rig.relay()
    const [source, target] = [await rig.peer(relay), await rig.target(relay)]
    const circuit = await rig.circuit(source, target)
    const drained = relay.service.drain()
    assert.equal(relay.service.stats().draining, true)

    const reserve = await source.hop()
    reserve.sendFrame(encodeHop({ type: HopType.RESERVE }))
    await assertRefused(reserve, 'RESERVATION_REFUSED')
    const connect = await source.hop()
    connect.sendFrame(encodeHop({ type: HopType.CONNECT, peer: { id: target.peer.id } }))
    await assertRefused(connect, 'CONNECTION_FAILED')
    assert.equal(statusName((await target.peer.tryReserve()).status), 'RESERVATION_REFUSED', 'a renewal')

    circuit.source.send(Uint8Array.of(1))
    assert.deepEqual(await circuit.target.bytes(1), Uint8Array.of(1))
    circuit.source.reset()
    await within(drained, 'drain() with no circuit left')
  })

  it('C68 waits for the last circuit', async () => {
    const { relay, source } = await rig.circuitOn({})
    let done = false
    const drained = relay.service.drain().then(() => { done = true })
    assert(await staysTrue(() => !done, 100), 'drain() came back with a circuit open')
    source.reset()
    await within(drained, 'drain()')
  })

  it('C68 is drained at once when no circuit is open', async () => {
    const relay = await rig.relay()
    await rig.target(relay)
    await within(relay.service.drain(), 'drain()', 1_000)
  })

  it('C68 stops waiting when the signal aborts, and the circuit goes on until the stop', async () => {
    const { relay, source, target } = await rig.circuitOn({})
    const abort = new AbortController()
    const drained = relay.service.drain({ signal: abort.signal })
    abort.abort()
    await within(drained.catch(() => {}), 'drain() after the abort')
    source.send(Uint8Array.of(1))
    assert.deepEqual(await target.bytes(1), Uint8Array.of(1))
  })

  it('C68 opens no circuit behind drain(), though the target says OK to a handshake that had begun', async () => {
    const go = Promise.withResolvers<void>()
    const relay = await rig.relay()
    const source = await rig.peer(relay)
    const target = await rig.target(relay, async ({ raw }) => {
      await go.promise
      raw.sendFrame(stopOk)
    })
    const raw = await source.hop()
    raw.sendFrame(encodeHop({ type: HopType.CONNECT, peer: { id: target.peer.id } }))
    const { raw: end } = await target.stop.request()
    const drained = relay.service.drain()
    go.resolve()
    await assertRefused(raw, 'CONNECTION_FAILED')
    assert.equal(await end.ended(), 'reset')
    await within(drained, 'drain()')
    assert.equal(relay.service.stats().circuits, 0)
  })

  it('C68 resets the circuits that are left when the service stops', async () => {
    const { relay, source, target } = await rig.circuitOn({})
    await relay.service.stop()
    assert.equal(await source.ended(), 'reset')
    assert.equal(await target.ended(), 'reset')
    assert.equal(relay.events.of('circuit_closed').length, 1)
    assert.equal(relay.service.stats().circuits, 0)
  })

  it('C68 takes no HOP when it has stopped, and serves as new when it is started again', async () => {
    const relay = await rig.relay({ maxCircuitDurationSeconds: 1, maxReservations: 1 })
    const source = await rig.peer(relay)
    const target = await rig.target(relay)
    await relay.service.stop()
    await assert.rejects(source.hop())
    await relay.service.start()
    await until(() => relay.node.getProtocols().includes('/libp2p/circuit/relay/0.2.0/hop'), 'HOP is served')
    assert.equal(await source.connectStatus(target.peer.id), 'NO_RESERVATION')
    await target.peer.reserve()
    const circuit = await rig.circuit(source, target)
    assert.equal(await circuit.source.ended(), 'reset', 'the duration limit holds after a restart')
    assert.equal(await circuit.target.ended(), 'reset')
  })

  it('C68 ends a handshake under way when it stops', async () => {
    const relay = await rig.relay()
    const source = await rig.peer(relay)
    const target = await rig.target(relay, () => {})
    const raw = await source.hop()
    raw.sendFrame(encodeHop({ type: HopType.CONNECT, peer: { id: target.peer.id } }))
    const { raw: end } = await target.stop.request()
    await relay.service.stop()
    assert.equal(await end.ended(), 'reset')
    await until(() => raw.fin || raw.ending != null, 'the relay ends the HOP stream')
  })
})
