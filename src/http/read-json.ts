import { readBody } from './body.js'
import { Deadlines } from './deadlines.js'
import { Decoders } from './decoders.js'
import { HttpError } from './errors.js'
import { parseJson } from '../json/parse.js'
import { CallerShares } from './shares.js'
import type { InflightBudget } from '../calls/index.js'
import type { JsonValue } from '../json/parse.js'
import type { Endpoint } from './endpoint.js'
import type { Visit } from './visit.js'
import type { IncomingMessage } from 'node:http'

/** `json`, or something that is written in it. */
const JSON_TYPE = /^\s*[!#$%&'*+.^`|~\w-]+\/(?:[!#$%&'*.^`|~\w-]+\+)*json\s*(?:;|$)/i

/**
 * What reads the body of a request; undefined where there is none.
 *
 * @throws HttpError, JsonError; at once, or by the promise
 */
export function bodyReader (inflight: InflightBudget, timeoutMs: number): (request: IncomingMessage, visit: Visit, endpoint: Endpoint) => Promise<JsonValue> | undefined {
  const shares = new CallerShares(inflight)
  const deadlines = new Deadlines(timeoutMs)
  const decoders = new Decoders()

  return (request, visit, { maxBodyBytes = 0, maxJsonValues }) => {
    const { headers } = request

    if (headers['content-type'] == null && !hasBody(request)) {
      return undefined
    }

    if (!JSON_TYPE.test(headers['content-type'] ?? '')) {
      throw new HttpError('unsupported_media_type', 'the content-type of a body is application/json')
    }

    const held = shares.enter(visit.remote.group)

    visit.held = held

    return readBody(request, { limit: maxBodyBytes, held, deadlines, decoders })
      .then(bytes => {
        held.complete()

        return parseJson(bytes, { maxValues: maxJsonValues?.(visit.caller) })
      })
  }
}

function hasBody ({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] != null || (headers['content-length'] ?? '0') !== '0'
}
