import { EnigmaError } from '../errors.js'

/** The contract's ("Command"). */
export const EXIT = { fine: 0, failed: 1, usage: 2, cannotListen: 3 } as const

export type ExitCode = number

/** Which exit code an error ends the command with. */
export function exitCodeOf (err: unknown): ExitCode {
  const code = err instanceof EnigmaError ? err.code : ''

  if (code === 'usage' || code.startsWith('config_')) {
    return EXIT.usage
  }

  return code === 'listen_failed' ? EXIT.cannotListen : EXIT.failed
}

/** The command was called in a way that cannot be meant. */
export class UsageError extends EnigmaError {
  constructor (message: string, options?: ErrorOptions) {
    super('usage', message, options)
  }
}

/** What a person is shown: our own errors say all in their message; of any other the place matters. */
export function explain (err: unknown): string {
  if (err instanceof EnigmaError) {
    return err.message
  }

  return err instanceof Error ? err.stack ?? err.message : String(err)
}
