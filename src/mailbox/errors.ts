import { EnigmaError, ERROR_CATALOGUE, isErrorCode } from '../errors.js'
import type { ErrorCode } from '../errors.js'

/** What went wrong with the disk, and where, is the operator's to know. */
const STORE_MESSAGE = 'the store cannot be used just now'

export interface MailboxErrorOptions extends ErrorOptions {
  /** @default what the catalogue advises */
  retryAfterMs?: number
  details?: Readonly<Record<string, string>>
}

/** A call that was refused or failed. The message is for people and names no mailbox, no body and no caller. */
export class MailboxError extends EnigmaError {
  declare readonly code: ErrorCode
  /** 0 = no use in trying again as it is, or no advice. */
  readonly retryAfterMs: number
  readonly details: Readonly<Record<string, string>>

  constructor (code: ErrorCode, message: string, options: MailboxErrorOptions = {}) {
    super(code, message, options)
    this.retryAfterMs = options.retryAfterMs ?? ERROR_CATALOGUE[code].retryAfterMs
    this.details = options.details ?? {}
  }
}

/** Any failure as one of the catalogue. What is not of it is a bug: `internal_error`, with a message that tells nothing. */
export function toMailboxError (err: unknown): MailboxError {
  if (err instanceof MailboxError) {
    return err
  }

  if (err instanceof EnigmaError && isErrorCode(err.code)) {
    return new MailboxError(err.code, err.code === 'storage_error' ? STORE_MESSAGE : err.message, { cause: err })
  }

  return new MailboxError('internal_error', 'the node failed; its log says more', { cause: err })
}

/** An option of `mailboxServer` is outside its bounds. */
export class InvalidMailboxOptionError extends EnigmaError {
  constructor (message: string) {
    super('invalid_mailbox_option', message)
  }
}
