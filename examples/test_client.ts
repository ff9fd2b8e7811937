import { runDialer } from './test_client/dialer.js'
import { ClientError, explain } from './test_client/errors.js'
import { createLines } from './test_client/lines.js'
import { runListener } from './test_client/listener.js'
import { runInbox, runPush } from './test_client/mailbox.js'
import { parseOptions, USAGE } from './test_client/options.js'

/** What closing connections may take after a signal. */
const STOP_MS = 5000

/**
 * A small libp2p peer that meets others through a relay: one waits (`--name clientA`), another one calls it
 * (`--name clientB --dial <circuit address>`). Or one leaves a message (`--push`), and another one takes it when it comes (`--inbox`).
 * Exit codes: 0 fine, 1 failed, 2 wrong usage.
 */
async function main (args: string[]): Promise<number> {
  let lines = createLines('client')
  const stop = new AbortController()

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // not once: under npm a Ctrl+C arrives twice, from the terminal and from npm
    process.on(signal, () => {
      stop.abort()
      setTimeout(() => { process.exit(1) }, STOP_MS).unref()
    })
  }

  try {
    const options = parseOptions(args)

    if (options.help) {
      process.stdout.write(USAGE)
      return 0
    }

    lines = createLines(options.name)

    if (options.push != null) {
      await runPush(options, options.push, lines, stop.signal)
    } else if (options.inbox) {
      await runInbox(options, lines, stop.signal)
    } else if (options.dial != null) {
      await runDialer({ ...options, dial: options.dial }, lines, stop.signal)
    } else {
      await runListener(options, lines, stop.signal)
    }

    return 0
  } catch (err) {
    if (stop.signal.aborted) {
      return 0
    }

    const problem = explain(err)
    lines.error(problem)

    return problem instanceof ClientError ? problem.exitCode : 1
  }
}

process.exitCode = await main(process.argv.slice(2))
