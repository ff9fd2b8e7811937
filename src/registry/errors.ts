import { EnigmaError, ERROR_CATALOGUE, isErrorCode } from '../errors.js'
import type { ErrorCode } from '../errors.js'

/** What went wrong with the disk, and where, is the operator's to know. */
const STORE_MESSAGE = 'the store cannot be used just now'

/** Bytes or text that the registry's formats do not hold. The message names no handle and no key. */
export class InvalidRegistryInputError extends EnigmaError {
  constructor (message: string, options?: ErrorOptions) {
    super('invalid_input', message, options)
  }
}

/** An envelope that was not sealed for this key, pepper and user, or was altered. */
export class EnvelopeError extends EnigmaError {
  constructor (message = 'unable to decrypt envelope', options?: ErrorOptions) {
    super('invalid_input', message, options)
  }
}

export interface RegistryErrorOptions extends ErrorOptions {
  /** @default what the catalogue advises */
  retryAfterMs?: number
  details?: Readonly<Record<string, string>>
}

/** What the rules refuse or fail with; a door has more of its own (`rate_limited`, `unknown_call`, …). */
export type RegistryErrorCode = Extract<ErrorCode, 'invalid_input' | 'conflict' | 'unauthorized' | 'not_found' | 'pow_required' | 'storage_full' | 'storage_error' | 'shutting_down' | 'internal_error'>

/** A call that was refused or failed. The message is for people and names no handle, no key and no caller. */
export class RegistryError extends EnigmaError {
  declare readonly code: ErrorCode
  /** 0 = no use in trying again as it is, or no advice. */
  readonly retryAfterMs: number
  readonly details: Readonly<Record<string, string>>

  constructor (code: ErrorCode, message: string, options: RegistryErrorOptions = {}) {
    super(code, message, options)
    this.retryAfterMs = options.retryAfterMs ?? ERROR_CATALOGUE[code].retryAfterMs
    this.details = options.details ?? {}
  }
}

/** Any failure as one of the catalogue. What is not of it is a bug: `internal_error`, with a message that tells nothing. */
export function toRegistryError (err: unknown): RegistryError {
  if (err instanceof RegistryError) {
    return err
  }

  if (err instanceof EnigmaError && isErrorCode(err.code)) {
    return new RegistryError(err.code, err.code === 'storage_error' ? STORE_MESSAGE : err.message, { cause: err })
  }

  return new RegistryError('internal_error', 'the node failed; its log says more', { cause: err })
}

/** An option of the registry's rules is outside its bounds. */
export class InvalidRegistryOptionError extends EnigmaError {
  constructor (message: string) {
    super('invalid_registry_option', message)
  }
}
