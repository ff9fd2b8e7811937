import { Uint8ArrayList } from 'uint8arraylist'
import { MAX_SEND_BYTES } from '../framing.js'
import { isCut } from '../transports/web-rtc-channel.js'
import { RateBudget } from './rate-budget.js'
import type { Timer, TimerWheel } from './timer-wheel.js'
import type { Stream, StreamMessageEvent } from '@libp2p/interface'

/** How long to wait where no event tells that something has changed. */
const RETRY_MS = 100

export interface PumpInit {
  from: Stream
  to: Stream
  /** 0 = no limit. */
  maxBytes: number
  /** 0 = no limit. */
  maxBytesPerSecond: number
  timers: TimerWheel
  /** All that came is sent on, and so is the end. */
  onDone: () => void
  /** `to` takes no more. */
  onFailed: (err: unknown) => void
  /** More than `maxBytes` came. What is within is on its way out. */
  onOverLimit: () => void
  /** What is within `maxBytes` has been taken by `to`. */
  onDataLimit: () => void
}

/**
 * One direction of a circuit. Moves bytes as `to` takes them, and holds `from` while it does not: what is in flight
 * is at most what one receive window lets in. All work is done in microtasks, since a `pause()` within a `resume()` is
 * undone, and a `send()` within an `idle` listener is left unsent.
 */
export class Pump {
  /** Handed to `to`. */
  bytes = 0
  /** The end is being passed on. */
  ending = false
  /** The end was passed on. */
  done = false
  readonly #init: PumpInit
  readonly #rate?: RateBudget
  #pending = new Uint8ArrayList()
  #scheduled = false
  #stopped = false
  #overLimit = false
  #sawFin: boolean
  #retry?: Timer

  constructor (init: PumpInit) {
    this.#init = init
    this.#rate = init.maxBytesPerSecond > 0 ? new RateBudget(init.maxBytesPerSecond) : undefined
    // a FIN may have come while the handshake held the stream
    this.#sawFin = init.from.remoteWriteStatus === 'closed' && isOpen(init.from)
  }

  /** The remote ended its side in good order; a connection that broke does not count. */
  get sawFin (): boolean {
    return this.#sawFin
  }

  start (): void {
    const { from, to } = this.#init

    from.addEventListener('message', this.#onMessage)
    from.addEventListener('remoteCloseWrite', this.#onRemoteCloseWrite)
    from.addEventListener('end', this.#schedule)
    to.addEventListener('drain', this.#schedule)
    this.#schedule()
  }

  stop (): void {
    const { from, to } = this.#init

    this.#stopped = true
    this.#retry?.cancel()
    this.#pending = new Uint8ArrayList()
    from.removeEventListener('message', this.#onMessage)
    from.removeEventListener('remoteCloseWrite', this.#onRemoteCloseWrite)
    from.removeEventListener('end', this.#schedule)
    to.removeEventListener('drain', this.#schedule)
  }

  readonly #onMessage = (event: StreamMessageEvent): void => {
    this.#pending.append(event.data)
    this.#schedule()
  }

  readonly #onRemoteCloseWrite = (): void => {
    this.#sawFin = !isCut(this.#init.from)
    this.#schedule()
  }

  /** What one tick brings goes out in one `send`. */
  readonly #schedule = (): void => {
    if (!this.#scheduled && !this.#stopped) {
      this.#scheduled = true
      queueMicrotask(this.#run)
    }
  }

  readonly #run = (): void => {
    this.#scheduled = false

    if (this.#stopped || this.ending || this.#overLimit) {
      return
    }

    try {
      this.#flush()
    } catch (err) {
      this.#init.onFailed(err)
    }
  }

  #flush (): void {
    const { from, to, maxBytes } = this.#init

    if (to.writableNeedsDrain) {
      this.#hold()
      return
    }

    const left = maxBytes > 0 ? maxBytes - this.bytes : Infinity
    const size = this.#allowedByRate(Math.min(this.#pending.byteLength, left))
    const unsent = size - this.#send(size)

    if (unsent > 0) {
      this.#rate?.giveBack(unsent)
      this.#hold()
      return
    }

    if (this.#pending.byteLength > 0 && size === left) {
      this.#hold()
      this.#init.onOverLimit()
      this.#waitForTarget(this.#init.onDataLimit)
    } else if (this.#pending.byteLength > 0 || to.writableNeedsDrain) {
      this.#hold()
    } else if (from.readableEnded) {
      this.#finish()
    } else {
      this.#release()
    }
  }

  /** Hands over up to `size` bytes, and stops when the target is full. @returns how many it was */
  #send (size: number): number {
    const { to } = this.#init
    let sent = 0

    while (sent < size && !to.writableNeedsDrain) {
      const chunk = this.#take(Math.min(size - sent, MAX_SEND_BYTES))

      sent += chunk.byteLength
      this.bytes += chunk.byteLength
      to.send(chunk)
    }

    return sent
  }

  #take (size: number): Uint8ArrayList {
    const chunk = size === this.#pending.byteLength ? this.#pending : this.#pending.sublist(0, size)

    if (chunk === this.#pending) {
      this.#pending = new Uint8ArrayList()
    } else {
      this.#pending.consume(size)
    }

    return chunk
  }

  #allowedByRate (wanted: number): number {
    if (this.#rate == null || wanted === 0) {
      return wanted
    }

    const size = this.#rate.take(wanted)

    if (size < wanted) {
      this.#retry?.cancel()
      this.#retry = this.#init.timers.schedule(RETRY_MS, this.#schedule)
    }

    return size
  }

  #hold (): void {
    const { from } = this.#init

    if (from.readStatus === 'readable' && isOpen(from)) {
      from.pause()
    }
  }

  #release (): void {
    const { from } = this.#init

    if (from.readStatus !== 'paused') {
      return
    }

    try {
      from.resume()
    } catch (err) {
      // what was buffered is delivered even so; that a stream which is over cannot ask for more is no failure
      if (isOpen(from)) {
        throw err
      }
    }
  }

  /** `end` also comes before the close event of a reset: only a FIN is passed on (specs §3.11). */
  #finish (): void {
    if (!this.#sawFin || this.#init.from.status === 'reset' || this.#init.from.status === 'aborted') {
      return
    }

    this.ending = true
    this.#init.to.close()
      .then(() => {
        this.done = true
        this.#init.onDone()
      })
      .catch(this.#init.onFailed)
  }

  #waitForTarget (then: () => void): void {
    const { to, timers } = this.#init

    this.#overLimit = true

    const look = (): void => {
      if (this.#stopped || (!to.writableNeedsDrain && to.writeBufferLength === 0)) {
        then()
      } else {
        // not every transport says when its last byte has gone
        this.#retry = timers.schedule(RETRY_MS, look)
      }
    }

    look()
  }
}

function isOpen (stream: Stream): boolean {
  return stream.status === 'open' || stream.status === 'closing'
}
