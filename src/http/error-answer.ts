import { HttpError, toHttpError } from './errors.js'
import { closeAfter } from './server/refuse.js'
import { tally } from './tally.js'
import type { CallCounts } from '../mailbox/index.js'
import type { Cors } from './cors.js'
import type { Endpoint } from './endpoint.js'
import type { Who } from './who.js'
import type { FastifyReply, FastifyRequest } from 'fastify'

export interface ErrorAnswerInit {
  who: Who
  cors: Cors
  onError?: (err: unknown) => void
  counts?: CallCounts
}

/** A body that is small enough to be read to its end for the sake of the connection. */
const REST_BYTES = 64 * 1024

/** Says what went wrong, as the contract has it ("HTTP"). */
export function errorAnswer ({ who, cors, onError, counts }: ErrorAnswerInit): (err: unknown, request: FastifyRequest, reply: FastifyReply) => void {
  return (err, request, reply) => {
    const error = isFastifyError(err) ? ofFastify(err) : err instanceof HttpError ? err : ownerError(toHttpError(err), request, who)

    // a request that has no route has not passed the entrance
    request.visit?.held?.leave()
    tally(counts, request, error.code)

    if (error.code === 'internal_error') {
      onError?.(error.cause)
    }

    if (!cors.isOff) {
      reply.headers(cors.headers(request.raw.headers.origin))
    }

    sendError(request, reply, error)
  }
}

/** There is no such call, or not with this method. */
export function notFound (endpoints: readonly Endpoint[], cors: Cors): (request: FastifyRequest, reply: FastifyReply) => void {
  return (request, reply) => {
    const path = request.raw.url?.split('?', 1)[0] ?? ''
    const methods = endpoints.filter(endpoint => endpoint.path === path).map(({ method }) => method)

    if (methods.length === 0) {
      sendError(request, reply, new HttpError('unknown_call', 'there is no such call'))
    } else if (request.method === 'OPTIONS' && !cors.isOff) {
      reply.code(204).headers(cors.preflight(methods)).send()
    } else {
      sendError(request, reply, new HttpError('method_not_allowed', 'the call has another method', { headers: { allow: methods.join(', ') } }))
    }
  }
}

function sendError (request: FastifyRequest, reply: FastifyReply, error: HttpError): void {
  const { raw } = request

  if (!raw.complete && raw.httpVersionMajor === 1 && !(Number(raw.headers['content-length']) <= REST_BYTES)) {
    closeAfter(reply.raw)
    reply.header('connection', 'close')
  } else if (error.code === 'shutting_down' && raw.httpVersionMajor === 1) {
    reply.header('connection', 'close')
  }

  reply.code(error.status).headers({ 'content-type': 'application/json', ...error.headers }).send(Buffer.from(error.toJson()))
}

/** Who has proven nothing may have something to prove. */
function ownerError (error: HttpError, request: FastifyRequest, who: Who): HttpError {
  if (error.code !== 'not_owner' || request.visit?.caller.peerId != null) {
    return error
  }

  try {
    return who.challenge(request.raw)
  } catch (err) {
    return toHttpError(err)
  }
}

interface FastifyError {
  code: string
  statusCode: number
}

function isFastifyError (err: unknown): err is FastifyError {
  const { code, statusCode } = err as Partial<FastifyError>

  return typeof code === 'string' && code.startsWith('FST_ERR_') && typeof statusCode === 'number'
}

function ofFastify ({ statusCode }: FastifyError): HttpError {
  switch (statusCode) {
    case 404: return new HttpError('unknown_call', 'there is no such call')
    case 413: return new HttpError('message_too_large', 'the body is too large')
    case 414: return new HttpError('head_too_large', 'the path is too long')
    case 415: return new HttpError('unsupported_media_type', 'the content-type of a body is application/json')
    default: return statusCode < 500 ? new HttpError('invalid_input', 'the request cannot be read') : toHttpError(new Error(`fastify: ${statusCode}`))
  }
}
