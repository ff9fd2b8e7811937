import { AnswerQueue, failureOf } from '../calls/index.js'
import { MailboxError, toMailboxError } from './errors.js'
import { decodeRequest, encodeItem, encodeResponse } from './messages.js'
import { encodePushed } from './pushed-frame.js'
import { safeNumber } from './safe-number.js'
import { StreamSubscriptions } from './subscriptions.js'
import type { CallGroup } from '../access/index.js'
import type { CallConnection, CallHandler, CallStream } from '../calls/index.js'
import type { ErrorCode } from '../errors.js'
import type { Bounds } from './bounds.js'
import type { CallCounts, Outcome } from './call-counts.js'
import type { Mailbox, MailboxCaller } from './index.js'
import type { CallName, MailboxItem, MailboxRequest, MailboxResponse, RequestError } from './messages.js'
import type { MailboxCall } from './open-calls.js'
import type { ShownGrants } from './shown-grants.js'
import type { Logger } from '@libp2p/interface'

/** What the streams of one connection have in common. */
export interface MailboxConnection extends CallConnection, MailboxCaller {
  readonly peerId: CallConnection['peerId']
  readonly grants: ShownGrants
}

export interface MailboxStreamInit {
  stream: CallStream<MailboxCall>
  connection: MailboxConnection
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

/** Without a function for each request. */
function callOf (request: MailboxRequest): CallName | undefined {
  for (const name of CALL_NAMES) {
    if (request[name] != null) {
      return name
    }
  }

  return undefined
}

/** One stream of /enigma/mailbox/1: hands requests to the rules, and reads the pages that are asked for. */
export class MailboxStream implements CallHandler<MailboxCall> {
  readonly #init: MailboxStreamInit
  readonly #stream: CallStream<MailboxCall>
  readonly #mailbox: Mailbox
  readonly #pages: AnswerQueue<MailboxCall>
  readonly #subscriptions: StreamSubscriptions

  constructor (init: MailboxStreamInit) {
    const { stream, bounds, connection, mailbox } = init
    const { ownerProof } = mailbox.describe()

    this.#init = init
    this.#stream = stream
    this.#mailbox = mailbox
    this.#pages = new AnswerQueue({
      outgoing: connection.outgoing,
      atOnce: 1,
      mayRun: () => !stream.isClosed && stream.waiting < bounds.outboxBytes,
      onError: (call, err) => { this.#fail(call, err) }
    })
    this.#subscriptions = new StreamSubscriptions({
      stream,
      caller: connection,
      mailbox,
      bounds,
      pages: this.#pages,
      // a grant may be over; a handle may get another owner. A PeerId is its own for ever
      mayBeTaken: () => connection.grants.size > 0 || ownerProof !== 'peer-ids',
      onBegun: open => { this.#tally(open, 'ok') },
      onSlowConsumer: () => { init.calls.slowConsumers++ },
      fail: (open, err) => { this.#fail(open, err) }
    })
  }

  get subscriptions (): number {
    return this.#subscriptions.size
  }

  onFrame (frame: Uint8Array): void {
    let request: MailboxRequest
    let error: MailboxError | undefined

    try {
      request = decodeRequest(frame)
    } catch (err) {
      const { id, message } = err as RequestError

      request = { id }
      error = new MailboxError('invalid_input', message)
    }

    const call = callOf(request)
    const group = call == null ? 'other' : GROUPS[call]
    // what is no request costs a call too, also when it ends the stream
    const verdict = group == null ? undefined : this.#init.connection.charge(group)
    const open: MailboxCall = {
      id: request.id,
      bytes: frame.byteLength,
      call: call == null || call === 'credit' || call === 'cancel' ? 'unknown' : call,
      begunMs: this.#init.now(),
      isAnswered: false,
      isSettled: false,
      subscription: undefined
    }

    if (!this.#stream.open(open)) {
      return
    }

    if (verdict?.allowed === false) {
      this.#fail(open, new MailboxError('rate_limited', 'too many calls', { retryAfterMs: verdict.retryAfterMs }))
    } else if (error != null) {
      this.#fail(open, error)
    } else {
      this.#call(open, request)
    }
  }

  encodeFailure (id: bigint, code: ErrorCode, message: string): Uint8Array {
    return encodeResponse({ id, failure: failureOf(new MailboxError(code, message)) })
  }

  onForgotten (open: MailboxCall): void {
    this.#subscriptions.onForgotten(open)
  }

  onSent (): void {
    this.#pages.run()
  }

  onSweep (stuckMs: number): void {
    this.#subscriptions.onSweep(stuckMs)
  }

  onShutDown (): void {
    this.#subscriptions.onShutDown()
  }

  mayEnd (isShuttingDown: boolean): boolean {
    // no more credit can come when the other end has closed
    return isShuttingDown ? this.#subscriptions.size === 0 : this.#subscriptions.areOver
  }

  /** Pushes under way are stored even so. Pages that were not begun never are. */
  onRelease (): void {
    this.#subscriptions.onRelease()
    this.#pages.drop().forEach(request => { this.#stream.settle(request) })
  }

  #call (open: MailboxCall, request: MailboxRequest): void {
    const { connection, isShuttingDown } = this.#init

    if (request.credit != null) {
      this.#stream.finish(open)
      this.#subscriptions.addCredit(request.credit)
    } else if (request.cancel != null) {
      // it cannot name itself
      this.#stream.finish(open)
      this.#cancel(request.cancel.request)
    } else if (isShuttingDown()) {
      this.#fail(open, new MailboxError('shutting_down', 'the node is about to stop'))
    } else if (request.push != null) {
      this.#push(open, request.push)
    } else if (request.pull != null) {
      this.#pull(open, request.pull)
    } else if (request.ack != null) {
      const { mailbox, keys, upToSeq } = request.ack

      this.#mailbox.ack({ mailbox, keys, upToSeq: safeNumber(upToSeq) }, connection).then(acked => { this.#answer(open, { id: open.id, acked }) }, err => { this.#fail(open, err) })
    } else if (request.subscribe != null) {
      this.#subscriptions.add(open, request.subscribe)
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

  #push (open: MailboxCall, push: NonNullable<MailboxRequest['push']>): void {
    this.#mailbox.push(push).then(pushed => { this.#answerWith(open, encodePushed(open.id, pushed), pushed.duplicate ? 'duplicate' : 'ok') }, err => { this.#fail(open, err) })
  }

  #pull (open: MailboxCall, { mailbox, cursor, maxItems, maxBytes }: NonNullable<MailboxRequest['pull']>): void {
    const { maxMessageBytes, maxPullBytes } = this.#mailbox.describe()
    const wanted = maxBytes === 0 ? maxPullBytes : Math.min(maxBytes, maxPullBytes)

    // at least one item, whatever its size
    this.#pages.add(open, Math.max(wanted, maxMessageBytes), async () => {
      if (open.isAnswered) {
        this.#stream.settle(open)
        return
      }

      try {
        const page = await this.#mailbox.pull({ mailbox, cursor: safeNumber(cursor), maxItems, maxBytes }, this.#init.connection)

        if (!open.isAnswered) {
          page.items.forEach(item => { this.#stream.send(encodeItem(open.id, item as MailboxItem)) })
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

  #cancel (id: bigint): void {
    const open = this.#stream.find(id)

    if (open != null) {
      this.#reply(open, { id, failure: failureOf(new MailboxError('cancelled', 'cancelled')) })
    }
  }

  #grant (open: MailboxCall, envelope: Uint8Array): void {
    const { connection: { grants, peerId }, bounds, wallNow } = this.#init

    this.#mailbox.acceptGrant(envelope, peerId).then(grant => {
      if (grants.add(grant, wallNow())) {
        this.#answer(open, { id: open.id, granted: { expiresMs: grant.expiresMs } })
      } else {
        this.#fail(open, new MailboxError('invalid_input', `a connection has ${bounds.grants} grants at most`))
      }
    }, err => { this.#fail(open, err) })
  }

  #answer (open: MailboxCall, response: MailboxResponse): void {
    this.#reply(open, response)
    this.#stream.settle(open)
  }

  /** The same with a frame that is made already. */
  #answerWith (open: MailboxCall, frame: Uint8Array, outcome: Outcome): void {
    if (!open.isAnswered) {
      this.#tally(open, outcome)
    }

    this.#stream.answer(open, frame)
  }

  #fail (open: MailboxCall, err: unknown): void {
    const error = toMailboxError(err)

    if (error.code === 'internal_error') {
      this.#init.log.error('mailbox call failed - %e', error.cause)
    }

    this.#answer(open, { id: open.id, failure: failureOf(error) })
  }

  /** Once a request; what comes after it was cancelled is dropped. */
  #reply (open: MailboxCall, response: MailboxResponse): void {
    if (!open.isAnswered) {
      // a subscription counted when it began
      if (open.subscription?.items == null) {
        this.#tally(open, response.failure?.code ?? 'ok')
      }

      this.#stream.reply(open, encodeResponse(response))
    }
  }

  #tally (open: MailboxCall, outcome: string): void {
    this.#init.calls.answered(open.call, outcome, this.#init.now() - open.begunMs)
  }
}
