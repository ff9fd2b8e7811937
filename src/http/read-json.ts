import { readBody } from './body.js'
import { Deadlines } from './deadlines.js'
import { Decoders } from './decoders.js'
import { HttpError } from './errors.js'
import { JsonIntake } from './json-intake.js'
import { parseJson } from '../json/parse.js'
import { CallerShares } from './shares.js'
import type { InflightBudget } from '../calls/index.js'
import type { ReadValue } from '../json/reader.js'
import type { Endpoint } from './endpoint.js'
import type { Turns } from './turns.js'
import type { Visit } from './visit.js'
import type { IncomingMessage } from 'node:http'

/** `json`, or something that is written in it. */
const JSON_TYPE = /^\s*[!#$%&'*+.^`|~\w-]+\/(?:[!#$%&'*.^`|~\w-]+\+)*json\s*(?:;|$)/i

/**
 * What reads the body of a request; undefined where there is none.
 *
 * @throws HttpError, JsonError; at once, or by the promise
 */
export function bodyReader (inflight: InflightBudget, timeoutMs: number, turns: Turns): (request: IncomingMessage, visit: Visit, endpoint: Endpoint) => Promise<ReadValue> | undefined {
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

    const caller = visit.remote.group
    const held = shares.enter(caller)
    const options = { maxValues: maxJsonValues?.(visit.caller) }

    visit.held = held

    return readBody(request, { caller, limit: maxBodyBytes, held, deadlines, decoders, intake: () => new JsonIntake(turns, caller, options) })
      .then(body => {
        held.complete()

        return body instanceof JsonIntake ? body.end() : parseJson(body, options)
      })
  }
}

function hasBody ({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] != null || (headers['content-length'] ?? '0') !== '0'
}
