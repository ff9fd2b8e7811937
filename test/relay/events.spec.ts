import { strict as assert } from 'node:assert'
import { until } from '../support/wait.js'
import { randomBytes, Rig } from '../support/rig.js'
import { answer } from '../support/stop-target.js'
import { encodeHop, HopType, Status } from '../support/wire.js'
import type { TestRelay } from '../support/rig.js'
import type { RelayEventName } from '../support/event-log.js'

const NAMES: RelayEventName[] = [
  'reservation_req_accepted', 'reservation_req_denied', 'reservation_timed_out', 'reservation_closed',
  'circuit_req_accepted', 'circuit_req_denied', 'circuit_closed'
]

/** What stats() counts is what was dispatched. */
function assertCounted (relay: TestRelay): void {
  const { totals } = relay.service.stats()

  for (const name of NAMES) {
    assert.equal(totals[name], relay.events.of(name).length, name)
  }

  const bytes = relay.events.of('circuit_closed').reduce((sum, event) => sum + event.bytes_to_dst + event.bytes_to_src, 0)
  assert.equal(totals.bytesRelayed, bytes, 'bytesRelayed, no circuit being open')
}

describe('circuit relay: events and counters', () => {
  const rig = new Rig()

  it('tells of a reservation, of its renewal and of its end', async () => {
    const relay = await rig.relay()
    const peer = await rig.peer(relay)
    const id = peer.peerId.toString()
    const first = await peer.reserve()
    const second = await peer.reserve()
    assert.deepEqual(relay.events.of('reservation_req_accepted'), [
      { peer_id: id, renewed: false, expires: Number(first.reservation?.expire) },
      { peer_id: id, renewed: true, expires: Number(second.reservation?.expire) }
    ])
    await peer.disconnect()
    assert.deepEqual(await relay.events.wait('reservation_closed'), { peer_id: id })
    assert.equal(relay.events.of('reservation_timed_out').length, 0)
    assertCounted(relay)
  })

  it('tells of a reservation that timed out, once, and of no other end of it', async () => {
    const relay = await rig.relay({ reservationTtlSeconds: 1 })
    const peer = await rig.peer(relay)
    await peer.reserve()
    assert.deepEqual(await relay.events.wait('reservation_timed_out'), { peer_id: peer.peerId.toString() })
    await peer.disconnect()
    assert.deepEqual(relay.events.names(), ['reservation_req_accepted', 'reservation_timed_out'])
    assertCounted(relay)
  })

  it('tells of no reservation\'s end when a peer leaves that had none', async () => {
    const relay = await rig.relay()
    const peer = await rig.peer(relay)
    await peer.disconnect()
    assert.deepEqual(relay.events.names(), [])
  })

  it('tells of a refused reservation with the status\'s name and a reason', async () => {
    const relay = await rig.relay({ maxReservations: 1 })
    await (await rig.peer(relay)).reserve()
    const peer = await rig.peer(relay)
    await peer.tryReserve()
    const denied = await relay.events.wait('reservation_req_denied')
    assert.deepEqual(Object.keys(denied).sort(), ['peer_id', 'reason', 'status'])
    assert.equal(denied.peer_id, peer.peerId.toString())
    assert.equal(denied.status, 'RESERVATION_REFUSED')
    assert.notEqual(denied.reason, '')
    assertCounted(relay)
  })

  it('tells of a circuit and of its end, with bytes both ways, duration and reason', async () => {
    const { relay, source, target, sourcePeer, targetPeer } = await rig.circuitOn({})
    const ids = { src_peer_id: sourcePeer.peerId.toString(), dst_peer_id: targetPeer.peerId.toString() }
    assert.deepEqual(relay.events.of('circuit_req_accepted'), [ids])
    await source.sendAll(randomBytes(1_000))
    await target.sendAll(randomBytes(2_500))
    await Promise.all([target.bytes(1_000), source.bytes(2_500)])
    await source.close()
    await target.finSeen()
    await target.close()

    const closed = await relay.events.wait('circuit_closed')
    assert.deepEqual(Object.keys(closed).sort(), ['bytes_to_dst', 'bytes_to_src', 'dst_peer_id', 'duration_ms', 'reason', 'src_peer_id'])
    assert.deepEqual({ src_peer_id: closed.src_peer_id, dst_peer_id: closed.dst_peer_id }, ids)
    assert.equal(closed.bytes_to_dst, 1_000)
    assert.equal(closed.bytes_to_src, 2_500)
    assert(closed.duration_ms >= 0 && closed.duration_ms < 20_000, `${closed.duration_ms} ms`)
    assert.notEqual(closed.reason, '')
    assert.equal(relay.service.stats().totals.bytesRelayed, 3_500)
    assertCounted(relay)
  })

  it('gives each kind of end its own reason', async () => {
    const ends: Record<string, string> = {}
    const data = await rig.circuitOn({ maxCircuitBytes: 10 })
    data.source.send(new Uint8Array(11))
    ends.data = (await data.relay.events.wait('circuit_closed')).reason

    const time = await rig.circuitOn({ maxCircuitDurationSeconds: 1 })
    ends.time = (await time.relay.events.wait('circuit_closed')).reason

    const closed = await rig.circuitOn({})
    await closed.source.close()
    await closed.target.finSeen()
    await closed.target.close()
    ends.closed = (await closed.relay.events.wait('circuit_closed')).reason

    const reset = await rig.circuitOn({})
    reset.source.reset()
    ends.reset = (await reset.relay.events.wait('circuit_closed')).reason
    assert.equal(new Set(Object.values(ends)).size, 4, JSON.stringify(ends))
  })

  const refusals: Array<[keyof typeof Status, Parameters<Rig['relay']>[0], number | undefined]> = [
    ['RESOURCE_LIMIT_EXCEEDED', { maxCircuits: 1, maxCircuitsPerPeer: 1 }, undefined],
    ['PERMISSION_DENIED', { requireAuthorizedConnect: true }, undefined],
    ['CONNECTION_FAILED', {}, Status.PERMISSION_DENIED]
  ]

  for (const [status, init, refusal] of refusals) {
    it(`tells of a circuit refused with ${status}`, async () => {
      const relay = await rig.relay(init)
      const source = await rig.peer(relay)
      const target = await rig.target(relay, refusal == null ? undefined : answer(refusal))

      if (status === 'RESOURCE_LIMIT_EXCEEDED') {
        await source.tryConnect(target.peer.id)
      }

      assert.equal(await source.connectStatus(target.peer.id), status)
      const denied = await relay.events.wait('circuit_req_denied')
      assert.deepEqual(Object.keys(denied).sort(), ['dst_peer_id', 'reason', 'src_peer_id', 'status'])
      assert.equal(denied.src_peer_id, source.peerId.toString())
      assert.equal(denied.dst_peer_id, target.peer.peerId.toString())
      assert.equal(denied.status, status)
      assert.notEqual(denied.reason, '')
      assert.equal(relay.events.of('circuit_req_denied').length, 1)
    })
  }

  it('tells of a circuit refused for want of a reservation, and of no closed one', async () => {
    const relay = await rig.relay()
    const [source, other] = [await rig.peer(relay), await rig.peer(relay)]
    assert.equal(await source.connectStatus(other.id), 'NO_RESERVATION')
    assert.equal((await relay.events.wait('circuit_req_denied')).status, 'NO_RESERVATION')
    assert.deepEqual(relay.events.names(), ['circuit_req_denied'])
    assertCounted(relay)
  })

  it('dispatches relay:reservation when a peer\'s first reservation is made, and keeps the map of the stock server', async () => {
    const relay = await rig.relay()
    const seen: Array<{ expiry: Date, addr: { toString (): string } }> = []
    relay.service.addEventListener('relay:reservation', event => { seen.push(event.detail) })
    const peer = await rig.peer(relay)
    const reply = await peer.reserve()
    await peer.reserve()
    assert.equal(seen.length, 1)
    const held = relay.service.reservations.get(peer.peerId.toString())
    assert.equal(held?.expiry.getTime(), Number(reply.reservation?.expire) * 1000)
    assert.match(String(held?.addr), /^\/ip4\/127\.0\.0\.1\/tcp\/\d+/)
  })

  it('counts as the world is, through a day\'s work', async () => {
    const relay = await rig.relay({ maxReservations: 3, maxCircuitsPerPeer: 4 })
    const sources = await Promise.all(Array.from({ length: 4 }, async () => await rig.peer(relay)))
    const targets = await Promise.all([rig.target(relay), rig.target(relay)])
    const open = []

    for (const source of sources) {
      await source.tryReserve()

      for (const target of targets) {
        const { raw, reply } = await source.tryConnect(target.peer.id)

        if (reply.status === Status.OK) {
          raw.send(randomBytes(500))
          open.push(raw)
        }
      }
    }

    const raw = await sources[0]?.hop()
    raw?.sendFrame(encodeHop({ type: HopType.STATUS }))
    await raw?.hop()
    assert.equal(relay.service.stats().circuits, open.length)
    assert.equal(relay.service.stats().reservations, 3)
    await Promise.all(targets.flatMap(target => target.stop.requests.map(async request => { await request.raw.bytes(500) })))
    open.forEach((raw, i) => { i % 2 === 0 ? raw.reset() : raw.close().catch(() => {}) })
    await Promise.all(targets.map(async target => { await target.peer.disconnect() }))
    await until(() => relay.service.stats().circuits === 0, 'all circuits have ended')
    await until(() => relay.events.of('circuit_closed').length === open.length, 'each circuit\'s end was told')
    assert.equal(relay.service.stats().reservations, 1)
    assertCounted(relay)
    await relay.noStreams()
    assert.equal(relay.events.of('circuit_closed').length, open.length)
  })
})
