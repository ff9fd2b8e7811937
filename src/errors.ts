/** An error with a stable code that callers and scripts may rely on. */
export class EnigmaError extends Error {
  readonly code: string

  constructor (code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

export interface ErrorEntry {
  /** A sentence for people. */
  readonly meaning: string
  /** Of the answer at the HTTP door; null where the code cannot come there. Part II of specs/mailbox.md has exceptions. */
  readonly httpStatus: number | null
  /** Whether the same call may be made again as it is. */
  readonly retry: boolean
  /** Advice that goes with a failure which has no better one, in milliseconds. 0 = none. */
  readonly retryAfterMs: number
}

function entry (meaning: string, httpStatus: number | null, retryAfterMs?: number): ErrorEntry {
  return { meaning, httpStatus, retry: retryAfterMs != null, retryAfterMs: retryAfterMs ?? 0 }
}

/** What a call can fail with: one spelling on streams, in HTTP answers and in the client. `docs/errors.md` shows it. */
export const ERROR_CATALOGUE = {
  invalid_input: entry('A field is missing, malformed or outside its bounds, or the frame is no request.', 400),
  message_too_large: entry('The body, or the frame around it, is larger than the node takes. Describe tells how much that is.', 413),
  quota_exceeded: entry('The mailbox holds as many messages or bytes as it may. It is over when its owner has acked or something has expired.', 409),
  rate_limited: entry('The caller calls too often. `retry_after_ms` is the time to the next call that may pass.', 429, 1000),
  not_owner: entry('The mailbox is somebody else\'s, and no valid grant for this call was shown.', 403),
  unauthenticated: entry('The call needs a proof of who calls: a PeerId, proven as `WWW-Authenticate` says.', 401),
  conflict: entry('Another identity is registered under this handle.', 409),
  unauthorized: entry('The proof by the identity\'s signing key is missing or wrong, or the node takes no bulk of identities from this caller.', 401),
  not_found: entry('Nobody is registered under this handle, or the node asks for no proof of work.', 404),
  pow_required: entry('The call needs a proof of work: the solution of a challenge of this node that is the caller\'s, in time and used for the first time.', 400),
  denied: entry('The operator of the node denies this peer or address.', 403),
  unknown_call: entry('The node does not know this call: it is older than the caller, the request names none, or the part is switched off.', 404),
  method_not_allowed: entry('The path is there, but not with this method.', 405),
  request_timeout: entry('The request did not come to its end in time.', 408, 0),
  unsupported_media_type: entry('The body is not JSON, or in an encoding other than gzip, deflate and br.', 415),
  head_too_large: entry('The head of the request is larger than the node takes.', 431),
  storage_full: entry('The disk, `storage.max_bytes` or the room for presence is full. Pull and ack go on, and pushes do again once there is room.', 507, 5000),
  storage_error: entry('The store cannot be used just now. What was asked may have been done or not; asking again does not do it twice.', 503, 1000),
  slow_consumer: entry('Items of a subscription could not be sent for 60 seconds though there was credit for them. Subscribe again from the last cursor.', null, 0),
  cancelled: entry('The caller cancelled the request.', null),
  shutting_down: entry('The node is about to stop.', 503, 1000),
  internal_error: entry('A bug of the node. Its log says more.', 500, 1000),
  not_ready: entry('The ops address says that the node does not do its work just now; `details.reasons` tells why.', 503, 1000)
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof ERROR_CATALOGUE

export function isErrorCode (code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_CATALOGUE, code)
}

export interface CallErrorOptions extends ErrorOptions {
  /** @default what the catalogue advises */
  retryAfterMs?: number
  details?: Readonly<Record<string, string>>
}

/** A call that was refused or failed, as every door tells it. The message is for people and names no mailbox, handle, key, body or caller. */
export class CallError extends EnigmaError {
  declare readonly code: ErrorCode
  /** 0 = no use in trying again as it is, or no advice. */
  readonly retryAfterMs: number
  readonly details: Readonly<Record<string, string>>

  constructor (code: ErrorCode, message: string, options: CallErrorOptions = {}) {
    super(code, message, options)
    this.retryAfterMs = options.retryAfterMs ?? ERROR_CATALOGUE[code].retryAfterMs
    this.details = options.details ?? {}
  }
}

/** What went wrong with the disk, and where, is the operator's to know. */
const STORE_MESSAGE = 'the store cannot be used just now'

/** Any failure as one of the catalogue. What is not of it is a bug: `internal_error`, with a message that tells nothing. */
export function toCallError<T extends CallError> (err: unknown, Type: new (code: ErrorCode, message: string, options?: CallErrorOptions) => T): T {
  if (err instanceof Type) {
    return err
  }

  if (err instanceof EnigmaError && isErrorCode(err.code)) {
    return new Type(err.code, err.code === 'storage_error' ? STORE_MESSAGE : err.message, { cause: err })
  }

  return new Type('internal_error', 'the node failed; its log says more', { cause: err })
}

/** The table in `docs/errors.md`. */
export function renderErrorTable (): string {
  const rows = Object.entries(ERROR_CATALOGUE).map(([code, { meaning, httpStatus, retry, retryAfterMs }]) => {
    const again = !retry ? 'no' : retryAfterMs === 0 ? 'yes' : `yes, after ${retryAfterMs} ms unless the answer says otherwise`

    return `| \`${code}\` | ${httpStatus ?? ''} | ${again} | ${meaning} |`
  })

  return ['| code | HTTP | the same again? | meaning |', '|---|---|---|---|', ...rows].join('\n')
}
