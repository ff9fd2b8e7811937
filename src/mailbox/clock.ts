/** A clock that is behind by less stands still until it has caught up. */
const TOLERANCE_MS = 60_000
/** How long a clock must be behind before it is believed: one that is wrong after a start without a battery is set right before. */
const PATIENCE_MS = 600_000

export interface MailboxClockInit {
  /** The latest time that the store was told, by this process or one before it. */
  floorMs: () => number
  /** The machine's clock in Unix milliseconds. @default Date.now */
  wall?: () => number
  /** In milliseconds. @default performance.now */
  monotonic?: () => number
}

/** Wall time that does not step back behind what anybody was told, unless the machine's clock was far ahead and was set right. */
export class MailboxClock {
  readonly #floorMs: () => number
  readonly #wall: () => number
  readonly #monotonic: () => number
  #last = 0
  #behindSince: number | undefined

  constructor ({ floorMs, wall = Date.now, monotonic = () => performance.now() }: MailboxClockInit) {
    this.#floorMs = floorMs
    this.#wall = wall
    this.#monotonic = monotonic
  }

  /** What the machine says. The store keeps it from stepping back. */
  get wallMs (): number {
    return Math.floor(this.#wall())
  }

  now (): number {
    const now = Math.max(this.#floorMs(), this.wallMs)

    if (now > this.#last || now < this.#last - TOLERANCE_MS) {
      this.#last = now
    }

    return this.#last
  }

  /** The machine's clock has been behind for so long that it is believed. Asked now and then: it is the first question that counts. */
  isSetBack (): boolean {
    if (this.wallMs >= this.#floorMs() - TOLERANCE_MS) {
      this.#behindSince = undefined

      return false
    }

    this.#behindSince ??= this.#monotonic()

    return this.#monotonic() - this.#behindSince >= PATIENCE_MS
  }
}
