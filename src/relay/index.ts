import { CircuitRelayServer } from './server.js'
import type { AccessControl, Limiter, LoadGuard } from '../access/index.js'
import type { EventFields } from '../ops/index.js'
import type { CircuitEnd, ConnectReason, ReserveReason } from './reasons.js'
import type { ComponentLogger, Connection, Libp2pEvents, PeerId, PeerStore, PrivateKey, Startable, TypedEventTarget } from '@libp2p/interface'
import type { AddressManager, ConnectionManager, Registrar } from '@libp2p/interface-internal'
import type { Multiaddr } from '@multiformats/multiaddr'

export { reservationAddrs } from './addresses.js'
export { InvalidRelayOptionError } from './options.js'
export { decodeHop, decodeStop, HOP_PROTOCOL, MalformedMessageError, STOP_PROTOCOL } from './messages.js'

/** A limit of 0 means "no limit". Bounds and meaning are those of the contract's `[relay]` section. */
export interface RelayServerInit {
  /** Peers that may hold a reservation. @default 100 */
  maxReservations?: number
  /** Connections of one peer that may carry its reservation. @default 5 */
  maxReservationsPerPeer?: number
  /** Peers with a reservation per IPv4 address or IPv6 /64. @default 32 */
  maxReservationsPerIp?: number
  /** Seconds, 1 or more. @default 3600 */
  reservationTtlSeconds?: number
  /** For a whole HOP or STOP handshake, 1 or more. @default 30 */
  hopTimeoutSeconds?: number
  /** @default 1024 */
  maxCircuits?: number
  /** As source plus as destination. @default 16 */
  maxCircuitsPerPeer?: number
  /** By the source's IPv4 address or IPv6 /64. @default 0 */
  maxCircuitsPerIp?: number
  /** Seconds. @default 120 */
  maxCircuitDurationSeconds?: number
  /** Bytes in each direction. @default 10485760 */
  maxCircuitBytes?: number
  /** Per circuit and direction, bursts of one second. @default 0 */
  maxBytesPerSecond?: number
  /** Private addresses are given out even when there is a public one. @default false */
  advertisePrivateAddrs?: boolean
  /** Only authorised peers may RESERVE. @default false */
  requireAuthorizedReserve?: boolean
  /** Only authorised peers may CONNECT. @default false */
  requireAuthorizedConnect?: boolean
  /** Shared with a gater or other services; made from nothing when left out. */
  access?: AccessControl
  /** Asked before anything is spent on a RESERVE or CONNECT. @default none */
  limiter?: Pick<Limiter, 'charge'>
  /** While it tells of an overload, new reservations and circuits are refused; renewals and running circuits go on. @default none */
  load?: Pick<LoadGuard, 'overload'>
  /** Connections without a per-IP rule (behind a trusted proxy). @default none */
  isExemptFromIpLimits?(connection: Connection): boolean
}

export interface RelayServerComponents {
  registrar: Registrar
  connectionManager: ConnectionManager
  addressManager: AddressManager
  peerStore: PeerStore
  peerId: PeerId
  privateKey: PrivateKey
  events: TypedEventTarget<Libp2pEvents>
  logger: ComponentLogger
}

export interface RelayReservation {
  /** Where the peer reserved from last. */
  addr: Multiaddr
  expiry: Date
}

export type RelayEventName = 'reservation_req_accepted' | 'reservation_req_denied' | 'reservation_timed_out' | 'reservation_closed' | 'circuit_req_accepted' | 'circuit_req_denied' | 'circuit_closed'

export type RelayServerEvents = { [E in RelayEventName]: CustomEvent<EventFields[E]> } & {
  /** As the stock server declares it. Dispatched when a peer's first reservation is made. */
  'relay:reservation': CustomEvent<RelayReservation>
}

export interface RelayStats {
  reservations: number
  circuits: number
  /** Since the service was made; bytes of circuits that are open included. */
  totals: { [E in RelayEventName]: number } & { bytesRelayed: number, bytesToDestination: number, bytesToSource: number }
  /** By the `reason` of the events; a list that does not grow. */
  reasons: {
    readonly reserve: Readonly<Record<ReserveReason, number>>
    readonly connect: Readonly<Record<ConnectReason, number>>
    readonly end: Readonly<Record<CircuitEnd, number>>
  }
  draining: boolean
}

/** Circuit Relay v2 server (libp2p/specs relay/circuit-v2.md) as a libp2p service. */
export interface RelayServer extends TypedEventTarget<RelayServerEvents>, Startable {
  /** A snapshot, keyed by PeerId. */
  readonly reservations: ReadonlyMap<string, RelayReservation>
  stats (): RelayStats
  readonly access: AccessControl
  allowPeer (peer: PeerId): void
  disallowPeer (peer: PeerId): void
  /** Existing connections of the peer are cut too. */
  denyPeer (peer: PeerId): void
  undenyPeer (peer: PeerId): void
  /** Existing connections from the range are cut too. @throws InvalidCidrError */
  denyCidr (cidr: string): void
  undenyCidr (cidr: string): void
  /** RESERVE gets RESERVATION_REFUSED and CONNECT gets CONNECTION_FAILED from now on. Resolves when no circuit is open or the signal aborts. */
  drain (options?: { signal?: AbortSignal }): Promise<void>
}

/**
 * @example
 *
 * ```ts
 * const node = await createLibp2p({
 *   // …transports, encrypters, muxers
 *   services: { identify: identify(), relay: relayServer({ maxReservations: 500 }) }
 * })
 * ```
 *
 * @throws InvalidRelayOptionError for a number outside the bounds of its key in `[relay]`, when libp2p makes the service
 */
export function relayServer (init: RelayServerInit = {}): (components: RelayServerComponents) => RelayServer {
  return components => new CircuitRelayServer(components, init)
}
