import { FrameBuffer } from '../framing.js'
import type { CallBounds } from './bounds.js'
import type { InflightShare } from './inflight.js'
import type { Stream, StreamMessageEvent } from '@libp2p/interface'

export interface IntakeInit {
  stream: Stream
  /** Of the connection. */
  share: InflightShare
  /** Whether a paused stream holds its sender. */
  canPause: boolean
  /** Of a request, in bytes and without its prefix. */
  maxRequestBytes: number
  /** What may wait, unread, of a stream that cannot be paused. */
  maxUnpausedBytes: number
  bounds: CallBounds
  /** Monotonic, in milliseconds. */
  now: () => number
  /** Whether one more request may be taken. */
  mayTake: () => boolean
  onFrame: (frame: Uint8Array) => void
  /** There may be room for more: `read` is to be called, not within this. */
  onRoom: () => void
  /** This one's frame, which began before all others, is to make room for them. */
  onEvict: () => void
  /** More than may wait has come, of a stream that cannot be paused. */
  onOverflow: () => void
}

interface BegunFrame {
  since: number
  done: () => void
  isFirst: () => boolean
}

/** What comes in on one stream: bytes that wait, and requests that were taken and are not settled. Its share of the budget knows of both. */
export class Intake {
  readonly #init: IntakeInit
  readonly #frames: FrameBuffer
  /** Bytes of `#frames` that the share knows of. */
  #counted = 0
  /** Bytes of requests that were taken. */
  #unsettled = 0
  #begun?: BegunFrame
  #isStopped = false

  constructor (init: IntakeInit) {
    this.#init = init
    this.#frames = new FrameBuffer(init.maxRequestBytes)
  }

  /** A frame has begun and is not whole. */
  get isWithinFrame (): boolean {
    return this.#frames.byteLength > 0 || this.#begun != null
  }

  /** The frame that has begun did not come to its end in time. */
  get isLate (): boolean {
    return this.#begun != null && this.#init.now() - this.#begun.since >= this.#init.bounds.frameMs
  }

  append (data: StreamMessageEvent['data']): void {
    this.#frames.append(data)
    this.#count()
  }

  /** A frame's request is under way with so many bytes. */
  take (bytes: number): void {
    this.#unsettled += bytes
    this.#init.share.change(bytes, bytes)
  }

  settle (bytes: number): void {
    this.#unsettled -= bytes
    this.#init.share.change(-bytes, -bytes)
  }

  /**
   * Gives out whole frames while there is room.
   *
   * @returns whether more may come
   * @throws FrameTooLongError
   */
  read (): boolean {
    while (!this.#isStopped) {
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
      this.#init.onFrame(frame)
    }

    return true
  }

  /** Keeps the other end from sending. */
  hold (): void {
    const { stream, canPause, maxUnpausedBytes, onOverflow } = this.#init

    if (!canPause) {
      if (this.#frames.byteLength > maxUnpausedBytes) {
        onOverflow()
      }
    } else if (stream.readStatus === 'readable' && isOpen(stream)) {
      stream.pause()
    }
  }

  resume (): void {
    const { stream } = this.#init

    if (stream.readStatus !== 'paused') {
      return
    }

    try {
      stream.resume()
    } catch (err) {
      // what was buffered is delivered even so
      if (isOpen(stream)) {
        throw err
      }
    }
  }

  /** Gives back what was not taken. Requests under way give their bytes back when they are settled. */
  stop (): void {
    this.#isStopped = true
    this.#begun?.done()
    this.#begun = undefined
    this.#init.share.forget(this.#init.onRoom)
    this.#frames.drain()
    this.#count()
  }

  #mayRead (): boolean {
    const { bounds, share, maxRequestBytes, mayTake, onRoom } = this.#init

    if (!mayTake()) {
      return false
    }

    const announced = this.#frames.announced()

    if (announced == null) {
      return true
    }

    if (this.#unsettled > 0 && this.#unsettled + announced > 2 * maxRequestBytes) {
      return false
    }

    const isWhole = this.#frames.byteLength >= announced
    const isSmall = announced <= bounds.smallFrameBytes && this.#unsettled < bounds.smallFrameBytes

    if (isWhole || isSmall || share.hasRoom(this.#begun?.isFirst())) {
      return true
    }

    if (share.hasRoom(this.#begin().isFirst())) {
      return true
    }

    share.whenRoom(onRoom)

    return false
  }

  /** From here on the frame counts as begun, whether it was before or not. */
  #begin (): BegunFrame {
    this.#begun ??= { since: this.#init.now(), ...this.#init.share.begin(this.#init.onEvict) }

    return this.#begun
  }

  /** Tells the share what waits to be read. */
  #count (): void {
    this.#init.share.change(this.#frames.byteLength - this.#counted)
    this.#counted = this.#frames.byteLength
  }
}

function isOpen (stream: Stream): boolean {
  return stream.status === 'open' || stream.status === 'closing'
}
