import { FrameBuffer, FrameTooLongError } from '../framing.js'
import { MailboxError, toMailboxError } from './errors.js'
import { decodeRequest, encodeItem, encodeResponse, maxRequestBytes } from './messages.js'
import { Outbox } from './outbox.js'
import { encodePushed } from './pushed-frame.js'
import type { CallGroup, LimiterVerdict } from '../access/index.js'
import type { ErrorCode } from '../errors.js'
import type { Item } from '../storage/index.js'
import type { Bounds } from './bounds.js'
import type { CallCounts, CountedCall, Outcome } from './call-counts.js'
import type { Mailbox, MailboxCaller, MailboxSubscription } from './index.js'
import type { InflightShare } from './inflight.js'
import type { CallName, MailboxItem, MailboxRequest, MailboxResponse, RequestError } from './messages.js'
import type { ShownGrants } from './shown-grants.js'
import type { Logger, PeerId, Stream, StreamMessageEvent } from '@libp2p/interface'

/** What the streams of one connection have in common. */
export interface ConnectionState extends MailboxCaller {
  readonly peerId: PeerId
  readonly grants: ShownGrants
  /** Of what comes in, and of what goes out. */
  readonly incoming: InflightShare
  readonly outgoing: InflightShare
  /** Whether a paused stream holds its sender. */
  readonly canPause: boolean
  charge (group: CallGroup): LimiterVerdict
}

export interface MailboxStreamInit {
  stream: Stream
  connection: ConnectionState
  mailbox: Mailbox
  /** Of this door. */
  calls: CallCounts
  bounds: Bounds
  /** Monotonic, in milliseconds. */
  now: () => number
  /** The clock of the rules, in Unix milliseconds. */
  wallNow: () => number
  log: Logger
  isShuttingDown: () => boolean
  /** The stream is over. */
  onEnd: () => void
}

/** A request whose answer has not been given. */
interface OpenRequest {
  readonly id: bigint
  /** Of its frame. */
  readonly bytes: number
  /** What it asks for, and when it had come, for whoever counts. */
  call: CountedCall
  readonly begunMs: number
  isAnswered: boolean
  /** Nothing is done any more with its bytes. */
  isSettled: boolean
  subscription?: OpenSubscription
}

interface OpenSubscription {
  /** Undefined until the rules have said yes. */
  items?: MailboxSubscription
  readonly mailbox: string
  /** As it was sent. */
  readonly cursor: bigint
  credit: number
  isQueued: boolean
  /** The outbox' position after its last item. */
  lastAt: number
}

/** Items to be read for a request. */
interface Page {
  readonly open: OpenRequest
  /** What they may come to. */
  readonly bytes: number
  readonly read: () => Promise<void>
}

interface BegunFrame {
  since: number
  done: () => void
  isFirst: () => boolean
}

const GROUPS: Record<CallName, CallGroup | undefined> = {
  push: 'push',
  pull: 'pull',
  subscribe: 'pull',
  ack: 'ack',
  stat: 'other',
  grant: 'other',
  describe: 'other',
  // these cost nothing
  credit: undefined,
  cancel: undefined
}

const CALL_NAMES = Object.keys(GROUPS) as CallName[]
const MAX_CREDIT = Number.MAX_SAFE_INTEGER

/**
 * One stream of /enigma/mailbox/1: reads frames within the bounds, hands requests to the rules, and sends the answers. Work that comes of
 * the stream's events is done in microtasks, since a `pause()` within a `resume()` is undone.
 */
export class MailboxStream {
  readonly #init: MailboxStreamInit
  readonly #stream: Stream
  readonly #mailbox: Mailbox
  readonly #frames: FrameBuffer
  readonly #outbox: Outbox
  readonly #maxFrameBytes: number
  readonly #open = new Map<bigint, OpenRequest>()
  readonly #subscriptions = new Set<OpenRequest>()
  /** Pages to be read, one after the other. */
  readonly #pages: Page[] = []
  /** Requests under way other than subscriptions, cancelled ones included. */
  #running = 0
  /** Bytes of their frames. */
  #unanswered = 0
  /** Bytes of `#frames` that the share knows of. */
  #counted = 0
  #begun?: BegunFrame
  #isScheduled = false
  #isReadingPages = false
  /** Nothing more is read. */
  #isOver = false
  #isClosed = false
  #linger?: NodeJS.Timeout

  constructor (init: MailboxStreamInit) {
    this.#init = init
    this.#stream = init.stream
    this.#mailbox = init.mailbox
    this.#maxFrameBytes = maxRequestBytes(init.mailbox.describe().maxMessageBytes)
    this.#frames = new FrameBuffer(this.#maxFrameBytes)
    this.#outbox = new Outbox(init.stream, init.connection.outgoing, this.#onSent, init.now)
  }

  get subscriptions (): number {
    return this.#subscriptions.size
  }

  /** Since when the other end has taken no byte of what waits for it. */
  get stuckSince (): number | undefined {
    return this.#outbox.stuckSince
  }

  start (): void {
    const stream = this.#stream

    stream.addEventListener('close', this.#onClose)
    stream.addEventListener('end', this.#schedule)
    stream.addEventListener('remoteCloseWrite', this.#schedule)
    stream.addEventListener('message', this.#onMessage)

    if (stream.status !== 'open' && stream.status !== 'closing') {
      this.#onClose()
    } else {
      this.#schedule()
    }
  }

  /** Called about once a second: what is only a matter of time. */
  sweep (): void {
    const { bounds, now, connection } = this.#init
    const stuckMs = this.#outbox.stuckSince == null ? 0 : now() - this.#outbox.stuckSince

    if (this.#begun != null && now() - this.#begun.since >= bounds.frameMs) {
      this.#end('invalid_input', 'a frame did not come to its end in time')
      return
    }

    if (stuckMs >= bounds.stuckMs) {
      this.reset('the other end takes nothing')
      return
    }

    for (const request of this.#subscriptions) {
      if (stuckMs >= bounds.slowConsumerMs && this.#hasUnsent(request)) {
        this.#fail(request, new MailboxError('slow_consumer', 'items could not be sent'))
      } else if (connection.grants.size > 0 && request.subscription?.items != null) {
        this.#endUnlessAuthorized(request, request.subscription)
      }
    }
  }

  reset (reason: string): void {
    this.#stream.abort(new Error(reason))
    this.#onClose()
  }

  /** Takes no more requests, ends subscriptions, and closes when all else is answered. */
  shutDown (): void {
    for (const request of this.#subscriptions) {
      this.#fail(request, new MailboxError('shutting_down', 'the node is about to stop'))
    }

    this.#schedule()
  }

  readonly #onMessage = (event: StreamMessageEvent): void => {
    if (!this.#isOver) {
      this.#frames.append(event.data)
      this.#count()
      this.#schedule()
    }
  }

  readonly #schedule = (): void => {
    if (!this.#isScheduled && !this.#isClosed) {
      this.#isScheduled = true
      queueMicrotask(this.#run)
    }
  }

  readonly #run = (): void => {
    this.#isScheduled = false

    if (this.#isClosed || this.#isOver) {
      return
    }

    try {
      if (!this.#read()) {
        this.#hold()
      } else if (!this.#isOver) {
        this.#resume()
        this.#closeWhenDone()
      }
    } catch (err) {
      if (err instanceof FrameTooLongError) {
        this.#end('message_too_large', err.message)
      } else {
        this.#init.log.error('mailbox stream failed - %e', err)
        this.#end('internal_error', 'the node failed; its log says more')
      }
    }
  }

  /** Takes whole frames while there is room. @returns whether more may come */
  #read (): boolean {
    while (!this.#isOver) {
      if (!this.#mayRead()) {
        return false
      }

      const frame = this.#frames.next()

      if (frame == null) {
        if (this.#frames.announced() != null) {
          this.#begin()
        }

        return true
      }

      this.#begun?.done()
      this.#begun = undefined
      this.#count()
      this.#take(frame)
    }

    return true
  }

  #mayRead (): boolean {
    const { bounds, connection } = this.#init

    // what was answered makes room, and what was sent: both look here again
    if (this.#running >= bounds.openRequests || this.#outbox.waiting >= bounds.outboxBytes) {
      return false
    }

    const announced = this.#frames.announced()

    if (announced == null) {
      return true
    }

    if (this.#unanswered > 0 && this.#unanswered + announced > 2 * this.#maxFrameBytes) {
      return false
    }

    const isWhole = this.#frames.byteLength >= announced
    const isSmall = announced <= bounds.smallFrameBytes && this.#unanswered < bounds.smallFrameBytes

    if (isWhole || isSmall || connection.incoming.hasRoom(this.#begun?.isFirst())) {
      return true
    }

    if (connection.incoming.hasRoom(this.#begin().isFirst())) {
      return true
    }

    connection.incoming.whenRoom(this.#schedule)

    return false
  }

  /** From here on the frame counts as begun, whether it was before or not. */
  #begin (): BegunFrame {
    this.#begun ??= { since: this.#init.now(), ...this.#init.connection.incoming.begin(this.#evict) }

    return this.#begun
  }

  #hold (): void {
    const { bounds, connection, mailbox } = this.#init

    if (!connection.canPause) {
      if (this.#frames.byteLength > mailbox.describe().maxMessageBytes + bounds.unpausableSlackBytes) {
        this.reset('more than may wait has come, and this transport cannot be held')
      }
    } else if (this.#stream.readStatus === 'readable' && isOpen(this.#stream)) {
      this.#stream.pause()
    }
  }

  #resume (): void {
    if (this.#stream.readStatus !== 'paused') {
      return
    }

    try {
      this.#stream.resume()
    } catch (err) {
      // what was buffered is delivered even so
      if (isOpen(this.#stream)) {
        throw err
      }
    }
  }

  #take (bytes: Uint8Array): void {
    let request: MailboxRequest

    try {
      request = decodeRequest(bytes)
    } catch (err) {
      const { id, message } = err as RequestError

      this.#takeId(id, bytes.byteLength, open => { this.#fail(open, new MailboxError('invalid_input', message)) })
      return
    }

    this.#takeId(request.id, bytes.byteLength, open => { this.#call(open, request) })
  }

  #takeId (id: bigint, bytes: number, then: (open: OpenRequest) => void): void {
    if (id === 0n || this.#open.has(id)) {
      this.#end('invalid_input', id === 0n ? 'a request has an id, which is not 0' : 'this id is open already')
      return
    }

    const open: OpenRequest = { id, bytes, call: 'unknown', begunMs: this.#init.now(), isAnswered: false, isSettled: false }

    this.#open.set(id, open)
    this.#running++
    this.#unanswered += bytes
    this.#init.connection.incoming.change(bytes, bytes)
    then(open)
  }

  #call (open: OpenRequest, request: MailboxRequest): void {
    const { connection, isShuttingDown } = this.#init
    const call = CALL_NAMES.find(name => request[name] != null)
    const group = call == null ? 'other' : GROUPS[call]
    const verdict = group == null ? undefined : connection.charge(group)

    if (call != null && call !== 'credit' && call !== 'cancel') {
      open.call = call
    }

    if (verdict?.allowed === false) {
      this.#fail(open, new MailboxError('rate_limited', 'too many calls', { retryAfterMs: verdict.retryAfterMs }))
    } else if (isShuttingDown()) {
      this.#fail(open, new MailboxError('shutting_down', 'the node is about to stop'))
    } else if (request.push != null) {
      this.#mailbox.push(request.push).then(pushed => { this.#answerWith(open, encodePushed(open.id, pushed), pushed.duplicate ? 'duplicate' : 'ok') }, err => { this.#fail(open, err) })
    } else if (request.pull != null) {
      this.#pull(open, request.pull)
    } else if (request.ack != null) {
      const { mailbox, keys, upToSeq } = request.ack

      this.#mailbox.ack({ mailbox, keys, upToSeq: safe(upToSeq) }, connection).then(acked => { this.#answer(open, { id: open.id, acked }) }, err => { this.#fail(open, err) })
    } else if (request.subscribe != null) {
      this.#subscribe(open, request.subscribe)
    } else if (request.credit != null) {
      this.#credit(request.credit)
      this.#finish(open)
    } else if (request.cancel != null) {
      this.#cancel(request.cancel.request)
      this.#finish(open)
    } else if (request.stat != null) {
      this.#mailbox.stat(request.stat.mailbox, connection).then(stats => { this.#answer(open, { id: open.id, stats }) }, err => { this.#fail(open, err) })
    } else if (request.grant != null) {
      this.#grant(open, request.grant.envelope)
    } else if (request.describe != null) {
      this.#answer(open, { id: open.id, description: this.#mailbox.describe() })
    } else {
      this.#fail(open, new MailboxError('unknown_call', 'the request has no call that this node knows'))
    }
  }

  #pull (open: OpenRequest, { mailbox, cursor, maxItems, maxBytes }: NonNullable<MailboxRequest['pull']>): void {
    const { maxPullBytes } = this.#mailbox.describe()

    this.#readPage(open, maxBytes === 0 ? maxPullBytes : Math.min(maxBytes, maxPullBytes), async () => {
      if (open.isAnswered) {
        this.#settle(open)
        return
      }

      try {
        const page = await this.#mailbox.pull({ mailbox, cursor: safe(cursor), maxItems, maxBytes }, this.#init.connection)

        if (!open.isAnswered) {
          this.#send(open.id, page.items)
        }

        this.#answer(open, {
          id: open.id,
          pageEnd: { nextCursor: page.items.length === 0 ? cursor : BigInt(page.nextCursor), more: page.more, remainingEstimate: page.remainingEstimate }
        })
      } catch (err) {
        this.#fail(open, err)
      }
    })
  }

  #subscribe (open: OpenRequest, { mailbox, cursor, credit }: NonNullable<MailboxRequest['subscribe']>): void {
    if (this.#subscriptions.size >= this.#init.bounds.subscriptions) {
      this.#fail(open, new MailboxError('invalid_input', `a stream has ${this.#init.bounds.subscriptions} subscriptions at most`))
      return
    }

    const subscription: OpenSubscription = { mailbox, cursor, credit, isQueued: false, lastAt: 0 }

    open.subscription = subscription
    this.#subscriptions.add(open)
    // it holds none of the request's bytes
    this.#settle(open)

    const onReady = (): void => { this.#queue(open, subscription) }

    this.#mailbox.subscribe({ mailbox, cursor: safe(cursor), onReady }, this.#init.connection).then(items => {
      if (open.isAnswered || this.#isClosed) {
        items.close()
      } else {
        subscription.items = items
        this.#tally(open, 'ok')
        onReady()
      }
    }, err => { this.#fail(open, err) })
  }

  #queue (open: OpenRequest, subscription: OpenSubscription): void {
    if (!subscription.isQueued && !open.isAnswered && subscription.items?.isReady(subscription.credit) === true) {
      subscription.isQueued = true
      this.#readPage(open, this.#init.bounds.subscriptionPageBytes, async () => { await this.#readItems(open, subscription) })
    }
  }

  async #readItems (open: OpenRequest, subscription: OpenSubscription): Promise<void> {
    const { items: source } = subscription

    if (open.isAnswered || source == null) {
      return
    }

    try {
      const { items, caughtUp } = await source.read(Math.min(subscription.credit, this.#mailbox.describe().maxPullItems), this.#init.bounds.subscriptionPageBytes)

      subscription.isQueued = false

      if (open.isAnswered || this.#isClosed) {
        return
      }

      subscription.credit -= items.length
      this.#send(open.id, items)

      if (items.length > 0) {
        subscription.lastAt = this.#outbox.sent + this.#outbox.waiting
      }

      if (caughtUp) {
        // a cursor beyond all numbers is echoed as it was
        const cursor = source.cursor === safe(subscription.cursor) ? subscription.cursor : BigInt(source.cursor)

        this.#outbox.add([encodeResponse({ id: open.id, caughtUp: { cursor } })])
      }

      this.#queue(open, subscription)
    } catch (err) {
      this.#fail(open, err)
    }
  }

  #credit ({ subscription: id, items }: NonNullable<MailboxRequest['credit']>): void {
    const open = this.#open.get(id)

    if (open?.subscription != null) {
      open.subscription.credit = Math.min(open.subscription.credit + items, MAX_CREDIT)
      this.#queue(open, open.subscription)
    }
  }

  #cancel (id: bigint): void {
    const open = this.#open.get(id)

    if (open != null) {
      this.#reply(open, { id, failure: failure(new MailboxError('cancelled', 'cancelled')) })
    }
  }

  #grant (open: OpenRequest, envelope: Uint8Array): void {
    const { connection: { grants, peerId }, bounds, wallNow } = this.#init

    this.#mailbox.acceptGrant(envelope, peerId).then(grant => {
      if (grants.add(grant, wallNow())) {
        this.#answer(open, { id: open.id, granted: { expiresMs: grant.expiresMs } })
      } else {
        this.#fail(open, new MailboxError('invalid_input', `a connection has ${bounds.grants} grants at most`))
      }
    }, err => { this.#fail(open, err) })
  }

  #endUnlessAuthorized (open: OpenRequest, { mailbox }: OpenSubscription): void {
    this.#mailbox.isAuthorized(mailbox, 'subscribe', this.#init.connection).then(isAuthorized => {
      if (!isAuthorized) {
        this.#fail(open, new MailboxError('not_owner', 'the grant is over'))
      }
    }, err => { this.#fail(open, err) })
  }

  /** Pages are read one at a time, and only while there is room for what they hold. */
  #readPage (open: OpenRequest, bytes: number, read: () => Promise<void>): void {
    this.#pages.push({ open, bytes, read })
    this.#readPages()
  }

  readonly #readPages = (): void => {
    const { bounds, connection: { outgoing } } = this.#init

    if (this.#isReadingPages || this.#isClosed || this.#pages.length === 0 || this.#outbox.waiting >= bounds.outboxBytes) {
      return
    }

    if (!outgoing.hasRoom()) {
      outgoing.whenRoom(this.#readPages)
      return
    }

    const page = this.#pages.shift()

    if (page == null) {
      return
    }

    this.#isReadingPages = true
    outgoing.change(page.bytes)
    page.read().catch((err: unknown) => { this.#fail(page.open, err) }).finally(() => {
      outgoing.change(-page.bytes)
      this.#isReadingPages = false
      this.#readPages()
    })
  }

  #send (id: bigint, items: readonly Item[]): void {
    for (const item of items) {
      // the same fields; the store's bytes are the reader's own
      this.#outbox.add(encodeItem(id, item as MailboxItem))
    }
  }

  #answer (open: OpenRequest, response: MailboxResponse): void {
    this.#reply(open, response)
    this.#settle(open)
  }

  /** The same with a frame that is made already. */
  #answerWith (open: OpenRequest, frame: Uint8Array, outcome: Outcome): void {
    if (!open.isAnswered) {
      this.#tally(open, outcome)
      this.#forget(open)
      this.#outbox.add([frame])
    }

    this.#settle(open)
  }

  #fail (open: OpenRequest, err: unknown): void {
    const error = toMailboxError(err)

    if (error.code === 'internal_error') {
      this.#init.log.error('mailbox call failed - %e', error.cause)
    }

    this.#answer(open, { id: open.id, failure: failure(error) })
  }

  /** A call without an answer is done. */
  #finish (open: OpenRequest): void {
    this.#forget(open)
    this.#settle(open)
  }

  /** Once a request; what comes after it was cancelled is dropped. */
  #reply (open: OpenRequest, response: MailboxResponse): void {
    if (!open.isAnswered) {
      // a subscription counted when it began
      if (open.subscription?.items == null) {
        this.#tally(open, response.failure?.code ?? 'ok')
      }

      this.#forget(open)
      this.#outbox.add([encodeResponse(response)])
    }
  }

  #tally (open: OpenRequest, outcome: string): void {
    this.#init.calls.answered(open.call, outcome, this.#init.now() - open.begunMs)
  }

  #forget (open: OpenRequest): void {
    open.isAnswered = true
    this.#open.delete(open.id)

    if (open.subscription != null) {
      open.subscription.items?.close()
      this.#subscriptions.delete(open)
    }

    this.#schedule()
  }

  /** Nothing is done any more with the request's bytes. */
  #settle (open: OpenRequest): void {
    if (open.isSettled) {
      return
    }

    open.isSettled = true
    this.#running--
    this.#unanswered -= open.bytes
    this.#init.connection.incoming.change(-open.bytes, -open.bytes)
    this.#schedule()
  }

  #hasUnsent ({ subscription }: OpenRequest): boolean {
    return subscription != null && (subscription.lastAt > this.#outbox.sent || (subscription.isQueued && subscription.credit > 0))
  }

  readonly #onSent = (): void => {
    this.#readPages()
    this.#schedule()
  }

  /** Tells the share what waits to be read. */
  #count (): void {
    this.#init.connection.incoming.change(this.#frames.byteLength - this.#counted)
    this.#counted = this.#frames.byteLength
  }

  readonly #evict = (): void => {
    queueMicrotask(() => { this.#end('rate_limited', 'too much is on its way in, and this frame began first') })
  }

  #closeWhenDone (): void {
    const { isShuttingDown } = this.#init

    if (isShuttingDown() && this.#running === 0 && this.#subscriptions.size === 0) {
      this.#closeStream()
      return
    }

    if (!this.#stream.readableEnded || this.#running > 0) {
      return
    }

    if (this.#frames.byteLength > 0 || this.#begun != null) {
      this.#end('invalid_input', 'the stream ended within a frame')
      return
    }

    // no more credit can come: what has none is over
    if ([...this.#subscriptions].every(({ subscription }) => subscription?.credit === 0 && !subscription.isQueued && subscription.items != null)) {
      this.#closeStream()
    }
  }

  /** Says what is wrong with the stream as a whole, and ends it. */
  #end (code: ErrorCode, message: string): void {
    if (!this.#isOver && !this.#isClosed) {
      this.#outbox.add([encodeResponse({ id: 0n, failure: failure(new MailboxError(code, message)) })])
      this.#closeStream()
    }
  }

  /** Sends what waits, and closes both ways. */
  #closeStream (): void {
    this.#isOver = true
    this.#release()

    const { bounds: { lingerMs, shutdownLingerMs, stuckMs }, isShuttingDown } = this.#init

    this.#outbox.whenEmpty(() => {
      this.#close(isShuttingDown() ? shutdownLingerMs : lingerMs, stuckMs).catch(() => { this.reset('an ended stream could not be closed') })
    })
  }

  async #close (lingerMs: number, stuckMs: number): Promise<void> {
    await this.#stream.close({ signal: AbortSignal.timeout(stuckMs) })

    if (this.#isClosed) {
      return
    }

    this.#linger = setTimeout(() => { this.reset('the other end did not close an ended stream') }, lingerMs)
    // what else the other end says is of no interest, and must not keep the stream from closing
    await this.#stream.closeRead()
  }

  readonly #onClose = (): void => {
    if (this.#isClosed) {
      return
    }

    this.#isClosed = true
    this.#isOver = true
    clearTimeout(this.#linger)
    this.#release()
    this.#outbox.stop()
    this.#stream.removeEventListener('close', this.#onClose)
    this.#stream.removeEventListener('end', this.#schedule)
    this.#stream.removeEventListener('remoteCloseWrite', this.#schedule)
    this.#stream.removeEventListener('message', this.#onMessage)
    this.#init.onEnd()
  }

  /** Gives back what was read and not taken, and ends what nobody can answer to any more. Pushes under way are stored even so. */
  #release (): void {
    const { incoming, outgoing } = this.#init.connection

    this.#begun?.done()
    this.#begun = undefined
    incoming.forget(this.#schedule)
    outgoing.forget(this.#readPages)
    this.#frames.drain()
    this.#count()

    for (const open of [...this.#subscriptions]) {
      this.#forget(open)
    }

    // calls under way give their bytes back when they are done; pages that were not begun never are
    this.#pages.splice(0).forEach(({ open }) => { this.#settle(open) })

    for (const open of [...this.#open.values()]) {
      open.isAnswered = true
    }
  }
}

/** A number that the rules take: seqs are smaller than any that it is cut to. */
function safe (value: bigint): number {
  return value > MAX_SAFE ? Number.MAX_SAFE_INTEGER : Number(value)
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)

function failure ({ code, message, retryAfterMs, details }: MailboxError): NonNullable<MailboxResponse['failure']> {
  return { code, message, retryAfterMs, details: new Map(Object.entries(details)) }
}

function isOpen (stream: Stream): boolean {
  return stream.status === 'open' || stream.status === 'closing'
}
