import fastify from 'fastify'
import { noCompilers } from './web/compilers.js'
import { headProblem } from './web/connection.js'
import { errorBodyOfStatus } from './web/errors.js'
import { answerMalformed } from './web/malformed.js'
import { baseUrl, methodsOf, pathOf } from './web/routes.js'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { KnownRoute } from './web/routes.js'
import type { IncomingMessage } from 'node:http'

/** Node looks for requests that take too long once in this time. */
const TIMEOUT_CHECK_MS = 1000

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
    // see below
    clientErrorHandler: () => {},
    http: {
      maxHeaderSize: init.maxHeaderBytes,
      headersTimeout: init.headerTimeoutMs,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      // Node's own answer has no body
      requireHostHeader: false
    }
  })

  app.server.maxConnections = init.maxConnections
  answerMalformed(app.server, 'GET, HEAD')
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

  return baseUrl('setSecureContext' in app.server ? 'https' : 'http', host, realPort)
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
  const routes: KnownRoute[] = []
  // of those that are there when somebody asks
  let known: ReturnType<typeof methodsOf> | undefined
  const answerUnknown = (request: FastifyRequest, reply: FastifyReply): void => {
    known ??= methodsOf(routes)
    sendUnknown(known(pathOf(request.url)), request, reply)
  }

  app.addHook('onRoute', ({ method, url }) => { routes.push({ path: url.replace(/:(\w+)/g, '{$1}'), methods: [method].flat() }) })
  app.addHook('onRequest', async (request, reply) => {
    if (headProblem(request.raw) != null) {
      sendStatus(reply, 400)
      return reply
    }

    if (request.is404) {
      answerUnknown(request, reply)
      return reply
    }
  })
  app.setNotFoundHandler(answerUnknown)
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

/** 404, or 405 with `Allow` where other methods lead somewhere. What comes of a body is not read to its end. */
function sendUnknown (allowed: readonly string[], request: FastifyRequest, reply: FastifyReply): void {
  if (hasBody(request.raw)) {
    reply.header('connection', 'close')
  }

  if (allowed.length > 0) {
    reply.header('allow', allowed.join(', '))
  }

  sendStatus(reply, allowed.length > 0 ? 405 : 404)
}

function hasBody ({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] != null || (headers['content-length'] ?? '0') !== '0'
}
