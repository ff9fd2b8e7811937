import type { Limit } from './messages.js'
import type { RelayOptions } from './options.js'

/** The `limit` field: seconds and bytes in each direction; absent when nothing is limited (circuit-v2.md, "Reservation"). */
export function limitMessage (options: Pick<RelayOptions, 'maxCircuitDurationSeconds' | 'maxCircuitBytes'>): Limit | undefined {
  const { maxCircuitDurationSeconds: duration, maxCircuitBytes: data } = options

  return duration === 0 && data === 0 ? undefined : { duration, data: BigInt(data) }
}
