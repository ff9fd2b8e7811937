import { envName, knownKeys } from './keys.js'
import { expandHome } from './home.js'
import { ReadError, readTextFile } from './read-file.js'
import { showValue } from './show.js'
import { unknownVariable } from './unknown.js'
import type { ConfigProblem } from './errors.js'
import type { KnownKey } from './keys.js'
import type { KeySpec } from './schema.js'
import type { Layer, Setting } from './setting.js'

const PREFIX = 'RELAY_'
const byName = new Map(knownKeys.map(known => [envName(known.path), known]))
const fileNames = new Map(knownKeys.filter(({ spec }) => spec.secret === true).map(known => [`${envName(known.path)}_FILE`, known]))
/** `RELAY_AUTH_AUTH_TOKEN` → `RELAY_AUTH__AUTH_TOKEN`: an easy slip, and a dangerous one. */
const bySlip = new Map([...byName.keys(), ...fileNames.keys()].map(name => [name.replaceAll('__', '_'), name]))

/** What the variables `RELAY_<SECTION>__<KEY>` and `<NAME>_FILE` say. Never throws. */
export function collectEnv (env: NodeJS.ProcessEnv, home: string | undefined): Layer {
  const settings: Setting[] = []
  const problems: ConfigProblem[] = []
  const warnings: string[] = []
  const ignored: string[] = []
  let unknown = false

  for (const name of Object.keys(env).filter(name => name.startsWith(PREFIX)).sort()) {
    const value = env[name] ?? ''
    const known = byName.get(name)
    const secret = fileNames.get(name)

    if (known !== undefined) {
      settings.push(setting(known, parse(known.spec, value), name))
    } else if (secret !== undefined) {
      const read = readSecret(secret, name, value, env, home)

      if ('known' in read) {
        settings.push(read)
      } else {
        problems.push(read)
      }
    } else if (name.includes('__')) {
      unknown = true
      problems.push(unknownVariable(name, value))
    } else if (bySlip.has(name)) {
      warnings.push(`${name} is no setting of relay-server and is ignored; did you mean ${bySlip.get(name)} (two underscores)?`)
    } else {
      ignored.push(name)
    }
  }

  if (ignored.length > 0) {
    warnings.push(`${ignored.join(', ')}: no setting of relay-server (those are RELAY_<SECTION>__<KEY>), ignored`)
  }

  return { settings, problems, warnings, unknown }
}

function readSecret (known: KnownKey, name: string, path: string, env: NodeJS.ProcessEnv, home: string | undefined): Setting | ConfigProblem {
  const origin = { kind: 'env', name } as const
  const plain = envName(known.path)

  if (env[plain] !== undefined) {
    return { origin, key: known.key, message: `${plain} is set too: keep one of the two` }
  }

  if (path === '') {
    return { origin, key: known.key, message: 'names no file' }
  }

  const expanded = expandHome(path, home)

  if (expanded === undefined) {
    return { origin, key: known.key, message: 'begins with ~, but HOME is not set' }
  }

  try {
    return setting(known, parse(known.spec, readTextFile(expanded).replace(/[\r\n]+$/, '')), name)
  } catch (err) {
    return { origin, key: known.key, message: `the file ${showValue(path)} ${err instanceof ReadError ? err.message : 'cannot be read'}` }
  }
}

/** Text of a variable as the key's type; what does not fit stays text, for the check to refuse. */
function parse (spec: KeySpec, text: string): unknown {
  switch (spec.type) {
    case 'integer': return /^[+-]?\d+(_\d+)*$/.test(text) ? BigInt(text.replaceAll('_', '').replace('+', '')) : text
    case 'boolean': return text === 'true' ? true : text === 'false' ? false : text
    case 'list': return spec.format === 'envelope-key' ? parseJson(text) : text.split(',').map(entry => entry.trim()).filter(entry => entry !== '')
    default: return text
  }
}

function parseJson (text: string): unknown {
  try {
    const value: unknown = text === '' ? [] : JSON.parse(text)

    return value
  } catch {
    return text
  }
}

function setting (known: KnownKey, value: unknown, name: string): Setting {
  return { known, value, source: 'js', origin: { kind: 'env', name } }
}
