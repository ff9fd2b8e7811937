import type { Log } from '../ops/index.js'

/** A Ctrl+C under `npm start` arrives twice, from the terminal and from npm; a person needs longer than this for two. */
const SAME_INTERRUPT_MS = 100
const NUMBERS: Readonly<Record<string, number>> = { SIGINT: 2, SIGTERM: 15 }

/** What the operator asks of a process by signals. */
export interface Shutdown {
  /** Resolves at the first SIGTERM or SIGINT. */
  readonly requested: Promise<NodeJS.Signals>
  /** Aborts at the second one: stop now. A third one ends the process at once. */
  readonly now: AbortSignal
  /** From now on signals are also logged. */
  logTo (log: Log): void
}

/** Listens for SIGTERM, SIGINT and SIGHUP until the process ends. */
export function listenForShutdown (): Shutdown {
  const { promise: requested, resolve } = Promise.withResolvers<NodeJS.Signals>()
  const now = new AbortController()
  let log: Log | undefined
  let count = 0
  let lastInterrupt = -Infinity

  const onSignal = (signal: NodeJS.Signals): void => {
    const time = performance.now()
    const same = signal === 'SIGINT' && time - lastInterrupt < SAME_INTERRUPT_MS
    lastInterrupt = signal === 'SIGINT' ? time : lastInterrupt
    count += same ? 0 : 1

    if (same) {
      return
    }
    if (count === 1) {
      resolve(signal)
    } else if (count === 2) {
      log?.warn('second signal: stopping now', { signal })
      now.abort()
    } else {
      process.exit(128 + (NUMBERS[signal] ?? 0))
    }
  }

  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  process.on('SIGHUP', () => {
    log?.warn('SIGHUP is ignored: reload is not built yet, a changed configuration needs a restart')
  })

  return {
    requested,
    now: now.signal,
    logTo: (to) => {
      log = to
    }
  }
}
