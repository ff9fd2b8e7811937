import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { ackKeys } from './acks.js'
import { ownBytes } from './bytes.js'
import { Context } from './context.js'
import { parseCursor, START } from './cursor.js'
import { ClientError } from './errors.js'
import { HttpCarrier } from './http/carrier.js'
import { DefaultInbox } from './inbox.js'
import { Libp2pCarrier } from './libp2p/carrier.js'
import { CLIENT_DEFAULTS, parseNode, withDefaults } from './options.js'
import { pushMessage } from './push.js'
import { withRetries } from './retry.js'
import { sendMessage } from './send.js'
import { readMessages } from './subscribe.js'
import type { Acked, Carrier, Stats } from './carrier.js'
import type { ClientOptions } from './options.js'
import type { InboxHandler, InboxInit } from './inbox.js'
import type { AckWhat, CallerOptions, ClientLibp2p, HttpMailboxClientInit, Inbox, MailboxClient, MailboxClientInit, MailboxMessage, NodeAddress, NodeDescription, Page, PullOptions, PushOptions, PushResult, ReadMessagesOptions, SendOptions, SendResult, SubscribeOptions } from './index.js'
import type { PeerId } from '@libp2p/interface'

const MAX_PULL_ITEMS = 256
const MAX_PULL_BYTES = 8 * 1024 * 1024

/** See `mailboxClient` in `index.ts`. */
export class DefaultMailboxClient implements MailboxClient {
  readonly #libp2p?: ClientLibp2p
  /** Whose inbox it can be. */
  readonly #self?: PeerId
  readonly #context: Context
  readonly #inboxes = new Set<DefaultInbox>()

  private constructor (carrier: Carrier, options: ClientOptions, libp2p?: ClientLibp2p, self: PeerId | undefined = libp2p?.peerId) {
    this.#libp2p = libp2p
    this.#self = self
    this.#context = new Context(carrier, options)
  }

  static overLibp2p (libp2p: ClientLibp2p, node: NodeAddress, init: MailboxClientInit): DefaultMailboxClient {
    const options = withDefaults(CLIENT_DEFAULTS, init)

    return new DefaultMailboxClient(new Libp2pCarrier({ libp2p, node: parseNode(node), ...options }), options, libp2p)
  }

  static overHttp ({ url, privateKey, node, fetch, ...init }: HttpMailboxClientInit): DefaultMailboxClient {
    const options = withDefaults(CLIENT_DEFAULTS, init)
    const self = privateKey == null ? undefined : peerIdFromPrivateKey(privateKey)

    return new DefaultMailboxClient(new HttpCarrier({ url, privateKey, node, fetch, ...options }), options, undefined, self)
  }

  async push (mailbox: PeerId | string, body: Uint8Array, options: PushOptions = {}): Promise<PushResult> {
    return await pushMessage(this.#context, mailbox.toString(), body, { ...options, signal: this.#context.signal(options.signal) })
  }

  async send (recipient: PeerId | string, body: Uint8Array, options: SendOptions = {}): Promise<SendResult> {
    return await sendMessage(this.#context, this.#libp2p, recipient, body, { ...options, signal: this.#context.signal(options.signal) })
  }

  async pull (mailbox: PeerId | string, { from = START, maxItems = MAX_PULL_ITEMS, maxBytes = MAX_PULL_BYTES, signal }: PullOptions = {}): Promise<Page> {
    const { seq } = parseCursor(from)
    const anySignal = this.#context.signal(signal)

    if (!isCount(maxItems, MAX_PULL_ITEMS) || !isCount(maxBytes, Number.MAX_SAFE_INTEGER)) {
      throw new ClientError('invalid_argument', `maxItems is 1 to ${MAX_PULL_ITEMS}, maxBytes 1 or more`)
    }

    const { items, end } = await withRetries(
      async () => await this.#context.carrier.pull({ mailbox: mailbox.toString(), cursor: seq, maxItems, maxBytes }, { signal: anySignal }),
      this.#context.retry('pull', 0, anySignal)
    )

    return { items: items.map(item => ({ ...item, messageId: ownBytes(item.messageId), body: ownBytes(item.body) })), cursor: String(items.at(-1)?.seq ?? seq), more: end.more, remainingEstimate: end.remainingEstimate }
  }

  async * messages (mailbox: PeerId | string, options: ReadMessagesOptions = {}): AsyncGenerator<MailboxMessage, void> {
    yield * readMessages(this.#context, mailbox.toString(), { ...options, signal: this.#context.signal(options.signal), isStoredOnly: true })
  }

  async * subscribe (mailbox: PeerId | string, options: SubscribeOptions = {}): AsyncGenerator<MailboxMessage, void> {
    yield * readMessages(this.#context, mailbox.toString(), { ...options, signal: this.#context.signal(options.signal), isStoredOnly: false })
  }

  async ack (mailbox: PeerId | string, what: AckWhat, { signal }: CallerOptions = {}): Promise<Acked> {
    const anySignal = this.#context.signal(signal)

    if ('keys' in what) {
      return await ackKeys(this.#context, mailbox.toString(), what.keys.map(({ messageId, chunkIndex }) => ({ messageId: Uint8Array.from(messageId), chunkIndex })), anySignal)
    }

    if (!isCount(what.upToSeq, Number.MAX_SAFE_INTEGER)) {
      throw new ClientError('invalid_argument', 'upToSeq is a whole number of 1 or more')
    }

    return await withRetries(async () => await this.#context.carrier.ack({ mailbox: mailbox.toString(), upToSeq: what.upToSeq }, { signal: anySignal }), this.#context.retry('ack', 0, anySignal))
  }

  async stat (mailbox: PeerId | string, { signal }: CallerOptions = {}): Promise<Stats> {
    const anySignal = this.#context.signal(signal)

    return await withRetries(async () => await this.#context.carrier.stat(mailbox.toString(), { signal: anySignal }), this.#context.retry('other', 0, anySignal))
  }

  async describe ({ signal }: CallerOptions = {}): Promise<NodeDescription> {
    return await this.#context.describe(this.#context.signal(signal))
  }

  async grant (envelope: Uint8Array, { signal }: CallerOptions = {}): Promise<number> {
    const anySignal = this.#context.signal(signal)
    const bytes = Uint8Array.from(envelope)

    return await withRetries(async () => await this.#context.carrier.grant(bytes, { signal: anySignal }), this.#context.retry('other', 0, anySignal))
  }

  async inbox (handler: InboxHandler, init: InboxInit = {}): Promise<Inbox> {
    if (this.#self == null) {
      throw new ClientError('invalid_argument', 'an inbox needs to know whose it is: give the client a privateKey')
    }

    const inbox: DefaultInbox = new DefaultInbox({ libp2p: this.#libp2p, peerId: this.#self, context: this.#context, handler, init, onClose: () => { this.#inboxes.delete(inbox) } })

    this.#inboxes.add(inbox)

    try {
      await inbox.start()
    } catch (err) {
      await inbox.close()
      throw err
    }

    return inbox
  }

  async close (): Promise<void> {
    await Promise.all([...this.#inboxes].map(async inbox => { await inbox.close() }))
    await this.#context.close()
  }
}

function isCount (value: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= max
}
