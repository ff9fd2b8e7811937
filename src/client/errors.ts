import { EnigmaError, ERROR_CATALOGUE, isErrorCode } from '../errors.js'
import type { ErrorCode } from '../errors.js'
import type { MailboxFailure } from '../mailbox/messages.js'

export interface ClientErrorEntry {
  readonly meaning: string
  /** Whether the client itself tries again. */
  readonly retry: boolean
}

/** What only the client can say; all other codes are a node's (`docs/errors.md`). `docs/client.md` shows them. */
export const CLIENT_ERRORS = {
  unreachable: { meaning: 'No connection with the node, or it ended before the answer: what was asked may have been done or not.', retry: true },
  timed_out: { meaning: 'The node did not answer in time: what was asked may have been done or not.', retry: true },
  unsupported: { meaning: 'The other end does not speak the protocol of the call.', retry: false },
  protocol_error: { meaning: 'The other end broke the protocol: it is none that can be worked with.', retry: false },
  too_much_work: { meaning: 'The node asks for a proof of work beyond `maxDifficulty`, or it was not found within `maxSolveMs`.', retry: false },
  invalid_argument: { meaning: 'An argument or option is outside its bounds. Nothing was sent.', retry: false },
  closed: { meaning: 'The client was closed.', retry: false }
} as const satisfies Record<string, ClientErrorEntry>

export type ClientErrorCode = ErrorCode | keyof typeof CLIENT_ERRORS

export interface ClientErrorOptions extends ErrorOptions {
  retryable?: boolean
  retryAfterMs?: number
  details?: Readonly<Record<string, string>>
}

/** What every call of the client rejects with, an abort aside: that is the reason of the signal. */
export class ClientError extends EnigmaError {
  /** Of this client or of the catalogue; a newer node may send others. */
  declare readonly code: ClientErrorCode | (string & {})
  /** Whether the same call may be made again as it is. The client has already done so within its bounds. */
  readonly retryable: boolean
  /** What the node advised, in milliseconds; 0 = nothing. */
  readonly retryAfterMs: number
  readonly details: Readonly<Record<string, string>>

  constructor (code: ClientErrorCode | (string & {}), message: string, options: ClientErrorOptions = {}) {
    super(code, message, options)
    this.retryable = options.retryable ?? isRetryable(code)
    this.retryAfterMs = options.retryAfterMs ?? 0
    this.details = options.details ?? {}
  }
}

function isRetryable (code: string): boolean {
  return isErrorCode(code) ? ERROR_CATALOGUE[code].retry : CLIENT_ERRORS[code as keyof typeof CLIENT_ERRORS]?.retry ?? false
}

/** A code that is not known may be tried again when the node says when. */
export function failureError ({ code, message, retryAfterMs, details }: MailboxFailure): ClientError {
  return new ClientError(code, message, {
    retryAfterMs,
    details: Object.fromEntries(details),
    ...(isErrorCode(code) ? {} : { retryable: retryAfterMs > 0 })
  })
}

/** Whatever a connection or a stream failed with. */
export function connectionError (err: unknown): ClientError {
  if (err instanceof ClientError) {
    return err
  }

  const name = err instanceof Error ? err.name : ''

  if (name === 'UnsupportedProtocolError') {
    return new ClientError('unsupported', 'the other end does not speak the protocol of the call', { cause: err })
  }

  if (name === 'TimeoutError') {
    return new ClientError('timed_out', 'no connection within the time', { cause: err })
  }

  return new ClientError('unreachable', `no connection: ${err instanceof Error ? err.message : String(err)}`, { cause: err })
}

export function protocolError (message: string, options?: ErrorOptions): ClientError {
  return new ClientError('protocol_error', message, options)
}

/** The table in `docs/client.md`. */
export function renderClientErrorTable (): string {
  const rows = Object.entries(CLIENT_ERRORS).map(([code, { meaning, retry }]) => `| \`${code}\` | ${retry ? 'yes' : 'no'} | ${meaning} |`)

  return ['| code | tried again? | meaning |', '|---|---|---|', ...rows].join('\n')
}
