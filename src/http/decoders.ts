import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { brotliDecompress, createBrotliDecompress, createGunzip, createInflate, gunzip, inflate } from 'node:zlib'
import { EnigmaError } from '../errors.js'
import { HttpError } from './errors.js'
import { Line } from './line.js'
import type { Transform } from 'node:stream'
import type { JsonIntake } from './json-intake.js'
import type { HeldShare } from './shares.js'

export interface Decoder {
  whole (bytes: Uint8Array, options: { maxOutputLength: number }): Promise<Buffer>
  /** `bytesWritten`: of what came, as far as it is decoded. */
  inPieces (options: { chunkSize: number }): Transform & { readonly bytesWritten: number }
}

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
/** What grows beyond is looked at. */
const FREE_BYTES = 64 * 1024
/** Of what is decoded to what came of it: base64 of what is encrypted has 1.3, lists of names 10, and what is made to do harm 1000. */
const MAX_RATIO = 16
const REST_MS = 2
const RETRY_MS = 1000

const GZIP: Decoder = { whole: promisify(gunzip), inPieces: createGunzip }
const DEFLATE: Decoder = { whole: promisify(inflate), inPieces: createInflate }
const BROTLI: Decoder = { whole: promisify(brotliDecompress), inPieces: createBrotliDecompress }

/** @throws HttpError `unsupported_media_type` */
export function decoderOf (encoding: string | undefined): Decoder | undefined {
  switch (encoding?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity': return undefined
    case 'gzip':
    case 'x-gzip': return GZIP
    case 'deflate': return DEFLATE
    case 'br': return BROTLI
    default: throw new HttpError('unsupported_media_type', 'a body is encoded with gzip, deflate or br, or not at all', { headers: { 'accept-encoding': 'gzip, deflate, br' } })
  }
}

/**
 * Decodes bodies that have come. Of small ones one at a time, and beside them one large one, each caller in turn: however many promise much, they
 * cost the memory and the threads of two. What unpacks to many times its size is decoded slowly, and only while no other large one waits.
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
   * @returns a small body, or the intake that has been given all of a large one
   * @throws HttpError `message_too_large`, `invalid_input`, `rate_limited`, `cancelled`; JsonError
   */
  async decode (bytes: Uint8Array, options: DecodeOptions): Promise<Uint8Array | JsonIntake> {
    const { caller, held } = options

    try {
      return await this.#small.run(caller, async () => await decodeSmall(bytes, options)) ??
        await this.#large.run(caller, async () => await this.#decodeLarge(bytes, options))
    } finally {
      held.add(-bytes.byteLength)
    }
  }

  async #decodeLarge (bytes: Uint8Array, { decoder, limit, held, intake, isGone }: DecodeOptions): Promise<JsonIntake> {
    const reading = intake()
    const pieces = decoder.inPieces({ chunkSize: SMALL_BYTES })
    let length = 0

    pieces.end(bytes)

    try {
      for await (const piece of pieces as AsyncIterable<Buffer>) {
        length += piece.byteLength
        held.add(piece.byteLength)

        if (length > limit) {
          throw tooLarge(limit)
        }

        checkThere(isGone)

        if (length > FREE_BYTES && length > MAX_RATIO * pieces.bytesWritten) {
          await this.#slowDown()
        }

        await reading.read(piece)
      }

      return reading
    } catch (err) {
      throw err instanceof EnigmaError ? err : notAsItSays(err)
    }
  }

  async #slowDown (): Promise<void> {
    if (this.#large.isWanted) {
      throw new HttpError('rate_limited', 'the body unpacks to many times its size, and others wait', { retryAfterMs: RETRY_MS })
    }

    await this.#rest()
  }
}

async function decodeSmall (bytes: Uint8Array, { decoder, limit, held, isGone }: DecodeOptions): Promise<Uint8Array | undefined> {
  checkThere(isGone)

  try {
    const decoded = await decoder.whole(bytes, { maxOutputLength: Math.min(limit, SMALL_BYTES) })

    held.add(decoded.byteLength)

    return decoded
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') {
      throw notAsItSays(err)
    }

    if (limit <= SMALL_BYTES) {
      throw tooLarge(limit)
    }

    return undefined
  }
}

function checkThere (isGone: () => boolean): void {
  if (isGone()) {
    throw new HttpError('cancelled', 'nobody waits for the answer')
  }
}

export function tooLarge (limit: number): HttpError {
  return new HttpError('message_too_large', `the body is larger than ${limit} bytes`, { details: { max_body_bytes: String(limit) } })
}

function notAsItSays (cause: unknown): HttpError {
  return new HttpError('invalid_input', 'the body is not what its content-encoding says', { cause })
}
