import { EnigmaError } from './errors.js'

/** Bytes that are no protobuf message, or not the one that is wanted. */
export class MalformedRequestError extends EnigmaError {
  constructor (message: string) {
    super('invalid_input', message)
  }
}

export const VARINT = 0
const FIXED64 = 1
export const BYTES = 2
const FIXED32 = 5

const MAX_VARINT_BYTES = 10
const U64 = (1n << 64n) - 1n
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads one protobuf message field by field (protobuf.dev, "Encoding"). Never looks behind the end of it, and keeps no copy: bytes are
 * parts of what is read. protons reads lengths and varints beyond a message's end, takes any wire type for any field, and takes what
 * is no UTF-8; what a stranger sends is read by this one.
 */
export class WireReader {
  readonly #bytes: Uint8Array
  readonly #end: number
  #fields: { left: number }
  #at: number
  /** Of the field that `next` came to. */
  field = 0
  wireType = 0

  /** @param fields how many are read, of the message and of all those in it: a field of two bytes may cost a microsecond and more */
  constructor (bytes: Uint8Array, fields: { left: number }, at = 0, end = bytes.byteLength) {
    this.#bytes = bytes
    this.#fields = fields
    this.#at = at
    this.#end = end
  }

  /** Goes to the next field. @returns false at the end of the message */
  next (): boolean {
    if (this.#at >= this.#end) {
      return false
    }

    if (this.#fields.left-- <= 0) {
      throw new MalformedRequestError('there are too many fields')
    }

    const tag = this.uint()

    this.field = Math.floor(tag / 8)
    this.wireType = tag % 8

    if (this.field === 0 || this.field > 0x1fff_ffff) {
      throw new MalformedRequestError('a field has no number')
    }

    return true
  }

  /** A varint as it is up to 2^53, above it the largest safe integer. */
  uint (): number {
    let value = 0
    let scale = 1

    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = this.#byte()

      value += (byte & 0x7f) * scale
      scale *= 128

      if (byte < 0x80) {
        return Math.min(value, Number.MAX_SAFE_INTEGER)
      }
    }

    throw new MalformedRequestError('a number is too long')
  }

  /** The low 32 bits, as every protobuf reader takes them. */
  uint32 (): number {
    return Number(this.uint64() & 0xffff_ffffn)
  }

  uint64 (): bigint {
    const start = this.#at
    const value = this.uint()

    if (value < Number.MAX_SAFE_INTEGER) {
      return BigInt(value)
    }

    let exact = 0n

    for (let i = this.#at - 1; i >= start; i--) {
      // within the varint that was just read
      exact = exact << 7n | BigInt((this.#bytes[i] as number) & 0x7f)
    }

    return exact & U64
  }

  bytes (): Uint8Array {
    const end = this.#lengthEnd()
    const part = this.#bytes.subarray(this.#at, end)

    this.#at = end

    return part
  }

  string (): string {
    try {
      return text.decode(this.bytes())
    } catch (err) {
      throw err instanceof MalformedRequestError ? err : new MalformedRequestError('text is not UTF-8')
    }
  }

  message (): WireReader {
    const end = this.#lengthEnd()
    const reader = new WireReader(this.#bytes, this.#fields, this.#at, end)

    this.#at = end

    return reader
  }

  /** For a message with long lists: so many fields are read of it, whatever has been read before. */
  allow (count: number): void {
    this.#fields = { left: count }
  }

  /** Goes behind the field that `next` came to. */
  skip (): void {
    switch (this.wireType) {
      case VARINT: this.uint(); break
      case FIXED64: this.#skip(8); break
      case BYTES: this.#at = this.#lengthEnd(); break
      case FIXED32: this.#skip(4); break
      default: throw new MalformedRequestError('a field has an unknown type')
    }
  }

  #lengthEnd (): number {
    const end = this.uint() + this.#at

    if (end > this.#end) {
      throw new MalformedRequestError('a field runs over the end of its message')
    }

    return end
  }

  #skip (count: number): void {
    this.#at += count

    if (this.#at > this.#end) {
      throw new MalformedRequestError('a field runs over the end of its message')
    }
  }

  #byte (): number {
    if (this.#at >= this.#end) {
      throw new MalformedRequestError('a field runs over the end of its message')
    }

    // below the end
    return this.#bytes[this.#at++] as number
  }
}
