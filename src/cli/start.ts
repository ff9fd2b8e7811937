import { loadConfig } from '../config/index.js'
import { createEvents, createLog, logEvents } from '../ops/index.js'
import { VERSION } from '../version.js'
import { defaultPlace, unbuiltWarning } from './config-commands.js'
import { exitOnCrash } from './crash.js'
import { EXIT, exitCodeOf, explain } from './exit-codes.js'
import { complain } from './output.js'
import type { ExitCode } from './exit-codes.js'
import type { GlobalOptions } from './program.js'
import type { Shutdown } from './shutdown.js'
import type { Config, LoadedConfig } from '../config/index.js'
import type { EnigmaNode } from '../node/index.js'
import type { NodeEventTarget, NodeLog } from '../ops/index.js'

/** What closing sockets and files may take beside draining. */
const STOP_MS = 10_000
/** The same after a second signal. */
const STOP_NOW_MS = 2000

/**
 * Starts the node and resolves to the exit code when it has ended.
 *
 * @throws ConfigError, LogFileError
 */
export async function start ({ config: path, logLevel }: GlobalOptions, shutdown: Shutdown): Promise<ExitCode> {
  const loaded = loadConfig({ path, env: process.env, flags: { logLevel } })
  const { config } = loaded
  const log = createLog(config.logging, { version: VERSION, holdUntilReady: true })
  exitOnCrash(log)
  shutdown.logTo(log)
  const events = createEvents()
  logEvents(events, log)
  introduce(loaded, log)

  try {
    return await live(config, log, events, shutdown)
  } catch (err) {
    // pretty lines stand on the same terminal as standard error: once is enough there
    if (config.logging.log_format === 'json' || config.logging.file !== '') {
      log.error('could not start', { reason: explain(err) })
    }

    await log.flush()
    complain(explain(err))

    return exitCodeOf(err)
  } finally {
    await log.close()
  }
}

function introduce (loaded: LoadedConfig, log: NodeLog): void {
  if (loaded.path === null) {
    log.info(`no configuration file at ${defaultPlace()}: starting on built-in defaults (relay-server --generate-config writes one)`)
  }

  [...loaded.warnings, ...unbuiltWarning(loaded)].forEach(warning => log.warn(warning))
}

async function live (config: Config, log: NodeLog, events: NodeEventTarget, shutdown: Shutdown): Promise<ExitCode> {
  shutdown.requested.then(signal => events.dispatchEvent(new CustomEvent('shutdown', { detail: { signal } })), () => {})

  const { createNode } = await import('../node/index.js')
  const node = await Promise.race([createNode(config, { log, events }), aborted(shutdown.now)])

  if (node == null) {
    return EXIT.fine
  }

  await shutdown.requested

  return stop(node, config, log, events, shutdown)
}

async function stop (node: EnigmaNode, config: Config, log: NodeLog, events: NodeEventTarget, { now }: Shutdown): Promise<ExitCode> {
  const stopping = node.stop({ signal: now }).then(() => 'stopped' as const)
  const late = Promise.race([
    timeout(config.network.drain_secs * 1000 + STOP_MS),
    aborted(now).then(async () => timeout(STOP_NOW_MS))
  ])

  if (await Promise.race([stopping, late]) !== 'stopped') {
    log.error('the node did not stop in time; ending the process')
    return EXIT.failed
  }

  events.dispatchEvent(new CustomEvent('stopped', { detail: {} }))

  return EXIT.fine
}

async function aborted (signal: AbortSignal): Promise<undefined> {
  await new Promise<void>(resolve => {
    if (signal.aborted) {
      resolve()
    } else {
      signal.addEventListener('abort', () => resolve(), { once: true })
    }
  })

  return undefined
}

async function timeout (ms: number): Promise<undefined> {
  await new Promise<void>(resolve => {
    setTimeout(resolve, ms).unref()
  })

  return undefined
}
