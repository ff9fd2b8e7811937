import { createHash } from 'node:crypto'

export type Security = 'tls' | 'noise' | 'quic'

/** Of each load of pushes; not measured: code is compiled, and LevelDB comes to compact. */
export const WARM_SECONDS = 1.5

/** What a node process is started with. */
export interface NodeInit {
  kind: 'level' | 'memory'
  folder: string
  /** Then there is no node: these are stored, and that is all. */
  fill?: { mailbox: string, count: number, bytes: number, ttlMs: number }
}

export type NodeCommand = { call: 'begin' } | { call: 'end' }

/** Between `begin` and `end`. */
export interface NodeFigures {
  /** Of all its threads, in seconds. */
  cpuSeconds: number
  /** Of these, of the thread that runs JavaScript. */
  mainSeconds: number
  loopP99Ms: number
  /** The most that was there. */
  anonBytes: number
}

export type SenderCommand =
  | { call: 'connect', addr: string, security: Security }
  | { call: 'push', bytes: number, inFlight: number, mailboxes: number, seconds: number }
  | { call: 'pull', mailbox: string, cursor: number, inFlight: number, seconds: number }
  | { call: 'pull-all', mailbox: string }
  | { call: 'ack', mailbox: string, from: number, count: number, keys: number, inFlight: number }
  | { call: 'live', bytes: number, perSecond: number, seconds: number }
  | { call: 'stat', mailbox: string }

export interface ReferenceCommand {
  call: 'disk' | 'level'
  folder: string
  bytes: number
  /** Bodies of one write. */
  group: number
  seconds: number
}

export interface Load {
  count: number
  seconds: number
  p50: number
  p99: number
}

/** As long as the names that people use. */
export function mailboxName (index: number): string {
  return createHash('sha256').update(`mailbox ${index}`).digest('hex')
}

/** As random as a UUID, so that its row goes anywhere; the same for the same number. */
export function writeMessageId (target: Buffer, offset: number, number: number): void {
  target.writeUInt32BE(Math.imul(number, 0x9e3779b1) >>> 0, offset)
  target.writeUInt32BE(Math.imul(number, 0x85ebca6b) >>> 0, offset + 4)
  target.writeUInt32BE(Math.floor(number / 0x1_0000_0000), offset + 8)
  target.writeUInt32BE(number >>> 0, offset + 12)
}
