import { setTimeout as delay } from 'node:timers/promises'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { EnigmaError } from '../errors.js'
import { HttpError } from './errors.js'
import { Line } from './line.js'
import type { Transform } from 'node:stream'
import type { JsonIntake } from './json-intake.js'
import type { HeldShare } from './shares.js'

/** `bytesWritten`: of what came, as far as it is decoded. */
export type Decoder = (options: { chunkSize: number }) => Transform & { readonly bytesWritten: number }

export interface DecodeOptions {
  decoder: Decoder
  /** Of decoded bytes. */
  limit: number
  /** Bodies of one wait for each other, and not those of others. */
  caller: string
  held: HeldShare
  /** Makes what takes more than a small body. */
  intake: () => JsonIntake
  /** Nobody waits for it any more. */
  isGone: () => boolean
}

/** What most bodies are once they are decoded. */
const SMALL_BYTES = 64 * 1024
/** Of what is decoded to what came of it: base64 of what is encrypted has 1.3, lists of names 10, and what is made to do harm 1000. */
const MAX_RATIO = 16
const REST_MS = 2
const RETRY_MS = 1000

/** @throws HttpError `unsupported_media_type` */
export function decoderOf (encoding: string | undefined): Decoder | undefined {
  switch (encoding?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity': return undefined
    case 'gzip':
    case 'x-gzip': return createGunzip
    case 'deflate': return createInflate
    case 'br': return createBrotliDecompress
    default: throw new HttpError('unsupported_media_type', 'a body is encoded with gzip, deflate or br, or not at all', { headers: { 'accept-encoding': 'gzip, deflate, br' } })
  }
}

/**
 * Decodes bodies that have come. Of small ones one at a time, and beside them one large one, each caller in turn: however many promise much, they
 * cost the memory and the threads of two. What unpacks to many times its size is decoded slowly, and only while there is no other large one.
 */
export class Decoders {
  readonly #small = new Line()
  readonly #large = new Line()
  readonly #rest: () => Promise<unknown>

  /** @param rest between two pieces of a body that grows and grows */
  constructor (rest: () => Promise<unknown> = async () => { await delay(REST_MS) }) {
    this.#rest = rest
  }

  /**
   * @param chunks of what came
   * @returns a small body, or the intake that has been given all of a large one
   * @throws HttpError `message_too_large`, `invalid_input`, `rate_limited`, `cancelled`; JsonError
   */
  async decode (chunks: readonly Uint8Array[], options: DecodeOptions): Promise<Uint8Array | JsonIntake> {
    const { caller, held } = options

    try {
      return await this.#small.run(caller, async () => await this.#decodeSmall(chunks, options)) ??
        await this.#large.run(caller, async () => await this.#decodeLarge(chunks, options))
    } catch (err) {
      throw err instanceof EnigmaError ? err : new HttpError('invalid_input', 'the body is not what its content-encoding says', { cause: err })
    } finally {
      held.add(-chunks.reduce((sum, { byteLength }) => sum + byteLength, 0))
    }
  }

  /** Undefined: it is large, which shows in the first piece. */
  async #decodeSmall (chunks: readonly Uint8Array[], options: DecodeOptions): Promise<Uint8Array | undefined> {
    const pieces: Buffer[] = []

    for await (const { piece, length, isSuspect } of decoded(chunks, options, Math.min(options.limit, SMALL_BYTES) + 1)) {
      if (length > SMALL_BYTES) {
        if (isSuspect && this.#large.isBusy) {
          throw othersFirst()
        }

        return undefined
      }

      pieces.push(piece)
    }

    const whole = Buffer.concat(pieces)

    options.held.add(whole.byteLength)

    return whole
  }

  async #decodeLarge (chunks: readonly Uint8Array[], options: DecodeOptions): Promise<JsonIntake> {
    const reading = options.intake()

    for await (const { piece, isSuspect } of decoded(chunks, options, SMALL_BYTES)) {
      options.held.add(piece.byteLength)

      if (isSuspect) {
        if (this.#large.isWanted) {
          throw othersFirst()
        }

        await this.#rest()
      }

      await reading.read(piece)
    }

    return reading
  }
}

interface Decoded {
  piece: Buffer
  /** Of all pieces so far. */
  length: number
  /** They are many times what came of them. */
  isSuspect: boolean
}

async function * decoded (chunks: readonly Uint8Array[], { decoder, limit, isGone }: DecodeOptions, chunkSize: number): AsyncGenerator<Decoded> {
  const decoding = decoder({ chunkSize })
  let length = 0

  chunks.forEach(chunk => decoding.write(chunk))
  decoding.end()

  for await (const piece of decoding as AsyncIterable<Buffer>) {
    length += piece.byteLength

    if (length > limit) {
      throw tooLarge(limit)
    }

    if (isGone()) {
      throw new HttpError('cancelled', 'nobody waits for the answer')
    }

    yield { piece, length, isSuspect: length > SMALL_BYTES && length > MAX_RATIO * decoding.bytesWritten }
  }
}

function othersFirst (): HttpError {
  return new HttpError('rate_limited', 'the body unpacks to many times its size, and others wait', { retryAfterMs: RETRY_MS })
}

export function tooLarge (limit: number): HttpError {
  return new HttpError('message_too_large', `the body is larger than ${limit} bytes`, { details: { max_body_bytes: String(limit) } })
}
