import { CallError, EnigmaError, toCallError } from '../errors.js'
import type { ErrorCode } from '../errors.js'

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

/** What the rules refuse or fail with; a door has more of its own (`rate_limited`, `unknown_call`, …). */
export type RegistryErrorCode = Extract<ErrorCode, 'invalid_input' | 'conflict' | 'unauthorized' | 'not_found' | 'pow_required' | 'storage_full' | 'storage_error' | 'shutting_down' | 'internal_error'>

/** A call of the registry that was refused or failed. */
export class RegistryError extends CallError {}

export function toRegistryError (err: unknown): RegistryError {
  return toCallError(err, RegistryError)
}

/** An option of the registry's rules is outside its bounds. */
export class InvalidRegistryOptionError extends EnigmaError {
  constructor (message: string) {
    super('invalid_registry_option', message)
  }
}
