import type { MailboxDescription, MailboxItem, MailboxPush, MailboxResponse } from '../mailbox/messages.js'
import type { AbortOptions, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

export type PushedChunk = NonNullable<MailboxResponse['pushed']>
export type PageEnd = NonNullable<MailboxResponse['pageEnd']>
export type Acked = NonNullable<MailboxResponse['acked']>
export type Stats = NonNullable<MailboxResponse['stats']>

export interface ChunkKey {
  readonly messageId: Uint8Array<ArrayBuffer>
  readonly chunkIndex: number
}

export interface CallOptions extends AbortOptions {
  signal: AbortSignal
}

/** What a subscription gives: items in the order of `seq`, and once that all that was stored has been given. */
export type FeedEvent = { readonly item: MailboxItem } | { readonly caughtUp: true }

/**
 * The way to a node: one attempt of each call. Rejects with `ClientError`, or with the signal's reason. What is tried again, how
 * often and when is not its business.
 */
export interface Carrier {
  push (chunk: MailboxPush, options: CallOptions): Promise<PushedChunk>
  pull (request: { mailbox: string, cursor: number, maxItems: number, maxBytes: number }, options: CallOptions): Promise<{ items: MailboxItem[], end: PageEnd }>
  ack (request: { mailbox: string, keys?: ChunkKey[], upToSeq?: number }, options: CallOptions): Promise<Acked>
  stat (mailbox: string, options: CallOptions): Promise<Stats>
  describe (options: CallOptions): Promise<MailboxDescription>
  /** Shows a grant now, and again whenever the node has forgotten it. Resolves to when it is over, in Unix milliseconds. */
  grant (envelope: Uint8Array<ArrayBuffer>, options: CallOptions): Promise<number>
  /** Ends only by throwing, or when the reader returns. Holds the node to what is read. */
  subscribe (request: { mailbox: string, cursor: number }, options: CallOptions): AsyncGenerator<FeedEvent, void>
  /** Where the node relays connections to this peer, as far as that is known. */
  circuitTo (peer: PeerId): Multiaddr | undefined
  close (): Promise<void>
}
