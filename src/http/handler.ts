import { isHttp2 } from '../web/connection.js'
import { HttpError } from './errors.js'
import { tally } from './tally.js'
import { bodyCheck } from './validate.js'
import type { Page } from '../storage/index.js'
import type { CallContext, Endpoint } from './endpoint.js'
import type { PageBudget } from './pages.js'
import type { bodyReader } from './read-json.js'
import type { Remote } from './remote.js'
import type { Turns } from './turns.js'
import type { Visit } from './visit.js'
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'

export interface HandlerInit {
  readBody: ReturnType<typeof bodyReader>
  turns: Turns
  pages: PageBudget
  stopping: AbortSignal
}

/** From a request that has passed the entrance to its answer. The body is read here, not by fastify, which takes twelve steps to do so. */
export function handlerOf (endpoint: Endpoint, init: HandlerInit): RouteHandlerMethod {
  const { readBody, stopping } = init
  const check = endpoint.request == null ? undefined : bodyCheck(endpoint.request)

  return async (request, reply) => {
    const { raw, visit } = request

    try {
      const body = check == null ? undefined : await readBody(raw, visit, endpoint)
      const problem = check?.(body)

      if (problem != null) {
        throw problem
      }

      const context = new Context(request, reply, init)
      const text = await endpoint.handle(body, context)

      tally(visit, context.outcome ?? 'ok')
      sendText(reply, text, visit.headers, !isHttp2(raw), stopping.aborted)
    } finally {
      // what came is on disk, or of no use any more
      visit.held?.leave()
    }
  }
}

/** Over HTTP/1 in one write with its head; over HTTP/2 in pieces, as the other end takes them, which fastify does. */
function sendText (reply: FastifyReply, text: string, headers: Visit['headers'], isHttp1: boolean, isLast: boolean): void {
  if (isHttp1) {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers, ...(isLast ? { connection: 'close' } : {}) }).end(text)
  } else {
    // of text with no serializer fastify would say which charset it has
    reply.headers({ 'content-type': 'application/json', ...headers }).serializer(asItIs).send(text)
  }
}

function asItIs (text: unknown): string {
  return text as string
}

class Context implements CallContext {
  outcome?: 'ok' | 'duplicate'
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #init: HandlerInit

  constructor (request: FastifyRequest, reply: FastifyReply, init: HandlerInit) {
    this.#request = request
    this.#reply = reply
    this.#init = init
  }

  get caller (): Visit['caller'] {
    return this.#request.visit.caller
  }

  get remote (): Remote {
    return this.#request.visit.remote
  }

  get headers (): IncomingHttpHeaders {
    return this.#request.raw.headers
  }

  get params (): Readonly<Record<string, string>> {
    // the router gives text for each name in a path
    return this.#request.params as Record<string, string>
  }

  signal (): AbortSignal {
    return AbortSignal.any([gone(this.#reply.raw), this.#init.stopping])
  }

  async work (step: () => boolean): Promise<void> {
    await this.#init.turns.run(this.remote.group, step)
  }

  async page (pull: () => Promise<Page>, maxBytes: number): Promise<Page> {
    const { raw } = this.#reply
    const { page, leave } = await this.#init.pages.read(this.remote.group, maxBytes, pull, () => this.signal())

    if (raw.closed || raw.destroyed) {
      leave()
    } else {
      raw.once('close', leave)
    }

    return page
  }
}

/** Aborts when nobody waits for the answer any more. */
function gone (raw: ServerResponse): AbortSignal {
  const controller = new AbortController()
  const abort = (): void => { controller.abort(new HttpError('cancelled', 'nobody waits for the answer')) }

  if (raw.closed) {
    abort()
  } else {
    raw.once('close', abort)
  }

  return controller.signal
}
