import { Histogram, zeroes } from '../histogram.js'

/** What can be asked for, whatever the door calls it; `unknown`: a request that names no call, or cannot be read. */
export const COUNTED_REGISTRY_CALLS = [
  'register', 'update', 'remove', 'resolve', 'check_user', 'announce', 'presence', 'sync', 'list_nodes', 'add_nodes', 'envelope_keys', 'challenge', 'unknown'
] as const

export type CountedRegistryCall = typeof COUNTED_REGISTRY_CALLS[number]

/** How a call ends: `ok`, or a code of the error catalogue. That a handle is nobody's is `ok`, as for whoever asks. */
export const REGISTRY_OUTCOMES = [
  'ok', 'invalid_input', 'message_too_large', 'conflict', 'unauthorized', 'not_found', 'pow_required', 'rate_limited', 'unknown_call', 'storage_full', 'storage_error', 'cancelled',
  'shutting_down', 'internal_error', 'other'
] as const

export type RegistryOutcome = typeof REGISTRY_OUTCOMES[number]

/** Those whose time says something. */
type TimedCall = typeof TIMED_CALLS[number]

const TIMED_CALLS = ['register', 'resolve', 'check_user', 'announce'] as const
const TIMED: ReadonlySet<string> = new Set(TIMED_CALLS)

/** Seconds. */
const LATENCY_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

const KNOWN_OUTCOMES: ReadonlySet<string> = new Set(REGISTRY_OUTCOMES)

/** Calls that one door has answered. */
export class RegistryCallCounts {
  readonly outcomes: Readonly<Record<CountedRegistryCall, Record<RegistryOutcome, number>>>
  /** From the whole request to its answer, in seconds. */
  readonly latency: Readonly<Record<TimedCall, Histogram>>

  constructor () {
    this.outcomes = Object.fromEntries(COUNTED_REGISTRY_CALLS.map(call => [call, zeroes(REGISTRY_OUTCOMES)])) as Record<CountedRegistryCall, Record<RegistryOutcome, number>>
    this.latency = Object.fromEntries(TIMED_CALLS.map(call => [call, new Histogram(LATENCY_BOUNDS)])) as Record<TimedCall, Histogram>
  }

  /** @param outcome a code that is none of `REGISTRY_OUTCOMES` counts as `other` */
  answered (call: CountedRegistryCall, outcome: string, ms: number): void {
    const known = KNOWN_OUTCOMES.has(outcome) ? outcome as RegistryOutcome : 'other'

    this.outcomes[call][known]++

    if (TIMED.has(call)) {
      this.latency[call as TimedCall].observe(ms / 1000)
    }
  }
}
