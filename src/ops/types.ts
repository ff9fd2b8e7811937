import type { TypedEventTarget } from '@libp2p/interface'

/** Fields of every event of the contract ("Log lines that scripts wait for"); flat, and the same in log and process. */
export interface EventFields {
  listening: { addr: string }
  ready: { peer_id: string, addrs: string[], http: string | null, ops: string | null }
  connection_established: { peer_id: string, transport: string, direction: 'inbound' | 'outbound', num_established: number, remote_addr?: string }
  connection_closed: { peer_id: string, cause: string, remaining: number }
  reservation_req_accepted: { peer_id: string, renewed: boolean, expires: number }
  reservation_req_denied: { peer_id: string, reason: string, status: string }
  reservation_timed_out: { peer_id: string }
  reservation_closed: { peer_id: string }
  circuit_req_accepted: { src_peer_id: string, dst_peer_id: string }
  circuit_req_denied: { src_peer_id: string, dst_peer_id: string, reason: string, status: string }
  circuit_closed: { src_peer_id: string, dst_peer_id: string, bytes_to_dst: number, bytes_to_src: number, duration_ms: number, reason: string }
  shutdown: { signal: string }
  stopped: Record<string, never>
}

export type EventName = keyof EventFields

export type NodeEvents = { [E in EventName]: CustomEvent<EventFields[E]> }

/** What `node.events` is. */
export type NodeEventTarget = TypedEventTarget<NodeEvents>

/** A log line's extra fields: flat, never a body, a mailbox id, a handle or a token. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | readonly string[] | undefined>>

export interface Log {
  trace (msg: string, fields?: LogFields): void
  debug (msg: string, fields?: LogFields): void
  info (msg: string, fields?: LogFields): void
  warn (msg: string, fields?: LogFields): void
  error (msg: string, fields?: LogFields): void
}

/** What `createLog` makes. */
export interface NodeLog extends Log {
  /** One event of the contract. A line at `info`; with the remote address (only `log_ip_addresses` with `debug` or `trace`) at `debug`. */
  event<E extends EventName> (name: E, fields: EventFields[E]): void
  /** Resolves when everything is written, or cannot be, within two seconds. */
  flush (): Promise<void>
  /** Flushes, and gives the file back. Lines after it go nowhere. Idempotent. */
  close (): Promise<void>
}
