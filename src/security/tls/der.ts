export const enum Tag {
  Boolean = 0x01,
  Integer = 0x02,
  BitString = 0x03,
  OctetString = 0x04,
  ObjectIdentifier = 0x06,
  UtcTime = 0x17,
  GeneralizedTime = 0x18,
  Sequence = 0x30
}

export interface DerValue {
  tag: number
  /** Contents. */
  body: Uint8Array
  /** Tag and length with it. */
  whole: Uint8Array
}

/** Reads the values that follow one another in `bytes`. All methods throw on what is not DER. */
export class DerReader {
  readonly #bytes: Uint8Array
  #offset = 0

  constructor (bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get done (): boolean {
    return this.#offset === this.#bytes.byteLength
  }

  /** The tag of the next value, or undefined at the end. */
  peek (): number | undefined {
    return this.#bytes[this.#offset]
  }

  read (tag: number): DerValue {
    if (this.peek() !== tag) {
      throw new RangeError(`expected tag ${tag.toString(16)}, found ${this.peek()?.toString(16) ?? 'the end'}`)
    }

    return this.readAny()
  }

  readAny (): DerValue {
    const start = this.#offset
    const tag = this.#byte()

    if ((tag & 0x1f) === 0x1f) {
      throw new RangeError('long tags are not used in certificates')
    }

    const length = this.#length()
    const bodyStart = this.#offset

    this.#offset += length

    if (this.#offset > this.#bytes.byteLength) {
      throw new RangeError('a value is longer than what holds it')
    }

    return { tag, body: this.#bytes.subarray(bodyStart, this.#offset), whole: this.#bytes.subarray(start, this.#offset) }
  }

  readIfPresent (tag: number): DerValue | undefined {
    return this.peek() === tag ? this.readAny() : undefined
  }

  /** For sequences that may not go on. */
  end (): void {
    if (!this.done) {
      throw new RangeError('unexpected data after the last value')
    }
  }

  #length (): number {
    const first = this.#byte()

    if (first < 0x80) {
      return first
    }

    const size = first & 0x7f

    if (size === 0 || size > 3) {
      throw new RangeError('a length is indefinite or too large')
    }

    let length = 0

    for (let i = 0; i < size; i++) {
      length = length << 8 | this.#byte()
    }

    if (length < 0x80 || length >>> ((size - 1) * 8) === 0) {
      throw new RangeError('a length is not in its shortest form')
    }

    return length
  }

  #byte (): number {
    const byte = this.#bytes[this.#offset++]

    if (byte == null) {
      throw new RangeError('unexpected end')
    }

    return byte
  }
}
