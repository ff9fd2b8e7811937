import { LRUCache } from 'lru-cache'

interface Bucket {
  tokens: number
  at: number
}

export interface TokenBucketsInit {
  /** Tokens a second, and the most that a key can save up. */
  perSecond: number
  /** Keys remembered; a key that is forgotten begins with a full bucket. */
  maxKeys: number
  /** Monotonic clock in milliseconds. */
  now: () => number
}

/** One bucket a key, in bounded memory. A refusal takes nothing. */
export class TokenBuckets {
  readonly #perSecond: number
  readonly #now: () => number
  readonly #buckets: LRUCache<string, Bucket>

  constructor ({ perSecond, maxKeys, now }: TokenBucketsInit) {
    this.#perSecond = perSecond
    this.#now = now
    this.#buckets = new LRUCache({ max: maxKeys })
  }

  get size (): number {
    return this.#buckets.size
  }

  /** @returns false when there is no token */
  take (key: string): boolean {
    const now = this.#now()
    const bucket = this.#buckets.get(key) ?? { tokens: this.#perSecond, at: now }

    bucket.tokens = Math.min(this.#perSecond, bucket.tokens + (now - bucket.at) / 1000 * this.#perSecond)
    bucket.at = now
    this.#buckets.set(key, bucket)

    if (bucket.tokens < 1) {
      return false
    }

    bucket.tokens--

    return true
  }
}
