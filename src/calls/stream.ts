import { FrameTooLongError } from '../framing.js'
import { Intake } from './intake.js'
import { Outbox } from './outbox.js'
import type { ErrorCode } from '../errors.js'
import type { CallBounds } from './bounds.js'
import type { CallConnection, CallHandler, OpenRequest } from './index.js'
import type { Logger, Stream, StreamMessageEvent } from '@libp2p/interface'

export interface CallStreamInit<Request extends OpenRequest, Handler extends CallHandler<Request>> {
  stream: Stream
  connection: CallConnection
  /** Of a request, in bytes and without its prefix. */
  maxRequestBytes: number
  /** What may wait, unread, of a stream that cannot be paused. */
  maxUnpausedBytes: number
  /** Makes what serves this stream. */
  serve: (stream: CallStream<Request>) => Handler
  bounds: CallBounds
  /** Monotonic, in milliseconds. */
  now: () => number
  log: Logger
  isShuttingDown: () => boolean
  /** The stream is over. */
  onEnd: () => void
}

/**
 * One stream of requests and answers: hands frames to the protocol's handler as they come, and sends the answers. Work
 * that comes of the stream's events is done in microtasks, since a `pause()` within a `resume()` is undone.
 */
export class CallStream<Request extends OpenRequest, Handler extends CallHandler<Request> = CallHandler<Request>> {
  /** What serves it. */
  readonly handler: Handler
  readonly #init: CallStreamInit<Request, Handler>
  readonly #stream: Stream
  readonly #intake: Intake
  readonly #outbox: Outbox
  readonly #open = new Map<bigint, Request>()
  /** Requests under way that were not settled, cancelled ones included. */
  #running = 0
  #isScheduled = false
  /** Nothing more is read. */
  #isOver = false
  #isClosed = false
  #linger?: NodeJS.Timeout

  constructor (init: CallStreamInit<Request, Handler>) {
    this.#init = init
    this.#stream = init.stream
    this.#outbox = new Outbox(init.stream, init.connection.outgoing, this.#onSent, init.now)
    this.#intake = new Intake({
      stream: init.stream,
      share: init.connection.incoming,
      canPause: init.connection.canPause,
      maxRequestBytes: init.maxRequestBytes,
      maxUnpausedBytes: init.maxUnpausedBytes,
      bounds: init.bounds,
      now: init.now,
      // what was answered makes room, and what was sent: both look here again
      mayTake: () => this.#running < init.bounds.openRequests && this.#outbox.waiting < init.bounds.outboxBytes,
      onFrame: frame => { this.handler.onFrame(frame) },
      onRoom: this.#schedule,
      onEvict: this.#evict,
      onOverflow: () => { this.reset('more than may wait has come, and this transport cannot be held') }
    })
    this.handler = init.serve(this)
  }

  /** No answer can be given any more. */
  get isClosed (): boolean {
    return this.#isClosed
  }

  /** Bytes of answers that the stream has not taken. */
  get waiting (): number {
    return this.#outbox.waiting
  }

  /** Bytes that the stream has taken. With `waiting` they make a position: what was sent at a lower one than `sent` has gone. */
  get sent (): number {
    return this.#outbox.sent
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
    const { bounds, now } = this.#init
    const stuckMs = this.#outbox.stuckSince == null ? 0 : now() - this.#outbox.stuckSince

    if (this.#intake.isLate) {
      this.#end('invalid_input', 'a frame did not come to its end in time')
    } else if (stuckMs >= bounds.stuckMs) {
      this.reset('the other end takes nothing')
    } else {
      this.handler.onSweep?.(stuckMs)
    }
  }

  reset (reason: string): void {
    this.#stream.abort(new Error(reason))
    this.#onClose()
  }

  /** Takes no more requests, and closes when all is answered. */
  shutDown (): void {
    this.handler.onShutDown?.()
    this.#schedule()
  }

  /** Takes a request that a frame held. @returns false when its id is 0 or open, which ends the stream */
  open (request: Request): boolean {
    const { id, bytes } = request

    if (id === 0n || this.#open.has(id)) {
      this.#end('invalid_input', id === 0n ? 'a request has an id, which is not 0' : 'this id is open already')
      return false
    }

    this.#open.set(id, request)
    this.#running++
    this.#intake.take(bytes)

    return true
  }

  /** The request that is open under this id. */
  find (id: bigint): Request | undefined {
    return this.#open.get(id)
  }

  /** Sends a frame, or the parts of one, that ends no request. */
  send (parts: readonly Uint8Array[]): void {
    this.#outbox.add(parts)
  }

  /** Gives a request its last frame, if nobody did, and settles it. */
  answer (request: Request, frame: Uint8Array): void {
    this.reply(request, frame)
    this.settle(request)
  }

  /** Gives a request its last frame while something is still done with its bytes. Once: what comes later is dropped. */
  reply (request: Request, frame: Uint8Array): void {
    if (!request.isAnswered) {
      this.forget(request)
      this.#outbox.add([frame])
    }
  }

  /** Ends a request that has no answer. */
  finish (request: Request): void {
    this.forget(request)
    this.settle(request)
  }

  /** It gets no answer any more. */
  forget (request: Request): void {
    request.isAnswered = true
    this.#open.delete(request.id)
    this.handler.onForgotten?.(request)
    this.#schedule()
  }

  /** Nothing is done any more with the request's bytes, and it holds no place among the open requests of the stream. */
  settle (request: Request): void {
    if (request.isSettled) {
      return
    }

    request.isSettled = true
    this.#running--
    this.#intake.settle(request.bytes)
    this.#schedule()
  }

  /** What `mayEnd` says may be another now. */
  lookAgain (): void {
    this.#schedule()
  }

  readonly #onMessage = (event: StreamMessageEvent): void => {
    if (!this.#isOver) {
      this.#intake.append(event.data)
      this.#schedule()
    }
  }

  readonly #onSent = (): void => {
    this.handler.onSent?.()
    this.#schedule()
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
      if (!this.#intake.read()) {
        this.#intake.hold()
      } else if (!this.#isOver) {
        this.#intake.resume()
        this.#closeWhenDone()
      }
    } catch (err) {
      if (err instanceof FrameTooLongError) {
        this.#end('message_too_large', err.message)
      } else {
        this.#init.log.error('stream failed - %e', err)
        this.#end('internal_error', 'the node failed; its log says more')
      }
    }
  }

  readonly #evict = (): void => {
    queueMicrotask(() => { this.#end('rate_limited', 'too much is on its way in, and this frame began first') })
  }

  #closeWhenDone (): void {
    if (this.#running > 0) {
      return
    }

    if (this.#init.isShuttingDown() && this.#mayEnd(true)) {
      this.#closeStream()
      return
    }

    if (!this.#stream.readableEnded) {
      return
    }

    if (this.#intake.isWithinFrame) {
      this.#end('invalid_input', 'the stream ended within a frame')
    } else if (this.#mayEnd(false)) {
      this.#closeStream()
    }
  }

  #mayEnd (isShuttingDown: boolean): boolean {
    return this.handler.mayEnd?.(isShuttingDown) ?? true
  }

  /** Says what is wrong with the stream as a whole, and ends it. */
  #end (code: ErrorCode, message: string): void {
    if (!this.#isOver && !this.#isClosed) {
      this.#outbox.add([this.handler.encodeFailure(0n, code, message)])
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

  /** Takes nothing more, and ends what nobody can answer to any more. */
  #release (): void {
    this.#intake.stop()
    this.handler.onRelease?.()

    for (const request of [...this.#open.values()]) {
      request.isAnswered = true
    }
  }
}
