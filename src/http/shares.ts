import type { InflightBudget, InflightShare } from '../calls/index.js'

interface Entry {
  readonly share: InflightShare
  users: number
}

/** A share of a budget for each caller, for as long as it has requests: nobody holds more than a quarter. */
export class CallerShares {
  readonly #budget: InflightBudget
  readonly #entries = new Map<string, Entry>()

  constructor (budget: InflightBudget) {
    this.#budget = budget
  }

  /** What it gives is to be left once. */
  enter (caller: string): HeldShare {
    const entry = this.#entries.get(caller) ?? { share: this.#budget.share(), users: 0 }

    entry.users++
    this.#entries.set(caller, entry)

    return new HeldShare(entry.share, () => {
      if (--entry.users === 0) {
        this.#entries.delete(caller)
      }
    })
  }
}

/** What one request holds of its caller's share. */
export class HeldShare {
  readonly share: InflightShare
  readonly #onLeave: () => void
  #bytes = 0
  #whole = 0
  #isLeft = false

  constructor (share: InflightShare, onLeave: () => void) {
    this.share = share
    this.#onLeave = onLeave
  }

  add (bytes: number): void {
    this.#bytes += bytes
    this.share.change(bytes)
  }

  /** All of it has come, and will be given back without the caller's doing. */
  complete (): void {
    this.#whole = this.#bytes
    this.share.change(0, this.#whole)
  }

  /** Gives all back. May be called again. */
  leave (): void {
    if (!this.#isLeft) {
      this.#isLeft = true
      this.share.change(-this.#bytes, -this.#whole)
      this.#onLeave()
    }
  }
}
