import { EnigmaError, ERROR_CATALOGUE } from '../errors.js'
import { toMailboxError } from '../mailbox/index.js'
import { JsonError } from '../json/parse.js'
import type { ErrorCode } from '../errors.js'

export interface HttpErrorOptions extends ErrorOptions {
  /** @default that of the catalogue */
  status?: number
  /** In milliseconds. @default what the catalogue advises */
  retryAfterMs?: number
  details?: Readonly<Record<string, string>>
  headers?: Readonly<Record<string, string>>
  /** How the answer spells the code. @default as it is */
  spelling?: string
}

/** An answer that is an error: what the door itself refuses, and what the rules refuse as HTTP says it. */
export class HttpError extends EnigmaError {
  declare readonly code: ErrorCode
  readonly status: number
  readonly details: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly #spelling: string

  constructor (code: ErrorCode, message: string, options: HttpErrorOptions = {}) {
    super(code, message, options)

    const { httpStatus, retryAfterMs: advised } = ERROR_CATALOGUE[code]
    const retryAfterMs = options.retryAfterMs ?? advised

    this.status = options.status ?? httpStatus ?? 500
    this.details = options.details ?? {}
    this.#spelling = options.spelling ?? code
    this.headers = {
      ...((this.status === 429 || this.status === 503 || this.status === 507) && retryAfterMs > 0 ? { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) } : {}),
      ...options.headers
    }
  }

  /** The body of the answer (contract, "HTTP"). */
  toJson (): string {
    return JSON.stringify({ error: { code: this.#spelling, message: this.message, ...(Object.keys(this.details).length === 0 ? {} : { details: this.details }) } })
  }
}

/** What enigma-relay says in place of our own words. */
const MESSAGES: Partial<Record<ErrorCode, string>> = {
  rate_limited: 'rate limit exceeded',
  quota_exceeded: 'recipient quota exceeded'
}

/** Any failure as an answer. What is none of ours is a bug, of which the message tells nothing. */
export function toHttpError (err: unknown): HttpError {
  if (err instanceof HttpError) {
    return err
  }

  if (err instanceof JsonError) {
    return new HttpError('invalid_input', err.message, { cause: err })
  }

  const { code, message, retryAfterMs, details } = toMailboxError(err)

  // enigma-relay's own status for it (specs/mailbox.md, §1.1)
  if (code === 'message_too_large') {
    return new HttpError('invalid_input', 'message too large', { details: { code, ...details }, cause: err })
  }

  return new HttpError(code, MESSAGES[code] ?? message, { retryAfterMs, details, cause: err })
}
