import { CommanderError } from 'commander'
import { VERSION } from '../version.js'
import { checkConfig, generateConfig, importConfigFiles, printConfig } from './config-commands.js'
import { EXIT, exitCodeOf, explain } from './exit-codes.js'
import { id } from './id.js'
import { complain, drained } from './output.js'
import { runProgram } from './program.js'
import { listenForShutdown } from './shutdown.js'
import type { ExitCode } from './exit-codes.js'

async function main (argv: readonly string[]): Promise<ExitCode> {
  try {
    return await runProgram(argv, VERSION, {
      start: async options => {
        // the node's modules take most of a second to load: no other command waits for them, and a signal may come meanwhile
        const shutdown = listenForShutdown()
        const { start } = await import('./start.js')
        return start(options, shutdown)
      },
      generateConfig,
      checkConfig,
      printConfig,
      id,
      verify: async options => {
        const { verify } = await import('./verify.js')
        return verify(options)
      },
      keysShow: async options => {
        const { keysShow } = await import('./keys.js')
        return keysShow(options)
      },
      keysRotate: async options => {
        const { keysRotate } = await import('./keys.js')
        return keysRotate(options)
      },
      importConfig: importConfigFiles
    })
  } catch (err) {
    if (err instanceof CommanderError) {
      // it has printed its message, or the help that was asked for
      return err.exitCode === 0 ? EXIT.fine : EXIT.usage
    }

    complain(explain(err))

    return exitCodeOf(err)
  }
}

/** Runs the command of this process and ends it. */
export async function run (): Promise<void> {
  // a reader that is gone (`relay-server id | head -0`) is no crash
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})

  const code = await main(process.argv.slice(2))
  await drained()
  process.exit(code)
}
