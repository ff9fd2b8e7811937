import { connectionError } from './errors.js'
import { sleep } from './timing.js'
import type { ClientError } from './errors.js'
import type { Pacer } from './pacer.js'
import type { Retrying } from './progress.js'

/** A wait that begins after a failure: full jitter, so that those who failed together do not come back together. */
export interface Backoff {
  /** Calls of one operation, the first one counted. */
  readonly attempts: number
  /** The first wait is up to this long, each next one up to twice as long as the one before. */
  readonly baseMs: number
  /** No wait is longer, unless the node asks for it. */
  readonly maxMs: number
  /** From the first failure to the last attempt. */
  readonly totalMs: number
}

/**
 * How long to wait before the attempt after this one, in milliseconds: what the node asks for, and a random part of the backoff above it
 * (AWS Architecture Blog, "Exponential Backoff And Jitter").
 */
export function backoffMs ({ baseMs, maxMs }: Backoff, attempt: number, retryAfterMs: number, random: () => number): number {
  return retryAfterMs + random() * Math.min(maxMs, baseMs * 2 ** (attempt - 1))
}

export interface RetryOptions {
  backoff: Backoff
  pacer: Pacer
  /** Of the body that is sent. */
  bytes: number
  signal: AbortSignal
  random: () => number
  onRetry?: (retrying: Retrying) => void
}

/**
 * Calls until it succeeds, fails with what is no use to try again, or the bounds are reached. What was refused for its rate is not counted
 * as an attempt, only as time.
 *
 * @throws ClientError, or the signal's reason
 */
export async function withRetries<T> (call: () => Promise<T>, { backoff, pacer, bytes, signal, random, onRetry }: RetryOptions): Promise<T> {
  let failedAt: number | undefined

  for (let attempt = 1; ;) {
    const leave = await pacer.enter(bytes, signal)
    let error: ClientError

    try {
      const result = await call()

      pacer.passed()

      return result
    } catch (err) {
      signal.throwIfAborted()
      error = connectionError(err)
    } finally {
      leave()
    }

    const isRefused = error.code === 'rate_limited'
    const delayMs = backoffMs(backoff, attempt, error.retryAfterMs, random)

    if (isRefused) {
      pacer.refused(error.retryAfterMs)
    } else {
      attempt++
    }

    failedAt ??= performance.now()

    if (!error.retryable || attempt > backoff.attempts || performance.now() + delayMs - failedAt > backoff.totalMs) {
      throw error
    }

    onRetry?.({ attempt, delayMs, error })
    await sleep(delayMs, signal)
  }
}
