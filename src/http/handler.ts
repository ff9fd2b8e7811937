import { toHttpError } from './errors.js'
import { tally } from './tally.js'
import type { CallCounts } from '../mailbox/index.js'
import type { Endpoint } from './endpoint.js'
import type { CallContext } from './mailbox/calls.js'
import type { PageBudget } from './pages.js'
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'

/** From a request that has passed the entrance to its answer. */
export function handlerOf (endpoint: Endpoint, pages: PageBudget, stopping: AbortSignal, counts?: CallCounts): RouteHandlerMethod {
  return async (request, reply) => {
    try {
      const context = contextOf(request, reply, pages, stopping)
      const text = await endpoint.handle(request.body, context)

      tally(counts, request, context.outcome ?? 'ok')

      if (stopping.aborted && request.raw.httpVersionMajor === 1) {
        reply.header('connection', 'close')
      }

      // a string would get a charset, which JSON has none of
      return await reply.header('content-type', 'application/json').send(Buffer.from(text))
    } finally {
      // what came is on disk, or of no use any more
      request.visit.held?.leave()
    }
  }
}

function contextOf (request: FastifyRequest, reply: FastifyReply, pages: PageBudget, stopping: AbortSignal): CallContext {
  const { visit } = request
  const signal = (): AbortSignal => AbortSignal.any([gone(reply), stopping])

  return {
    caller: visit.caller,
    signal,
    page: async (pull, maxBytes) => {
      const { page, leave } = await pages.read(visit.remote.group, maxBytes, pull, signal)

      if (reply.raw.closed || reply.raw.destroyed) {
        leave()
      } else {
        reply.raw.once('close', leave)
      }

      return page
    }
  }
}

/** Aborts when nobody waits for the answer any more. */
function gone ({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController()

  if (raw.closed) {
    controller.abort(toHttpError(new Error('nobody waits for the answer')))
  } else {
    raw.once('close', () => { controller.abort(toHttpError(new Error('nobody waits for the answer'))) })
  }

  return controller.signal
}
