import { ClientError } from '../errors.js'

/** A node whose clock is further off is not followed: what is signed for a time to come could be played to another node then. */
const MAX_AHEAD_MS = 24 * 3600 * 1000
/** What a node takes, from its clock. */
const WINDOW_MS = 5 * 60 * 1000

/** Times for proofs: each later than the one before, and near the node's clock once that has told that this one is wrong. */
export class ProofClock {
  readonly #now: () => number
  #aheadMs = 0
  #last = 0

  /** @param now Unix milliseconds */
  constructor (now: () => number = () => Date.now()) {
    this.#now = now
  }

  next (): bigint {
    this.#last = Math.max(Math.floor(this.#now() + this.#aheadMs), this.#last + 1)

    return BigInt(this.#last)
  }

  /** @returns whether a proof of another time may pass, when the call failed with this */
  learn (err: unknown): boolean {
    if (!(err instanceof ClientError) || err.code !== 'unauthorized') {
      return false
    }

    const nodeMs = Number(err.details.now_ms)
    const afterMs = Number(err.details.issued_after_ms)
    const aheadMs = nodeMs - this.#now()

    if (!Number.isSafeInteger(nodeMs) || !Number.isSafeInteger(afterMs) || Math.abs(aheadMs) > MAX_AHEAD_MS || afterMs > nodeMs + WINDOW_MS) {
      return false
    }

    this.#aheadMs = aheadMs
    // one of the future, made for another clock, is forgotten
    this.#last = afterMs

    return true
  }
}
