import { fastify } from 'fastify'
import { InflightBudget } from '../calls/index.js'
import { noCompilers } from '../web/compilers.js'
import { Cors } from './cors.js'
import { entrance } from './entrance.js'
import { errorAnswer, notFound } from './error-answer.js'
import { handlerOf } from './handler.js'
import { MailboxCounters } from './mailbox/counters.js'
import { healthEndpoints, mailboxEndpoints } from './mailbox/endpoints.js'
import { openApiEndpoint } from './openapi.js'
import { PageBudget } from './pages.js'
import { bodyReader } from './read-json.js'
import { registryEndpoints } from './registry/endpoints.js'
import { Turns } from './turns.js'
import { Who } from './who.js'
import type { HttpDoorInit } from './index.js'
import type { Hosts } from './peer-id-auth/hosts.js'
import type { PeerIdAuth } from './peer-id-auth/server.js'
import type { Remotes } from './remote.js'
import type { RequestHandler } from './server/create.js'
import type { FastifyInstance } from 'fastify'
import type { Server } from 'node:http'

export interface AppInit extends HttpDoorInit {
  server: Server
  remotes: Remotes
  auth: PeerIdAuth
  hosts: Hosts
  /** Aborted when the door closes. */
  stopping: AbortSignal
}

export interface App {
  handle: RequestHandler
  ready (): Promise<void>
  close (): Promise<void>
}

const MAX_PARAM_LENGTH = 16 * 1024

/** The routes, and what each request passes before its handler. */
export function createApp (init: AppInit): App {
  const { mailbox, registry, stopping, onError } = init
  const counters = new MailboxCounters(() => mailbox?.mailbox.collected ?? 0)
  const who = new Who({ ...init, mailbox: mailbox?.mailbox })
  const cors = new Cors(init.corsOrigins ?? [])
  const calls = [
    ...(mailbox == null ? [] : mailboxEndpoints(mailbox.mailbox, counters, mailbox.calls?.http)),
    ...(registry == null ? [] : registryEndpoints(registry.registry, registry.calls?.http)),
    ...healthEndpoints(counters)
  ]
  const endpoints = [...calls, openApiEndpoint(calls, mailbox?.mailbox.describe())]
  const onUnknown = notFound(endpoints, cors)
  const onFailure = errorAnswer({ who, cors, onUnknown, stopping, onError })
  const pages = new PageBudget(init.maxAnswerBytes)
  const turns = new Turns()
  const readBody = bodyReader(mailbox?.inflight ?? new InflightBudget(init.maxAnswerBytes), init.bodyTimeoutMs, turns)
  let handle: RequestHandler | undefined

  const app = fastify({
    serverFactory: handler => {
      handle = handler as RequestHandler
      return init.server
    },
    // the server has its own
    clientErrorHandler: () => {},
    exposeHeadRoutes: false,
    schemaController: noCompilers,
    // whatever fits in a head: what a call takes, it says itself
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    requestIdHeader: false,
    return503OnClosing: false,
    frameworkErrors: (err, request, reply) => { onFailure(err, request, reply) }
  }) as FastifyInstance

  app.decorateRequest('visit')
  app.addHook('onRequest', entrance({ ...init, who, cors, counters }))
  // bodies are the handlers' to read
  app.removeAllContentTypeParsers()
  app.addHttpMethod('POST', { hasBody: false, overrideExisting: true })
  app.setErrorHandler(onFailure)
  app.setNotFoundHandler(onUnknown)

  for (const endpoint of endpoints) {
    app.route({
      method: endpoint.method,
      url: endpoint.path.replace(/\{(\w+)\}/g, ':$1'),
      config: { endpoint },
      handler: handlerOf(endpoint, { readBody, turns, pages, stopping })
    })
  }

  return {
    handle: (request, response) => { handle?.(request, response) },
    ready: async () => { await app.ready() },
    close: async () => { await app.close() }
  }
}
