import { zeroes } from '../histogram.js'

/** Why a RESERVE was refused: the `reason` of its event. */
export const RESERVE_REASONS = [
  'relayed_connection', 'rate_limited', 'not_authorized', 'draining', 'overload_memory', 'overload_event_loop_delay', 'connection_closed',
  'too_many_reservations', 'too_many_connections_of_peer', 'too_many_reservations_per_ip'
] as const

/** Why a CONNECT was refused. */
export const CONNECT_REASONS = [
  'malformed_peer', 'relayed_connection', 'rate_limited', 'not_authorized', 'connect_to_self', 'destination_denied', 'draining', 'no_reservation', 'overload_memory',
  'overload_event_loop_delay', 'too_many_circuits', 'too_many_circuits_of_source', 'too_many_circuits_of_destination', 'too_many_circuits_per_ip', 'destination_failed',
  'reservation_ended', 'source_gone'
] as const

/** Why a circuit ended. */
export const CIRCUIT_ENDS = [
  'closed', 'data_limit', 'duration_limit', 'backlog_limit', 'source_reset', 'destination_reset', 'source_disconnected', 'destination_disconnected', 'denied', 'shutdown'
] as const

export type ReserveReason = typeof RESERVE_REASONS[number]
export type ConnectReason = typeof CONNECT_REASONS[number]
export type CircuitEnd = typeof CIRCUIT_ENDS[number]

/** How often each reason was given. */
export class ReasonCounts {
  readonly reserve = zeroes(RESERVE_REASONS)
  readonly connect = zeroes(CONNECT_REASONS)
  readonly end = zeroes(CIRCUIT_ENDS)

  count (of: 'reserve' | 'connect' | 'end', reason: string): void {
    const counts: Record<string, number> = this[of]

    // what dispatches these events takes its reasons from the lists above
    counts[reason] = (counts[reason] ?? 0) + 1
  }
}
