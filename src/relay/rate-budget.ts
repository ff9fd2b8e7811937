/** A token bucket of bytes on the monotonic clock that holds one second's worth. */
export class RateBudget {
  readonly #perSecond: number
  readonly #now: () => number
  #tokens: number
  #last: number

  constructor (perSecond: number, now: () => number = () => performance.now()) {
    this.#perSecond = perSecond
    this.#now = now
    this.#tokens = perSecond
    this.#last = now()
  }

  /** Takes as much of `wanted` as there is now. */
  take (wanted: number): number {
    const now = this.#now()

    this.#tokens = Math.min(this.#perSecond, this.#tokens + (now - this.#last) * this.#perSecond / 1000)
    this.#last = now

    const taken = Math.min(wanted, Math.floor(this.#tokens))
    this.#tokens -= taken

    return taken
  }

  /** What was taken and not used. */
  giveBack (unused: number): void {
    this.#tokens = Math.min(this.#perSecond, this.#tokens + unused)
  }
}
