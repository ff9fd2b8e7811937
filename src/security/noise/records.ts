import { InvalidRecordError } from '../errors.js'
import { TAG_BYTES } from './crypto.js'
import { Nonce } from './nonce.js'
import type { RecordKey } from './record-key.js'
import type { Uint8ArrayList } from 'uint8arraylist'

const LENGTH_BYTES = 2
const MAX_PLAINTEXT = 65_535 - TAG_BYTES

/** A record that comes byte by byte must not cost an object a byte. */
const MAX_PIECES = 64

/** Seals what is sent, in records of at most 65,535 bytes (libp2p/specs noise, "Wire format"). */
export class RecordWriter {
  readonly #key: RecordKey
  readonly #nonce: Nonce

  constructor (key: RecordKey, nonce = new Nonce()) {
    this.#key = key
    this.#nonce = nonce
  }

  /** All of `data` as records in one buffer. @throws RangeError when the nonces are used up */
  seal (data: Uint8ArrayList): Buffer {
    const records = Math.ceil(data.byteLength / MAX_PLAINTEXT)
    const output = Buffer.allocUnsafeSlow(data.byteLength + records * (LENGTH_BYTES + TAG_BYTES))
    let offset = 0

    for (const plaintext of inRecords(data)) {
      const size = plaintext.byteLength + TAG_BYTES

      output[offset] = size >>> 8
      output[offset + 1] = size & 0xff
      this.#key.sealInto(output, offset + LENGTH_BYTES, this.#nonce.next(), plaintext)
      offset += LENGTH_BYTES + size
    }

    return output
  }
}

/** Holds the plaintext of one record, when it came in pieces, until it is sealed. */
const scratch = Buffer.allocUnsafeSlow(MAX_PLAINTEXT)

/** Each is to be used before the next is asked for. */
function * inRecords (data: Uint8ArrayList): Generator<Uint8Array> {
  let filled = 0

  for (const piece of data) {
    for (let start = 0; start < piece.byteLength;) {
      const part = piece.subarray(start, start + MAX_PLAINTEXT - filled)

      start += part.byteLength

      if (filled === 0 && (part.byteLength === MAX_PLAINTEXT || part.byteLength === data.byteLength)) {
        yield part
        continue
      }

      scratch.set(part, filled)
      filled += part.byteLength

      if (filled === MAX_PLAINTEXT) {
        yield scratch
        filled = 0
      }
    }
  }

  if (filled > 0) {
    yield scratch.subarray(0, filled)
  }
}

/** Opens what arrives, in pieces of any size. Holds at most one record. */
export class RecordReader {
  readonly #key: RecordKey
  readonly #nonce: Nonce
  /** The record that has begun, with its length. */
  #partial: Uint8Array[] = []
  #partialBytes = 0

  constructor (key: RecordKey, nonce = new Nonce()) {
    this.#key = key
    this.#nonce = nonce
  }

  /**
   * Appends to `output` the plaintext of all records that are whole with `chunk`.
   *
   * @throws InvalidRecordError when one was forged, changed, replayed, reordered or left out
   */
  read (chunk: Uint8Array, output: Uint8ArrayList): void {
    let offset = 0

    while (offset < chunk.byteLength) {
      if (this.#partialBytes > 0) {
        offset += this.#continue(chunk.subarray(offset), output)
        continue
      }

      const left = chunk.byteLength - offset
      const size = left < LENGTH_BYTES ? Infinity : LENGTH_BYTES + recordSize(chunk[offset], chunk[offset + 1])

      if (size > left) {
        this.#keep(chunk.subarray(offset))
        return
      }

      this.#open([chunk.subarray(offset + LENGTH_BYTES, offset + size - TAG_BYTES)], chunk.subarray(offset + size - TAG_BYTES, offset + size), output)
      offset += size
    }
  }

  /** Adds to the record that has begun; returns how much of `bytes` it took. */
  #continue (bytes: Uint8Array, output: Uint8ArrayList): number {
    const wanted = this.#partialSize() - this.#partialBytes
    const taken = bytes.subarray(0, wanted)

    this.#keep(taken)

    if (taken.byteLength < wanted || this.#partialBytes === LENGTH_BYTES) {
      return taken.byteLength
    }

    const { parts, tag } = this.#takePartial()

    this.#open(parts, tag, output)

    return taken.byteLength
  }

  /** As far as it is known. */
  #partialSize (): number {
    if (this.#partialBytes < LENGTH_BYTES) {
      return LENGTH_BYTES
    }

    const [first, second] = this.#partial

    return LENGTH_BYTES + recordSize(first?.[0], first != null && first.byteLength > 1 ? first[1] : second?.[0])
  }

  #keep (bytes: Uint8Array): void {
    this.#partial.push(bytes)
    this.#partialBytes += bytes.byteLength

    if (this.#partial.length === MAX_PIECES) {
      this.#partial = [Buffer.concat(this.#partial)]
    }
  }

  /** Most records lie in two chunks and are opened where they lie; the tag alone is copied when it is cut. */
  #takePartial (): { parts: Uint8Array[], tag: Uint8Array } {
    const tagStart = this.#partialBytes - TAG_BYTES
    const parts: Uint8Array[] = []
    const tags: Uint8Array[] = []
    let position = 0

    for (const piece of this.#partial) {
      const text = piece.subarray(Math.max(0, LENGTH_BYTES - position), Math.max(0, tagStart - position))

      if (text.byteLength > 0) {
        parts.push(text)
      }

      if (position + piece.byteLength > tagStart) {
        tags.push(piece.subarray(Math.max(0, tagStart - position)))
      }

      position += piece.byteLength
    }

    this.#partial = []
    this.#partialBytes = 0

    return { parts, tag: Buffer.concat(tags) }
  }

  #open (parts: Uint8Array[], tag: Uint8Array, output: Uint8ArrayList): void {
    const nonce = this.#nonce.next()
    let plaintext: Uint8Array[]

    try {
      plaintext = this.#key.open(nonce, parts, tag)
    } catch (err) {
      throw new InvalidRecordError('A Noise record is not what the remote sent next', { cause: err })
    }

    for (const piece of plaintext) {
      if (piece.byteLength > 0) {
        output.append(piece)
      }
    }
  }
}

function recordSize (high = 0, low = 0): number {
  const size = high << 8 | low

  if (size < TAG_BYTES) {
    throw new InvalidRecordError('A Noise record is shorter than its tag')
  }

  return size
}
