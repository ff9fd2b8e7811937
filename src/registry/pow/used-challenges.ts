/**
 * Challenges that were used, until they are over. When there is no room for more, those that end first make room, and no challenge that
 * ends as early is taken any more: nothing can be used twice, and what is asked for now can be used.
 */
export class UsedChallenges {
  readonly #max: number
  /** By the second in which they end. */
  readonly #byEnd = new Map<number, Set<string>>()
  #size = 0
  #floor = 0

  constructor (max: number) {
    this.#max = max
  }

  get size (): number {
    return this.#size
  }

  /** @returns false when it was used before, or ends too early for that to be known */
  use (challenge: string, endsAt: number, now: number): boolean {
    if (endsAt <= this.#floor || this.#byEnd.get(endsAt)?.has(challenge) === true) {
      return false
    }

    if (this.#size >= this.#max) {
      this.#makeRoom(now)
    }

    // room was made up to this very second
    if (endsAt <= this.#floor) {
      return false
    }

    const used = this.#byEnd.get(endsAt) ?? new Set()

    used.add(challenge)
    this.#byEnd.set(endsAt, used)
    this.#size++

    return true
  }

  #makeRoom (now: number): void {
    for (const end of this.#byEnd.keys()) {
      if (end <= now) {
        this.#drop(end)
      }
    }

    if (this.#size >= this.#max) {
      const first = Math.min(...this.#byEnd.keys())

      this.#floor = first
      this.#drop(first)
    }
  }

  #drop (end: number): void {
    this.#size -= this.#byEnd.get(end)?.size ?? 0
    this.#byEnd.delete(end)
  }
}
