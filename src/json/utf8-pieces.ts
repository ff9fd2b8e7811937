import { isAscii, isUtf8 } from 'node:buffer'
import { JsonError } from './text.js'

/** UTF-8 that comes in pieces, which may end within a character. */
export class Utf8Pieces {
  /** Of a character that is not whole, three bytes at most. */
  #rest: Uint8Array | undefined

  /** @throws JsonError when it is not UTF-8 */
  text (bytes: Uint8Array): string {
    if (this.#rest == null && isAscii(bytes)) {
      return bufferOf(bytes).toString('latin1')
    }

    const buffer = this.#rest == null ? bufferOf(bytes) : Buffer.concat([this.#rest, bytes])
    const end = wholeCharacters(buffer)

    this.#rest = end === buffer.byteLength ? undefined : buffer.subarray(end)

    const whole = buffer.subarray(0, end)

    if (!isUtf8(whole)) {
      throw notUtf8()
    }

    return whole.toString('utf8')
  }

  /** @throws JsonError when the last character is not whole */
  end (): void {
    if (this.#rest != null) {
      throw notUtf8()
    }
  }
}

export function notUtf8 (): JsonError {
  return new JsonError('the body is not UTF-8')
}

/** Where a last character begins that lacks bytes, or the end. */
function wholeCharacters (bytes: Uint8Array): number {
  const { length } = bytes

  for (let back = 1; back <= Math.min(3, length); back++) {
    // an index within the array
    const byte = bytes[length - back] as number

    if (byte >= 0xc0) {
      return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? length - back : length
    }

    if (byte < 0x80) {
      break
    }
  }

  return length
}

function bufferOf (bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
