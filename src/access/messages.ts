import * as varint from 'uint8-varint'
import { Uint8ArrayList } from 'uint8arraylist'
import { EnigmaError } from '../errors.js'
import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'

export const AUTH_PROTOCOL = '/enigma/auth/1'

/** Largest message of /enigma/auth/1, without its length prefix. */
export const MAX_AUTH_MESSAGE_BYTES = 1024

/** 1024 needs two bytes; longer spellings of a length are refused. */
const MAX_PREFIX_BYTES = 2

/** What came over a stream of /enigma/auth/1 was too long, too much, or no message; or the stream ended before one. */
export class AuthProtocolError extends EnigmaError {
  constructor (message: string, options?: ErrorOptions) {
    super('auth_protocol', message, options)
  }
}

/** Gives the bytes of a message the prefix that tells their number. */
export function frame (message: Uint8Array): Uint8ArrayList {
  return new Uint8ArrayList(varint.encode(message.byteLength), message)
}

/**
 * Reads the one message that each side of a stream sends, also when it comes byte by byte. At most one message is kept; a length
 * over the bound is refused before what it announces has come. A byte too much aborts the stream, even later.
 *
 * @throws AuthProtocolError when nothing whole and small enough comes, the signal's reason when it fires before
 */
export async function readMessage (stream: Stream, signal: AbortSignal): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const received = new Uint8ArrayList()

  const onMessage = (event: StreamMessageEvent): void => {
    received.append(event.data)

    try {
      const end = messageEnd(received)

      if (received.byteLength > (end?.end ?? Infinity)) {
        throw new AuthProtocolError('more than one message')
      }

      if (received.byteLength === end?.end) {
        resolve(received.slice(end.start))
      }
    } catch (err) {
      received.consume(received.byteLength)
      reject(err)
      abortLater(stream, err)
    }
  }
  const onEnd = (): void => { reject(new AuthProtocolError('the stream ended before a whole message')) }
  const onClose = (event: StreamCloseEvent): void => {
    reject(new AuthProtocolError('the stream was closed before a whole message', { cause: event.error }))
  }
  const onAbort = (): void => { reject(signal.reason) }

  signal.throwIfAborted()

  if (stream.readableEnded || (stream.status !== 'open' && stream.status !== 'closing')) {
    throw new AuthProtocolError('the stream was closed before a whole message')
  }

  signal.addEventListener('abort', onAbort)
  stream.addEventListener('end', onEnd)
  stream.addEventListener('close', onClose)
  // stays as long as the stream does
  stream.addEventListener('message', onMessage)

  try {
    return await promise
  } finally {
    stream.removeEventListener('end', onEnd)
    stream.removeEventListener('close', onClose)
    signal.removeEventListener('abort', onAbort)
  }
}

/** Where the first message begins and ends; undefined while its prefix is not whole. */
function messageEnd (bytes: Uint8ArrayList): { start: number, end: number } | undefined {
  let length = 0

  for (let i = 0; i < Math.min(bytes.byteLength, MAX_PREFIX_BYTES); i++) {
    const byte = bytes.get(i)
    length += (byte & 0x7f) * 128 ** i

    if (byte < 0x80) {
      if (length > MAX_AUTH_MESSAGE_BYTES) {
        break
      }

      return { start: i + 1, end: i + 1 + length }
    }
  }

  if (length > MAX_AUTH_MESSAGE_BYTES || bytes.byteLength >= MAX_PREFIX_BYTES) {
    throw new AuthProtocolError(`a message of over ${MAX_AUTH_MESSAGE_BYTES} bytes was announced`)
  }

  return undefined
}

/** A stream is not to be aborted while it hands out what came. */
function abortLater (stream: Stream, reason: unknown): void {
  queueMicrotask(() => { stream.abort(reason instanceof Error ? reason : new AuthProtocolError('aborted')) })
}
