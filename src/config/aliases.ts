import { formatOrigin } from './errors.js'
import { getKey } from './keys.js'
import { showValue, typeName } from './show.js'
import type { ConfigProblem, Origin } from './errors.js'
import type { Setting } from './setting.js'

/** An old name that was found in a file. */
export interface Alias {
  readonly value: unknown
  readonly origin: Origin
}

/** Old names that keep working, with a warning (contract, "Config"), and what they are now. */
export const ALIASES: Readonly<Record<string, string>> = {
  'logging.log_to_file': 'logging.file',
  'logging.log_file_path': 'logging.file',
  'network.advertised_addrs': 'network.announce_addrs'
}

export function isAlias (key: string): boolean {
  return Object.hasOwn(ALIASES, key)
}

/** Adds what the old names say to the settings. Where the new name is set too, it wins. */
export function applyAliases (found: ReadonlyMap<string, Alias>, settings: readonly Setting[]): { settings: Setting[], problems: ConfigProblem[], warnings: string[] } {
  const result = { settings: [...settings], problems: [] as ConfigProblem[], warnings: [] as string[] }
  const used = new Map<string, Alias>()

  for (const [name, alias] of found) {
    // every alias has an entry: isAlias() let it in
    const now = ALIASES[name] ?? ''

    if (settings.some(({ known }) => known.key === now)) {
      result.warnings.push(`${formatOrigin(alias.origin)}: ${name} is the old name of ${now}; it is ignored, since ${now} is set too`)
    } else {
      result.warnings.push(`${formatOrigin(alias.origin)}: ${name} is an old name: write ${now} instead`)
      used.set(name, alias)
    }
  }

  const addrs = used.get('network.advertised_addrs')

  if (addrs !== undefined) {
    result.settings.push(setting('network.announce_addrs', addrs.value, addrs.origin))
  }

  logFile(used, result)

  return result
}

function logFile (used: ReadonlyMap<string, Alias>, result: { settings: Setting[], problems: ConfigProblem[], warnings: string[] }): void {
  const toFile = used.get('logging.log_to_file')
  const path = used.get('logging.log_file_path')

  if (toFile !== undefined && typeof toFile.value !== 'boolean') {
    const expected = 'true or false'
    result.problems.push({ origin: toFile.origin, key: 'logging.log_to_file', value: showValue(toFile.value, { toml: true }), message: `must be ${expected}, not ${typeName(toFile.value)}`, expected })
  } else if (toFile?.value === false) {
    result.settings.push(setting('logging.file', '', toFile.origin))
  } else if (path !== undefined) {
    result.settings.push(setting('logging.file', path.value, path.origin))
  } else if (toFile !== undefined) {
    result.warnings.push(`${formatOrigin(toFile.origin)}: logging.log_to_file = true names no file, so none is written: set logging.file`)
  }
}

function setting (key: string, value: unknown, origin: Origin): Setting {
  return { known: getKey(key), value, source: 'toml', origin }
}
