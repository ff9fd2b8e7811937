import { STATUS_CODES } from 'node:http'
import { lingeringEnd } from '../../http-connection.js'
import { HttpError } from '../errors.js'
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** How long a connection that is closed after a refusal is still read, so that the answer is not lost to a reset. */
const LINGER_MS = 2000

/** Answers what Node.js could not make a request of (HTTP/1), and closes. */
export function refuseRaw (socket: Duplex & { _httpMessage?: ServerResponse | null }, err: NodeJS.ErrnoException): void {
  const begun = socket._httpMessage

  // one byte more would make nonsense of an answer that has begun
  if (err.code === 'ECONNRESET' || !socket.writable || begun?.headersSent === true) {
    socket.destroy()
  } else if (begun?.req.complete === true) {
    // what came after a good request: its answer is the last one
    begun.shouldKeepAlive = false
  } else {
    writeRaw(socket, malformed(err))
  }
}

export function writeRaw (socket: Duplex, error: HttpError): void {
  const body = error.toJson()
  const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), connection: 'close', ...error.headers }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')

  lingeringEnd(socket, LINGER_MS, `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}\r\n${head}\r\n${body}`)
}

/** Lets a connection whose request was not read to its end live on for a little after the answer. */
export function closeAfter (response: ServerResponse): void {
  const { socket } = response

  if (socket != null) {
    // what Node.js calls when the last answer is written
    socket.destroySoon = () => { lingeringEnd(socket, LINGER_MS) }
  }
}

function malformed ({ code }: NodeJS.ErrnoException): HttpError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW': return new HttpError('head_too_large', 'the head of the request is too large')
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW': return new HttpError('message_too_large', 'the chunk extensions of the body are too large')
    case 'ERR_HTTP_REQUEST_TIMEOUT': return new HttpError('request_timeout', 'the request did not come to its end in time')
    default: return new HttpError('invalid_input', 'this is no HTTP request')
  }
}
