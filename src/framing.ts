import { allocUnsafe } from 'uint8arrays/alloc'
import { EnigmaError } from './errors.js'
import type { Uint8ArrayList } from 'uint8arraylist'

/** The most to give to one `send`: js-yamux makes one frame of it, and rust-yamux ends a connection over a frame of more than 1 MiB. */
export const MAX_SEND_BYTES = 256 * 1024

/** A length prefix announces more than the protocol's largest frame, or is no unsigned varint. */
export class FrameTooLongError extends EnigmaError {
  constructor (maxLength: number) {
    super('frame_too_long', `a frame of over ${maxLength} bytes was announced`)
  }
}

/**
 * Cuts the bytes of a stream into frames: an unsigned varint length and that many bytes, in whatever pieces they come. Keeps
 * nothing but what was put in. A frame that lies in one piece of what was put in is a part of it; else it is copied once.
 */
export class FrameBuffer {
  readonly #maxLength: number
  readonly #maxPrefixLength: number
  #chunks: Uint8Array[] = []
  /** Where the first chunk goes on. */
  #offset = 0
  #byteLength = 0
  /** Of the frame whose prefix was read. */
  #length?: number

  /** @param maxLength of a frame, in bytes, without its prefix; below 2^31 */
  constructor (maxLength: number) {
    this.#maxLength = maxLength
    this.#maxPrefixLength = framePrefix(maxLength).byteLength
  }

  /** Bytes that wait, the prefix of a begun frame not counted once it was read. */
  get byteLength (): number {
    return this.#byteLength
  }

  /**
   * Bytes that the next frame has without its prefix, once that has come.
   *
   * @throws FrameTooLongError before what is announced has come
   */
  announced (): number | undefined {
    this.#length ??= this.#readPrefix()

    return this.#length
  }

  append (data: Uint8Array | Uint8ArrayList): void {
    for (const chunk of data instanceof Uint8Array ? [data] : data) {
      if (chunk.byteLength > 0) {
        this.#chunks.push(chunk)
        this.#byteLength += chunk.byteLength
      }
    }
  }

  /**
   * The next frame without its prefix, or undefined until it is whole.
   *
   * @throws FrameTooLongError before what is announced has come
   */
  next (): Uint8Array | undefined {
    const length = this.announced()

    if (length == null || this.#byteLength < length) {
      return undefined
    }

    const frame = this.#take(length)
    this.#length = undefined

    return frame
  }

  /** All that was put in and not taken; forgets it. */
  drain (): Uint8Array {
    this.#length = undefined

    return this.#take(this.#byteLength)
  }

  #readPrefix (): number | undefined {
    let length = 0
    let index = this.#offset
    let chunk = 0

    for (let read = 1; read <= this.#byteLength; read++) {
      if (index === this.#chunks[chunk]?.byteLength) {
        chunk++
        index = 0
      }

      const byte = this.#chunks[chunk]?.[index++] ?? 0
      // no shift: five bytes are more than 32 bits
      length += (byte & 0x7f) * 128 ** (read - 1)

      if (length > this.#maxLength || (byte >= 0x80 && read === this.#maxPrefixLength)) {
        throw new FrameTooLongError(this.#maxLength)
      }

      if (byte < 0x80) {
        this.#skip(read)
        return length
      }
    }

    return undefined
  }

  #take (length: number): Uint8Array {
    const first = this.#chunks[0]

    if (first == null || length === 0) {
      return new Uint8Array(0)
    }

    if (first.byteLength - this.#offset >= length) {
      const part = first.subarray(this.#offset, this.#offset + length)

      this.#skip(length)

      return part
    }

    const whole = allocUnsafe(length)

    for (let at = 0; at < length;) {
      // there are `length` bytes: see next()
      const part = (this.#chunks[0] as Uint8Array).subarray(this.#offset, this.#offset + length - at)

      whole.set(part, at)
      at += part.byteLength
      this.#skip(part.byteLength)
    }

    return whole
  }

  #skip (length: number): void {
    this.#byteLength -= length

    if (this.#byteLength === 0) {
      this.#chunks = []
      this.#offset = 0
      return
    }

    this.#offset += length

    // a prefix may end in a later chunk
    for (let first = this.#chunks[0]; first != null && this.#offset >= first.byteLength; first = this.#chunks[0]) {
      this.#offset -= first.byteLength
      this.#chunks.shift()
    }
  }
}

/** The unsigned varint of a length. */
export function framePrefix (length: number): Uint8Array {
  const prefix: number[] = []
  let rest = length

  while (rest > 0x7f) {
    prefix.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }

  return Uint8Array.of(...prefix, rest)
}

/** Puts the length of a message before it. */
export function frame (message: Uint8Array): Uint8Array {
  const prefix = framePrefix(message.byteLength)
  const out = new Uint8Array(prefix.byteLength + message.byteLength)

  out.set(prefix)
  out.set(message, prefix.byteLength)

  return out
}
