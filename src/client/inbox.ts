import { hexOf } from './bytes.js'
import { START } from './cursor.js'
import { connectionError } from './errors.js'
import { DirectServer } from './direct.js'
import { INBOX_DEFAULTS, withDefaults } from './options.js'
import { RecentIds } from './seen.js'
import { readMessages } from './subscribe.js'
import { sleep } from './timing.js'
import type { GivenUp } from './assembler.js'
import type { Context } from './context.js'
import type { ClientLibp2p, Inbox, MailboxMessage } from './index.js'
import type { PeerId } from '@libp2p/interface'

export interface InboxMessage {
  /** 16 bytes. */
  readonly messageId: Uint8Array
  readonly kind: string
  readonly body: Uint8Array
  /** Unix milliseconds, as the sender says. */
  readonly sentMs: number
  /** Who delivered it, proven by the connection. Not known of what comes by the mailbox. */
  readonly from?: PeerId
}

/** Called for one message at a time. What it rejects is not acked: its sender queues it, or it comes again. */
export type InboxHandler = (message: InboxMessage) => Promise<void> | void

/** Remembers which messages the handler was done with; ids are 32 hex. Make it durable, and no message comes twice across restarts. */
export interface SeenIds {
  has (id: string): boolean | Promise<boolean>
  /** Called after the handler, before the ack; with who delivered it, unless it came by the mailbox. */
  add (id: string, from?: PeerId): void | Promise<void>
}

/** Times are milliseconds, sizes are bytes. */
export interface InboxInit {
  /** False: by the mailbox only. Needed in a libp2p node that has another inbox or a mailbox server. @default true */
  direct?: boolean
  /** Whether to take a message from this peer directly. Others are told to use the mailbox. @default all */
  acceptFrom?: (peer: PeerId) => boolean
  /** The largest message that is taken directly. @default 8388608 */
  maxDirectBytes?: number
  /** Streams of all senders together, at most 8 of one connection. One more ends the one that was idle longest. @default 64 */
  maxDirectStreams?: number
  /** What all senders together may have under way. @default 33554432 */
  maxDirectInflightBytes?: number
  /** From the first byte of a frame to its last. @default 30000 */
  directFrameMs?: number
  /** Ids that are remembered without `seen`: so many that came by the mailbox, and so many that came directly. @default 16384 */
  maxSeen?: number
  /** @default the last `maxSeen`, in memory */
  seen?: SeenIds
  /** When a message of the mailbox whose handler failed comes again; then twice as long, up to an hour. @default 30000 */
  redeliverMs?: number
  /** How long `close` waits for the handler and acks that are under way. @default 5000 */
  closeMs?: number
  /** All that was stored has been handled. */
  onCaughtUp?: () => void
  /** What the handler threw, or what the mailbox failed with. The inbox goes on. */
  onError?: (err: unknown) => void
  onGivenUp?: (message: GivenUp) => void
}

const MAX_REDELIVER_MS = 3_600_000

export interface DefaultInboxInit {
  /** Without it nothing comes directly. */
  libp2p?: ClientLibp2p
  /** Whose it is. */
  peerId: PeerId
  context: Context
  handler: InboxHandler
  init: InboxInit
  onClose: () => void
}

/** See `MailboxClient.inbox`. */
export class DefaultInbox implements Inbox {
  readonly #init: DefaultInboxInit
  readonly #options: typeof INBOX_DEFAULTS
  readonly #seen: SeenIds
  readonly #direct?: DirectServer
  readonly #closing = new AbortController()
  readonly #acks = new Set<Promise<void>>()
  /** The message that is handled last. */
  #last: Promise<unknown> = Promise.resolve()
  #running: Promise<void> = Promise.resolve()
  #failures = 0

  constructor (init: DefaultInboxInit) {
    const { libp2p, init: { direct = true, seen, acceptFrom } } = init

    this.#init = init
    this.#options = withDefaults(INBOX_DEFAULTS, init.init)
    this.#seen = seen ?? new RecentIds(this.#options.maxSeen)

    if (direct && libp2p != null) {
      this.#direct = new DirectServer({ libp2p, ...this.#options, acceptFrom, onMessage: async message => await this.#take(message) })
    }
  }

  async start (): Promise<void> {
    await this.#direct?.start()
    this.#running = this.#read(this.#init.context.signal(this.#closing.signal))
  }

  async close (): Promise<void> {
    this.#closing.abort()
    await this.#direct?.stop()
    await this.#done()
    this.#init.onClose()
  }

  /** Not for ever: it may be the handler that waits for this. */
  async #done (): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, this.#options.closeMs)
    const underWay = this.#last.then(async () => await this.#running, async () => await this.#running).then(async () => await Promise.all(this.#acks))

    await Promise.race([promise, underWay])
    clearTimeout(timer)
  }

  /** Begins anew after a message that could not be handled: what was acked does not come again. */
  async #read (signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const round = new AbortController()
      let timer: ReturnType<typeof setTimeout> | undefined

      try {
        const { context, peerId, init: { onCaughtUp, onGivenUp } } = this.#init
        const options = { signal: AbortSignal.any([signal, round.signal]), from: START, onCaughtUp, onGivenUp, isStoredOnly: false }

        for await (const message of readMessages(context, peerId.toString(), options)) {
          if (!await this.#takeStored(message)) {
            timer ??= setTimeout(() => { round.abort() }, this.#redeliverMs())
          }
        }
      } catch (err) {
        if (!signal.aborted && !round.signal.aborted) {
          this.#report(connectionError(err))
          await sleep(this.#redeliverMs(), signal).catch(() => {})
        }
      } finally {
        clearTimeout(timer)
      }
    }
  }

  #redeliverMs (): number {
    return Math.min(MAX_REDELIVER_MS, this.#options.redeliverMs * 2 ** this.#failures++)
  }

  /** @returns whether the handler is done with it */
  async #takeStored (message: MailboxMessage): Promise<boolean> {
    const { messageId, kind, body, sentMs } = message

    try {
      await this.#take({ messageId, kind, body, sentMs })
    } catch (err) {
      this.#report(err)
      return false
    }

    // the next message need not wait for it
    const ack = message.ack().catch((err: unknown) => { this.#report(err) }).finally(() => { this.#acks.delete(ack) })

    this.#acks.add(ack)

    return true
  }

  /** One after the other. @returns false when it was handled before */
  async #take (message: InboxMessage): Promise<boolean> {
    const turn = this.#last.then(async () => await this.#handle(message), async () => await this.#handle(message))

    this.#last = turn

    return await turn
  }

  async #handle (message: InboxMessage): Promise<boolean> {
    const id = hexOf(message.messageId)

    // whoever waited for the turn
    this.#closing.signal.throwIfAborted()

    if (await this.#seen.has(id)) {
      return false
    }

    await this.#init.handler(message)
    await this.#seen.add(id, message.from)
    this.#failures = 0

    return true
  }

  #report (err: unknown): void {
    if (!this.#closing.signal.aborted) {
      this.#init.init.onError?.(err)
    }
  }
}
