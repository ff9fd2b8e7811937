import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { HttpError } from './errors.js'
import type { Deadlines } from './deadlines.js'
import type { HeldShare } from './shares.js'
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'

/** Bodies of this size are read whatever others hold, as frames on a stream are. */
const SMALL_BYTES = 64 * 1024

export interface ReadBodyOptions {
  /** Of decoded bytes. */
  limit: number
  held: HeldShare
  deadlines: Deadlines
}

/**
 * The decoded body. Counts what has arrived, and reads on only while there is room for it. Not `async`: a promise less for each request.
 *
 * @throws HttpError `message_too_large`, `unsupported_media_type`, `invalid_input` (broken encoding, body that ends early), `rate_limited`; at once, or by the promise
 */
export function readBody (request: IncomingMessage, { limit, held, deadlines }: ReadBodyOptions): Promise<Uint8Array> {
  const declared = Number(request.headers['content-length'] ?? 0)
  const decoder = decoderOf(request.headers['content-encoding'])

  if (decoder == null && declared > limit) {
    throw tooLarge(limit)
  }

  // HTTP/1 has its own deadline for a request (server/create.ts)
  if (decoder == null && declared > 0 && declared <= SMALL_BYTES && request.httpVersionMajor === 1) {
    return readSmall(request, declared, held)
  }

  return new Promise<Uint8Array>((resolve, reject) => {
    const source: Readable = decoder ?? request
    const chunks: Buffer[] = []
    const isSmall = decoder == null && declared > 0 && declared <= SMALL_BYTES
    let length = 0

    const begun = isSmall ? undefined : held.share.begin(() => { end(new HttpError('rate_limited', 'too much is on its way in, and this body began first')) })
    const resume = (): void => {
      if (held.share.hasRoom(begun?.isFirst())) {
        source.resume()
      } else {
        held.share.whenRoom(resume)
      }
    }
    const onData = (chunk: Buffer): void => {
      length += chunk.byteLength
      held.add(chunk.byteLength)

      if (length > limit) {
        end(tooLarge(limit))
        return
      }

      chunks.push(chunk)

      if (!isSmall && length > SMALL_BYTES && !held.share.hasRoom(begun?.isFirst())) {
        source.pause()
        held.share.whenRoom(resume)
      }
    }
    const onEnd = (): void => { end() }
    const onClose = (): void => {
      // a decoder may still be at work on what has come
      if (!request.complete) {
        end(new HttpError('invalid_input', 'the body ended early'))
      }
    }
    const onDecodeError = (): void => { end(new HttpError('invalid_input', 'the body is not what its content-encoding says')) }
    const onLate = (): void => { end(new HttpError('request_timeout', 'the body did not come to its end in time')) }
    const end = (err?: unknown): void => {
      begun?.done()
      held.share.forget(resume)
      source.off('data', onData)
      source.off('end', onEnd)
      request.off('close', onClose)
      deadlines.delete(onLate)

      if (decoder != null) {
        request.unpipe(decoder)
        decoder.off('error', onDecodeError)
        decoder.on('error', () => {})
        decoder.destroy()
      }

      if (err != null) {
        request.resume()
        reject(err)
      } else {
        held.complete()
        resolve(chunks.length === 1 ? chunks[0] as Buffer : Buffer.concat(chunks, length))
      }
    }

    source.on('data', onData)
    source.on('end', onEnd)
    request.on('close', onClose)
    deadlines.add(onLate)

    if (decoder != null) {
      decoder.on('error', onDecodeError)
      request.pipe(decoder)
    }
  })
}

/** What most bodies are, with as little as it takes; Node.js does not give more than was declared. */
function readSmall (request: IncomingMessage, declared: number, held: HeldShare): Promise<Uint8Array> {
  return new Promise<Uint8Array>((resolve, reject) => {
    let whole: Buffer | undefined
    let rest: Buffer[] | undefined

    request.on('data', (chunk: Buffer) => {
      held.add(chunk.byteLength)

      if (whole == null) {
        whole = chunk
      } else {
        rest ??= [whole]
        rest.push(chunk)
      }
    })
    request.on('end', () => {
      held.complete()
      resolve(rest == null ? whole ?? Buffer.alloc(0) : Buffer.concat(rest, declared))
    })
    request.on('close', () => {
      if (!request.complete) {
        reject(new HttpError('invalid_input', 'the body ended early'))
      }
    })
  })
}

function decoderOf (encoding: string | undefined): (Readable & NodeJS.WritableStream) | undefined {
  switch (encoding?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity': return undefined
    case 'gzip':
    case 'x-gzip': return createGunzip()
    case 'deflate': return createInflate()
    case 'br': return createBrotliDecompress()
    default: throw new HttpError('unsupported_media_type', 'a body is encoded with gzip, deflate or br, or not at all', { headers: { 'accept-encoding': 'gzip, deflate, br' } })
  }
}

function tooLarge (limit: number): HttpError {
  return new HttpError('message_too_large', `the body is larger than ${limit} bytes`, { details: { max_body_bytes: String(limit) } })
}
