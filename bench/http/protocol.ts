import type { Command, Usage } from '../support/child.js'

export type Operation = 'push' | 'pull' | 'ack' | 'health'

export type NodeCommand = Command

export interface RunCommand {
  call: 'run'
  operation: Operation
  connections: number
  /** Requests, all connections together. */
  requests: number
}

export type LoadCommand = Command | RunCommand

export interface RunFigures {
  seconds: number
  /** Round trips in milliseconds. */
  p50: number
  p99: number
}

export type { Usage }
