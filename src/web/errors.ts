import { STATUS_CODES } from 'node:http'
import type { ErrorCode } from '../errors.js'

/** The shape of every error answer over HTTP (contract, "HTTP"). */
export interface HttpErrorBody {
  error: { code: string, message: string, details?: Readonly<Record<string, unknown>> }
}

interface HttpErrorEntry {
  readonly code: ErrorCode
  readonly message: string
}

/** What HTTP itself can refuse, before any call is made. */
const BY_STATUS: Readonly<Record<number, HttpErrorEntry>> = {
  400: { code: 'invalid_input', message: 'the request is malformed' },
  401: { code: 'unauthenticated', message: 'this needs a token or a proof that was not given, or was wrong' },
  404: { code: 'unknown_call', message: 'there is nothing at this path' },
  405: { code: 'method_not_allowed', message: 'this path does not have this method' },
  408: { code: 'request_timeout', message: 'the request did not come to its end in time' },
  413: { code: 'message_too_large', message: 'the body is larger than this path takes' },
  415: { code: 'unsupported_media_type', message: 'this path does not take this content type' },
  417: { code: 'invalid_input', message: 'the only expectation that is known is 100-continue' },
  431: { code: 'head_too_large', message: 'the head of the request is too large' },
  500: { code: 'internal_error', message: 'the node failed; its log says more' }
}

export function errorBody (code: string, message: string, details?: Readonly<Record<string, unknown>>): HttpErrorBody {
  return { error: { code, message, ...(details == null ? {} : { details }) } }
}

/** For a status that HTTP itself ends a request with. Another 4xx is shown as `invalid_input`, another 5xx as `internal_error`. */
export function errorBodyOfStatus (status: number): HttpErrorBody {
  // both are in the table
  const { code, message } = BY_STATUS[status] ?? BY_STATUS[status < 500 ? 400 : 500] as HttpErrorEntry

  return errorBody(code, message)
}

/** A whole HTTP/1.1 answer, for a socket whose request could not be read. Its connection is over. */
export function rawErrorAnswer (status: number, headers: Readonly<Record<string, string>> = {}): string {
  const body = JSON.stringify(errorBodyOfStatus(status))
  const all = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), connection: 'close', ...headers }
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('')

  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n${body}`
}
