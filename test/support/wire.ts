/**
 * The wire of Circuit Relay v2 written by hand from libp2p/specs `relay/circuit-v2.md`, so that the tests share no code with
 * the relay. Nothing here checks a bound: a test must be able to write what no honest peer would.
 */

export const HOP = '/libp2p/circuit/relay/0.2.0/hop'
export const STOP = '/libp2p/circuit/relay/0.2.0/stop'

/** Go's and rust's bound on one HOP or STOP message, its length prefix not counted. */
export const MAX_MESSAGE_BYTES = 4096

export const HopType = { RESERVE: 0, CONNECT: 1, STATUS: 2 } as const
export const StopType = { CONNECT: 0, STATUS: 1 } as const

export const Status = {
  UNUSED: 0,
  OK: 100,
  RESERVATION_REFUSED: 200,
  RESOURCE_LIMIT_EXCEEDED: 201,
  PERMISSION_DENIED: 202,
  CONNECTION_FAILED: 203,
  NO_RESERVATION: 204,
  MALFORMED_MESSAGE: 400,
  UNEXPECTED_MESSAGE: 401
} as const

export function statusName (code: number | undefined): string {
  return Object.entries(Status).find(([, value]) => value === code)?.[0] ?? `unknown status ${code}`
}

export interface WirePeer { id?: Uint8Array, addrs?: Uint8Array[] }
export interface WireLimit { duration?: number, data?: bigint }
export interface WireReservation { expire?: bigint, addrs: Uint8Array[], voucher?: Uint8Array }

export interface HopMessage { type?: number, peer?: WirePeer, reservation?: WireReservation, limit?: WireLimit, status?: number }
export interface StopMessage { type?: number, peer?: WirePeer, limit?: WireLimit, status?: number }
export interface Voucher { relay?: Uint8Array, peer?: Uint8Array, expiration?: bigint, order: number[] }
export interface Envelope { publicKey?: Uint8Array, payloadType?: Uint8Array, payload?: Uint8Array, signature?: Uint8Array }

export function concat (...parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let offset = 0

  for (const part of parts) {
    out.set(part, offset)
    offset += part.byteLength
  }

  return out
}

export function varint (value: number | bigint): Uint8Array {
  const out: number[] = []
  let rest = BigInt(value)

  do {
    const low = Number(rest & 0x7fn)
    rest >>= 7n
    out.push(rest > 0n ? low | 0x80 : low)
  } while (rest > 0n)

  return Uint8Array.from(out)
}

/** A varint at `offset`, or undefined when its end has not arrived yet. */
export function readVarint (bytes: Uint8Array, offset = 0): { value: bigint, next: number } | undefined {
  let value = 0n

  for (let i = offset, shift = 0n; i < bytes.byteLength; i++, shift += 7n) {
    const byte = BigInt(bytes[i] ?? 0)
    value |= (byte & 0x7fn) << shift

    if (byte < 0x80n) {
      return { value, next: i + 1 }
    }
  }

  return undefined
}

export function frame (body: Uint8Array): Uint8Array {
  return concat(varint(body.byteLength), body)
}

export function varintField (no: number, value: number | bigint): Uint8Array {
  return concat(varint(no << 3), varint(value))
}

export function bytesField (no: number, value: Uint8Array): Uint8Array {
  return concat(varint((no << 3) | 2), varint(value.byteLength), value)
}

export type Field = { no: number, value: bigint | Uint8Array }

/** @throws Error when the bytes are no protobuf message */
export function fieldsOf (bytes: Uint8Array): Field[] {
  const out: Field[] = []
  let offset = 0

  const take = (length: number): Uint8Array => {
    if (offset + length > bytes.byteLength) {
      throw new Error('field runs past the end')
    }

    offset += length
    return bytes.slice(offset - length, offset)
  }

  const number = (): bigint => {
    const read = readVarint(bytes, offset)

    if (read == null) {
      throw new Error('varint runs past the end')
    }

    offset = read.next
    return read.value
  }

  while (offset < bytes.byteLength) {
    const tag = Number(number())
    const wireType = tag & 7

    switch (wireType) {
      case 0: out.push({ no: tag >>> 3, value: number() }); break
      case 1: out.push({ no: tag >>> 3, value: take(8) }); break
      case 2: out.push({ no: tag >>> 3, value: take(Number(number())) }); break
      case 5: out.push({ no: tag >>> 3, value: take(4) }); break
      default: throw new Error(`wire type ${wireType}`)
    }
  }

  return out
}

function numberOf (fields: Field[], no: number): bigint | undefined {
  const value = fields.findLast(field => field.no === no)?.value
  return typeof value === 'bigint' ? value : undefined
}

function bytesOf (fields: Field[], no: number): Uint8Array | undefined {
  const value = fields.findLast(field => field.no === no)?.value
  return typeof value === 'bigint' ? undefined : value
}

function allBytesOf (fields: Field[], no: number): Uint8Array[] {
  return fields.flatMap(field => field.no === no && typeof field.value !== 'bigint' ? [field.value] : [])
}

function small (value: bigint | undefined): number | undefined {
  return value == null ? undefined : Number(value)
}

const none = new Uint8Array(0)

function optional<T> (value: T | undefined, encode: (value: T) => Uint8Array): Uint8Array {
  return value == null ? none : encode(value)
}

export function encodePeer (peer: WirePeer): Uint8Array {
  return concat(optional(peer.id, id => bytesField(1, id)), ...(peer.addrs ?? []).map(addr => bytesField(2, addr)))
}

function encodeLimit (limit: WireLimit): Uint8Array {
  return concat(optional(limit.duration, value => varintField(1, value)), optional(limit.data, value => varintField(2, value)))
}

function encodeReservation (reservation: WireReservation): Uint8Array {
  return concat(
    optional(reservation.expire, value => varintField(1, value)),
    ...reservation.addrs.map(addr => bytesField(2, addr)),
    optional(reservation.voucher, value => bytesField(3, value))
  )
}

/** The message without its length prefix. `extra` is appended as it is. */
export function encodeHop (message: HopMessage, extra: Uint8Array = none): Uint8Array {
  return concat(
    optional(message.type, value => varintField(1, value)),
    optional(message.peer, value => bytesField(2, encodePeer(value))),
    optional(message.reservation, value => bytesField(3, encodeReservation(value))),
    optional(message.limit, value => bytesField(4, encodeLimit(value))),
    optional(message.status, value => varintField(5, value)),
    extra
  )
}

/** The message without its length prefix. `extra` is appended as it is. */
export function encodeStop (message: StopMessage, extra: Uint8Array = none): Uint8Array {
  return concat(
    optional(message.type, value => varintField(1, value)),
    optional(message.peer, value => bytesField(2, encodePeer(value))),
    optional(message.limit, value => bytesField(3, encodeLimit(value))),
    optional(message.status, value => varintField(4, value)),
    extra
  )
}

function decodePeer (bytes: Uint8Array): WirePeer {
  const fields = fieldsOf(bytes)
  return { id: bytesOf(fields, 1), addrs: allBytesOf(fields, 2) }
}

function decodeLimit (bytes: Uint8Array): WireLimit {
  const fields = fieldsOf(bytes)
  return { duration: small(numberOf(fields, 1)), data: numberOf(fields, 2) }
}

function decodeReservation (bytes: Uint8Array): WireReservation {
  const fields = fieldsOf(bytes)
  return { expire: numberOf(fields, 1), addrs: allBytesOf(fields, 2), voucher: bytesOf(fields, 3) }
}

function maybe<T> (bytes: Uint8Array | undefined, decode: (bytes: Uint8Array) => T): T | undefined {
  return bytes == null ? undefined : decode(bytes)
}

export function decodeHop (bytes: Uint8Array): HopMessage {
  const fields = fieldsOf(bytes)

  return {
    type: small(numberOf(fields, 1)),
    peer: maybe(bytesOf(fields, 2), decodePeer),
    reservation: maybe(bytesOf(fields, 3), decodeReservation),
    limit: maybe(bytesOf(fields, 4), decodeLimit),
    status: small(numberOf(fields, 5))
  }
}

export function decodeStop (bytes: Uint8Array): StopMessage {
  const fields = fieldsOf(bytes)

  return {
    type: small(numberOf(fields, 1)),
    peer: maybe(bytesOf(fields, 2), decodePeer),
    limit: maybe(bytesOf(fields, 3), decodeLimit),
    status: small(numberOf(fields, 4))
  }
}

export function decodeEnvelope (bytes: Uint8Array): Envelope {
  const fields = fieldsOf(bytes)
  return { publicKey: bytesOf(fields, 1), payloadType: bytesOf(fields, 2), payload: bytesOf(fields, 3), signature: bytesOf(fields, 5) }
}

export function decodeVoucher (bytes: Uint8Array): Voucher {
  const fields = fieldsOf(bytes)
  return { relay: bytesOf(fields, 1), peer: bytesOf(fields, 2), expiration: numberOf(fields, 3), order: fields.map(field => field.no) }
}

/** What the signature of a libp2p signed envelope covers (libp2p/specs RFC 0002). */
export function envelopeSigningInput (domain: string, envelope: Envelope): Uint8Array {
  return concat(...[new TextEncoder().encode(domain), envelope.payloadType ?? none, envelope.payload ?? none].map(part => frame(part)))
}

/** A field no version of the protocol knows, of exactly `size` bytes, for padding a message. */
export function unknownField (size: number): Uint8Array {
  // the tag of field 2000 takes two bytes; the length prefix of the value one or more
  for (let prefix = 1; prefix <= 4; prefix++) {
    const value = size - 2 - prefix

    if (value >= 0 && varint(value).byteLength === prefix) {
      return bytesField(2000, new Uint8Array(value).fill(0x61))
    }
  }

  throw new Error(`no field is ${size} bytes long`)
}

/** The encoded message, padded with an unknown field to exactly `size` bytes. */
export function padTo (size: number, body: Uint8Array): Uint8Array {
  return concat(body, unknownField(size - body.byteLength))
}
