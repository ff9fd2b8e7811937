import { Counts, isFull } from './counts.js'
import type { Connection, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Timer, TimerWheel } from './timer-wheel.js'

export interface ReservationLimits {
  /** Peers. 0 = no limit, as in all of these. */
  maxReservations: number
  /** Connections of one peer. */
  maxReservationsPerPeer: number
  /** Peers an address group. */
  maxReservationsPerIp: number
  ttlSeconds: number
}

export interface Reservation {
  readonly peer: PeerId
  /** Unix seconds, as told to the peer. */
  expires: number
  /** On the monotonic clock, in milliseconds. */
  deadline: number
  addr: Multiaddr
  /** RESERVEs that were granted: tells whether another one came after. */
  grants: number
  /** The connections it was asked over, with the address group each counts in. */
  readonly carriers: Map<Connection, string | undefined>
  /** Address groups it counts in: those of its carriers, or of its last one. */
  readonly groups: Map<string, number>
  timer: Timer
}

export type ReserveRefusal = 'too_many_reservations' | 'too_many_reservations_per_ip' | 'too_many_connections_of_peer'

export type ReserveResult = { reservation: Reservation, renewed: boolean, refusal?: undefined } | { refusal: ReserveRefusal }

/**
 * Who holds a reservation (contract, "A reservation belongs to the peer"): one slot and one expiry a peer, carried by
 * the connections that it was asked over.
 */
export class Reservations {
  readonly #byPeer = new Map<string, Reservation>()
  readonly #peersByGroup = new Counts()
  readonly #limits: ReservationLimits
  readonly #timers: TimerWheel
  readonly #onExpired: (reservation: Reservation) => void

  constructor (limits: ReservationLimits, timers: TimerWheel, onExpired: (reservation: Reservation) => void) {
    this.#limits = limits
    this.#timers = timers
    this.#onExpired = onExpired
  }

  get size (): number {
    return this.#byPeer.size
  }

  values (): IterableIterator<Reservation> {
    return this.#byPeer.values()
  }

  /** The peer's reservation if it is not over. */
  get (peer: PeerId): Reservation | undefined {
    const reservation = this.#byPeer.get(peer.toString())

    return reservation != null && reservation.deadline > performance.now() ? reservation : undefined
  }

  /**
   * Makes or renews the peer's reservation over this connection. A renewal over a carrier takes nothing that is not
   * taken already, so it succeeds however full the relay is.
   */
  reserve (connection: Connection, group: string | undefined): ReserveResult {
    this.#dropLapsed(connection.remotePeer)

    const existing = this.get(connection.remotePeer)
    const refusal = this.#refusal(existing, connection, group)

    if (refusal != null) {
      return { refusal }
    }

    const reservation = existing ?? this.#create(connection)

    if (!reservation.carriers.has(connection)) {
      this.#dropGroupsWithoutCarrier(reservation)
      reservation.carriers.set(connection, group)
      this.#enter(reservation, group)
    }

    // whole seconds on the wire, and not over before or after the second that was told
    reservation.expires = Math.ceil(Date.now() / 1000) + this.#limits.ttlSeconds

    const lifetime = reservation.expires * 1000 - Date.now()

    reservation.deadline = performance.now() + lifetime
    reservation.addr = connection.remoteAddr
    reservation.grants++
    reservation.timer.cancel()
    reservation.timer = this.#timers.schedule(lifetime, () => {
      this.#delete(reservation)
      this.#onExpired(reservation)
    })

    return { reservation, renewed: existing != null }
  }

  /** A carrier is gone. The reservation stays: its end is `remove`. */
  removeCarrier (connection: Connection): void {
    const reservation = this.#byPeer.get(connection.remotePeer.toString())
    const group = reservation?.carriers.get(connection)

    if (reservation?.carriers.delete(connection) === true && reservation.carriers.size > 0) {
      this.#leave(reservation, group)
    }
  }

  remove (peer: PeerId): Reservation | undefined {
    const reservation = this.#byPeer.get(peer.toString())

    if (reservation != null) {
      this.#delete(reservation)
    }

    return reservation
  }

  #refusal (existing: Reservation | undefined, connection: Connection, group: string | undefined): ReserveRefusal | undefined {
    const { maxReservations, maxReservationsPerPeer, maxReservationsPerIp } = this.#limits

    if (existing?.carriers.has(connection) === true) {
      return undefined
    }

    if (existing == null && isFull(this.#byPeer.size, maxReservations)) {
      return 'too_many_reservations'
    }

    if (existing != null && isFull(existing.carriers.size, maxReservationsPerPeer)) {
      return 'too_many_connections_of_peer'
    }

    if (group != null && existing?.groups.has(group) !== true && isFull(this.#peersByGroup.get(group), maxReservationsPerIp)) {
      return 'too_many_reservations_per_ip'
    }

    return undefined
  }

  #create (connection: Connection): Reservation {
    const reservation: Reservation = {
      peer: connection.remotePeer,
      expires: 0,
      deadline: 0,
      addr: connection.remoteAddr,
      grants: 0,
      carriers: new Map(),
      groups: new Map(),
      timer: { cancel () {} }
    }

    this.#byPeer.set(connection.remotePeer.toString(), reservation)

    return reservation
  }

  /** One whose time is over but whose timer has not run yet must not stand in the way of the next. */
  #dropLapsed (peer: PeerId): void {
    const reservation = this.#byPeer.get(peer.toString())

    if (reservation != null && this.get(peer) == null) {
      this.#delete(reservation)
      this.#onExpired(reservation)
    }
  }

  #delete (reservation: Reservation): void {
    reservation.timer.cancel()
    this.#byPeer.delete(reservation.peer.toString())

    for (const group of reservation.groups.keys()) {
      this.#peersByGroup.add(group, -1)
    }

    reservation.groups.clear()
    reservation.carriers.clear()
  }

  #enter (reservation: Reservation, group: string | undefined): void {
    if (group == null) {
      return
    }

    const carriers = reservation.groups.get(group) ?? 0
    reservation.groups.set(group, carriers + 1)

    if (carriers === 0) {
      this.#peersByGroup.add(group, 1)
    }
  }

  #leave (reservation: Reservation, group: string | undefined): void {
    const carriers = group == null ? 0 : reservation.groups.get(group) ?? 0

    if (group == null || carriers === 0) {
      return
    }

    if (carriers > 1) {
      reservation.groups.set(group, carriers - 1)
    } else {
      reservation.groups.delete(group)
      this.#peersByGroup.add(group, -1)
    }
  }

  /** A reservation whose last carrier went kept that one's group; the next carrier takes its place. */
  #dropGroupsWithoutCarrier (reservation: Reservation): void {
    if (reservation.carriers.size > 0) {
      return
    }

    for (const group of reservation.groups.keys()) {
      this.#peersByGroup.add(group, -1)
    }

    reservation.groups.clear()
  }
}
