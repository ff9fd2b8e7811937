import type { Command, Usage } from '../support/child.js'

export type DoorName = 'libp2p' | 'http'

/** `empty` asks for the envelope keys over libp2p and for /health over HTTP: what a call costs at least. */
export type Operation = 'empty' | 'register' | 'check' | 'resolve'

export interface NodeReady {
  /** Multiaddr over TCP. */
  addr: string
  port: number
}

export type LoadCommand =
  | Command
  | { call: 'prepare', users: number }
  | { call: 'run', door: DoorName, operation: Operation, inFlight: number, requests: number }
  | { call: 'pairs', door: DoorName, operation: 'check' | 'resolve', pairs: number }

export interface RunFigures {
  seconds: number
  /** Round trips in milliseconds. */
  p50: number
  p99: number
}

/** Medians of round trips, in milliseconds. */
export interface PairFigures {
  hit: number
  miss: number
}

export type { Usage }
