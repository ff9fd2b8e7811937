import { join } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { collect } from './collect.js'
import { collectEnv } from './env.js'
import { ConfigError } from './errors.js'
import { expandHome, homeFolder } from './home.js'
import { getKey } from './keys.js'
import { locateKeys } from './locate.js'
import { recogniseProgram } from './programs.js'
import { ReadError, readTextFile } from './read-file.js'
import { resolveLayers } from './resolve.js'
import type { ConfigProblem, Origin } from './errors.js'
import type { Part } from './parts.js'
import type { Config } from './schema.js'
import type { Layer, Setting } from './setting.js'

/** Flags that set a key; the others (`--config`, …) are the command's own. */
export interface ConfigFlags {
  /** `--log-level` */
  readonly logLevel?: string
}

export interface LoadConfigOptions {
  /** The file. @default `~/.meshnet/relay.toml` */
  readonly path?: string
  /** The path was asked for (`--config`), so that a missing file is an error. @default true when `path` is given */
  readonly explicit?: boolean
  readonly env: NodeJS.ProcessEnv
  readonly flags?: ConfigFlags
  /** @default what this version has */
  readonly built?: ReadonlySet<Part>
}

export interface LoadedConfig {
  /** Checked, complete, `~` expanded. */
  readonly config: Config
  /** One line each, to be shown to the user. */
  readonly warnings: string[]
  /** The keys that the user's file, environment or flags set, and where; the others have their default. */
  readonly source: ReadonlyMap<string, Origin>
  /** The file that was read, null when there was none. */
  readonly path: string | null
}

/** `~/.meshnet/relay.toml`, undefined when there is no home folder. */
export function defaultConfigPath (env: NodeJS.ProcessEnv): string | undefined {
  const home = homeFolder(env)

  return home === undefined ? undefined : join(home, '.meshnet', 'relay.toml')
}

/**
 * Reads the configuration; a flag goes over the environment, the environment over the file, the file over the default.
 *
 * @throws ConfigError with every problem at once
 */
export function loadConfig (options: LoadConfigOptions): LoadedConfig {
  const { env, flags = {} } = options
  const home = homeFolder(env)
  const given = options.path === undefined ? undefined : expandHome(options.path, home)
  const path = options.path === undefined ? defaultConfigPath(env) : given

  if (options.path !== undefined && given === undefined) {
    throw new ConfigError('config_unreadable', [{ origin: { kind: 'file', file: options.path }, key: null, message: 'begins with ~, but HOME is not set' }])
  }

  const text = path === undefined ? undefined : readConfigFile(path, options.explicit ?? options.path !== undefined)
  const file = path === undefined || text === undefined ? undefined : parseConfigFile(path, text)
  const layers = [...(file === undefined ? [] : [file.layer]), collectEnv(env, home), flagLayer(flags)]
  const { config, source, warnings, problems } = resolveLayers(layers, home, options.built)

  if (problems.length > 0) {
    throw new ConfigError(file?.foreign === undefined ? 'config_invalid' : 'config_foreign', inOrder(problems), notes(layers, file))
  }

  return { config, source, warnings: [...warnings], path: file?.path ?? null }
}

interface ConfigFile {
  readonly path: string
  readonly layer: Layer
  /** The other program that the file is one of. */
  readonly foreign?: string
}

function readConfigFile (path: string, explicit: boolean): string | undefined {
  try {
    return readTextFile(path)
  } catch (err) {
    if (!(err instanceof ReadError)) {
      throw err
    }

    if (err.notFound && !explicit) {
      return undefined
    }

    if (err.notFound) {
      throw new ConfigError('config_not_found', [], [`Configuration file not found: ${path}`, `To make one with every key explained: relay-server --generate-config --config ${shellWord(path)}`], { cause: err })
    }

    throw new ConfigError('config_unreadable', [{ origin: { kind: 'file', file: path, line: err.line }, key: null, message: `the configuration file ${err.message}` }], [], { cause: err })
  }
}

/** @throws ConfigError for text that is no TOML, with its line and column */
export function parseToml (path: string, text: string): Record<string, unknown> {
  try {
    return parse(text, { integersAsBigInt: true, maxDepth: 32 })
  } catch (err) {
    // the parser's message goes on with lines of the file, which may hold a secret
    const reason = (err instanceof Error ? err.message : '').replace(/^Invalid TOML document: /, '').split('\n')[0]
    const place = err instanceof TomlError ? { line: err.line, column: err.column } : {}
    throw new ConfigError('config_syntax', [{ origin: { kind: 'file', file: path, ...place }, key: null, message: `not valid TOML: ${reason}` }])
  }
}

function parseConfigFile (path: string, text: string): ConfigFile {
  const root = parseToml(path, text)
  const locator = locateKeys(text)
  const layer = collect(root, 'toml', (at) => ({ kind: 'file', file: path, line: locator.line(at) }))
  const program = recogniseProgram(root)

  return { path, layer, ...(program === 'relay-server' ? {} : { foreign: program }) }
}

function flagLayer (flags: ConfigFlags): Layer {
  const settings: Setting[] = flags.logLevel === undefined ? [] : [{ known: getKey('logging.level'), value: flags.logLevel, source: 'js', origin: { kind: 'flag', flag: '--log-level' } }]

  return { settings, problems: [], warnings: [], unknown: false }
}

/** As the user reads: down the file, then the environment and the flags. */
function inOrder (problems: readonly ConfigProblem[]): ConfigProblem[] {
  const place = ({ origin }: ConfigProblem): number => origin.kind === 'file' ? origin.line ?? 0 : Infinity

  return problems.toSorted((a, b) => place(a) === place(b) ? 0 : place(a) - place(b))
}

function notes (layers: readonly Layer[], file: ConfigFile | undefined): string[] {
  if (file?.foreign !== undefined) {
    return [`${file.path} looks like a configuration of ${file.foreign}. To make one for relay-server of it: relay-server import-config ${shellWord(file.path)} > relay.toml`]
  }

  return layers.some(layer => layer.unknown) ? ['If an unknown name comes from a newer version of relay-server: this version does not have it.'] : []
}

function shellWord (text: string): string {
  return /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
