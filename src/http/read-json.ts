import { readBody } from './body.js'
import { Deadlines } from './deadlines.js'
import { HttpError } from './errors.js'
import { parseJson } from '../json/parse.js'
import { CallerShares } from './shares.js'
import type { InflightBudget } from '../calls/index.js'
import type { JsonValue } from '../json/parse.js'
import type { FastifyRequest } from 'fastify'
import type { IncomingMessage } from 'node:http'

/** `json`, or something that is written in it. */
const JSON_TYPE = /^\s*[!#$%&'*+.^`|~\w-]+\/(?:[!#$%&'*.^`|~\w-]+\+)*json\s*(?:;|$)/i

/** What reads the body of each request that has one. */
export function bodyReader (inflight: InflightBudget, timeoutMs: number): (request: FastifyRequest, payload: IncomingMessage) => Promise<JsonValue> {
  const shares = new CallerShares(inflight)
  const deadlines = new Deadlines(timeoutMs)

  return async (request, payload) => {
    const { maxBodyBytes, maxJsonValues } = request.routeOptions.config.endpoint ?? {}

    if (maxBodyBytes == null) {
      throw new HttpError('unknown_call', 'there is no such call')
    }

    if (!JSON_TYPE.test(payload.headers['content-type'] ?? '')) {
      throw new HttpError('unsupported_media_type', 'the content-type of a body is application/json')
    }

    const held = shares.enter(request.visit.remote.group)

    request.visit.held = held

    return parseJson(await readBody(payload, { limit: maxBodyBytes, held, deadlines }), { maxValues: maxJsonValues?.(request.visit.caller) })
  }
}
