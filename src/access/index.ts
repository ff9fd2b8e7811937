import { DefaultAuthServer } from './auth-server.js'
import { DefaultConnectionLimits } from './connection-limits.js'
import { DefaultAccessControl } from './control.js'
import { DefaultLimiter } from './limiter.js'
import { DefaultLoadGuard } from './load.js'
import { proxyMatcher } from './proxies.js'
import { DefaultStreamPace } from './stream-pace.js'
import { tokenCheck } from './token.js'
import type { ComponentLogger, Connection, ConnectionGater, Libp2pEvents, PeerId, Startable, TypedEventTarget } from '@libp2p/interface'
import type { Registrar } from '@libp2p/interface-internal'
import type { Multiaddr } from '@multiformats/multiaddr'

export interface AccessControlInit {
  /** Peers that are authorised without a token. */
  allowPeers?: readonly PeerId[]
  /** Peers that are cut at connection. */
  denyPeers?: readonly PeerId[]
  /** Address ranges that are cut at connection, as CIDRs. @throws InvalidCidrError at construction */
  denyCidrs?: readonly string[]
  /** Milliseconds since 1970, for the end of grants. @default Date.now */
  now?: () => number
}

export interface AccessControlEvents {
  /** A peer or range that was not denied before is now: whoever holds connections looks through them again. */
  denied: CustomEvent<void>
}

/**
 * Who may connect, and who is authorised. One object serves the gater, the relay and, later, every other door. It is as large
 * as what it was given: grants, too, stay until they are over or revoked (the auth server revokes its own).
 */
export interface AccessControl extends TypedEventTarget<AccessControlEvents> {
  allowPeer (peer: PeerId): void
  disallowPeer (peer: PeerId): void
  denyPeer (peer: PeerId): void
  undenyPeer (peer: PeerId): void
  /** @throws InvalidCidrError when it is no CIDR */
  denyCidr (cidr: string): void
  /**
   * Takes back exactly this range, in any spelling of it; wider and narrower ones stay.
   *
   * @throws InvalidCidrError when it is no CIDR
   */
  undenyCidr (cidr: string): void
  isDeniedPeer (peer: PeerId): boolean
  /** False for an address without an IP (a relayed one, a name). */
  isDeniedAddr (addr: Multiaddr): boolean
  /** The same for an IPv4 or IPv6 address as text; false for what is none. */
  isDeniedIp (address: string): boolean
  /** In the allow list, or holding a grant that is not over; and not denied. */
  isAuthorized (peer: PeerId): boolean
  /**
   * Authorises a peer until `expires` (Unix seconds, 0 = no end) or until it is revoked. A later grant replaces it.
   *
   * @throws InvalidExpiryError when it is no whole number or below 0
   */
  grant (peer: PeerId, expires?: number): void
  revoke (peer: PeerId): void
}

export interface AuthServerInit {
  access: AccessControl
  /** The shared secret. @throws InvalidTokenError at construction when it is empty, the published default, or over about 1000 bytes. */
  token: string
  /** WebSocket connections from these CIDRs are counted by PeerId. @throws InvalidCidrError at construction @default [] */
  trustedProxies?: readonly string[]
  /** For one stream from its begin to its end, in milliseconds. @default 10000 */
  timeoutMs?: number
  /** Monotonic clock in milliseconds. @default performance.now */
  now?: () => number
}

export interface AuthServerComponents {
  registrar: Registrar
  events: TypedEventTarget<Libp2pEvents>
  connectionManager: { getConnections (peer?: PeerId): Connection[] }
  logger: ComponentLogger
}

/**
 * Serves /enigma/auth/1 (contract, "Protocols on libp2p streams"): one Present and one Verdict a stream, each at most 1024 bytes;
 * anything else resets the stream. The right token authorises the peer until its last direct connection closes, or the server
 * stops. Not granted, and not counted as wrong: a denied peer, a token over a relayed connection (with limits it is reset
 * unread), and more than ten tokens a minute from one address; these learn nothing about their token. The third wrong token on
 * one connection is answered and ends the connection.
 */
export type AuthServer = Startable

export interface ConnectionLimitsInit {
  access: AccessControl
  /** Per IPv4 address or IPv6 /64. 0 = no limit. */
  maxConnectionsPerIp: number
  /** Per IPv4 address or IPv6 /64. 0 = no limit. */
  newConnectionsPerSecondPerIp: number
  /** Connections whose remote address lies in one of these CIDRs and that came over WebSocket have no per-IP rule. */
  trustedProxies: readonly string[]
  /** Monotonic clock in milliseconds. @default performance.now */
  now?: () => number
}

/**
 * A connection gater with per-IP rules, checked before any cryptography (with WebRTC-direct after its own: libp2p asks late).
 * Whoever is denied, by PeerId or address, is refused at every step, and not dialled. Inbound connections are counted when
 * they are let in and released by their `close` event, whether the handshake came to an end or not; outbound ones and
 * relayed ones have no per-IP rule. `newConnectionsPerSecondPerIp` allows bursts of one second's worth.
 */
export interface ConnectionLimits extends Required<Pick<ConnectionGater,
  'denyDialPeer' | 'denyDialMultiaddr' | 'denyInboundConnection' | 'denyInboundEncryptedConnection' | 'denyInboundUpgradedConnection' |
  'denyOutboundEncryptedConnection' | 'denyOutboundUpgradedConnection'>> {
  /** Inbound connections that were not let in, since it was made. */
  readonly refused: Readonly<Record<'denied' | 'too_many_per_ip' | 'too_fast', number>>
  /** Open inbound connections (handshakes under way too) by `ipGroup`; a copy. */
  countsByIp (): ReadonlyMap<string, number>
}

/** What a call is counted as (`docs/configuration.md`, `[rate_limit.endpoints]`); `other` charges the global bucket alone. */
export type CallGroup = 'push' | 'pull' | 'ack' | 'register' | 'resolve' | 'check_user' | 'reserve' | 'connect' | 'other'

export interface LimiterInit {
  enabled: boolean
  /** Calls a second of one caller, whatever their group. */
  globalPerSecond: number
  /** Calls a second of one caller in one group. */
  perSecond: Readonly<Record<Exclude<CallGroup, 'other'>, number>>
  /** Calls at once, in each bucket. */
  burst: number
  /** Refusals in a row on one bucket that end in a ban of that bucket. */
  banAfter: number
  banSeconds: number
  /** Monotonic, in milliseconds. @default performance.now */
  now?: () => number
}

/** `retryAfterMs`: when the next call may pass, 1 or more. */
export type LimiterVerdict = { allowed: true, retryAfterMs?: undefined } | { allowed: false, retryAfterMs: number }

/** One set of token buckets for every door. Asked before anything is spent on a call. */
export interface Limiter {
  /** `caller` is what `callerOf` gives. */
  charge (caller: string, group: CallGroup): LimiterVerdict
  /** Buckets remembered; bounded. */
  readonly size: number
  /** Since it was made; calls that no limit is on are not counted. */
  readonly counts: LimiterCounts
}

export interface LimiterCounts {
  readonly allowed: Readonly<Record<CallGroup, number>>
  readonly refused: Readonly<Record<CallGroup, number>>
  /** By the bucket that was banned. */
  readonly bans: Readonly<Record<Exclude<CallGroup, 'other'> | 'global', number>>
}

export interface LoadGuardInit {
  /** 0 = three quarters of what this process may use. */
  maxRssBytes: number
  /** Mean over 5 s. 0 = never. */
  maxEventLoopDelayMs: number
  /** @default process.memoryUsage.rss */
  rss?: () => number
  /** Monotonic, in milliseconds. @default performance.now */
  now?: () => number
  /** How long the event loop has worked so far, in milliseconds. @default performance.eventLoopUtilization().active */
  worked?: () => number
}

export type Overload = 'memory' | 'event_loop_delay'

/** Tells when this process had better take no new work. */
export interface LoadGuard extends Startable {
  overload (): Overload | undefined
  /** Whether the event loop worked for more than seven tenths of the last 300 ms: each thing that is begun now takes from what runs. */
  readonly isBusy: boolean
  readonly eventLoopDelayMs: number
  readonly rssBytes: number
}

/** @throws InvalidCidrError */
export function accessControl (init: AccessControlInit = {}): AccessControl {
  return new DefaultAccessControl(init)
}

/** @throws InvalidCidrError */
export function connectionLimits (init: ConnectionLimitsInit): ConnectionLimits {
  return new DefaultConnectionLimits(init)
}

/** @throws InvalidTokenError, InvalidCidrError; at once, not when libp2p makes the service */
export function authServer (init: AuthServerInit): (components: AuthServerComponents) => AuthServer {
  const { token, trustedProxies = [], ...rest } = init
  const rules = { ...rest, isRight: tokenCheck(token), isTrustedProxy: proxyMatcher(trustedProxies) }

  return components => new DefaultAuthServer(components, rules)
}

export function limiter (init: LimiterInit): Limiter {
  return new DefaultLimiter(init)
}

export function loadGuard (init: LoadGuardInit): LoadGuard {
  return new DefaultLoadGuard(init)
}

export interface StreamPaceInit {
  /** New inbound streams a second of one caller, over all its connections; what one second allows may come at once. 0 = no limit. */
  perSecond: number
  /** The same while `isBusy` is true. @default perSecond */
  perSecondWhenBusy?: number
  /** @default never */
  isBusy?: () => boolean
  /** Whom a connection's streams are counted by. */
  callerOf: (connection: Connection) => string
  /** Monotonic clock in milliseconds. @default performance.now */
  now?: () => number
}

export interface StreamPace {
  /** For each connection as it opens. @returns false when it cannot be held */
  watch (connection: Connection): boolean
}

/**
 * Holds connections whose peer opens streams faster than its rate: nothing is read from them until the rate allows for what
 * was opened. Setting a stream up costs the same whatever comes of it, a call that the limiter refuses or a protocol that
 * nobody has, so that a flood of streams would take the time of all others; held, it is the flooder who waits. What else runs
 * over a held connection is held with it. WebRTC connections have nothing that could be held.
 */
export function streamPace (init: StreamPaceInit): StreamPace {
  return new DefaultStreamPace(init)
}

export { InvalidExpiryError } from './control.js'
export { InvalidCidrError, cidrMatcher, ipMatcher } from './cidr.js'
export { callerOf } from './caller.js'
export { parseHost } from './host.js'
export { isRelayed, parseIp } from './ip.js'
export { ipGroup, ipGroupOf } from './ip-group.js'
export { isPublicAddr, isPublicHost, isPublicIp } from './public-addr.js'
export { AUTH_PROTOCOL, AuthProtocolError } from './messages.js'
export { presentToken } from './present-token.js'
export { proxyMatcher } from './proxies.js'
export { InvalidTokenError, PUBLISHED_TOKEN } from './token.js'
export type { Host } from './host.js'
export type { Ip } from './ip.js'
export type { TokenVerdict } from './present-token.js'
