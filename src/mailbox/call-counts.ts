import { Histogram, zeroes } from '../histogram.js'

/** Ways in. */
export const DOORS = ['libp2p', 'http'] as const

export type Door = typeof DOORS[number]

/** What can be asked for, whatever the door calls it; `unknown`: a request that names no call, or cannot be read. */
export const COUNTED_CALLS = ['push', 'pull', 'ack', 'subscribe', 'stat', 'grant', 'describe', 'unknown'] as const

export type CountedCall = typeof COUNTED_CALLS[number]

/** How a call ends: `ok` (of a push: stored), `duplicate` (of a push), or a code of the error catalogue. */
export const OUTCOMES = [
  'ok', 'duplicate', 'invalid_input', 'message_too_large', 'quota_exceeded', 'rate_limited', 'not_owner', 'unknown_call', 'storage_full', 'storage_error',
  'slow_consumer', 'cancelled', 'shutting_down', 'internal_error', 'other'
] as const

export type Outcome = typeof OUTCOMES[number]

/** Those whose time says something. */
type TimedCall = 'push' | 'pull' | 'ack' | 'stat'

/** Seconds. */
const LATENCY_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

const KNOWN_OUTCOMES: ReadonlySet<string> = new Set(OUTCOMES)

/** Calls that one door has answered. A subscription counts when it begins. */
export class CallCounts {
  readonly outcomes: Readonly<Record<CountedCall, Record<Outcome, number>>>
  /** From the whole request to its answer, in seconds. */
  readonly latency: Readonly<Record<TimedCall, Histogram>>
  /** Subscriptions that were cut since their items could not be sent. */
  slowConsumers = 0

  constructor () {
    this.outcomes = Object.fromEntries(COUNTED_CALLS.map(call => [call, zeroes(OUTCOMES)])) as Record<CountedCall, Record<Outcome, number>>
    this.latency = { push: new Histogram(LATENCY_BOUNDS), pull: new Histogram(LATENCY_BOUNDS), ack: new Histogram(LATENCY_BOUNDS), stat: new Histogram(LATENCY_BOUNDS) }
  }

  /** @param outcome a code that is none of `OUTCOMES` counts as `other` */
  answered (call: CountedCall, outcome: string, ms: number): void {
    const known = KNOWN_OUTCOMES.has(outcome) ? outcome as Outcome : 'other'

    this.outcomes[call][known]++

    if (call === 'push' || call === 'pull' || call === 'ack' || call === 'stat') {
      this.latency[call].observe(ms / 1000)
    }
  }
}
