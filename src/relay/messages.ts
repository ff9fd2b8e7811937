import '../exact-uint64.js'
import { EnigmaError } from '../errors.js'
import { frame } from '../framing.js'
import { HopMessage, StopMessage } from './pb/circuit.js'
import type { Peer, Reservation, Limit } from './pb/circuit.js'

export type { HopMessage, StopMessage, Peer, Reservation, Limit }

export const HOP_PROTOCOL = '/libp2p/circuit/relay/0.2.0/hop'
export const STOP_PROTOCOL = '/libp2p/circuit/relay/0.2.0/stop'

/** Largest HOP or STOP message in bytes, without its length prefix; go and rust cap theirs at the same. */
export const MAX_MESSAGE_LENGTH = 4096

/** Largest count of addresses that is taken in a `Peer`. */
const MAX_PEER_ADDRS = 128

/** circuit-v2.md, "Status codes and error handling". */
export const Status = {
  OK: 100,
  RESERVATION_REFUSED: 200,
  RESOURCE_LIMIT_EXCEEDED: 201,
  PERMISSION_DENIED: 202,
  CONNECTION_FAILED: 203,
  NO_RESERVATION: 204,
  MALFORMED_MESSAGE: 400,
  UNEXPECTED_MESSAGE: 401
} as const

export type StatusName = keyof typeof Status

export const HopType = { RESERVE: 0, CONNECT: 1, STATUS: 2 } as const
export const StopType = { CONNECT: 0, STATUS: 1 } as const

/** Bytes that are no HOP or STOP message. */
export class MalformedMessageError extends EnigmaError {
  constructor (message: string, options?: ErrorOptions) {
    super('malformed_message', message, options)
  }
}

/** @throws MalformedMessageError */
export function decodeHop (bytes: Uint8Array): HopMessage {
  return decode(bytes, frame => HopMessage.decode(frame, { limits: { peer: { addrs: MAX_PEER_ADDRS }, reservation: { addrs: MAX_PEER_ADDRS } } }))
}

/** @throws MalformedMessageError */
export function decodeStop (bytes: Uint8Array): StopMessage {
  return decode(bytes, frame => StopMessage.decode(frame, { limits: { peer: { addrs: MAX_PEER_ADDRS } } }))
}

export function encodeHop (message: HopMessage): Uint8Array {
  return frame(HopMessage.encode(message))
}

export function encodeStop (message: StopMessage): Uint8Array {
  return frame(StopMessage.encode(message))
}

function decode<T> (bytes: Uint8Array, decoder: (bytes: Uint8Array) => T): T {
  if (bytes.byteLength > MAX_MESSAGE_LENGTH) {
    throw new MalformedMessageError(`message of ${bytes.byteLength} bytes is over ${MAX_MESSAGE_LENGTH}`)
  }

  try {
    return decoder(bytes)
  } catch (err) {
    throw new MalformedMessageError('not a circuit relay message', { cause: err })
  }
}
