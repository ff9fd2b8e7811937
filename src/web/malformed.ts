import { isHttp2, lingeringEnd } from './connection.js'
import { errorBodyOfStatus, rawErrorAnswer } from './errors.js'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** What an ended connection may still send, or leave unread, before it is cut. */
const LINGER_MS = 2000

const STATUS_OF: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413
}

/**
 * Answers as the contract says ("HTTP") what a server of Node.js would end by itself: what is no HTTP/1, expectations that nobody knows, and
 * CONNECT, which is no method here: `allow` says which are.
 */
export function answerMalformed (server: Server, allow: string): void {
  server.on('clientError', refuse)
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => { answer(request, response, 417) })
  // over HTTP/2 there is a response for it, and over HTTP/1 the bare connection
  server.on('connect', (request: IncomingMessage, other: Duplex | ServerResponse) => {
    if (isHttp2(request)) {
      answer(request, other as ServerResponse, 405, { allow })
    } else {
      endWith(other as Duplex, 405, { allow })
    }
  })
}

function answer (request: IncomingMessage, response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  const body = JSON.stringify(errorBodyOfStatus(status))

  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    // who waits for a word of the server has not sent its body
    ...(isHttp2(request) ? {} : { connection: 'close' }),
    ...headers
  }).end(body)
}

/** Lets a connection whose request was not read to its end live on for a little after the answer. */
export function closeAfter (response: ServerResponse): void {
  const { socket } = response

  if (socket != null) {
    // what Node.js calls when the last answer is written
    socket.destroySoon = () => { lingeringEnd(socket, LINGER_MS) }
  }
}

/** What Node.js could not make a request of. */
function refuse (err: NodeJS.ErrnoException, socket: Duplex & { _httpMessage?: ServerResponse | null }): void {
  const begun = socket._httpMessage

  // one byte more would make nonsense of an answer that has begun
  if (err.code === 'ECONNRESET' || begun?.headersSent === true) {
    socket.destroy()
  } else if (begun?.req.complete === true) {
    // what came after a good request: its answer is the last one
    begun.shouldKeepAlive = false
  } else {
    endWith(socket, STATUS_OF[err.code ?? ''] ?? 400)
  }
}

/** Once a socket. */
function endWith (socket: Duplex, status: number, headers?: Readonly<Record<string, string>>): void {
  if (socket.destroyed || socket.writableEnded) {
    return
  }

  lingeringEnd(socket, LINGER_MS, rawErrorAnswer(status, headers))
}
