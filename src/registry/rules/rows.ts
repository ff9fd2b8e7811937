import { concat } from 'uint8arrays/concat'
import { EnvelopeError, RegistryError } from '../errors.js'
import { readIdentity } from '../read-identity.js'
import type { PublicIdentity } from '../identity.js'
import type { RowSeal } from '../openssl/row-seal.js'

// What rows of the registry hold, before they are sealed:
//   identity  1 version, 1 state, 8 time of the last proof in Unix milliseconds (big endian), then the JSON as it was sealed to the node
//   presence  JSON: { v, readable, peer, addrs }, peer in hex. Before what is sealed: whether others may read it, so that an entry which they
//             may not takes as long as none

const VERSION = 1
const HEAD_BYTES = 10
const READABLE = 1
const NOT_READABLE = 2
const STATES = ['unbound', 'bound', 'removed'] as const

/** What is known of a handle that is, or was until a short while ago, somebody's. */
export interface HandleState {
  state: typeof STATES[number]
  /** Unix milliseconds; 0: there was none. */
  lastProofMs: bigint
  /** Empty when removed. */
  json: Uint8Array
}

export interface PresenceEntry {
  readable: boolean
  /** Multihash bytes; empty: not proven. */
  peerId: Uint8Array
  addrs: string[]
}

export function sealHandle (seal: RowSeal, userId: Uint8Array, { state, lastProofMs, json }: HandleState): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES)

  head[0] = VERSION
  head[1] = STATES.indexOf(state)
  new DataView(head.buffer).setBigUint64(2, lastProofMs)

  return seal.seal('identity', userId, concat([head, json]))
}

/** @throws RegistryError `internal_error` when it was altered, or is of another node or version */
export function openHandle (seal: RowSeal, userId: Uint8Array, sealed: Uint8Array): HandleState {
  const row = open(seal, 'identity', userId, sealed)
  const state = STATES[row[1] ?? -1]

  if (row.byteLength < HEAD_BYTES || row[0] !== VERSION || state == null) {
    throw unreadable()
  }

  return { state, lastProofMs: new DataView(row.buffer, row.byteOffset).getBigUint64(2), json: row.subarray(HEAD_BYTES) }
}

/** Who has a handle now. */
export function identityOf ({ json }: HandleState): PublicIdentity {
  return readIdentity(json)
}

export function sealPresence (seal: RowSeal, userId: Uint8Array, { readable, peerId, addrs }: PresenceEntry): Uint8Array {
  const sealed = seal.seal('presence', userId, Buffer.from(JSON.stringify({ v: VERSION, readable, peer: Buffer.from(peerId).toString('hex'), addrs })))

  return concat([Uint8Array.of(readable ? READABLE : NOT_READABLE), sealed])
}

/** Whether it is worth to be opened for others; what is sealed says so again. */
export function isReadable (row: Uint8Array): boolean {
  return row[0] !== NOT_READABLE
}

/** @throws RegistryError as `openHandle` */
export function openPresence (seal: RowSeal, userId: Uint8Array, sealed: Uint8Array): PresenceEntry {
  const row = JSON.parse(Buffer.from(open(seal, 'presence', userId, sealed.subarray(1))).toString()) as { v: number, readable: boolean, peer: string, addrs: string[] }

  if (row.v !== VERSION) {
    throw unreadable()
  }

  return { readable: row.readable, peerId: new Uint8Array(Buffer.from(row.peer, 'hex')), addrs: row.addrs }
}

/** That it cannot be opened is no fault of whoever asks. */
function open (seal: RowSeal, area: string, userId: Uint8Array, sealed: Uint8Array): Uint8Array {
  try {
    return seal.open(area, userId, sealed)
  } catch (err) {
    throw err instanceof EnvelopeError ? unreadable(err) : err
  }
}

function unreadable (cause?: unknown): RegistryError {
  return new RegistryError('internal_error', 'a row of the registry cannot be read: it was altered, or is of another node or version', { cause })
}
