/** Wall time in milliseconds that never steps back, not behind what the store was told before this process either. */
export class SteadyClock {
  readonly #now: () => number
  #last: number

  constructor (floorMs: number, now: () => number = Date.now) {
    this.#now = now
    this.#last = floorMs
  }

  now (): number {
    this.#last = Math.max(this.#last, Math.floor(this.#now()))

    return this.#last
  }
}
