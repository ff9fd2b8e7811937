import { FrameTooLongError } from '../../framing.js'
import { ClientError, connectionError, failureError, protocolError } from '../errors.js'
import { Channel } from './channel.js'
import type { AnyResponse, ClientProtocol } from './protocol.js'
import type { Stream } from '@libp2p/interface'

/** A response of which it is known that it is the answer that was wanted. */
export type AnswerTo<Response, Wanted extends keyof Response> = Response & { [Name in Wanted]-?: NonNullable<Response[Name]> }

export interface CallsInit<Call, Response extends AnyResponse> {
  stream: Stream
  protocol: ClientProtocol<Call, Response>
  /** Of a frame that comes in. */
  maxFrameBytes: number
  /** What may pass between a request that was sent and its answer, in milliseconds. */
  timeoutMs: number
  /** The stream is over, for whatever reason. */
  onEnd: (err: ClientError) => void
}

interface Pending<Response> {
  readonly wanted: keyof Response
  /** Of the body that was sent. */
  readonly bytes: number
  /** Position of its last byte in what the outbox sends. */
  readonly position: number
  /** Set when that has been sent, on the monotonic clock. */
  sentAt?: number
  onPart?: (response: Response) => boolean
  resolve: (response: Response) => void
  reject: (err: unknown) => void
}

/** How much longer than `timeoutMs` an answer may take while other bytes come. */
const BUSY_FACTOR = 10

/** One stream of calls, each with its own answer. What is wrong with one answer is wrong with the stream. */
export class Calls<Call, Response extends AnyResponse> {
  readonly #init: CallsInit<Call, Response>
  readonly #channel: Channel
  readonly #pending = new Map<bigint, Pending<Response>>()
  #nextId = 1n
  #sweep?: ReturnType<typeof setInterval>
  #error?: ClientError
  /** Whether the other end has ever answered. */
  hasAnswered = false

  constructor (init: CallsInit<Call, Response>) {
    this.#init = init
    this.#channel = new Channel({
      stream: init.stream,
      maxFrameBytes: init.maxFrameBytes,
      onFrame: this.#onFrame,
      onEnd: err => { this.#end(err == null ? new ClientError('unreachable', 'the stream ended before the answer') : channelError(err)) }
    })
  }

  /** Set when the stream is over. */
  get error (): ClientError | undefined {
    return this.#error
  }

  /**
   * Resolves to the answer. `onPart` sees what comes under the call's id, and returns true for what comes before the answer.
   *
   * @throws ClientError, or the signal's reason
   */
  async call<Wanted extends keyof Response> (call: Call, wanted: Wanted, signal: AbortSignal, onPart?: (response: Response) => boolean): Promise<AnswerTo<Response, Wanted>> {
    signal.throwIfAborted()

    if (this.#error != null) {
      throw this.#error
    }

    const id = this.#nextId++
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    const { protocol } = this.#init
    const { outbox } = this.#channel

    this.#channel.send(protocol.encode(id, call))

    const pending: Pending<Response> = { wanted, bytes: protocol.bodyBytes(call), position: outbox.sent + outbox.waiting, onPart, resolve, reject }
    const onAbort = (): void => { this.#cancel(id, pending, signal.reason) }

    this.#pending.set(id, pending)
    this.#sweep ??= setInterval(this.#onSweep, Math.min(1000, this.#init.timeoutMs / 4))
    signal.addEventListener('abort', onAbort, { once: true })

    try {
      // #take saw to it that it is there
      return await promise as AnswerTo<Response, Wanted>
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** Resets the stream. What is under way rejects with this. */
  abort (err: ClientError): void {
    if (this.#error == null) {
      this.#fail(err)
    }
  }

  /** Closes the stream in peace. What is under way rejects with `closed`. */
  async close (): Promise<void> {
    if (this.#error == null) {
      const closing = this.#channel.close()

      this.#end(new ClientError('closed', 'the client was closed'))
      await closing
    }
  }

  #cancel (id: bigint, pending: Pending<Response>, reason: unknown): void {
    const { protocol } = this.#init

    // the answer comes even so
    if (this.#error == null && protocol.cancel != null) {
      this.#channel.send(protocol.encode(this.#nextId++, protocol.cancel(id)))
    }

    pending.reject(reason)
  }

  readonly #onFrame = (frame: Uint8Array): void => {
    try {
      this.#take(this.#init.protocol.decode(frame))
    } catch (err) {
      this.#fail(err instanceof ClientError ? err : protocolError('what came is no response', { cause: err }))
    }
  }

  #take (response: Response): void {
    const { id, failure } = response
    const pending = this.#pending.get(id)

    this.hasAnswered = true

    if (id === 0n && failure != null) {
      this.#refuseStream(failureError(failure))
      return
    }

    if (pending == null) {
      throw protocolError('an answer came to no request')
    }

    if (pending.onPart?.(response) === true) {
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
  #refuseStream (error: ClientError): void {
    if (error.code === 'message_too_large') {
      const [largest] = [...this.#pending.values()].sort((a, b) => b.bytes - a.bytes)

      largest?.reject(error)
    }

    this.#fail(error.retryable ? error : new ClientError('unreachable', `the node ended the stream: ${error.code}: ${error.message}`, { cause: error }))
  }

  readonly #onSweep = (): void => {
    const { outbox, lastByteAt } = this.#channel
    const { timeoutMs } = this.#init
    const now = performance.now()

    if (outbox.stuckSince != null && now - outbox.stuckSince > timeoutMs) {
      this.#fail(new ClientError('timed_out', `nothing could be sent for ${timeoutMs} ms`))
      return
    }

    for (const pending of this.#pending.values()) {
      if (pending.sentAt == null) {
        pending.sentAt = outbox.sent >= pending.position ? now : undefined
      } else if (now - pending.sentAt > timeoutMs && (now - lastByteAt > timeoutMs || now - pending.sentAt > BUSY_FACTOR * timeoutMs)) {
        this.#fail(new ClientError('timed_out', `no answer within ${timeoutMs} ms`))
        return
      }
    }
  }

  #fail (err: ClientError): void {
    this.#channel.abort(err)
    this.#end(err)
  }

  #end (err: ClientError): void {
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

export function channelError (err: Error): ClientError {
  return err instanceof FrameTooLongError ? protocolError(err.message, { cause: err }) : connectionError(err)
}
