import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { defaultConfigPath, importConfig, loadConfig, renderConfig, renderEffective, unbuiltParts } from '../config/index.js'
import { EXIT, UsageError } from './exit-codes.js'
import { print, warn } from './output.js'
import { expandHome, shellWord } from './paths.js'
import { writeNewFile } from './write-file.js'
import type { ExitCode } from './exit-codes.js'
import type { GlobalOptions } from './program.js'
import type { LoadedConfig } from '../config/index.js'

/** The one line that names the parts that the user switched on and this version does not have. */
export function unbuiltWarning (loaded: LoadedConfig): string[] {
  const parts = unbuiltParts(loaded)

  return parts.length === 0 ? [] : [`switched on in your configuration, but not built yet and therefore off: ${parts.join(', ')}`]
}

/** Where the configuration would be looked for without `--config`, for a message. */
export function defaultPlace (): string {
  return defaultConfigPath(process.env) ?? '~/.meshnet/relay.toml (HOME is not set)'
}

function load ({ config: path, logLevel }: GlobalOptions): LoadedConfig {
  const loaded = loadConfig({ path, env: process.env, flags: { logLevel } })
  warn([...loaded.warnings, ...unbuiltWarning(loaded)])

  return loaded
}

/** @throws ConfigError with every problem */
export async function checkConfig (options: GlobalOptions): Promise<ExitCode> {
  const { path } = load(options)
  print(path === null ? `No configuration file at ${defaultPlace()}: the built-in defaults are fine` : `${path}: fine`)

  return EXIT.fine
}

/** @throws ConfigError with every problem */
export async function printConfig (options: GlobalOptions): Promise<ExitCode> {
  const { config, source } = load(options)
  print(renderEffective(config, source))

  return EXIT.fine
}

/**
 * Writes the file with every key, mode 0600 since a token will stand in it.
 *
 * @throws UsageError when it exists and is not to be overwritten
 */
export async function generateConfig ({ config, force }: GlobalOptions & { force: boolean }): Promise<ExitCode> {
  const asked = config === undefined ? defaultConfigPath(process.env) : expandHome(config)

  if (asked === undefined) {
    throw new UsageError('there is no home folder to write to, since HOME is not set: name a file with --config')
  }

  const path = resolve(asked)
  const written = await writeNewFile(path, renderConfig(), { force })

  if (!written) {
    throw new UsageError(`${path} exists already and is left as it is; --force overwrites it`)
  }

  print(`Wrote ${path}\nStart the node with it: relay-server${config === undefined ? '' : ` --config ${shellWord(path)}`}`)

  return EXIT.fine
}

/** @throws UsageError for a file that cannot be read, ConfigError for one that is no configuration */
export async function importConfigFiles (paths: readonly string[]): Promise<ExitCode> {
  const files = await Promise.all(paths.map(async path => ({ path, text: await readText(path) })))
  print(importConfig(files))

  return EXIT.fine
}

async function readText (path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))
  } catch (err) {
    throw new UsageError(`${path} cannot be read: ${err instanceof TypeError ? 'it is not UTF-8 text' : err instanceof Error ? err.message : String(err)}`, { cause: err })
  }
}
