import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { HttpError } from './errors.js'
import type { HeldShare } from './shares.js'

export type Decoder = (bytes: Uint8Array, options: { maxOutputLength: number, chunkSize: number }) => Promise<Buffer>

/** Each piece is a turn of the event loop. */
const CHUNK_BYTES = 256 * 1024

/** @throws HttpError `unsupported_media_type` */
export function decoderOf (encoding: string | undefined): Decoder | undefined {
  switch (encoding?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity': return undefined
    case 'gzip':
    case 'x-gzip': return promisify(gunzip)
    case 'deflate': return promisify(inflate)
    case 'br': return promisify(brotliDecompress)
    default: throw new HttpError('unsupported_media_type', 'a body is encoded with gzip, deflate or br, or not at all', { headers: { 'accept-encoding': 'gzip, deflate, br' } })
  }
}

/** Decodes one body at a time, when all of it has come: however many promise much, they cost the memory and the thread of one. */
export class Decoders {
  readonly #waiting: Array<() => void> = []
  #isBusy = false

  /**
   * @param limit of decoded bytes
   * @param isGone nobody waits for it any more
   * @throws HttpError `message_too_large`, `invalid_input`, `cancelled`
   */
  async decode (bytes: Uint8Array, decoder: Decoder, limit: number, held: HeldShare, isGone: () => boolean): Promise<Uint8Array> {
    await this.#turn()

    let decoded: Uint8Array | undefined

    held.add(limit)

    try {
      if (isGone()) {
        throw new HttpError('cancelled', 'nobody waits for the answer')
      }

      decoded = await decoder(bytes, { maxOutputLength: limit, chunkSize: CHUNK_BYTES })

      return decoded
    } catch (err) {
      throw decodeError(err, limit)
    } finally {
      held.add((decoded?.byteLength ?? 0) - limit - bytes.byteLength)
      this.#next()
    }
  }

  async #turn (): Promise<void> {
    if (this.#isBusy) {
      await new Promise<void>(resolve => { this.#waiting.push(resolve) })
    }

    this.#isBusy = true
  }

  #next (): void {
    const next = this.#waiting.shift()

    if (next == null) {
      this.#isBusy = false
    } else {
      next()
    }
  }
}

export function tooLarge (limit: number): HttpError {
  return new HttpError('message_too_large', `the body is larger than ${limit} bytes`, { details: { max_body_bytes: String(limit) } })
}

function decodeError (err: unknown, limit: number): HttpError {
  if (err instanceof HttpError) {
    return err
  }

  return (err as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(limit) : new HttpError('invalid_input', 'the body is not what its content-encoding says', { cause: err })
}
