import { maxRequestBytes } from '../../mailbox/messages.js'
import { protocolError } from '../errors.js'
import { Feed } from './feed.js'
import { Grants } from './grants.js'
import { Link } from './link.js'
import { mailboxProtocol } from './mailbox-protocol.js'
import type { MailboxDescription, MailboxItem, MailboxPush, MailboxResponse } from '../../mailbox/messages.js'
import type { Acked, CallOptions, Carrier, ChunkKey, FeedEvent, PageEnd, PushedChunk, Stats } from '../carrier.js'
import type { ClientLibp2p } from '../index.js'
import type { MailboxCall } from './mailbox-protocol.js'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

export interface Libp2pCarrierInit {
  libp2p: ClientLibp2p
  node: PeerId | Multiaddr[]
  /** Of one item's body, in bytes. */
  maxItemBytes: number
  timeoutMs: number
  keepAliveMs: number
}

/** /enigma/mailbox/1: calls on one stream, each subscription on one of its own, all on one connection. */
export class Libp2pCarrier implements Carrier {
  readonly #init: Libp2pCarrierInit
  readonly #link: Link<MailboxCall, MailboxResponse>
  readonly #grants = new Grants()
  readonly #maxFrameBytes: number

  constructor (init: Libp2pCarrierInit) {
    this.#init = init
    this.#maxFrameBytes = maxRequestBytes(init.maxItemBytes)
    this.#link = new Link({
      protocol: mailboxProtocol,
      libp2p: init.libp2p,
      node: init.node,
      maxFrameBytes: this.#maxFrameBytes,
      timeoutMs: init.timeoutMs,
      greet: async (calls, signal) => { await this.#grants.show(calls, signal) }
    })
  }

  async push (push: MailboxPush, options: CallOptions): Promise<PushedChunk> {
    return await this.#call({ push }, 'pushed', options)
  }

  async pull ({ mailbox, cursor, maxItems, maxBytes }: { mailbox: string, cursor: number, maxItems: number, maxBytes: number }, options: CallOptions): Promise<{ items: MailboxItem[], end: PageEnd }> {
    const items: MailboxItem[] = []
    let bytes = 0
    let last = cursor
    const end = await this.#call({ pull: { mailbox, cursor: BigInt(cursor), maxItems, maxBytes } }, 'pageEnd', options, ({ item }) => {
      if (item == null) {
        return false
      }

      bytes += item.body.byteLength

      if (items.length === maxItems || (bytes > maxBytes && items.length > 0)) {
        throw protocolError('the page is longer than was asked for')
      }

      if (item.seq <= last) {
        throw protocolError('the page is out of order')
      }

      last = item.seq
      items.push(item)

      return true
    })

    return { items, end }
  }

  async ack ({ mailbox, keys = [], upToSeq = 0 }: { mailbox: string, keys?: ChunkKey[], upToSeq?: number }, options: CallOptions): Promise<Acked> {
    return await this.#call({ ack: { mailbox, keys, upToSeq: BigInt(upToSeq) } }, 'acked', options)
  }

  async stat (mailbox: string, options: CallOptions): Promise<Stats> {
    return await this.#call({ stat: { mailbox } }, 'stats', options)
  }

  async describe (options: CallOptions): Promise<MailboxDescription> {
    return await this.#call({ describe: {} }, 'description', options)
  }

  async grant (envelope: Uint8Array<ArrayBuffer>, options: CallOptions): Promise<number> {
    const { expiresMs } = await this.#call({ grant: { envelope } }, 'granted', options)

    this.#grants.add(envelope, expiresMs)

    return expiresMs
  }

  async * subscribe ({ mailbox, cursor }: { mailbox: string, cursor: number }, { signal }: CallOptions): AsyncGenerator<FeedEvent, void> {
    const { timeoutMs, keepAliveMs } = this.#init
    const stream = await this.#link.open(signal)

    yield * new Feed({ stream, mailbox, cursor, maxFrameBytes: this.#maxFrameBytes, timeoutMs, keepAliveMs }).read(signal)
  }

  circuitTo (peer: PeerId): Multiaddr | undefined {
    return this.#link.circuitTo(peer)
  }

  async close (): Promise<void> {
    await this.#link.close()
  }

  async #call<Answer extends keyof MailboxResponse> (call: MailboxCall, wanted: Answer, { signal }: CallOptions, onPart?: (response: MailboxResponse) => boolean): Promise<NonNullable<MailboxResponse[Answer]>> {
    const calls = await this.#link.calls(signal)

    return (await calls.call(call, wanted, signal, onPart))[wanted]
  }
}
