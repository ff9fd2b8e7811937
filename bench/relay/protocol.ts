/** What the bench's processes say to each other, as JSON over the IPC channel of `fork`. */

export type Security = 'tls' | 'noise' | 'quic'

/** Ours as the command runs it, or the stock js server with its limits off. */
export type RelayKind = 'ours' | 'stock'

export interface Usage {
  /** User and system, in seconds, since the process began. */
  cpuSeconds: number
  rssBytes: number
  /** The highest it has been. */
  peakRssBytes: number
  heapBytes: number
}

/** Commands of the orchestrator; each is answered once. */
export type Command =
  | { call: 'usage', gc?: boolean }
  | { call: 'serve', relay: string, security: Security }
  | { call: 'connect', relay: string, security: Security, count: number }
  | { call: 'reserve', count: number }
  | { call: 'bulk', relay: string, target: string, security: Security, totalBytes: number, writeBytes: number }
  | { call: 'circuits', relay: string, target: string, security: Security, count: number, parallel: number }
  | { call: 'latency', relay: string, target: string, direct: string, security: Security, rounds: number }
  | { call: 'stop' }

export interface Numbered {
  id: number
  command: Command
}

export interface Answer {
  id: number
  result?: unknown
  error?: string
}
