export type Security = 'tls' | 'noise' | 'quic'

/** Ours as the command runs it, or the stock js server with its limits off. */
export type RelayKind = 'ours' | 'stock'

/** What a client is asked to do, beside what every process is. */
export type ClientCommand =
  | { call: 'serve', relay: string, security: Security }
  | { call: 'connect', relay: string, security: Security, count: number }
  | { call: 'reserve', count: number }
  | { call: 'bulk', relay: string, target: string, security: Security, totalBytes: number, writeBytes: number }
  | { call: 'circuits', relay: string, target: string, security: Security, count: number, parallel: number }
  | { call: 'latency', relay: string, target: string, direct: string, security: Security, rounds: number }
