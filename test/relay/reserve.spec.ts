import { strict as assert } from 'node:assert'
import { createPublicKey, verify } from 'node:crypto'
import { multiaddr } from '@multiformats/multiaddr'
import { clockPasses, until } from '../support/wait.js'
import { assertRefused, Rig } from '../support/rig.js'
import { accept } from '../support/stop-target.js'
import { concat, decodeEnvelope, decodeVoucher, encodeHop, envelopeSigningInput, HOP, HopType, statusName } from '../support/wire.js'
import type { TestPeer, TestRelay } from '../support/rig.js'
import type { HopMessage } from '../support/wire.js'

function expiryOf (reply: HopMessage): number {
  assert(reply.reservation?.expire != null, 'the answer has an expiry')
  return Number(reply.reservation.expire)
}

function addrsOf (reply: HopMessage): string[] {
  return (reply.reservation?.addrs ?? []).map(bytes => multiaddr(bytes).toString())
}

describe('circuit relay: RESERVE', () => {
  const rig = new Rig()

  async function relayAndPeer (init: Parameters<Rig['relay']>[0] = {}): Promise<{ relay: TestRelay, peer: TestPeer }> {
    const relay = await rig.relay(init)
    return { relay, peer: await rig.peer(relay) }
  }

  it('C10 answers STATUS OK with a reservation and closes its write side', async () => {
    const { peer } = await relayAndPeer()
    const raw = await peer.hop()
    raw.sendFrame(encodeHop({ type: HopType.RESERVE }))
    const reply = await raw.hop()
    assert.equal(reply.type, HopType.STATUS)
    assert.equal(statusName(reply.status), 'OK')
    assert(reply.reservation != null)
    assert.equal(reply.peer, undefined)
    await raw.finSeen()
  })

  it('C10 answers a peer that has closed its write side behind RESERVE', async () => {
    const { peer } = await relayAndPeer()
    const raw = await peer.hop()
    raw.sendFrame(encodeHop({ type: HopType.RESERVE }))
    await Promise.all([raw.close(), raw.hop().then(reply => { assert.equal(statusName(reply.status), 'OK') })])
  })

  it('C11 gives the expiry in UTC Unix seconds, the TTL from now', async () => {
    const { peer } = await relayAndPeer({ reservationTtlSeconds: 1234 })
    const before = Date.now() / 1000
    const expire = expiryOf(await peer.reserve())
    assert(expire >= Math.floor(before) + 1233 && expire <= Math.ceil(Date.now() / 1000) + 1235, `${expire - before} s from now`)
  })

  it('C12 gives binary addresses of itself that end in its PeerId and name no circuit', async () => {
    const { relay, peer } = await relayAndPeer()
    const addrs = addrsOf(await peer.reserve())
    assert(addrs.length > 0)

    for (const addr of addrs) {
      assert(addr.endsWith(`/p2p/${relay.peerId}`), addr)
      assert(!addr.includes('/p2p-circuit'), addr)
      assert.equal(addr.split('/p2p/').length, 2, addr)
    }
  })

  it('C14 gives the limits that it applies, seconds and bytes', async () => {
    const { peer } = await relayAndPeer({ maxCircuitDurationSeconds: 77, maxCircuitBytes: 123_456_789_012 })
    assert.deepEqual((await peer.reserve()).limit, { duration: 77, data: 123_456_789_012n })
  })

  it('C14 gives no limit when there is none', async () => {
    const { peer } = await relayAndPeer({ maxCircuitDurationSeconds: 0, maxCircuitBytes: 0 })
    assert.equal((await peer.reserve()).limit, undefined)
  })

  it('C15 tells a duration without a data limit, and the other way round', async () => {
    const { peer: timed } = await relayAndPeer({ maxCircuitDurationSeconds: 60, maxCircuitBytes: 0 })
    const time = (await timed.reserve()).limit
    assert.equal(time?.duration, 60)
    assert.equal(time?.data ?? 0n, 0n)

    const { peer: counted } = await relayAndPeer({ maxCircuitDurationSeconds: 0, maxCircuitBytes: 1_000 })
    const data = (await counted.reserve()).limit
    assert.equal(data?.duration ?? 0, 0)
    assert.equal(data?.data, 1_000n)
  })

  it('C16 signs a voucher for the requester with its identity key', async () => {
    const { relay, peer } = await relayAndPeer()
    const reply = await peer.reserve()
    assert(reply.reservation?.voucher != null)
    const envelope = decodeEnvelope(reply.reservation.voucher)
    assert.deepEqual(envelope.payloadType, Uint8Array.of(0x03, 0x02))

    const voucher = decodeVoucher(envelope.payload ?? new Uint8Array(0))
    assert.deepEqual(voucher.order, [1, 2, 3])
    assert.deepEqual(voucher.relay, relay.peerId.toMultihash().bytes)
    assert.deepEqual(voucher.peer, peer.id)
    assert.equal(voucher.expiration, reply.reservation.expire)

    // a protobuf Ed25519 key: type (1) = 1, data (2) = 32 bytes; the same bytes lie in the PeerId behind its two bytes of hash
    const key = envelope.publicKey ?? new Uint8Array(0)
    assert.deepEqual(key, relay.peerId.toMultihash().bytes.subarray(2))
    const spki = concat(Buffer.from('302a300506032b6570032100', 'hex'), key.subarray(4))
    const publicKey = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    const input = envelopeSigningInput('libp2p-relay-rsvp', envelope)
    const signature = envelope.signature ?? new Uint8Array(0)
    assert.equal(verify(null, input, publicKey, signature), true)
    assert.equal(verify(null, envelopeSigningInput('libp2p-peer-record', envelope), publicKey, signature), false)
  })

  it('C17 reserves for the peer of the connection, whoever the message names', async () => {
    const { relay, peer } = await relayAndPeer()
    const other = await rig.peer(relay)
    const source = await rig.peer(relay)
    assert.equal(statusName((await peer.ask({ type: HopType.RESERVE, peer: { id: other.id } })).status), 'OK')
    assert.deepEqual([...relay.service.reservations.keys()], [peer.peerId.toString()])
    assert.equal(await source.connectStatus(other.id), 'NO_RESERVATION')
  })

  it('C18 moves the expiry of a renewed reservation and takes no second place', async () => {
    const { relay, peer } = await relayAndPeer({ maxReservations: 2 })
    const first = expiryOf(await peer.reserve())
    await clockPasses((Math.floor(Date.now() / 1000) + 1) * 1000)
    const second = expiryOf(await peer.reserve())
    assert(second > first, `${second} > ${first}`)
    assert.equal(relay.service.reservations.get(peer.peerId.toString())?.expiry.getTime(), second * 1000)
    assert.equal(relay.service.stats().reservations, 1)
    await (await rig.peer(relay)).reserve()
    assert.equal(statusName((await (await rig.peer(relay)).tryReserve()).status), 'RESERVATION_REFUSED')
  })

  it('C18 C21 keeps a reservation that is renewed again and again, and ends it at its last expiry', async () => {
    const relay = await rig.relay({ reservationTtlSeconds: 2 })
    const source = await rig.peer(relay)
    const { peer } = await rig.target(relay, accept())
    let expire = 0

    for (let i = 0; i < 3; i++) {
      await clockPasses(Date.now() + 1_000)
      expire = expiryOf(await peer.reserve())
      assert.equal(await source.connectStatus(peer.id), 'OK', `after renewal ${i + 1}`)
    }

    assert.deepEqual(relay.events.of('reservation_timed_out'), [])
    await relay.events.wait('reservation_timed_out')
    assert(Date.now() >= expire * 1000 - 1_000, 'not long before its expiry')
    assert.equal(await source.connectStatus(peer.id), 'NO_RESERVATION')
    assert.equal(relay.events.of('reservation_timed_out').length, 1)
  })

  it('C19 renews a reservation when no place is free', async () => {
    const { relay, peer } = await relayAndPeer({ maxReservations: 1, maxReservationsPerIp: 1 })
    await peer.reserve()
    assert.equal(statusName((await (await rig.peer(relay)).tryReserve()).status), 'RESERVATION_REFUSED')
    await peer.reserve()
  })

  it('C20 ends the reservation with the peer\'s last connection and frees its place', async () => {
    const { relay, peer } = await relayAndPeer({ maxReservations: 1 })
    await peer.reserve()
    await peer.disconnect()
    const next = await rig.peer(relay)
    assert.equal(await next.connectStatus(peer.id), 'NO_RESERVATION')
    await next.reserve()
    assert.equal(relay.service.stats().reservations, 1)
  })

  it('C21 says NO_RESERVATION behind the expiry, and the peer may reserve again', async () => {
    const relay = await rig.relay({ reservationTtlSeconds: 1, maxReservations: 1 })
    const source = await rig.peer(relay)
    const { peer } = await rig.target(relay)
    await clockPasses(expiryOf(await peer.reserve()) * 1000)
    assert.equal(await source.connectStatus(peer.id), 'NO_RESERVATION')
    await peer.reserve()
    assert.equal(await source.connectStatus(peer.id), 'OK')
  })

  it('C22 leaves a circuit alone when the reservation is renewed, and when it expires', async () => {
    const relay = await rig.relay({ reservationTtlSeconds: 1 })
    const source = await rig.peer(relay)
    const target = await rig.target(relay)
    const circuit = await rig.circuit(source, target)
    await target.peer.reserve()
    await relay.events.wait('reservation_timed_out')
    circuit.source.send(Uint8Array.of(1))
    circuit.target.send(Uint8Array.of(2))
    assert.deepEqual(await circuit.target.bytes(1), Uint8Array.of(1))
    assert.deepEqual(await circuit.source.bytes(1), Uint8Array.of(2))
    assert.equal(relay.service.stats().circuits, 1)
  })

  it('C24 says RESERVATION_REFUSED when there is no place, and closes the stream', async () => {
    const { relay, peer } = await relayAndPeer({ maxReservations: 1 })
    await peer.reserve()
    const raw = await (await rig.peer(relay)).hop()
    raw.sendFrame(encodeHop({ type: HopType.RESERVE }))
    await assertRefused(raw, 'RESERVATION_REFUSED')
  })

  it('C24 says PERMISSION_DENIED to a peer that is not authorised, and closes the stream', async () => {
    const { peer } = await relayAndPeer({ requireAuthorizedReserve: true })
    const raw = await peer.hop()
    raw.sendFrame(encodeHop({ type: HopType.RESERVE }))
    await assertRefused(raw, 'PERMISSION_DENIED')
  })

  it('C25 has no stream open after 40 refusals to a peer that closes none', async () => {
    const { relay, peer } = await relayAndPeer({ maxReservations: 1 })
    await (await rig.peer(relay)).reserve()

    for (let i = 0; i < 40; i++) {
      assert.equal(statusName((await peer.askAndStay({ type: HopType.RESERVE })).status), 'RESERVATION_REFUSED')
    }

    await relay.noStreams()
    assert.equal(statusName((await peer.askAndStay({ type: HopType.RESERVE })).status), 'RESERVATION_REFUSED')
  })

  it('C25 has no stream open after 40 renewals of a peer that closes none', async () => {
    const { relay, peer } = await relayAndPeer()

    for (let i = 0; i < 40; i++) {
      assert.equal(statusName((await peer.askAndStay({ type: HopType.RESERVE })).status), 'OK')
    }

    await relay.noStreams()
  })

  it('C27 frees the place when the OK cannot be written', async () => {
    const { relay, peer } = await relayAndPeer({ maxReservations: 1 })
    const raw = await peer.hop()
    await until(() => relay.streams(HOP).length === 1, 'the relay has the stream')
    const [stream] = relay.streams(HOP)
    assert(stream != null)
    stream.send = () => { throw new Error('the disk of the network is full') }
    raw.sendFrame(encodeHop({ type: HopType.RESERVE }))
    await raw.ended()
    assert.equal(relay.service.stats().reservations, 0)
    await (await rig.peer(relay)).reserve()
  })

  it('C27 frees the place of a peer that asks and is gone', async () => {
    const { relay, peer } = await relayAndPeer({ maxReservations: 1 })
    const raw = await peer.hop()
    raw.sendFrame(encodeHop({ type: HopType.RESERVE }))
    peer.connection.abort(new Error('gone'))
    await relay.gone(peer.peerId)
    await until(() => relay.service.stats().reservations === 0, 'the place is free')
    await (await rig.peer(relay)).reserve()
  })
})
