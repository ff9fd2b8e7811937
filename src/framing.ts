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

/** Pieces that wait and are shorter, or a smaller part of the memory that they lie in, are copied: see `FrameBuffer`. */
const MIN_PIECE_BYTES = 1024
const MIN_PIECE_PART = 1 / 4
/** Memory into which they are copied: as much as waits already, within these bounds. */
const MIN_TAIL_BYTES = 256
const MAX_TAIL_BYTES = 64 * 1024

/**
 * Cuts the bytes of a stream into frames: an unsigned varint length and that many bytes, in whatever pieces they come. Keeps
 * nothing but what was put in. A frame that lies in one piece of what was put in is a part of it; else it is copied once, or
 * twice what came of it in small pieces. What waits costs a few times its bytes at most, also when it comes one byte in each packet: such
 * pieces are put together, so that they keep no packets alive and do not become a list as long as the frame.
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
  /** Chunks from the first on that may stay as they are. */
  #kept = 0
  /** What the last of these lies in when it was copied, and up to where that is used. */
  #tail?: Uint8Array<ArrayBuffer>
  #tailUsed = 0

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
    this.#keep()

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
      this.#keep()
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
      this.#kept = 0
      this.#tail = undefined
      return
    }

    this.#offset += length

    // a prefix may end in a later chunk
    for (let first = this.#chunks[0]; first != null && this.#offset >= first.byteLength; first = this.#chunks[0]) {
      this.#offset -= first.byteLength
      this.#chunks.shift()

      if (this.#kept === 0 || --this.#kept === 0) {
        this.#tail = undefined
      }
    }
  }

  /** What has come and was not taken stays for a while: it shall cost no more than its bytes. */
  #keep (): void {
    if (this.#kept === this.#chunks.length) {
      return
    }

    const fresh = this.#chunks.splice(this.#kept)

    for (const chunk of fresh) {
      // the first may have been taken in part
      const piece = this.#chunks.length === 0 ? chunk.subarray(this.#offset) : chunk

      if (this.#chunks.length === 0) {
        this.#offset = 0
      }

      if (piece.byteLength >= MIN_PIECE_BYTES && piece.byteLength >= piece.buffer.byteLength * MIN_PIECE_PART) {
        this.#chunks.push(piece)
        this.#tail = undefined
      } else {
        this.#copy(piece)
      }
    }

    this.#kept = this.#chunks.length
  }

  /** Behind what was copied before, as long as there is room. */
  #copy (piece: Uint8Array): void {
    const last = this.#chunks.at(-1)

    if (this.#tail != null && last != null && this.#tail.byteLength - this.#tailUsed >= piece.byteLength) {
      this.#tail.set(piece, this.#tailUsed)
      this.#tailUsed += piece.byteLength
      this.#chunks[this.#chunks.length - 1] = this.#tail.subarray(last.byteOffset, this.#tailUsed)
      return
    }

    this.#tail = new Uint8Array(Math.max(piece.byteLength, MIN_TAIL_BYTES, Math.min(MAX_TAIL_BYTES, this.#byteLength)))
    this.#tail.set(piece)
    this.#tailUsed = piece.byteLength
    this.#chunks.push(this.#tail.subarray(0, piece.byteLength))
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
