import { DefaultMailboxServer } from './server.js'
import type { Limiter } from '../access/index.js'
import type { InflightBudget } from '../calls/index.js'
import type { AckResult, Item, NewItem, Page, PushResult, Store } from '../storage/index.js'
import type { CallCounts, Door } from './call-counts.js'
import type { Grant } from './grants.js'
import type { MailboxDescription } from './messages.js'
import type { OwnerProof } from './options.js'
import type { ComponentLogger, Connection, PeerId, PublicKey, Startable } from '@libp2p/interface'
import type { Registrar } from '@libp2p/interface-internal'

export { CallCounts, DOORS } from './call-counts.js'
export { InvalidMailboxOptionError, MailboxError, toMailboxError } from './errors.js'
export { MAX_GRANT_MS, sealGrant, VERBS } from './grant-record.js'
export { openGrant } from './grants.js'
export { MailboxRules } from './mailbox.js'
export { decodeRequest, encodeRequest, encodeResponse, MAILBOX_PROTOCOL, MAX_ACK_KEYS, maxRequestBytes, RequestError } from './messages.js'
export { MAX_NAME_BYTES, parseName } from './names.js'
export { decodeResponse } from './responses.js'
export type { GrantInit, Verb } from './grant-record.js'
export type { CountedCall, Door, Outcome } from './call-counts.js'
export type { Grant } from './grants.js'
export type { CallName, MailboxDescription, MailboxFailure, MailboxItem, MailboxRequest, MailboxResponse } from './messages.js'
export type { MailboxName } from './names.js'
export type { OwnerProof } from './options.js'

/** Tells which key a handle of the registry is bound to. */
export interface IdentityLookup {
  /**
   * @param handle 64 lower-case hex
   * @returns the signing key of an identity that was registered with proof, or nothing
   */
  lookup (handle: string): Promise<PublicKey | undefined> | PublicKey | undefined
}

/** Who calls, as far as it was proven. */
export interface MailboxCaller {
  readonly peerId?: PeerId
  /** What `acceptGrant` gave for this caller. */
  readonly grants: Iterable<Grant>
}

/** One chunk. Times are Unix milliseconds, sizes are bytes; bounds are those of `proto/mailbox.proto`. */
export interface PushRequest extends NewItem {
  /** 1 to 256 bytes of UTF-8. A PeerId in any of its text forms is one mailbox, 64 hex in any case too. */
  mailbox: string
  /** 0 or left out: the node's own; more than the node's own is cut to it. */
  ttlSeconds?: number
}

export interface Pushed extends Omit<PushResult, 'outcome'> {
  /** False when it was there already. */
  stored: boolean
  /** The same key was pushed before. */
  duplicate: boolean
}

export interface PullRequest {
  mailbox: string
  /** Items with a greater seq are wanted. */
  cursor: number
  /** 0, left out, or more than the node's: the node's own. The same for `maxBytes`. */
  maxItems?: number
  /** Sum of bodies; a page holds at least one item. */
  maxBytes?: number
}

/** Either keys or `upToSeq`; with neither nothing is deleted. */
export interface AckRequest {
  mailbox: string
  /** At most 4096. */
  keys?: ReadonlyArray<{ messageId: Uint8Array, chunkIndex: number }>
  upToSeq?: number
}

export interface SubscribeRequest {
  mailbox: string
  cursor: number
  /** Called whenever `isReady` may have become true. Not to call back from within. */
  onReady (): void
}

export interface MailboxSubscription {
  /** seq of the last item that was handed out, or where it began. */
  readonly cursor: number
  /** Whether `read` with this credit may give anything. */
  isReady (credit: number): boolean
  /**
   * The next items in order; one call at a time. With `maxItems` 0 none, but it may tell that there are none.
   *
   * @throws MailboxError
   */
  read (maxItems: number, maxBytes: number): Promise<{ items: Item[], caughtUp: boolean }>
  close (): void
}

export interface MailboxStatistics {
  queueLen: number
  queueBytes: number
  /** 0 when empty. */
  oldestMs: number
  newestMs: number
  nextSeq: number
  maxQueueLen: number
  maxQueueBytes: number
}

/**
 * The rules of the mailbox (specs/mailbox.md, Part I), for every door. All calls reject with `MailboxError`, whose code is one of the
 * error catalogue. Limits of calls are the door's to ask for.
 */
export interface Mailbox {
  /** Resolves after it is on disk. Pushes to one mailbox are stored in the order of the calls. */
  push (request: PushRequest): Promise<Pushed>
  pull (request: PullRequest, caller: MailboxCaller): Promise<Page>
  ack (request: AckRequest, caller: MailboxCaller): Promise<AckResult>
  stat (mailbox: string, caller: MailboxCaller): Promise<MailboxStatistics>
  subscribe (request: SubscribeRequest, caller: MailboxCaller): Promise<MailboxSubscription>
  /** Whether the caller may still do this: a grant may be over. */
  isAuthorized (mailbox: string, verb: 'pull' | 'subscribe', caller: MailboxCaller): Promise<boolean>
  /** Calls back after each push to the mailbox is on disk, until the returned function is called. Asks for no permission. */
  watch (mailbox: string, onStored: () => void): () => void
  /** Checks a grant that this peer shows (`proto/mailbox.proto`, `Grant`). */
  acceptGrant (envelope: Uint8Array, peerId: PeerId | undefined): Promise<Grant>
  describe (): MailboxDescription
  /** Expired items that were collected so far. */
  readonly collected: number
}

/** What is left out has the default of `[mailbox]`. */
export interface MailboxRulesInit {
  store: Store
  /** Largest message body in bytes. @default 8388608 */
  maxMessageBytes?: number
  /** Stored bodies of one mailbox, in bytes. @default 1073741824 */
  maxQueueBytes?: number
  /** Stored messages of one mailbox. @default 200000 */
  maxQueueItems?: number
  /** How long a message waits. @default 1209600 */
  ttlSeconds?: number
  /** How often expired messages are collected. @default 60 */
  gcIntervalSeconds?: number
  /** Items in one page. @default 256 */
  maxPullItems?: number
  /** Bodies in one page, in bytes. @default 8388608 */
  maxPullBytes?: number
  /** Bodies received and not yet on disk, all doors together: at least twice the largest frame. @default 268435456 */
  maxInflightBytes?: number
  /** How long a push key is remembered after ack or expiry. 0 = only while queued. @default 86400 */
  dedupeSeconds?: number
  /** Whose mailboxes ask for a proof of ownership; all but the default need `identities`. @default 'peer-ids' */
  ownerProof?: OwnerProof
  identities?: IdentityLookup
  /** Wall clock in milliseconds. @default Date.now */
  now?: () => number
  /** Monotonic, in milliseconds. @default performance.now */
  monotonic?: () => number
  /** What went wrong beside any call. @default none */
  onError?: (err: unknown) => void
}

/** What the rules have done since they were made, whatever the door. */
export interface MailboxCounts {
  /** Stored and sent. Bodies, in bytes. */
  storedItems: number
  storedBytes: number
  readItems: number
  readBytes: number
  /** Removed by acks, and because their time was over. */
  ackedItems: number
  collectedItems: number
  /** Runs of the collector, and those of them that failed. */
  collections: number
  failedCollections: number
}

export interface MailboxServerInit extends Omit<MailboxRulesInit, 'onError'> {
  /** Asked for each request. @default none */
  limiter?: Pick<Limiter, 'charge'>
  /** Connections that are counted by PeerId (behind a trusted proxy). @default none */
  isExemptFromIpLimits?(connection: Connection): boolean
}

export interface MailboxServerComponents {
  registrar: Registrar
  logger: ComponentLogger
}

export interface MailboxServerStats {
  streams: number
  subscriptions: number
  /** Bodies on their way in, and answers that wait to be sent, in bytes. */
  inflightBytes: number
  outgoingBytes: number
  counts: Readonly<MailboxCounts>
}

/** Serves /enigma/mailbox/1. The store is the caller's to close, after this has stopped. */
export interface MailboxServer extends Startable {
  /** The rules, for another door to the same mailboxes. */
  readonly mailbox: Mailbox
  /** What all doors together hold of bodies on their way in. */
  readonly inflight: InflightBudget
  /** For each door, which counts here what it has answered. */
  readonly calls: Readonly<Record<Door, CallCounts>>
  stats (): MailboxServerStats
}

/**
 * @example
 *
 * ```ts
 * const node = await createLibp2p({
 *   // …transports, encrypters, muxers
 *   services: { identify: identify(), mailbox: mailboxServer({ store: await memoryStore() }) }
 * })
 * ```
 *
 * @throws InvalidMailboxOptionError for an option outside its bounds, when libp2p makes the service
 */
export function mailboxServer (init: MailboxServerInit): (components: MailboxServerComponents) => MailboxServer {
  return components => new DefaultMailboxServer(components, init)
}
