import { EnigmaError } from '../errors.js'

/** The key file cannot be used. The message names the path and says what to do; the file is as it was. */
export class IdentityError extends EnigmaError {
  readonly path: string

  constructor (path: string, message: string, options?: ErrorOptions) {
    super('identity_unusable', message, options)
    this.path = path
  }
}
