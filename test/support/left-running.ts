import { getActiveResourcesInfo } from 'node:process'

/** Milliseconds that a process may take to end after its last test. */
const GRACE = 10_000

interface Handle {
  constructor: { name: string }
  _handle?: unknown
  localPort?: number
  remotePort?: number
  pid?: number
}

/**
 * Ends a test process that something keeps alive, and says what: without it, a forgotten socket shows as a run that never ends.
 * The outcome is that of the tests. A root hook of mocha, for each of its configurations.
 */
export function mochaGlobalTeardown (): void {
  setTimeout(() => {
    const handles = (process as unknown as { _getActiveHandles: () => Handle[] })._getActiveHandles()
      .map(({ constructor: { name }, localPort, remotePort, pid }) => JSON.stringify({ name, localPort, remotePort, pid }))

    console.error(`still running ${GRACE / 1000} s after the last test: ${getActiveResourcesInfo().join(' ')}\n${handles.join('\n')}`)
    process.exit()
  }, GRACE).unref()
}
