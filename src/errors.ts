/** An error with a stable code that callers and scripts may rely on. */
export class EnigmaError extends Error {
  readonly code: string

  constructor (code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}
