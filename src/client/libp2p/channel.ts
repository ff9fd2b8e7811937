import { FrameBuffer } from '../../framing.js'
import { Outbox } from '../../calls/outbox.js'
import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'

/** How long the other end may take to close a stream that is done. */
const LINGER_MS = 1000

export interface ChannelInit {
  stream: Stream
  /** Of a frame that comes in, without its prefix. */
  maxFrameBytes: number
  onFrame: (frame: Uint8Array) => void
  /** Nothing more comes. Called once, after the last frame; with what is wrong, if anything. */
  onEnd: (err?: Error) => void
  /** Bytes have come. */
  onBytes?: () => void
}

/**
 * One stream as frames. What one tick gives to `send` goes out in one write; a stream that has to drain holds it. Work that comes of the
 * stream's events is done in microtasks, since a `pause()` within a `resume()` is undone.
 */
export class Channel {
  readonly outbox: Outbox
  readonly #init: ChannelInit
  readonly #stream: Stream
  readonly #frames: FrameBuffer
  #isScheduled = false
  #isHeld = false
  #isOver = false
  #hasEnded = false
  #error?: Error
  /** When the last byte came, on the monotonic clock. */
  lastByteAt = performance.now()

  constructor (init: ChannelInit) {
    const { stream } = init

    this.#init = init
    this.#stream = stream
    this.#frames = new FrameBuffer(init.maxFrameBytes)
    this.outbox = new Outbox(stream, { change: () => {} }, () => {}, () => performance.now())
    stream.addEventListener('close', this.#onClose)
    stream.addEventListener('end', this.#onStreamEnd)
    stream.addEventListener('message', this.#onMessage)

    if (stream.status !== 'open' && stream.status !== 'closing') {
      this.#onStreamEnd()
    }
  }

  get isOver (): boolean {
    return this.#isOver
  }

  /** Bytes that have come and are no whole frame yet, or wait for `release`. */
  get buffered (): number {
    return this.#frames.byteLength
  }

  send (parts: readonly Uint8Array[]): void {
    this.outbox.add(parts)
  }

  /** Takes no more frames until `release`, and holds the other end as far as the transport can. */
  hold (): void {
    this.#isHeld = true
    this.#schedule()
  }

  release (): void {
    this.#isHeld = false
    this.#schedule()
  }

  /** Resets the stream. `onEnd` is not called. */
  abort (err: Error): void {
    this.#finish()
    this.#stream.abort(err)
  }

  /** Sends what waits and closes both ways; resets the stream when the other end does not. `onEnd` is not called. */
  async close (): Promise<void> {
    if (this.#isOver) {
      return
    }

    const stream = this.#stream
    const closed = Promise.withResolvers<void>()
    const onClosed = (): void => { closed.resolve() }
    const timer = setTimeout(() => {
      stream.abort(new Error('the other end did not close the stream'))
      onClosed()
    }, LINGER_MS)

    this.#stopReading()
    stream.addEventListener('close', onClosed)

    if (!isOpen(stream)) {
      onClosed()
    }

    try {
      await Promise.race([closed.promise, this.#closeWays()])
      await closed.promise
    } catch {
      stream.abort(new Error('the stream could not be closed'))
    } finally {
      clearTimeout(timer)
      this.outbox.stop()
      stream.removeEventListener('close', onClosed)
    }
  }

  async #closeWays (): Promise<void> {
    await new Promise<void>(resolve => { this.outbox.whenEmpty(resolve) })
    await this.#stream.close()
    await this.#stream.closeRead()
  }

  readonly #onMessage = (event: StreamMessageEvent): void => {
    this.lastByteAt = performance.now()
    this.#frames.append(event.data)
    this.#init.onBytes?.()
    this.#schedule()
  }

  readonly #onStreamEnd = (): void => {
    this.#hasEnded = true
    this.#schedule()
  }

  readonly #onClose = (event: StreamCloseEvent): void => {
    this.#error = event.error
    this.#onStreamEnd()
  }

  #schedule (): void {
    if (!this.#isScheduled && !this.#isOver) {
      this.#isScheduled = true
      queueMicrotask(this.#run)
    }
  }

  readonly #run = (): void => {
    this.#isScheduled = false

    try {
      this.#read()
    } catch (err) {
      this.#end(err instanceof Error ? err : new Error(String(err)))
      return
    }

    if (this.#isOver) {
      return
    }

    if (this.#isHeld) {
      if (isOpen(this.#stream) && this.#stream.readStatus === 'readable') {
        this.#stream.pause()
      }
    } else if (this.#stream.readStatus === 'paused') {
      this.#resume()
    } else if (this.#hasEnded) {
      this.#end(this.#error)
    }
  }

  #read (): void {
    while (!this.#isHeld && !this.#isOver) {
      const frame = this.#frames.next()

      if (frame == null) {
        // tells of one that is too long before it is here
        this.#frames.announced()
        return
      }

      this.#init.onFrame(frame)
    }
  }

  #resume (): void {
    try {
      this.#stream.resume()
    } catch (err) {
      // what was buffered is delivered even so
      if (isOpen(this.#stream)) {
        throw err
      }
    }

    this.#schedule()
  }

  #end (err?: Error): void {
    if (!this.#isOver) {
      this.#finish()

      if (isOpen(this.#stream)) {
        this.#stream.abort(err ?? new Error('the other end is done'))
      }

      this.#init.onEnd(err)
    }
  }

  #finish (): void {
    this.#stopReading()
    this.outbox.stop()
  }

  #stopReading (): void {
    this.#isOver = true
    this.#frames.drain()
    this.#stream.removeEventListener('close', this.#onClose)
    this.#stream.removeEventListener('end', this.#onStreamEnd)
    this.#stream.removeEventListener('message', this.#onMessage)
  }
}

function isOpen (stream: Stream): boolean {
  return stream.status === 'open' || stream.status === 'closing'
}
