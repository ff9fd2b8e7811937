import type { CallError, ErrorCode } from '../errors.js'

/** `Failure` of the protocols' .proto files. */
export interface Failure {
  code: ErrorCode
  message: string
  retryAfterMs: number
  details: Map<string, string>
}

export function failureOf ({ code, message, retryAfterMs, details }: CallError): Failure {
  return { code, message, retryAfterMs, details: new Map(Object.entries(details)) }
}
