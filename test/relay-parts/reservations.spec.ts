import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { Reservations } from '../../src/relay/reservations.js'
import { TimerWheel } from '../../src/relay/timer-wheel.js'
import type { Reservation, ReservationLimits } from '../../src/relay/reservations.js'
import type { Connection, PeerId } from '@libp2p/interface'

describe('relay: reservations', () => {
  const unlimited: ReservationLimits = { maxReservations: 0, maxReservationsPerPeer: 0, maxReservationsPerIp: 0, ttlSeconds: 60 }
  const timers = new TimerWheel()
  const expired: Reservation[] = []

  after(() => { timers.clear() })

  function table (limits: Partial<ReservationLimits> = {}): Reservations {
    return new Reservations({ ...unlimited, ...limits }, timers, reservation => { expired.push(reservation) })
  }

  async function peer (): Promise<PeerId> {
    return peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
  }

  // the rules look at nothing else of a connection
  function connection (remotePeer: PeerId): Connection {
    return { remotePeer, remoteAddr: multiaddr('/ip4/192.0.2.1/tcp/4001') } as unknown as Connection
  }

  async function stranger (): Promise<Connection> {
    return connection(await peer())
  }

  it('takes as many peers as there are slots, renews when full, and has the slot again when one leaves', async () => {
    const reservations = table({ maxReservations: 2 })
    const [first, second, third] = [await stranger(), await stranger(), await stranger()]

    assert.equal(reservations.reserve(first, 'a').refusal, undefined)
    assert.equal(reservations.reserve(second, 'b').refusal, undefined)
    assert.equal(reservations.reserve(third, 'c').refusal, 'too_many_reservations')
    assert.deepEqual({ ...reservations.reserve(first, 'a'), reservation: undefined }, { renewed: true, reservation: undefined })
    reservations.remove(second.remotePeer)
    assert.equal(reservations.reserve(third, 'c').refusal, undefined)
    assert.equal(reservations.size, 2)
  })

  it('lets a peer ask over as many connections as it may, and frees the place of one that closes', async () => {
    const reservations = table({ maxReservationsPerPeer: 2 })
    const id = await peer()
    const [first, second, third] = [connection(id), connection(id), connection(id)]

    reservations.reserve(first, 'a')
    assert.equal(reservations.reserve(second, 'a').refusal, undefined)
    assert.equal(reservations.reserve(third, 'a').refusal, 'too_many_connections_of_peer')
    assert.equal(reservations.reserve(second, 'a').refusal, undefined, 'a carrier renews')
    reservations.removeCarrier(first)
    assert.equal(reservations.reserve(third, 'a').refusal, undefined)
    assert.equal(reservations.size, 1)
  })

  it('counts peers, not connections, of an address, and lets them go with their reservation', async () => {
    const reservations = table({ maxReservationsPerIp: 2 })
    const id = await peer()
    const [first, again] = [connection(id), connection(id)]
    const [second, third] = [await stranger(), await stranger()]

    reservations.reserve(first, 'a')
    reservations.reserve(again, 'a')
    assert.equal(reservations.reserve(second, 'a').refusal, undefined)
    assert.equal(reservations.reserve(third, 'a').refusal, 'too_many_reservations_per_ip')
    assert.equal(reservations.reserve(third, 'b').refusal, undefined, 'another address has its own count')
    assert.equal(reservations.reserve(await stranger(), undefined).refusal, undefined, 'where no rule applies, none is counted')
    reservations.remove(id)
    assert.equal(reservations.reserve(await stranger(), 'a').refusal, undefined)
  })

  it('does not let a peer carry a reservation over into an address that is full', async () => {
    const reservations = table({ maxReservationsPerIp: 1 })
    const id = await peer()

    reservations.reserve(await stranger(), 'full')
    reservations.reserve(connection(id), 'free')
    assert.equal(reservations.reserve(connection(id), 'full').refusal, 'too_many_reservations_per_ip')
    assert.notEqual(reservations.get(id), undefined, 'what it had, it keeps')
  })

  it('keeps the last address counted while no carrier is left, and moves with the next one', async () => {
    const reservations = table({ maxReservationsPerIp: 1 })
    const id = await peer()
    const first = connection(id)

    reservations.reserve(first, 'a')
    reservations.removeCarrier(first)
    assert.equal(reservations.reserve(await stranger(), 'a').refusal, 'too_many_reservations_per_ip')
    reservations.reserve(connection(id), 'b')
    assert.equal(reservations.reserve(await stranger(), 'a').refusal, undefined)
    assert.equal(reservations.reserve(await stranger(), 'b').refusal, 'too_many_reservations_per_ip')
  })

  it('tells whole seconds and holds the slot until the second that was told', async () => {
    const reservations = table({ ttlSeconds: 100 })
    const before = Date.now() / 1000
    const made = reservations.reserve(await stranger(), 'a')

    assert.ok(made.refusal == null)
    assert.ok(Number.isInteger(made.reservation.expires))
    assert.ok(Math.abs(made.reservation.expires - (before + 100)) <= 1)
    assert.ok(Math.abs((made.reservation.deadline - performance.now()) - (made.reservation.expires * 1000 - Date.now())) < 2)
  })
})
