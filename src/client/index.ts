import { DefaultMailboxClient } from './client.js'
import { ClientError } from './errors.js'
import type { GrantInit } from '../mailbox/grant-record.js'
import type { Acked, Stats } from './carrier.js'
import type { GivenUp } from './assembler.js'
import type { InboxHandler, InboxInit } from './inbox.js'
import type { OnProgress } from './progress.js'
import type { Libp2p, PeerId, PrivateKey } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

export { sealGrant } from '../mailbox/grant-record.js'
export { ClientError } from './errors.js'
export { createIdentity, isSigned, registryClient, userIdOf } from './registry/index.js'
export type { Verb } from '../mailbox/grant-record.js'
export type { GivenUp, GivenUpReason } from './assembler.js'
export type { Acked, Stats } from './carrier.js'
export type { ClientErrorCode } from './errors.js'
export type { InboxHandler, InboxInit, InboxMessage, SeenIds } from './inbox.js'
export type { MailboxProgress, OnProgress, Retrying } from './progress.js'
export type {
  Announced, AnnounceOptions, HttpRegistryClientInit, IdentityInit, Libp2pRegistryClientInit, PresenceEntry, PublicIdentity, Registered, RegisterOptions, RegistryCallOptions, RegistryClient,
  RegistryClientInit, RegistryProgress, Removed, RemoveOptions, SigningKey, UpdateOptions, User
} from './registry/index.js'
export type { GrantInit }

/** What the client needs of a libp2p node. It must be started, and may be used for anything else beside. */
export type ClientLibp2p = Pick<Libp2p, 'peerId' | 'dial' | 'handle' | 'unhandle' | 'getConnections' | 'peerStore' | 'isDialable'>

/** One node: addresses with its PeerId at their end, or the PeerId of a peer whose addresses libp2p knows. */
export type NodeAddress = PeerId | Multiaddr | string | ReadonlyArray<Multiaddr | string>

/** Times are milliseconds, sizes are bytes. All are whole numbers of 1 or more. */
export interface ClientInit {
  /** For a connection, for an answer, and for the node to take what was sent. @default 30000 */
  timeoutMs?: number
  /** Calls of one kind under way, at most 1000. A node bans who is refused `ban_after` (40) times in a row. @default 32 */
  maxCalls?: number
  /** How often one call is made. Refusals for the rate do not count. @default 8 */
  retryAttempts?: number
  /** The first wait is up to this long, each next one up to twice the one before. @default 250 */
  retryBaseMs?: number
  /** No wait is longer, unless the node asks for it. @default 15000 */
  retryMaxMs?: number
  /** From the first failure of a call to its last attempt. @default 120000 */
  retryTotalMs?: number
}

/** As `ClientInit`. */
export interface MailboxClientInit extends ClientInit {
  /** A subscription over which nothing came for so long asks the node whether it is there. @default 30000 */
  keepAliveMs?: number
  /** Bodies of calls under way; one call passes whatever its size. @default 16777216 */
  maxInflightBytes?: number
  /** The largest body of one chunk that is taken from the node. @default 16777216 */
  maxItemBytes?: number
  /** The largest message that is put together of chunks. @default 67108864 */
  maxMessageBytes?: number
  /** What is kept of messages of which some chunks have come; what does not fit is read again. @default 134217728 */
  maxIncompleteBytes?: number
}

export interface CallerOptions {
  /** What was asked for may have been done nevertheless. */
  signal?: AbortSignal
}

export interface PushOptions extends CallerOptions {
  /** 1 to 256 bytes of UTF-8 that the recipient sees, and the node too. @default 'opaque' */
  kind?: string
  /** How long the message waits at most. 0: as long as the node lets it. @default 0 */
  ttlSeconds?: number
  /** 16 bytes. The same id with the same body is stored and delivered once, however often it is pushed. @default random */
  messageId?: Uint8Array
  /** Unix milliseconds that the recipient sees. @default now */
  sentMs?: number
  onProgress?: OnProgress
}

export interface PushResult {
  readonly messageId: Uint8Array
  /** Something was stored by this call. */
  readonly stored: boolean
  /** All of it was there already: pushed before, or by an attempt of this call whose answer was lost. */
  readonly duplicate: boolean
  /** The id was used before for something else, which was kept. */
  readonly differs: boolean
  readonly chunkCount: number
  /** Of the mailbox, after this call: chunks, and bytes of their bodies. */
  readonly queueLen: number
  readonly queueBytes: number
  /** Unix milliseconds; 0 for what is no longer queued. */
  readonly deadlineMs: number
}

export interface SendOptions extends PushOptions {
  /** For the connection with the recipient and its answer together, in milliseconds. @default 10000 */
  directTimeoutMs?: number
  /** Where the recipient may be reached, beside what libp2p knows. */
  addresses?: ReadonlyArray<Multiaddr | string>
  /** False: straight to the mailbox. @default true */
  direct?: boolean
}

export type SendResult =
  /** The recipient's handler is done with it. `duplicate`: it had been, already. */
  | { readonly outcome: 'delivered', readonly messageId: Uint8Array, readonly duplicate: boolean }
  /** It is on the node's disk. */
  | { readonly outcome: 'queued', readonly messageId: Uint8Array, readonly pushed: PushResult, readonly directError?: ClientError }

export interface MailboxMessage {
  /** 16 bytes. */
  readonly messageId: Uint8Array
  readonly kind: string
  readonly body: Uint8Array
  /** Unix milliseconds, as the sender says. */
  readonly sentMs: number
  /** Unix milliseconds of the node. */
  readonly arrivalMs: number
  readonly deadlineMs: number
  readonly chunkCount: number
  /** To resume after this message. Text of no meaning to anyone but `from`, good at this node. */
  readonly cursor: string
  /** Deletes it from the mailbox; resolves when that is done. Acks made while one is under way go together. */
  ack (): Promise<void>
}

export interface ReadMessagesOptions extends CallerOptions {
  /** The `cursor` of the last message that was taken. @default from the start */
  from?: string
  /** A message that came in part will not be given by this iteration. Its chunks stay in the mailbox. */
  onGivenUp?: (message: GivenUp) => void
  onProgress?: OnProgress
}

export interface SubscribeOptions extends ReadMessagesOptions {
  /** All that was stored has been given; what comes now is new. Called once a connection. */
  onCaughtUp?: (at: { cursor: string }) => void
}

export interface PullOptions extends CallerOptions {
  /** @default from the start */
  from?: string
  /** 1 to 256. @default 256 */
  maxItems?: number
  /** Sum of bodies; a page has at least one item. @default 8388608 */
  maxBytes?: number
}

/** A chunk as it is stored. */
export interface PulledItem {
  readonly seq: number
  readonly messageId: Uint8Array
  readonly chunkIndex: number
  readonly chunkCount: number
  readonly kind: string
  readonly totalLen: bigint
  readonly sentMs: bigint
  readonly arrivalMs: number
  readonly deadlineMs: number
  readonly body: Uint8Array
}

export interface Page {
  readonly items: readonly PulledItem[]
  /** For `from` of the next page. */
  readonly cursor: string
  /** There is at least one item after this page. */
  readonly more: boolean
  readonly remainingEstimate: number
}

/** Keys of chunks, or all up to a seq. */
export type AckWhat = { readonly keys: ReadonlyArray<{ readonly messageId: Uint8Array, readonly chunkIndex: number }> } | { readonly upToSeq: number }

/** What the node offers. */
export interface NodeDescription {
  readonly maxMessageBytes: number
  readonly maxPullItems: number
  readonly maxPullBytes: number
  readonly messageTtlSeconds: number
  readonly dedupeSeconds: number
  readonly ownerProof: string
  readonly agent: string
}

/** Takes what is sent to this peer. */
export interface Inbox {
  /** Takes nothing more; resolves when the handler and the acks that are under way are done, or after `closeMs`. */
  close (): Promise<void>
}

/**
 * Mailboxes on one node. All calls reject with `ClientError` or, when the signal aborts, with its reason. A mailbox is named by a
 * PeerId or by text of 1 to 256 bytes. Bodies must not be changed while a call is under way.
 */
export interface MailboxClient {
  /** Resolves when all of it is on the node's disk. A body larger than the node takes goes in chunks. */
  push (mailbox: PeerId | string, body: Uint8Array, options?: PushOptions): Promise<PushResult>
  /** To the peer itself when it can be reached and takes it, else to its mailbox. */
  send (recipient: PeerId | string, body: Uint8Array, options?: SendOptions): Promise<SendResult>
  /** One page of chunks. Deletes nothing. */
  pull (mailbox: PeerId | string, options?: PullOptions): Promise<Page>
  /** What is stored now, as whole messages. Deletes nothing. */
  messages (mailbox: PeerId | string, options?: ReadMessagesOptions): AsyncGenerator<MailboxMessage, void>
  /** The same, and then what comes, until the signal aborts or the reader breaks. Goes on over lost connections. */
  subscribe (mailbox: PeerId | string, options?: SubscribeOptions): AsyncGenerator<MailboxMessage, void>
  ack (mailbox: PeerId | string, what: AckWhat, options?: CallerOptions): Promise<Acked>
  stat (mailbox: PeerId | string, options?: CallerOptions): Promise<Stats>
  describe (options?: CallerOptions): Promise<NodeDescription>
  /** Shows a grant (`sealGrant`) now and on each later connection. Resolves to when it is over, in Unix milliseconds. */
  grant (envelope: Uint8Array, options?: CallerOptions): Promise<number>
  /** Takes what is sent to this peer, directly and by the mailbox, each message once. Resolves when it can be reached. */
  inbox (handler: InboxHandler, init?: InboxInit): Promise<Inbox>
  /** Ends what is under way with `closed`. Connections are libp2p's and stay. */
  close (): Promise<void>
}

/** Where a node's HTTP door is. */
export interface HttpInit {
  /** Base URL, for example `https://relay.example.org`. */
  url: string
  /** Proves who calls, where the node asks for it. @default nobody */
  privateKey?: PrivateKey
  /** Whom the node must prove to be when it asks for a proof. @default whoever it proves to be first */
  node?: PeerId
  /** @default that of the platform */
  fetch?: typeof fetch
}

/** For a node's HTTP door. The `privateKey` also says whose `inbox` it is. */
export type HttpMailboxClientInit = HttpInit & MailboxClientInit

/**
 * Over libp2p, or over the HTTP door of a node. Over HTTP `send` has only the mailbox, `inbox` takes only what comes by it, the size of
 * pages is the node's, a subscription is a long poll after the other, and `grant` tells nothing but when the grant is over.
 *
 * @example
 *
 * ```ts
 * const mailbox = mailboxClient(libp2p, '/dns4/relay.example.org/tcp/4001/p2p/12D3KooW…')
 *
 * await mailbox.send(peerId, new TextEncoder().encode('hello'))
 * await mailbox.inbox(async message => { console.log(new TextDecoder().decode(message.body)) })
 *
 * const overHttp = mailboxClient({ url: 'https://relay.example.org', privateKey })
 * ```
 *
 * @throws ClientError `invalid_argument`
 */
export function mailboxClient (init: HttpMailboxClientInit): MailboxClient
export function mailboxClient (libp2p: ClientLibp2p, node: NodeAddress, init?: MailboxClientInit): MailboxClient
export function mailboxClient (first: ClientLibp2p | HttpMailboxClientInit, node?: NodeAddress, init: MailboxClientInit = {}): MailboxClient {
  if ('url' in first) {
    return DefaultMailboxClient.overHttp(first)
  }

  if (node == null) {
    throw new ClientError('invalid_argument', 'the node has no address')
  }

  return DefaultMailboxClient.overLibp2p(first, node, init)
}
