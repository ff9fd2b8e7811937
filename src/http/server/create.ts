import { createServer } from 'node:http'
import { createSecureServer } from 'node:http2'
import { answerMalformed } from '../../web/malformed.js'
import { Deadlines } from '../deadlines.js'
import type { LoadedTls } from './tls.js'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Http2Session } from 'node:http2'
import type { Socket } from 'node:net'

export interface Timeouts {
  /** For a request's head, and for the handshake of TLS. */
  headerMs: number
  /** For a request's body, beside its head. */
  bodyMs: number
  /** Between two requests, and for an answer of which nothing is taken. */
  idleMs: number
}

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void

const KIB = 1024
const MAX_HEAD_BYTES = 16 * KIB
const MAX_HEADERS = 128
/** Streams of one HTTP/2 connection. */
const MAX_STREAMS = 100
const MAX_SESSION_MEMORY_MIB = 4
/** How often time-outs are looked at: what began within one of these is ended within one turn of the event loop. */
const CHECK_MS = 100
/** A long poll says nothing for 30 s. */
const MIN_SILENCE_MS = 45_000

export interface OpenServer {
  readonly server: Server
  /** Sessions of HTTP/2. */
  readonly sessions: ReadonlySet<Http2Session>
  /** Connections of HTTP/1 on which there was no whole head of a request yet. */
  readonly unused: ReadonlySet<Socket>
}

/** HTTP/1.1, and with TLS HTTP/2 beside it. Not listening yet. */
export function createHttpServer (handler: RequestHandler, { headerMs, bodyMs, idleMs }: Timeouts, tls?: LoadedTls): OpenServer {
  const http1 = {
    headersTimeout: headerMs,
    requestTimeout: headerMs + bodyMs,
    keepAliveTimeout: idleMs,
    connectionsCheckingInterval: Math.min(CHECK_MS, headerMs),
    maxHeaderSize: MAX_HEAD_BYTES,
    // its own refusal has no body: see the entrance
    requireHostHeader: false,
    noDelay: true
  }
  const sessions = new Set<Http2Session>()
  const unused = new Set<Socket>()
  const handle: RequestHandler = (request, response) => {
    unused.delete(request.socket)
    handler(request, response)
  }
  // the compatibility layer of HTTP/2 has the same shape as far as it is used here
  const server = tls == null
    ? createServer(http1, handle)
    : createSecureServer({
      ...http1,
      ...tls.options,
      allowHTTP1: true,
      handshakeTimeout: headerMs,
      maxSessionMemory: MAX_SESSION_MEMORY_MIB,
      maxHeaderListPairs: MAX_HEADERS,
      settings: { enablePush: false, maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: MAX_HEAD_BYTES },
      streamResetBurst: 2 * MAX_STREAMS,
      streamResetRate: MAX_STREAMS
    }, handle as unknown as Parameters<typeof createSecureServer>[1]) as unknown as Server

  if (tls != null) {
    endLateHandshakes(server, headerMs)
  }

  answerMalformed(server, 'GET, POST')
  server.timeout = Math.max(idleMs, MIN_SILENCE_MS)
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    // said when the body is wanted, which shows in somebody reading it
    request.once('resume', () => {
      if (!response.headersSent) {
        response.writeContinue()
      }
    })
    handle(request, response)
  })
  server.on(tls == null ? 'connection' : 'secureConnection', (socket: Socket & { alpnProtocol?: string | false }) => {
    if (socket.alpnProtocol !== 'h2') {
      unused.add(socket)
      socket.once('close', () => { unused.delete(socket) })
    }
  })
  server.on('session', (session: Http2Session) => {
    sessions.add(session)
    session.once('close', () => { sessions.delete(session) })
    session.on('error', () => {})
    session.setTimeout(Math.max(idleMs, MIN_SILENCE_MS), () => { session.destroy() })
  })

  return { server, sessions, unused }
}

/** The time-out that Node.js has for it begins anew with every byte that comes. */
function endLateHandshakes (server: Server, timeoutMs: number): void {
  const deadlines = new Deadlines(timeoutMs)
  const pending = new Map<string, () => void>()
  const done = (key: string, onLate: (() => void) | undefined): void => {
    if (onLate != null && pending.get(key) === onLate) {
      pending.delete(key)
      deadlines.delete(onLate)
    }
  }

  server.on('connection', (socket: Socket) => {
    const key = keyOf(socket)
    const onLate = (): void => { socket.destroy() }

    pending.set(key, onLate)
    deadlines.add(onLate)
    socket.once('close', () => { done(key, onLate) })
  })
  server.on('secureConnection', (socket: Socket) => {
    const key = keyOf(socket)

    done(key, pending.get(key))
  })
}

/** A connection and what TLS makes of it are two objects with one other end. */
function keyOf ({ remoteAddress, remotePort }: Socket): string {
  return `${String(remoteAddress)} ${String(remotePort)}`
}
