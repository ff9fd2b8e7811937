/** Each is an answer and the end of a connection, a tenth of a millisecond or two: many that began together are not ended in one turn of the event loop. */
const ENDS_A_TURN = 10

/** Ends what takes too long: one timer for all of it, which runs while there is something. */
export class Deadlines {
  readonly #timeoutMs: number
  readonly #ends = new Map<() => void, number>()
  #timer?: NodeJS.Timeout

  constructor (timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  /** Calls back within a second after the time is over, unless `delete` was called before. */
  add (onLate: () => void): void {
    this.#ends.set(onLate, performance.now() + this.#timeoutMs)
    this.#timer ??= setInterval(this.#sweep, Math.min(1000, this.#timeoutMs)).unref()
  }

  delete (onLate: () => void): void {
    this.#ends.delete(onLate)
  }

  readonly #sweep = (): void => {
    const now = performance.now()
    let ended = 0

    // in the order in which they were added, which is that of their times
    for (const [onLate, at] of this.#ends) {
      if (at > now) {
        break
      }

      if (ended++ === ENDS_A_TURN) {
        setImmediate(this.#sweep)
        break
      }

      this.#ends.delete(onLate)
      onLate()
    }

    if (this.#ends.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }
}
