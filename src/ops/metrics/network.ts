import { by, one } from './metric.js'
import type { MetricSpec } from './metric.js'

type Numbers = Readonly<Record<string, number>>

export interface ConnectionsSource {
  readonly counts: { readonly opened: Readonly<Record<string, Numbers>>, readonly open: Readonly<Record<string, Numbers>>, readonly closed: Numbers }
  /** Of the gater. */
  readonly refused: Numbers
}

export const connectionMetrics: ReadonlyArray<MetricSpec<ConnectionsSource>> = [
  { name: 'enigma_connections', type: 'gauge', help: 'Open libp2p connections.', labels: ['direction', 'transport'], read: ({ counts }) => Object.entries(counts.open).flatMap(([direction, open]) => by('transport', open, { direction })) },
  { name: 'enigma_connections_opened_total', type: 'counter', help: 'Connections that came to be.', labels: ['direction', 'transport'], read: ({ counts }) => Object.entries(counts.opened).flatMap(([direction, opened]) => by('transport', opened, { direction })) },
  { name: 'enigma_connections_closed_total', type: 'counter', help: 'Connections that ended, by who ended them and how.', labels: ['cause'], read: ({ counts }) => by('cause', counts.closed) },
  { name: 'enigma_connections_refused_total', type: 'counter', help: 'Inbound connections that were not let in by `deny_peers`, `deny_cidrs` and the limits per address.', labels: ['reason'], read: ({ refused }) => by('reason', refused) }
]

export interface RelaySource {
  stats (): {
    readonly reservations: number
    readonly circuits: number
    readonly totals: { readonly reservation_req_accepted: number, readonly reservation_timed_out: number, readonly reservation_closed: number, readonly circuit_req_accepted: number, readonly bytesToDestination: number, readonly bytesToSource: number }
    readonly reasons: { readonly reserve: Numbers, readonly connect: Numbers, readonly end: Numbers }
  }
}

export const relayMetrics: ReadonlyArray<MetricSpec<RelaySource>> = [
  { name: 'enigma_relay_reservations', type: 'gauge', help: 'Peers that have a reservation.', read: relay => one(relay.stats().reservations) },
  { name: 'enigma_relay_circuits', type: 'gauge', help: 'Open circuits.', read: relay => one(relay.stats().circuits) },
  { name: 'enigma_relay_reserve_accepted_total', type: 'counter', help: 'RESERVE that was granted, renewals too.', read: relay => one(relay.stats().totals.reservation_req_accepted) },
  { name: 'enigma_relay_reserve_denied_total', type: 'counter', help: 'RESERVE that was refused.', labels: ['reason'], read: relay => by('reason', relay.stats().reasons.reserve) },
  {
    name: 'enigma_relay_reservations_ended_total',
    type: 'counter',
    help: 'Reservations that are over: not renewed in time, or the peer is gone.',
    labels: ['reason'],
    read: relay => {
      const { reservation_timed_out: expired, reservation_closed: disconnected } = relay.stats().totals

      return by('reason', { expired, disconnected })
    }
  },
  { name: 'enigma_relay_connect_accepted_total', type: 'counter', help: 'CONNECT that became a circuit.', read: relay => one(relay.stats().totals.circuit_req_accepted) },
  { name: 'enigma_relay_connect_denied_total', type: 'counter', help: 'CONNECT that was refused.', labels: ['reason'], read: relay => by('reason', relay.stats().reasons.connect) },
  { name: 'enigma_relay_circuits_ended_total', type: 'counter', help: 'Circuits that are over.', labels: ['reason'], read: relay => by('reason', relay.stats().reasons.end) },
  {
    name: 'enigma_relay_bytes_total',
    type: 'counter',
    help: 'Bytes that circuits relayed, open ones included.',
    labels: ['direction'],
    read: relay => {
      const { bytesToDestination, bytesToSource } = relay.stats().totals

      return by('direction', { to_destination: bytesToDestination, to_source: bytesToSource })
    }
  }
]

export interface LimiterSource {
  readonly size: number
  readonly counts: { readonly allowed: Numbers, readonly refused: Numbers, readonly bans: Numbers }
}

export const limiterMetrics: ReadonlyArray<MetricSpec<LimiterSource>> = [
  { name: 'enigma_limiter_allowed_total', type: 'counter', help: 'Calls that the limits of `[rate_limit]` let through, all doors together.', labels: ['group'], read: ({ counts }) => by('group', counts.allowed) },
  { name: 'enigma_limiter_refused_total', type: 'counter', help: 'Calls that they refused.', labels: ['group'], read: ({ counts }) => by('group', counts.refused) },
  { name: 'enigma_limiter_bans_total', type: 'counter', help: 'Bans, by the bucket of a caller that was banned.', labels: ['bucket'], read: ({ counts }) => by('bucket', counts.bans) },
  { name: 'enigma_limiter_buckets', type: 'gauge', help: 'Buckets of callers that are remembered; 131,072 at most.', read: ({ size }) => one(size) }
]

export interface HttpSource {
  readonly connections: { readonly open: number, readonly accepted: number, readonly refused: Numbers }
}

export const httpMetrics: ReadonlyArray<MetricSpec<HttpSource>> = [
  { name: 'enigma_http_connections', type: 'gauge', help: 'Open connections of the HTTP door; `http.max_connections` at most.', read: ({ connections }) => one(connections.open) },
  { name: 'enigma_http_connections_accepted_total', type: 'counter', help: 'Connections that it took.', read: ({ connections }) => one(connections.accepted) },
  { name: 'enigma_http_connections_refused_total', type: 'counter', help: 'Connections that it ended at `http.max_connections`: newcomers (`full`), or the oldest of whoever had the most (`displaced`).', labels: ['reason'], read: ({ connections }) => by('reason', connections.refused) }
]
