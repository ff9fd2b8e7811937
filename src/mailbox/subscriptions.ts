import { MailboxError } from './errors.js'
import { encodeItem, encodeResponse } from './messages.js'
import { safeNumber } from './safe-number.js'
import type { AnswerQueue, CallStream } from '../calls/index.js'
import type { Bounds } from './bounds.js'
import type { Mailbox, MailboxCaller } from './index.js'
import type { MailboxItem, MailboxRequest } from './messages.js'
import type { MailboxCall, OpenSubscription } from './open-calls.js'

export interface StreamSubscriptionsInit {
  stream: CallStream<MailboxCall>
  caller: MailboxCaller
  mailbox: Mailbox
  bounds: Bounds
  /** Where pages wait for their turn. */
  pages: AnswerQueue<MailboxCall>
  /** Whether one that the rules have allowed may be taken away again. */
  mayBeTaken: () => boolean
  /** The rules have said yes to this one. */
  onBegun: (open: MailboxCall) => void
  onSlowConsumer: () => void
  fail: (open: MailboxCall, err: unknown) => void
}

const MAX_CREDIT = Number.MAX_SAFE_INTEGER

/** The subscriptions of one stream: reads what their credit allows and their turn brings, and ends those that may not go on. */
export class StreamSubscriptions {
  readonly #init: StreamSubscriptionsInit
  readonly #open = new Set<MailboxCall>()

  constructor (init: StreamSubscriptionsInit) {
    this.#init = init
  }

  get size (): number {
    return this.#open.size
  }

  add (open: MailboxCall, { mailbox, cursor, credit }: NonNullable<MailboxRequest['subscribe']>): void {
    const { stream, bounds, caller, fail } = this.#init

    if (this.#open.size >= bounds.subscriptions) {
      fail(open, new MailboxError('invalid_input', `a stream has ${bounds.subscriptions} subscriptions at most`))
      return
    }

    const subscription: OpenSubscription = { mailbox, cursor, credit, isQueued: false, lastAt: 0 }

    open.subscription = subscription
    this.#open.add(open)
    // it holds none of the request's bytes
    stream.settle(open)

    const onReady = (): void => { this.#queue(open, subscription) }

    this.#init.mailbox.subscribe({ mailbox, cursor: safeNumber(cursor), onReady }, caller).then(items => {
      if (open.isAnswered || stream.isClosed) {
        items.close()
      } else {
        subscription.items = items
        this.#init.onBegun(open)
        onReady()
      }
    }, err => { fail(open, err) })
  }

  addCredit ({ subscription: id, items }: NonNullable<MailboxRequest['credit']>): void {
    const open = this.#init.stream.find(id)

    if (open?.subscription != null) {
      open.subscription.credit = Math.min(open.subscription.credit + items, MAX_CREDIT)
      this.#queue(open, open.subscription)
    }
  }

  /** It has had its last answer. */
  onForgotten (open: MailboxCall): void {
    if (open.subscription != null) {
      open.subscription.items?.close()
      this.#open.delete(open)
    }
  }

  onSweep (stuckMs: number): void {
    const { bounds, mayBeTaken, onSlowConsumer, fail } = this.#init

    for (const open of this.#open) {
      if (stuckMs >= bounds.slowConsumerMs && this.#hasUnsent(open)) {
        onSlowConsumer()
        fail(open, new MailboxError('slow_consumer', 'items could not be sent'))
      } else if (mayBeTaken() && open.subscription?.items != null) {
        this.#endUnlessAuthorized(open, open.subscription)
      }
    }
  }

  onShutDown (): void {
    for (const open of this.#open) {
      this.#init.fail(open, new MailboxError('shutting_down', 'the node is about to stop'))
    }
  }

  onRelease (): void {
    for (const open of [...this.#open]) {
      this.#init.stream.forget(open)
    }
  }

  /** Whether none has anything to wait for when no more credit can come. */
  get areOver (): boolean {
    return [...this.#open].every(({ subscription }) => subscription?.credit === 0 && !subscription.isQueued && subscription.items != null)
  }

  #queue (open: MailboxCall, subscription: OpenSubscription): void {
    if (!subscription.isQueued && !open.isAnswered && subscription.items?.isReady(subscription.credit) === true) {
      const { bounds, mailbox, pages } = this.#init

      subscription.isQueued = true
      // at least one item, whatever its size
      pages.add(open, Math.max(bounds.subscriptionPageBytes, mailbox.describe().maxMessageBytes), async () => { await this.#readItems(open, subscription) })
    }
  }

  async #readItems (open: MailboxCall, subscription: OpenSubscription): Promise<void> {
    const { stream, mailbox, bounds, fail } = this.#init
    const { items: source } = subscription

    if (open.isAnswered || source == null) {
      return
    }

    try {
      const { items, caughtUp } = await source.read(Math.min(subscription.credit, mailbox.describe().maxPullItems), bounds.subscriptionPageBytes)

      subscription.isQueued = false

      if (open.isAnswered || stream.isClosed) {
        return
      }

      subscription.credit -= items.length
      items.forEach(item => { stream.send(encodeItem(open.id, item as MailboxItem)) })

      if (items.length > 0) {
        subscription.lastAt = stream.sent + stream.waiting
      }

      if (caughtUp) {
        // a cursor beyond all numbers is echoed as it was
        const cursor = source.cursor === safeNumber(subscription.cursor) ? subscription.cursor : BigInt(source.cursor)

        stream.send([encodeResponse({ id: open.id, caughtUp: { cursor } })])
      }

      this.#queue(open, subscription)
      stream.lookAgain()
    } catch (err) {
      fail(open, err)
    }
  }

  #endUnlessAuthorized (open: MailboxCall, { mailbox }: OpenSubscription): void {
    const { caller, fail } = this.#init

    this.#init.mailbox.isAuthorized(mailbox, 'subscribe', caller).then(isAuthorized => {
      if (!isAuthorized) {
        fail(open, new MailboxError('not_owner', 'the grant is over, or the mailbox has another owner'))
      }
    }, err => { fail(open, err) })
  }

  #hasUnsent ({ subscription }: MailboxCall): boolean {
    const { sent } = this.#init.stream

    return subscription != null && (subscription.lastAt > sent || (subscription.isQueued && subscription.credit > 0))
  }
}
