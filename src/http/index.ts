import { DefaultHttpDoor } from './door.js'
import type { AccessControl, Limiter } from '../access/index.js'
import type { Mailbox, MailboxServer } from '../mailbox/index.js'
import type { Registry, RegistryCalls } from '../registry/index.js'
import type { Refusal } from './server/connections.js'
import type { LoadedTls } from './server/tls.js'
import type { PrivateKey } from '@libp2p/interface'

export { HttpTlsError, loadTls } from './server/tls.js'
export type { LoadedTls, TlsPaths } from './server/tls.js'

export interface HttpDoorInit {
  host: string
  /** 0: a free one. */
  port: number
  /** @default plain HTTP/1.1 */
  tls?: LoadedTls
  /** Proves this node to callers. */
  privateKey: PrivateKey
  /** Without it there are no mailboxes here. */
  mailbox?: { readonly mailbox: Mailbox, readonly inflight: MailboxServer['inflight'], readonly calls?: MailboxServer['calls'] }
  /** Without it there are no handles here. */
  registry?: { readonly registry: Registry, readonly calls?: Pick<RegistryCalls, 'http'> }
  /** Bodies in answers that have not been taken yet: of one caller at most a quarter. */
  maxAnswerBytes: number
  access: AccessControl
  limiter: Limiter
  /** CIDRs whose X-Forwarded-For is believed. */
  trustedProxies?: readonly string[]
  /** Host values under which a PeerId proof is taken, beside addresses that it listens on. */
  publicHosts?: readonly string[]
  /** `*` or origins. */
  corsOrigins?: readonly string[]
  maxConnections: number
  /** In milliseconds. */
  headerTimeoutMs: number
  bodyTimeoutMs: number
  idleTimeoutMs: number
  /** A bug, beside any call that it ended. @default none */
  onError?: (err: unknown) => void
}

/** Counted since the door was made, but for those that are open now. */
export interface DoorConnections {
  readonly open: number
  readonly accepted: number
  /** At `maxConnections`: `full`, one too many; `displaced`, the oldest of whoever had the most, for a newcomer. */
  readonly refused: Readonly<Record<Refusal, number>>
}

/** The HTTP door: the same calls as on streams, for everything that has no libp2p. */
export interface HttpDoor {
  /** Base URL with the real port; undefined when it does not listen. */
  readonly url: string | undefined
  readonly connections: DoorConnections
  /** @throws what the operating system says of an address that cannot be listened on */
  start (): Promise<void>
  /** Takes nothing new, lets what is under way be answered until the signal aborts, and closes. Idempotent. */
  stop (options?: { signal?: AbortSignal }): Promise<void>
}

/** @throws InvalidCidrError */
export function httpDoor (init: HttpDoorInit): HttpDoor {
  return new DefaultHttpDoor(init)
}
