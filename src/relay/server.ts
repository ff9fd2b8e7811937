import { TypedEventEmitter } from 'main-event'
import { raceSignal } from 'race-signal'
import { accessControl, callerOf, ipGroup, isRelayed } from '../access/index.js'
import { CircuitSlots } from './circuits.js'
import { ConnectHandler } from './connect.js'
import { answer } from './hop-stream.js'
import { decodeHop, HOP_PROTOCOL, HopType, MalformedMessageError } from './messages.js'
import { relayOptions } from './options.js'
import { ReasonCounts } from './reasons.js'
import { readFrame } from './read-frame.js'
import { Reservations } from './reservations.js'
import { ReserveHandler } from './reserve.js'
import { TimerWheel } from './timer-wheel.js'
import type { AccessControl, CallGroup } from '../access/index.js'
import type { CircuitEnd } from './reasons.js'
import type { Reservation } from './reservations.js'
import type { RelayEventName, RelayReservation, RelayServer, RelayServerComponents, RelayServerEvents, RelayServerInit, RelayStats } from './index.js'
import type { RelayOptions } from './options.js'
import type { Connection, Logger, PeerId, Stream } from '@libp2p/interface'

/** Handshakes of one connection that may be under way at once; more are reset. */
const MAX_HANDSHAKES_PER_CONNECTION = 256

/** The muxer's own bound is the one that counts: a refusal must be an answer, not a reset. */
const MAX_HOP_STREAMS = 100_000

export class CircuitRelayServer extends TypedEventEmitter<RelayServerEvents> implements RelayServer {
  readonly access: AccessControl
  readonly #components: RelayServerComponents
  readonly #options: RelayOptions
  readonly #log: Logger
  readonly #timers = new TimerWheel()
  readonly #reservations: Reservations
  readonly #slots: CircuitSlots
  readonly #reserve: ReserveHandler
  readonly #connect: ConnectHandler
  readonly #handshakes = new Map<Connection, number>()
  readonly #deadlines = new Set<AbortController>()
  readonly #totals: Record<RelayEventName, number>
  readonly #reasons = new ReasonCounts()
  /** Of circuits that are over. */
  readonly #bytes = { toDestination: 0, toSource: 0 }
  #drained?: PromiseWithResolvers<void>
  #draining = false
  #started = false

  constructor (components: RelayServerComponents, init: RelayServerInit = {}) {
    super()

    this.#components = components
    this.#options = relayOptions(init)
    this.#log = components.logger.forComponent('enigma:relay')
    this.access = init.access ?? accessControl({})
    this.#totals = {
      reservation_req_accepted: 0,
      reservation_req_denied: 0,
      reservation_timed_out: 0,
      reservation_closed: 0,
      circuit_req_accepted: 0,
      circuit_req_denied: 0,
      circuit_closed: 0
    }
    this.#reservations = new Reservations({
      maxReservations: this.#options.maxReservations,
      maxReservationsPerPeer: this.#options.maxReservationsPerPeer,
      maxReservationsPerIp: this.#options.maxReservationsPerIp,
      ttlSeconds: this.#options.reservationTtlSeconds
    }, this.#timers, this.#onReservationExpired)
    this.#slots = new CircuitSlots(this.#options)

    const shared = {
      components,
      options: this.#options,
      access: this.access,
      timers: this.#timers,
      reservations: this.#reservations,
      slots: this.#slots,
      isDraining: () => this.#draining,
      isLimited: (connection: Connection, group: CallGroup) => init.limiter?.charge(callerOf(connection, this.#options.isExemptFromIpLimits(connection)), group).allowed === false,
      overload: () => init.load?.overload(),
      ipGroup: this.#ipGroup,
      emit: this.#emit,
      onReserved: (reservation: Reservation) => { this.dispatchEvent(new CustomEvent('relay:reservation', { detail: publicReservation(reservation) })) },
      onCircuitEnd: (toDestination: number, toSource: number) => {
        this.#bytes.toDestination += toDestination
        this.#bytes.toSource += toSource
        this.#onMaybeDrained()
      }
    }

    this.#reserve = new ReserveHandler(shared)
    this.#connect = new ConnectHandler(shared)
  }

  readonly [Symbol.toStringTag] = 'enigma-node/relay-server'

  get reservations (): ReadonlyMap<string, RelayReservation> {
    return new Map([...this.#reservations.values()].map(reservation => [reservation.peer.toString(), publicReservation(reservation)]))
  }

  async start (): Promise<void> {
    if (this.#started) {
      return
    }

    this.#started = true
    this.#draining = false
    this.#components.events.addEventListener('connection:open', this.#onConnectionOpen)
    this.#components.events.addEventListener('connection:close', this.#onConnectionClose)
    this.access.addEventListener('denied', this.#onDenied)
    await this.#components.registrar.handle(HOP_PROTOCOL, this.#onHopStream, {
      maxInboundStreams: MAX_HOP_STREAMS,
      // so that a request over a relayed connection is answered rather than reset
      runOnLimitedConnection: true
    })
  }

  async stop (): Promise<void> {
    if (!this.#started) {
      return
    }

    this.#started = false
    await this.#components.registrar.unhandle(HOP_PROTOCOL)
    this.#components.events.removeEventListener('connection:open', this.#onConnectionOpen)
    this.#components.events.removeEventListener('connection:close', this.#onConnectionClose)
    this.access.removeEventListener('denied', this.#onDenied)

    for (const deadline of this.#deadlines) {
      deadline.abort(new Error('the relay is stopping'))
    }

    this.#connect.endAll('shutdown')

    for (const { peer } of [...this.#reservations.values()]) {
      this.#endReservation(peer)
    }

    this.#timers.clear()
  }

  stats (): RelayStats {
    const open = this.#connect.openBytes()
    const bytesToDestination = this.#bytes.toDestination + open.toDestination
    const bytesToSource = this.#bytes.toSource + open.toSource

    return {
      reservations: this.#reservations.size,
      circuits: this.#connect.circuits,
      totals: { ...this.#totals, bytesRelayed: bytesToDestination + bytesToSource, bytesToDestination, bytesToSource },
      reasons: this.#reasons,
      draining: this.#draining
    }
  }

  async drain (options: { signal?: AbortSignal } = {}): Promise<void> {
    this.#draining = true

    if (this.#slots.size === 0) {
      return
    }

    this.#drained ??= Promise.withResolvers()

    try {
      await raceSignal(this.#drained.promise, options.signal)
    } catch {
      // this caller waits no longer; others may
    }
  }

  allowPeer (peer: PeerId): void { this.access.allowPeer(peer) }
  disallowPeer (peer: PeerId): void { this.access.disallowPeer(peer) }
  denyPeer (peer: PeerId): void { this.access.denyPeer(peer) }
  undenyPeer (peer: PeerId): void { this.access.undenyPeer(peer) }
  denyCidr (cidr: string): void { this.access.denyCidr(cidr) }
  undenyCidr (cidr: string): void { this.access.undenyCidr(cidr) }

  readonly #onHopStream = async (stream: Stream, connection: Connection): Promise<void> => {
    const handshakes = this.#handshakes.get(connection) ?? 0

    if (handshakes >= MAX_HANDSHAKES_PER_CONNECTION) {
      stream.abort(new Error('too many HOP handshakes at once'))
      return
    }

    this.#handshakes.set(connection, handshakes + 1)

    const deadline = new AbortController()
    const timer = this.#timers.schedule(this.#options.hopTimeoutSeconds * 1000, () => { deadline.abort(new Error('HOP handshake took too long')) })

    this.#deadlines.add(deadline)

    try {
      await this.#handshake(stream, connection, deadline)
    } catch (err) {
      this.#log.trace('HOP handshake failed - %e', err)
      stream.abort(err instanceof Error ? err : new Error(String(err)))
    } finally {
      timer.cancel()
      this.#deadlines.delete(deadline)

      const left = (this.#handshakes.get(connection) ?? 1) - 1

      if (left > 0) {
        this.#handshakes.set(connection, left)
      } else {
        this.#handshakes.delete(connection)
      }

      this.#onMaybeDrained()
    }
  }

  async #handshake (stream: Stream, connection: Connection, deadline: AbortController): Promise<void> {
    let message

    try {
      message = decodeHop(await readFrame(stream, deadline.signal))
    } catch (err) {
      if (err instanceof MalformedMessageError) {
        await answer(stream, 'MALFORMED_MESSAGE', this.#timers)
        return
      }

      throw err
    }

    switch (message.type) {
      case HopType.RESERVE:
        await this.#reserve.handle(stream, connection)
        break
      case HopType.CONNECT:
        await this.#connect.handle(stream, connection, message, deadline)
        break
      case HopType.STATUS:
        await answer(stream, 'UNEXPECTED_MESSAGE', this.#timers)
        break
      default:
        await answer(stream, 'MALFORMED_MESSAGE', this.#timers)
    }
  }

  readonly #emit = <E extends RelayEventName> (name: E, detail: RelayServerEvents[E]['detail']): void => {
    this.#totals[name]++

    if ('reason' in detail) {
      this.#reasons.count(name === 'circuit_closed' ? 'end' : name === 'circuit_req_denied' ? 'connect' : 'reserve', detail.reason)
    }

    this.dispatchEvent(new CustomEvent(name, { detail }))
  }

  readonly #ipGroup = (connection: Connection): string | undefined => {
    return this.#options.isExemptFromIpLimits(connection) ? undefined : ipGroup(connection.remoteAddr)
  }

  readonly #onReservationExpired = (reservation: Reservation): void => {
    this.#reserve.untag(reservation.peer)
    this.#emit('reservation_timed_out', { peer_id: reservation.peer.toString() })
  }

  readonly #onConnectionOpen = ({ detail: connection }: CustomEvent<Connection>): void => {
    if (this.#isDenied(connection)) {
      this.#cut(connection)
    }
  }

  readonly #onConnectionClose = ({ detail: connection }: CustomEvent<Connection>): void => {
    const peer = connection.remotePeer

    this.#reservations.removeCarrier(connection)

    const others = this.#components.connectionManager.getConnections(peer)
      .some(other => other !== connection && other.status === 'open' && !isRelayed(other.remoteAddr))

    if (!others) {
      this.#endReservation(peer)
    }
  }

  #endReservation (peer: PeerId): void {
    if (this.#reservations.remove(peer) != null) {
      this.#reserve.untag(peer)
      this.#emit('reservation_closed', { peer_id: peer.toString() })
    }
  }

  readonly #onDenied = (): void => {
    for (const connection of this.#components.connectionManager.getConnections()) {
      if (this.#isDenied(connection)) {
        this.#cut(connection)
      }
    }
  }

  #isDenied (connection: Connection): boolean {
    return this.access.isDeniedPeer(connection.remotePeer) || this.access.isDeniedAddr(connection.remoteAddr)
  }

  #cut (connection: Connection): void {
    this.#connect.endOver(connection, 'denied' satisfies CircuitEnd)
    connection.abort(new Error('denied'))
  }

  #onMaybeDrained (): void {
    if (this.#slots.size === 0) {
      this.#drained?.resolve()
      this.#drained = undefined
    }
  }
}

function publicReservation (reservation: Reservation): RelayReservation {
  return { addr: reservation.addr, expiry: new Date(reservation.expires * 1000) }
}
