import { EnigmaError } from '../errors.js'

/** A call that was not done, or not known to be done: it may be tried again as it is, idempotency absorbs what was. */
export class StorageError extends EnigmaError {
  readonly retryable = true

  constructor (message: string, options?: ErrorOptions) {
    super('storage_error', message, options)
  }
}

/** There is no room for a push. Everything else goes on, and pushes do again once there is room. */
export class StorageFullError extends EnigmaError {
  readonly retryable = true

  constructor (message: string) {
    super('storage_full', message)
  }
}

/** An argument outside the bounds of its type: a bug of the caller, nothing was done. */
export class InvalidStorageInputError extends EnigmaError {
  constructor (message: string) {
    super('invalid_input', message)
  }
}

export type StoreOpenCode = 'store_locked' | 'store_newer' | 'store_damaged' | 'store_unusable'

/** The folder cannot be opened. The message names it and says what to do; what is in it is as it was. */
export class StoreOpenError extends EnigmaError {
  declare readonly code: StoreOpenCode
  readonly path: string

  constructor (code: StoreOpenCode, path: string, message: string, options?: ErrorOptions) {
    super(code, message, options)
    this.path = path
  }
}
