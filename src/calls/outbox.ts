import { Uint8ArrayList } from 'uint8arraylist'
import { concat } from 'uint8arrays/concat'
import { MAX_SEND_BYTES } from '../framing.js'
import type { InflightShare } from './inflight.js'
import type { Stream } from '@libp2p/interface'

/** Shorter pieces are put together, longer ones go as they are. */
const SHORT = 2048

/**
 * Frames on their way out of one stream: what one tick brings goes in one `send`, one encrypted record. What waits here counts in the
 * connection's share.
 */
export class Outbox {
  readonly #stream: Stream
  readonly #share: Pick<InflightShare, 'change'>
  readonly #onSent: () => void
  readonly #now: () => number
  #parts: Uint8Array[] = []
  #waiting = 0
  #sent = 0
  #isScheduled = false
  #isOver = false
  #stuckSince?: number
  #onEmpty?: () => void

  constructor (stream: Stream, share: Pick<InflightShare, 'change'>, onSent: () => void, now: () => number) {
    this.#stream = stream
    this.#share = share
    this.#onSent = onSent
    this.#now = now
    stream.addEventListener('drain', this.#onDrain)
  }

  /** Bytes that the stream has not taken. */
  get waiting (): number {
    return this.#waiting
  }

  /** Bytes that the stream has taken. With `waiting` they make a position: what was added at a lower one than `sent` has gone. */
  get sent (): number {
    return this.#sent
  }

  /** Since when the other end has taken nothing though something waits, on the monotonic clock. */
  get stuckSince (): number | undefined {
    return this.#waiting > 0 ? this.#stuckSince : undefined
  }

  add (parts: readonly Uint8Array[]): void {
    if (this.#isOver) {
      return
    }

    let bytes = 0

    for (const part of parts) {
      bytes += part.byteLength
      this.#parts.push(part)
    }

    this.#waiting += bytes
    this.#share.change(bytes)
    this.#schedule()
  }

  /** Calls back when all has been taken. */
  whenEmpty (then: () => void): void {
    this.#onEmpty = then
    this.#schedule()
  }

  /** Forgets what waits. */
  stop (): void {
    this.#isOver = true
    this.#stream.removeEventListener('drain', this.#onDrain)
    this.#share.change(-this.#waiting)
    this.#waiting = 0
    this.#parts = []
  }

  readonly #onDrain = (): void => {
    this.#stuckSince = undefined
    this.#schedule()
  }

  #schedule (): void {
    if (!this.#isScheduled && !this.#isOver) {
      this.#isScheduled = true
      queueMicrotask(this.#flush)
    }
  }

  readonly #flush = (): void => {
    this.#isScheduled = false

    if (this.#isOver) {
      return
    }

    const before = this.#sent

    while (this.#waiting > 0 && !this.#stream.writableNeedsDrain) {
      const { data, bytes } = this.#take()

      this.#waiting -= bytes
      this.#sent += bytes
      this.#share.change(-bytes)

      try {
        this.#stream.send(data)
      } catch {
        // the stream is over, which its close event tells
        this.stop()
        return
      }
    }

    if (this.#stream.writableNeedsDrain) {
      this.#stuckSince ??= this.#now()
    } else {
      this.#stuckSince = undefined
    }

    if (this.#sent > before) {
      this.#onSent()
    }

    if (this.#waiting === 0 && this.#onEmpty != null) {
      const then = this.#onEmpty

      this.#onEmpty = undefined
      then()
    }
  }

  /** What goes in one `send`. */
  #take (): { data: Uint8Array | Uint8ArrayList, bytes: number } {
    let bytes = 0
    let count = 0

    for (const part of this.#parts) {
      if (bytes + part.byteLength > MAX_SEND_BYTES) {
        break
      }

      bytes += part.byteLength
      count++
    }

    if (count === 0) {
      // something waits: see #flush
      const first = this.#parts[0] as Uint8Array

      this.#parts[0] = first.subarray(MAX_SEND_BYTES)

      return { data: first.subarray(0, MAX_SEND_BYTES), bytes: MAX_SEND_BYTES }
    }

    const parts = count === this.#parts.length ? this.#parts : this.#parts.slice(0, count)

    this.#parts = count === this.#parts.length ? [] : this.#parts.slice(count)

    return { data: bytes / count < SHORT ? concat(parts, bytes) : new Uint8ArrayList(...parts), bytes }
  }
}
