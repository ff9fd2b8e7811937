import { Uint8ArrayList } from 'uint8arraylist'
import { EnigmaError } from '../errors.js'
import { MalformedMessageError, MAX_MESSAGE_LENGTH } from './messages.js'
import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'

/** The stream ended, was reset, or the wait was given up before a whole message had come. */
export class HandshakeError extends EnigmaError {
  constructor (message: string, options?: ErrorOptions) {
    super('handshake_failed', message, options)
  }
}

/** Longest length prefix of a message that may still be taken: 4096 needs two bytes; overlong spellings are refused. */
const MAX_PREFIX_LENGTH = 2

/**
 * Reads the one length-prefixed message of a HOP or STOP handshake, also when it comes one byte at a time, and leaves
 * the stream paused with whatever followed the message unread. Never holds more than one message and its prefix beside
 * what the stream itself delivered in one piece.
 *
 * @throws MalformedMessageError for a prefix over 4096 or one that is no varint, HandshakeError when it ends before
 */
export async function readFrame (stream: Stream, signal: AbortSignal): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const received = new Uint8ArrayList()

  const onMessage = (event: StreamMessageEvent): void => {
    received.append(event.data)

    try {
      const prefix = readPrefix(received)

      if (prefix == null || received.byteLength < prefix.end + prefix.length) {
        return
      }

      const frame = received.slice(prefix.end, prefix.end + prefix.length)
      received.consume(prefix.end + prefix.length)
      hold(stream, received)
      resolve(frame)
    } catch (err) {
      hold(stream)
      reject(err)
    }

    // nothing more may be delivered into a handshake that is over
    stop()
  }
  const onEnd = (): void => { reject(new HandshakeError('stream ended before a whole message')) }
  const onClose = (event: StreamCloseEvent): void => {
    reject(new HandshakeError('stream closed before a whole message', { cause: event.error }))
  }
  const onAbort = (): void => { reject(new HandshakeError('gave up waiting for a message', { cause: signal.reason })) }
  const stop = (): void => {
    stream.removeEventListener('message', onMessage)
    stream.removeEventListener('end', onEnd)
    stream.removeEventListener('close', onClose)
    signal.removeEventListener('abort', onAbort)
  }

  if (signal.aborted) {
    throw new HandshakeError('gave up waiting for a message', { cause: signal.reason })
  }

  if (stream.readableEnded || stream.status === 'aborted' || stream.status === 'reset' || stream.status === 'closed') {
    throw new HandshakeError('stream closed before a whole message')
  }

  signal.addEventListener('abort', onAbort)
  stream.addEventListener('end', onEnd)
  stream.addEventListener('close', onClose)
  stream.addEventListener('message', onMessage)

  try {
    return await promise
  } finally {
    stop()
  }
}

/** Pauses a stream and puts back what was read too much. */
function hold (stream: Stream, rest?: Uint8ArrayList): void {
  if (stream.readStatus !== 'readable') {
    return
  }

  stream.pause()

  if (rest != null && rest.byteLength > 0) {
    stream.unshift(rest)
  }
}

function readPrefix (bytes: Uint8ArrayList): { length: number, end: number } | undefined {
  let length = 0

  for (let i = 0; i < bytes.byteLength; i++) {
    if (i === MAX_PREFIX_LENGTH) {
      throw new MalformedMessageError(`message is over ${MAX_MESSAGE_LENGTH} bytes`)
    }

    const byte = bytes.get(i)
    length |= (byte & 0x7f) << (7 * i)

    if (byte < 0x80) {
      if (length > MAX_MESSAGE_LENGTH) {
        throw new MalformedMessageError(`message of ${length} bytes is over ${MAX_MESSAGE_LENGTH}`)
      }

      return { length, end: i + 1 }
    }
  }

  return undefined
}
