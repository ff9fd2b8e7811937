import { LRUCache } from 'lru-cache'

export interface AttemptsInit {
  /** The most within a window. */
  max: number
  windowMs: number
  /** Keys remembered. */
  maxKeys: number
  /** Monotonic clock in milliseconds. */
  now: () => number
}

/** Counts by key over a sliding window, in bounded memory. A refusal is not counted. */
export class Attempts {
  readonly #max: number
  readonly #windowMs: number
  readonly #now: () => number
  readonly #times: LRUCache<string, number[]>

  constructor ({ max, windowMs, maxKeys, now }: AttemptsInit) {
    this.#max = max
    this.#windowMs = windowMs
    this.#now = now
    this.#times = new LRUCache({ max: maxKeys })
  }

  get size (): number {
    return this.#times.size
  }

  /** @returns false when there were as many as may be */
  take (key: string): boolean {
    const now = this.#now()
    const times = (this.#times.get(key) ?? []).filter(time => now - time < this.#windowMs)
    const isFree = times.length < this.#max

    if (isFree) {
      times.push(now)
    }

    this.#times.set(key, times)

    return isFree
  }
}
