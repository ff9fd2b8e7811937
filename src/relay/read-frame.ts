import { EnigmaError } from '../errors.js'
import { FrameBuffer, FrameTooLongError } from '../framing.js'
import { MalformedMessageError, MAX_MESSAGE_LENGTH } from './messages.js'
import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'

/** The stream ended, was reset, or the wait was given up before a whole message had come. */
export class HandshakeError extends EnigmaError {
  constructor (message: string, options?: ErrorOptions) {
    super('handshake_failed', message, options)
  }
}

/**
 * Reads the one length-prefixed message of a HOP or STOP handshake, also when it comes one byte at a time, and leaves
 * the stream paused with whatever followed the message unread. Never holds more than one message and its prefix beside
 * what the stream itself delivered in one piece.
 *
 * @throws MalformedMessageError for a prefix over 4096 or one that is no varint, HandshakeError when it ends before
 */
export async function readFrame (stream: Stream, signal: AbortSignal): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const received = new FrameBuffer(MAX_MESSAGE_LENGTH)

  const onMessage = (event: StreamMessageEvent): void => {
    received.append(event.data)

    try {
      const frame = received.next()

      if (frame == null) {
        return
      }

      hold(stream, received.drain())
      resolve(frame)
    } catch (err) {
      hold(stream)
      reject(err instanceof FrameTooLongError ? new MalformedMessageError(err.message) : err)
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
function hold (stream: Stream, rest?: Uint8Array): void {
  if (stream.readStatus !== 'readable') {
    return
  }

  stream.pause()

  if (rest != null && rest.byteLength > 0) {
    stream.unshift(rest)
  }
}
