import { FrameTooLongError } from '../../framing.js'
import { encodePush, encodeRequest } from '../../mailbox/messages.js'
import { decodeResponse } from '../../mailbox/responses.js'
import { connectionError, failureError, MailboxClientError, protocolError } from '../errors.js'
import { Channel } from './channel.js'
import type { MailboxItem, MailboxRequest, MailboxResponse } from '../../mailbox/messages.js'
import type { Stream } from '@libp2p/interface'

/** Pushes are encoded around their bodies. */
export type Call = Omit<MailboxRequest, 'id'>
/** Answers that are the only one of their call. */
export type Answer = Exclude<keyof MailboxResponse, 'id' | 'failure' | 'item' | 'caughtUp'>

export interface CallsInit {
  stream: Stream
  /** Of a frame that comes in. */
  maxFrameBytes: number
  /** What may pass between a request that was sent and its answer, in milliseconds. */
  timeoutMs: number
  /** The stream is over, for whatever reason. */
  onEnd: (err: MailboxClientError) => void
}

interface Pending {
  readonly wanted: Answer
  /** Of the body that was sent. */
  readonly bytes: number
  /** Position of its last byte in what the outbox sends. */
  readonly position: number
  /** Set when that has been sent, on the monotonic clock. */
  sentAt?: number
  /** Nobody waits any more; the answer comes nevertheless. */
  isCancelled: boolean
  onItem?: (item: MailboxItem) => void
  resolve: (response: MailboxResponse) => void
  reject: (err: unknown) => void
}

/** How much longer than `timeoutMs` an answer may take while other bytes come. */
const BUSY_FACTOR = 10

/** One stream of calls, each with its own answer. What is wrong with one answer is wrong with the stream. */
export class Calls {
  readonly #init: CallsInit
  readonly #channel: Channel
  readonly #pending = new Map<bigint, Pending>()
  #nextId = 1n
  #sweep?: ReturnType<typeof setInterval>
  #error?: MailboxClientError
  /** Whether the other end has ever answered. */
  hasAnswered = false

  constructor (init: CallsInit) {
    this.#init = init
    this.#channel = new Channel({
      stream: init.stream,
      maxFrameBytes: init.maxFrameBytes,
      onFrame: this.#onFrame,
      onEnd: err => { this.#end(err == null ? new MailboxClientError('unreachable', 'the stream ended before the answer') : channelError(err)) }
    })
  }

  /** Set when the stream is over. */
  get error (): MailboxClientError | undefined {
    return this.#error
  }

  /**
   * Resolves to the answer. With `onItem` items may come before it.
   *
   * @throws MailboxClientError, or the signal's reason
   */
  async call (call: Call, wanted: Answer, signal: AbortSignal, onItem?: (item: MailboxItem) => void): Promise<MailboxResponse> {
    signal.throwIfAborted()

    if (this.#error != null) {
      throw this.#error
    }

    const id = this.#nextId++
    const { promise, resolve, reject } = Promise.withResolvers<MailboxResponse>()
    const { outbox } = this.#channel

    this.#channel.send(call.push != null ? encodePush(id, call.push) : [encodeRequest({ id, ...call })])

    const pending: Pending = { wanted, bytes: call.push?.body.byteLength ?? 0, position: outbox.sent + outbox.waiting, isCancelled: false, onItem, resolve, reject }
    const onAbort = (): void => { this.#cancel(id, pending, signal.reason) }

    this.#pending.set(id, pending)
    this.#sweep ??= setInterval(this.#onSweep, Math.min(1000, this.#init.timeoutMs / 4))
    signal.addEventListener('abort', onAbort, { once: true })

    try {
      return await promise
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** Resets the stream. What is under way rejects with this. */
  abort (err: MailboxClientError): void {
    if (this.#error == null) {
      this.#fail(err)
    }
  }

  /** Closes the stream in peace. What is under way rejects with `closed`. */
  async close (): Promise<void> {
    if (this.#error == null) {
      const closing = this.#channel.close()

      this.#end(new MailboxClientError('closed', 'the client was closed'))
      await closing
    }
  }

  #cancel (id: bigint, pending: Pending, reason: unknown): void {
    if (this.#error == null) {
      pending.isCancelled = true
      // costs nothing: no answer of its own
      this.#channel.send([encodeRequest({ id: this.#nextId++, cancel: { request: id } })])
    }

    pending.reject(reason)
  }

  readonly #onFrame = (frame: Uint8Array): void => {
    try {
      this.#take(decodeResponse(frame))
    } catch (err) {
      this.#fail(err instanceof MailboxClientError ? err : protocolError('what came is no response', { cause: err }))
    }
  }

  #take (response: MailboxResponse): void {
    const { id, failure, item } = response
    const pending = this.#pending.get(id)

    this.hasAnswered = true

    if (id === 0n && failure != null) {
      this.#refuseStream(failureError(failure))
      return
    }

    if (pending == null) {
      throw protocolError('an answer came to no request')
    }

    if (item != null) {
      if (pending.onItem == null) {
        throw protocolError('an item came where none was asked for')
      }

      if (!pending.isCancelled) {
        pending.onItem(item)
      }

      return
    }

    if (failure == null && response[pending.wanted] == null) {
      throw protocolError('the answer is to another call')
    }

    this.#pending.delete(id)
    this.#stopSweep()

    if (failure != null) {
      pending.reject(failureError(failure))
    } else {
      pending.resolve(response)
    }
  }

  /** The node ends the stream. A frame that was too long is the fault of the largest push alone; the others may be asked again. */
  #refuseStream (error: MailboxClientError): void {
    if (error.code === 'message_too_large') {
      const [largest] = [...this.#pending.values()].sort((a, b) => b.bytes - a.bytes)

      largest?.reject(error)
    }

    this.#fail(error.retryable ? error : new MailboxClientError('unreachable', `the node ended the stream: ${error.code}: ${error.message}`, { cause: error }))
  }

  readonly #onSweep = (): void => {
    const { outbox, lastByteAt } = this.#channel
    const { timeoutMs } = this.#init
    const now = performance.now()

    if (outbox.stuckSince != null && now - outbox.stuckSince > timeoutMs) {
      this.#fail(new MailboxClientError('timed_out', `nothing could be sent for ${timeoutMs} ms`))
      return
    }

    for (const pending of this.#pending.values()) {
      if (pending.sentAt == null) {
        pending.sentAt = outbox.sent >= pending.position ? now : undefined
      } else if (now - pending.sentAt > timeoutMs && (now - lastByteAt > timeoutMs || now - pending.sentAt > BUSY_FACTOR * timeoutMs)) {
        this.#fail(new MailboxClientError('timed_out', `no answer within ${timeoutMs} ms`))
        return
      }
    }
  }

  #fail (err: MailboxClientError): void {
    this.#channel.abort(err)
    this.#end(err)
  }

  #end (err: MailboxClientError): void {
    if (this.#error != null) {
      return
    }

    this.#error = err

    for (const { reject } of this.#pending.values()) {
      reject(err)
    }

    this.#pending.clear()
    this.#stopSweep()
    this.#init.onEnd(err)
  }

  #stopSweep (): void {
    if (this.#pending.size === 0) {
      clearInterval(this.#sweep)
      this.#sweep = undefined
    }
  }
}

export function channelError (err: Error): MailboxClientError {
  return err instanceof FrameTooLongError ? protocolError(err.message, { cause: err }) : connectionError(err)
}
