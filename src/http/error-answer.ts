import { EnigmaError } from '../errors.js'
import { HttpError, toHttpError } from './errors.js'
import { inRegistryWords, isRegistryPath } from './registry/errors.js'
import { isHttp2 } from '../web/connection.js'
import { closeAfter } from '../web/malformed.js'
import { methodsOf, pathOf } from '../web/routes.js'
import { tally } from './tally.js'
import type { Cors } from './cors.js'
import type { Endpoint } from './endpoint.js'
import type { Who } from './who.js'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'

export interface ErrorAnswerInit {
  who: Who
  cors: Cors
  onUnknown: (request: FastifyRequest, reply: FastifyReply) => void
  stopping: AbortSignal
  onError?: (err: unknown) => void
}

/** A body that is small enough to be read to its end for the sake of the connection. */
const REST_BYTES = 64 * 1024

/** Says what went wrong, as the contract has it ("HTTP"). */
export function errorAnswer ({ who, cors, onUnknown, stopping, onError }: ErrorAnswerInit): (err: unknown, request: FastifyRequest, reply: FastifyReply) => void {
  return (err, request, reply) => {
    // a method that fastify has never heard of
    if (isFastifyError(err) && err.statusCode === 404) {
      onUnknown(request, reply)
      return
    }

    const error = isFastifyError(err) ? ofFastify(err) : challenged(toHttpError(err), request, who)

    // a request that has no route has not passed the entrance
    request.visit?.held?.leave()
    tally(request.visit, error.code)

    if (error.code === 'internal_error') {
      onError?.(bugOf(error))
    }

    reply.headers(headersOf(request, cors))

    if (stopping.aborted && !isHttp2(request.raw)) {
      reply.header('connection', 'close')
    }

    sendError(request, reply, error)
  }
}

/** What fastify refuses by itself has not come as far as the entrance. */
function headersOf ({ visit, raw }: FastifyRequest, cors: Cors): Readonly<Record<string, string>> {
  return (visit == null ? cors.headers(raw.headers.origin) : visit.headers) ?? {}
}

/** What each room has wrapped in an error of its own that tells nothing. */
function bugOf (error: EnigmaError): unknown {
  let { cause } = error

  while (cause instanceof EnigmaError && cause.code === 'internal_error' && cause.cause != null) {
    cause = cause.cause
  }

  return cause
}

/** There is no such call, or not with this method. */
export function notFound (endpoints: readonly Endpoint[], cors: Cors): (request: FastifyRequest, reply: FastifyReply) => void {
  const allowed = methodsOf(endpoints.map(({ method, path }) => ({ path, methods: [method] })))

  return (request, reply) => {
    const methods = allowed(pathOf(request.raw.url))

    reply.headers(headersOf(request, cors))

    if (methods.length === 0) {
      sendError(request, reply, new HttpError('unknown_call', 'there is no such call'))
    } else if (request.method === 'OPTIONS' && !cors.isOff) {
      reply.code(204).headers(cors.preflight(methods)).send()
    } else {
      sendError(request, reply, new HttpError('method_not_allowed', 'the call has another method', { headers: { allow: methods.join(', ') } }))
    }
  }
}

function sendError (request: FastifyRequest, reply: FastifyReply, failure: HttpError): void {
  const { raw } = request
  const path = pathOf(raw.url)
  const error = isRegistryPath(path) ? inRegistryWords(failure, path) : failure

  if (isHttp2(raw)) {
    endStream(raw)
  } else if (hasLongRest(raw)) {
    closeAfter(reply.raw)
    reply.header('connection', 'close')
  }

  reply.code(error.status).headers({ 'content-type': 'application/json', ...error.headers }).send(Buffer.from(error.toJson()))
}

/** Whether more of a body is still to come than is worth reading. */
function hasLongRest ({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers['transfer-encoding'] != null || Number(headers['content-length'] ?? 0) > REST_BYTES)
}

/** What comes of a body after the answer is nobody's. */
function endStream (request: IncomingMessage): void {
  const { stream } = request as unknown as Http2ServerRequest

  if (!stream.endAfterHeaders) {
    stream.once('finish', () => { stream.close() })
  }
}

/** Who has proven nothing may have something to prove. */
function challenged (error: HttpError, { raw, visit }: FastifyRequest, who: Who): HttpError {
  const isAsked = error.code === 'unauthorized' && visit?.endpoint?.asksForPeer === true

  if ((error.code !== 'not_owner' && !isAsked) || visit?.caller.peerId != null) {
    return error
  }

  try {
    const challenge = who.challenge(raw)

    return isAsked ? new HttpError(error.code, error.message, { headers: challenge.headers }) : challenge
  } catch (err) {
    // a host under which nobody can prove anything
    return isAsked ? error : toHttpError(err)
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
    case 413: return new HttpError('message_too_large', 'the body is too large')
    case 414: return new HttpError('head_too_large', 'the path is too long')
    case 415: return new HttpError('unsupported_media_type', 'the content-type of a body is application/json')
    default: return statusCode < 500 ? new HttpError('invalid_input', 'the request cannot be read') : toHttpError(new Error(`fastify: ${statusCode}`))
  }
}
