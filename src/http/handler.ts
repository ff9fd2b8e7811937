import { toHttpError } from './errors.js'
import { tally } from './tally.js'
import type { Page } from '../storage/index.js'
import type { CallContext, Endpoint } from './endpoint.js'
import type { PageBudget } from './pages.js'
import type { Remote } from './remote.js'
import type { Visit } from './visit.js'
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'

/** From a request that has passed the entrance to its answer. */
export function handlerOf (endpoint: Endpoint, pages: PageBudget, stopping: AbortSignal): RouteHandlerMethod {
  return async (request, reply) => {
    const { visit } = request

    try {
      const context = new Context(request, reply, pages, stopping)
      const text = await endpoint.handle(request.body, context)

      tally(request, context.outcome ?? 'ok')

      if (stopping.aborted && request.raw.httpVersionMajor === 1) {
        reply.header('connection', 'close')
      }

      // text goes out in one write with its head; of text with no serializer fastify would say which charset it has
      return await reply.header('content-type', 'application/json').serializer(asItIs).send(text)
    } finally {
      // what came is on disk, or of no use any more
      visit.held?.leave()
    }
  }
}

function asItIs (text: unknown): string {
  return text as string
}

class Context implements CallContext {
  outcome?: 'ok' | 'duplicate'
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #pages: PageBudget
  readonly #stopping: AbortSignal

  constructor (request: FastifyRequest, reply: FastifyReply, pages: PageBudget, stopping: AbortSignal) {
    this.#request = request
    this.#reply = reply
    this.#pages = pages
    this.#stopping = stopping
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
    return AbortSignal.any([gone(this.#reply.raw), this.#stopping])
  }

  async page (pull: () => Promise<Page>, maxBytes: number): Promise<Page> {
    const { raw } = this.#reply
    const { page, leave } = await this.#pages.read(this.remote.group, maxBytes, pull, () => this.signal())

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
  const abort = (): void => { controller.abort(toHttpError(new Error('nobody waits for the answer'))) }

  if (raw.closed) {
    abort()
  } else {
    raw.once('close', abort)
  }

  return controller.signal
}
