import { EnigmaError } from '../errors.js'

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
