import { LRUCache } from 'lru-cache'
import { zeroes } from '../histogram.js'
import type { CallGroup, Limiter, LimiterCounts, LimiterInit, LimiterVerdict } from './index.js'

/** Buckets remembered, of all callers and groups together: some 20 MiB when full. A bucket that is forgotten begins full. */
const MAX_BUCKETS = 131_072

interface Bucket {
  tokens: number
  /** When `tokens` was true, on the clock of the limiter. */
  at: number
  /** Refusals since the last call that passed. */
  refused: number
  bannedUntil: number
}

/** Groups that do not charge the caller's global bucket (contract, `[rate_limit.endpoints]`). */
const WITHOUT_GLOBAL: ReadonlySet<CallGroup> = new Set<CallGroup>(['reserve', 'connect'])

const GROUPS = ['push', 'pull', 'ack', 'register', 'resolve', 'check_user', 'reserve', 'connect', 'other'] as const satisfies readonly CallGroup[]
const BUCKETS = ['global', 'push', 'pull', 'ack', 'register', 'resolve', 'check_user', 'reserve', 'connect'] as const

const ALLOWED: LimiterVerdict = { allowed: true }

/** See `limiter` in `index.ts`. */
export class DefaultLimiter implements Limiter {
  readonly #init: LimiterInit
  readonly #now: () => number
  readonly #buckets = new LRUCache<string, Bucket>({ max: MAX_BUCKETS })

  constructor (init: LimiterInit) {
    this.#init = init
    this.#now = init.now ?? (() => performance.now())
  }

  /** In place, at a fixed shape. */
  readonly #counts = { allowed: zeroes(GROUPS), refused: zeroes(GROUPS), bans: zeroes(BUCKETS) }

  get counts (): LimiterCounts {
    return this.#counts
  }

  get size (): number {
    return this.#buckets.size
  }

  charge (caller: string, group: CallGroup): LimiterVerdict {
    if (!this.#init.enabled) {
      return ALLOWED
    }

    // each is charged, whatever the other says (specs/mailbox.md §4.1)
    const global = WITHOUT_GLOBAL.has(group) ? 0 : this.#take('global', caller, this.#init.globalPerSecond)
    const own = group === 'other' ? 0 : this.#take(group, caller, this.#init.perSecond[group])
    const retryAfterMs = Math.max(global, own)

    if (retryAfterMs === 0) {
      this.#counts.allowed[group]++

      return ALLOWED
    }

    this.#counts.refused[group]++

    return { allowed: false, retryAfterMs }
  }

  /** @returns 0, or in how many milliseconds the next call may pass */
  #take (name: typeof BUCKETS[number], caller: string, perSecond: number): number {
    const key = `${name} ${caller}`
    const { burst, banAfter, banSeconds } = this.#init
    const now = this.#now()
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now, refused: 0, bannedUntil: 0 }

    if (now < bucket.bannedUntil) {
      return Math.ceil(bucket.bannedUntil - now)
    }

    bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.at) / 1000 * perSecond)
    bucket.at = now
    this.#buckets.set(key, bucket)

    if (bucket.tokens >= 1) {
      bucket.tokens--
      bucket.refused = 0

      return 0
    }

    if (++bucket.refused >= banAfter) {
      bucket.refused = 0
      bucket.bannedUntil = now + banSeconds * 1000
      this.#counts.bans[name]++

      return banSeconds * 1000
    }

    return Math.ceil((1 - bucket.tokens) / perSecond * 1000)
  }
}
