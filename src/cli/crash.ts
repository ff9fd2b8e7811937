import { redact } from '../ops/index.js'
import { EXIT } from './exit-codes.js'
import type { NodeLog } from '../ops/index.js'

/**
 * Nothing is known about a process after an error that nobody caught, rejected promises included:
 * it is logged with its stack (names and addresses taken out, since it may be about a peer) and the process ends with 1, to be started again by what watches over it.
 */
export function exitOnCrash (log: NodeLog): void {
  let crashed = false

  const onCrash = (err: unknown, origin: string): void => {
    if (crashed) {
      return
    }

    crashed = true
    log.error('uncaught error', { origin, stack: redact(err instanceof Error ? err.stack ?? err.message : String(err)) })
    log.flush().finally(() => process.exit(EXIT.failed))
  }

  process.on('uncaughtException', onCrash)
}
