import { EnigmaError } from '../errors.js'
import { FrameBuffer, FrameTooLongError } from '../framing.js'
import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'

export const AUTH_PROTOCOL = '/enigma/auth/1'

/** Largest message of /enigma/auth/1, without its length prefix. */
export const MAX_AUTH_MESSAGE_BYTES = 1024

/** What came over a stream of /enigma/auth/1 was too long, too much, or no message; or the stream ended before one. */
export class AuthProtocolError extends EnigmaError {
  constructor (message: string, options?: ErrorOptions) {
    super('auth_protocol', message, options)
  }
}

/**
 * Reads the one message that each side of a stream sends, also when it comes byte by byte. At most one message is kept; a length
 * over the bound is refused before what it announces has come. A byte too much aborts the stream, even later.
 *
 * @throws AuthProtocolError when nothing whole and small enough comes, the signal's reason when it fires before
 */
export async function readMessage (stream: Stream, signal: AbortSignal): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const received = new FrameBuffer(MAX_AUTH_MESSAGE_BYTES)
  let message: Uint8Array | undefined

  const onMessage = (event: StreamMessageEvent): void => {
    received.append(event.data)

    try {
      message ??= received.next()

      if (message != null) {
        if (received.byteLength > 0) {
          throw new AuthProtocolError('more than one message')
        }

        resolve(message)
      }
    } catch (err) {
      const reason = err instanceof FrameTooLongError ? new AuthProtocolError(err.message) : err

      received.drain()
      reject(reason)
      abortLater(stream, reason)
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

/** A stream is not to be aborted while it hands out what came. */
function abortLater (stream: Stream, reason: unknown): void {
  queueMicrotask(() => { stream.abort(reason instanceof Error ? reason : new AuthProtocolError('aborted')) })
}
