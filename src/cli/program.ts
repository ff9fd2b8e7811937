import { Command, Option } from 'commander'
import { schema } from '../config/index.js'
import { readDuration } from './duration.js'
import { UsageError } from './exit-codes.js'
import { PLANNED } from './planned.js'
import type { ExitCode } from './exit-codes.js'

/** Options that stand before or after any command. */
export interface GlobalOptions {
  readonly config?: string
  readonly logLevel?: string
}

/** What the command can do; each resolves to the exit code. */
export interface Handlers {
  start (options: GlobalOptions): Promise<ExitCode>
  generateConfig (options: GlobalOptions & { force: boolean }): Promise<ExitCode>
  checkConfig (options: GlobalOptions): Promise<ExitCode>
  printConfig (options: GlobalOptions): Promise<ExitCode>
  id (options: GlobalOptions): Promise<ExitCode>
  verify (options: GlobalOptions & { dryRun: boolean }): Promise<ExitCode>
  keysShow (options: GlobalOptions & { json: boolean }): Promise<ExitCode>
  keysRotate (options: GlobalOptions & { json: boolean, oldForMs?: number }): Promise<ExitCode>
  importConfig (files: string[]): Promise<ExitCode>
}

/** The command that is meant when none is named. */
const START = 'start'

interface AllOptions extends GlobalOptions {
  generateConfig?: boolean
  force?: boolean
}

function build (version: string, handlers: Handlers, done: (code: ExitCode) => void): Command {
  const program = new Command('relay-server')
  const options = (): AllOptions => program.opts<AllOptions>()

  program
    .description('A libp2p circuit relay. Without a command, it starts the node.')
    .usage('[options] [command]')
    .addOption(new Option('-c, --config <path>', 'config file (default: ~/.meshnet/relay.toml)'))
    .addOption(new Option('-l, --log-level <level>', 'least severe level that is written').choices(schema.entries.logging.entries.level.choices))
    .option('--generate-config', 'write a config with every key set to its default and explained, and exit')
    .option('--force', 'with --generate-config: overwrite')
    .helpOption('-h, --help', 'show this help')
    .version(`relay-server ${version}`, '-V, --version', 'show the version')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(relay-server --help shows what there is)')
    .exitOverride()
    .hook('preAction', (_, command) => {
      checkTogether(options(), command.name())
    })

  program.command(START, { hidden: true })
    .description('start the node')
    .action(async () => {
      const { generateConfig = false, force = false } = options()
      done(generateConfig ? await handlers.generateConfig({ ...options(), force }) : await handlers.start(options()))
    })

  program.command('check-config')
    .description('validate the config and print every problem at once')
    .action(async () => done(await handlers.checkConfig(options())))

  program.command('print-config')
    .description('the effective config (secrets masked), as TOML')
    .action(async () => done(await handlers.printConfig(options())))

  program.command('id')
    .description('PeerId and dialable addresses; makes no key')
    .action(async () => done(await handlers.id(options())))

  program.command('verify')
    .description('look through the stored data of a node that is stopped, and put right what can be')
    .option('--dry-run', 'only say what is found')
    .action(async ({ dryRun = false }: { dryRun?: boolean }) => done(await handlers.verify({ ...options(), dryRun })))

  program.command('import-config')
    .description('an old relay.toml, enigma-relay or registry TOML, Vauchi\'s environment: print ours')
    .argument('<file...>', 'files, of any of these programs')
    .action(async (files: string[]) => done(await handlers.importConfig(files)))

  const keys = program.command('keys')
    .description('the pepper and the public keys of the registry\'s envelopes')

  keys.command('show')
    .description('print them for clients over HTTP; of a running node, or of its store')
    .option('--json', 'as one JSON object')
    .action(async ({ json = false }: { json?: boolean }) => done(await handlers.keysShow({ ...options(), json })))

  keys.command('rotate')
    .description('make a new key, of a running node or in its store; what is sealed to the old one is opened for a while')
    .addOption(new Option('--old-for <duration>', 'how long: a number with s, m, h or d, or 0 (default: 24h)').argParser(readDuration))
    .option('--json', 'print the keys as one JSON object')
    .action(async ({ json = false, oldFor }: { json?: boolean, oldFor?: number }) => done(await handlers.keysRotate({ ...options(), json, oldForMs: oldFor })))

  Object.entries(PLANNED).forEach(([name, description]) => { planned(program, name, description, version) })

  return program
}

function planned (program: Command, name: string, description: string, version: string): void {
  program.command(name)
    .description(description)
    .helpGroup('Not built yet:')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw new UsageError(`relay-server ${name} is not built yet (this is version ${version})`)
    })
}

function checkTogether ({ generateConfig = false, force = false }: AllOptions, command: string): void {
  if (force && !generateConfig) {
    throw new UsageError('--force has a meaning only with --generate-config')
  }
  if (generateConfig && command !== START) {
    throw new UsageError(`--generate-config and ${command} do not go together`)
  }
}

/**
 * Reads the arguments (without `node` and the script) and runs what they ask for.
 *
 * @throws UsageError or commander's own error, and what the handlers throw
 */
export async function runProgram (argv: readonly string[], version: string, handlers: Handlers): Promise<ExitCode> {
  let code: ExitCode = 0
  const program = build(version, handlers, (result) => { code = result })
  const wantsHelp = argv.some(arg => arg === '-h' || arg === '--help')
  const noCommand = build(version, handlers, () => {}).parseOptions([...argv]).operands.length === 0
  // not commander's default command: it would take a command that is misspelt for an argument
  const args = noCommand && !wantsHelp ? [START, ...argv] : argv

  await program.parseAsync([...args], { from: 'user' })

  return code
}
