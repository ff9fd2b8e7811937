import fastify from 'fastify'
import { hasOneHost, lingeringEnd } from './http-connection.js'
import { errorBodyOfStatus, rawErrorAnswer } from './http-errors.js'
import { noCompilers } from './web/compilers.js'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** Node looks for requests that take too long once in this time. */
const TIMEOUT_CHECK_MS = 1000
/** What an ended connection may still send, or leave unread, before it is cut. */
const LINGER_MS = 1000

export interface WebServerInit {
  /** For the head of a request, in milliseconds. */
  headerTimeoutMs: number
  /** For a whole request, in milliseconds. */
  requestTimeoutMs: number
  /** For a connection on which nothing happens, in milliseconds. */
  idleTimeoutMs: number
  /** More are closed at once. */
  maxConnections: number
  /** Of a request, in bytes. */
  maxHeaderBytes: number
  /** Of a request, in bytes. */
  maxBodyBytes: number
  /** A handler threw what is no answer: a bug of ours. */
  onError: (err: unknown) => void
}

/**
 * A fastify server that answers each error as the contract says, malformed HTTP included. Known paths answer other methods with 405,
 * before a body is read.
 */
export function webServer (init: WebServerInit): FastifyInstance {
  const app = fastify({
    bodyLimit: init.maxBodyBytes,
    keepAliveTimeout: init.idleTimeoutMs,
    connectionTimeout: init.idleTimeoutMs,
    requestTimeout: init.requestTimeoutMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    schemaController: noCompilers,
    frameworkErrors: (_err, _request, reply) => { sendStatus(reply, 400) },
    clientErrorHandler: answerMalformed,
    http: {
      maxHeaderSize: init.maxHeaderBytes,
      headersTimeout: init.headerTimeoutMs,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      // Node's own answer has no body
      requireHostHeader: false
    }
  })

  app.server.maxConnections = init.maxConnections
  app.server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const body = JSON.stringify(errorBodyOfStatus(417))

    response.writeHead(417, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body), connection: 'close' }).end(body)
  })
  app.server.on('connect', (_request: IncomingMessage, socket: Duplex) => { endWith(socket, 501) })
  answerErrors(app, init.onError)
  endConnectionsOnClose(app)

  return app
}

export interface Place {
  /** An IP address, or `localhost`. */
  host: string
  /** 0: any that is free. */
  port: number
}

/**
 * @returns the base URL, with the real port
 * @throws what `listen` of Node.js does
 */
export async function listenOn (app: FastifyInstance, { host, port }: Place): Promise<string> {
  await app.listen({ host, port })

  const address = app.server.address()
  const realPort = address == null || typeof address === 'string' ? port : address.port
  const scheme = 'setSecureContext' in app.server ? 'https' : 'http'

  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${realPort}`
}

/**
 * Closes: no new connections, and those that do nothing end at once. Requests under way have `graceMs` for their answers.
 */
export async function closeWebServer (app: FastifyInstance, graceMs: number): Promise<void> {
  const timer = setTimeout(() => { app.server.closeAllConnections() }, graceMs)

  try {
    await app.close()
  } finally {
    clearTimeout(timer)
  }
}

/** The answer for a status that HTTP itself ends a request with. */
export function sendStatus (reply: FastifyReply, status: number): void {
  reply.code(status).send(errorBodyOfStatus(status))
}

function answerErrors (app: FastifyInstance, onError: WebServerInit['onError']): void {
  const routes: Route[] = []

  app.addHook('onRoute', ({ method, url }) => { routes.push({ path: url, methods: [method].flat() }) })
  app.addHook('onRequest', async (request, reply) => {
    if (!hasOneHost(request.raw)) {
      sendStatus(reply, 400)
      return reply
    }

    if (request.is404) {
      answerUnknown(routes, request, reply)
      return reply
    }
  })
  app.setNotFoundHandler((request, reply) => { answerUnknown(routes, request, reply) })
  app.setErrorHandler((err: { statusCode?: number }, _request, reply) => {
    const status = err.statusCode != null && err.statusCode >= 400 && err.statusCode < 500 ? err.statusCode : 500

    if (status === 500) {
      onError(err)
    }

    sendStatus(reply, status)
  })
}

/** An answer that is given while the server closes is the last one of its connection. */
function endConnectionsOnClose (app: FastifyInstance): void {
  let isClosing = false

  app.addHook('preClose', async () => { isClosing = true })
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing) {
      reply.header('connection', 'close')
    }
  })
}

interface Route {
  readonly path: string
  readonly methods: readonly string[]
}

/** 404, or 405 with `Allow` where other methods lead somewhere. What comes of a body is not read to its end. */
function answerUnknown (routes: readonly Route[], request: FastifyRequest, reply: FastifyReply): void {
  const segments = (request.url.split('?', 1)[0] ?? '').split('/')
  const allowed = new Set(routes.filter(({ path }) => matches(path.split('/'), segments)).flatMap(({ methods }) => methods))

  if (hasBody(request.raw)) {
    reply.header('connection', 'close')
  }

  if (allowed.size > 0) {
    reply.header('allow', [...allowed].sort().join(', '))
  }

  sendStatus(reply, allowed.size > 0 ? 405 : 404)
}

function matches (pattern: readonly string[], segments: readonly string[]): boolean {
  return pattern.length === segments.length && pattern.every((part, at) => part === segments[at] || (part.startsWith(':') && segments[at] !== ''))
}

function hasBody ({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] != null || (headers['content-length'] ?? '0') !== '0'
}

/** What Node could not read as a request. */
function answerMalformed (err: NodeJS.ErrnoException, socket: Duplex & { _httpMessage?: { headersSent?: boolean } | null }): void {
  // an answer that has begun cannot be taken back, and one byte more would make nonsense of it
  if (err.code === 'ECONNRESET' || socket._httpMessage?.headersSent === true) {
    socket.destroy()
  } else {
    endWith(socket, STATUS_OF[err.code ?? ''] ?? 400)
  }
}

const STATUS_OF: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413
}

/** Once a socket. Cut only after a while: at once, the answer would be lost where the other end is still sending. */
function endWith (socket: Duplex, status: number): void {
  if (socket.writableEnded || socket.destroyed) {
    return
  }

  lingeringEnd(socket, LINGER_MS, rawErrorAnswer(status))
}
