import { decoderOf, tooLarge } from './decoders.js'
import { HttpError } from './errors.js'
import type { Deadlines } from './deadlines.js'
import type { Decoders } from './decoders.js'
import type { HeldShare } from './shares.js'
import type { IncomingMessage } from 'node:http'

/** Bodies of this size are read whatever others hold, as frames on a stream are. */
const SMALL_BYTES = 64 * 1024

export interface ReadBodyOptions {
  /** Of decoded bytes. */
  limit: number
  held: HeldShare
  deadlines: Deadlines
  decoders: Decoders
}

/**
 * The decoded body. Counts what has arrived, and reads on only while there is room for it; whoever gets it says that it is whole. Not `async`: a promise less for each request.
 *
 * @throws HttpError `message_too_large`, `unsupported_media_type`, `invalid_input` (broken encoding, body that ends early), `rate_limited`; at once, or by the promise
 */
export function readBody (request: IncomingMessage, { limit, held, deadlines, decoders }: ReadBodyOptions): Promise<Uint8Array> {
  const { headers, httpVersionMajor } = request
  const declared = Number(headers['content-length'] ?? 0)
  const decoder = decoderOf(headers['content-encoding'])

  if (declared > limit) {
    throw tooLarge(limit)
  }

  if (decoder != null) {
    return readAny(request, { limit, held, deadlines, isSmall: false })
      .then(bytes => decoders.decode(bytes, decoder, limit, held, () => request.socket.destroyed))
  }

  const isSmall = declared > 0 && declared <= SMALL_BYTES
  // HTTP/1 has its own deadline for a request (server/create.ts)
  return isSmall && httpVersionMajor === 1 ? readSmall(request, declared, held) : readAny(request, { limit, held, deadlines, isSmall })
}

function readAny (request: IncomingMessage, { limit, held, deadlines, isSmall }: Omit<ReadBodyOptions, 'decoders'> & { isSmall: boolean }): Promise<Uint8Array> {
  return new Promise<Uint8Array>((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0

    const begun = isSmall ? undefined : held.share.begin(() => { end(new HttpError('rate_limited', 'too much is on its way in, and this body began first')) })
    const resume = (): void => {
      if (held.share.hasRoom(begun?.isFirst())) {
        request.resume()
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
        request.pause()
        held.share.whenRoom(resume)
      }
    }
    const onEnd = (): void => { end() }
    const onClose = (): void => {
      if (!request.complete) {
        end(new HttpError('invalid_input', 'the body ended early'))
      }
    }
    const onLate = (): void => { end(new HttpError('request_timeout', 'the body did not come to its end in time')) }
    const end = (err?: unknown): void => {
      begun?.done()
      held.share.forget(resume)
      request.off('data', onData)
      request.off('end', onEnd)
      request.off('close', onClose)
      deadlines.delete(onLate)

      if (err != null) {
        request.resume()
        reject(err)
      } else {
        resolve(chunks.length === 1 ? chunks[0] as Buffer : Buffer.concat(chunks, length))
      }
    }

    request.on('data', onData)
    request.on('end', onEnd)
    request.on('close', onClose)
    deadlines.add(onLate)
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
      resolve(rest == null ? whole ?? Buffer.alloc(0) : Buffer.concat(rest, declared))
    })
    request.on('close', () => {
      if (!request.complete) {
        reject(new HttpError('invalid_input', 'the body ended early'))
      }
    })
  })
}
