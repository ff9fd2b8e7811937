import { envName, findKey, isSection, knownKeys, knownSections } from './keys.js'
import { movedKey } from './programs.js'
import { nearest } from './nearest.js'
import { MASK, showKey, showValue } from './show.js'
import type { ConfigProblem, Origin } from './errors.js'
import type { Nearest } from './nearest.js'
import type { SectionSpec } from './schema.js'

const SECRET_NAME = /token|secret|passw|pepper|private|key/i
const keys = knownKeys.map(({ key }) => key)

/** The problem of a key or section that the schema does not have. */
export function unknownKey (path: readonly string[], value: unknown, section: SectionSpec, origin: Origin): ConfigProblem {
  const isTable = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
  const name = path.join('.')
  const siblings = Object.entries(section.entries).filter(([, entry]) => isSection(entry) === isTable).map(([key]) => [...path.slice(0, -1), key].join('.'))
  const best = pick(name, siblings, isTable ? knownSections : keys, '.')
  const moved = movedKey(path)
  const shown = isTable ? `[${best?.name}]` : best?.name

  return {
    origin,
    key: isTable ? `[${showKey(path)}]` : showKey(path),
    ...(isScalar(value) ? { value: isSecret(path, best?.name) ? MASK : showValue(value, { toml: origin.kind === 'file' }) } : {}),
    message: isTable ? 'unknown section' : 'unknown key',
    ...(best === undefined ? {} : { nearest: best.name }),
    hint: moved ?? (best?.close === true ? `did you mean ${shown}?` : `the nearest known one is ${shown}`)
  }
}

const names = knownKeys.flatMap(({ path, spec }) => spec.secret === true ? [envName(path), `${envName(path)}_FILE`] : [envName(path)])

/** The problem of an environment variable with `__` that names no key. */
export function unknownVariable (name: string, value: string): ConfigProblem {
  const plain = name.replace(/_FILE$/, '')
  const section = name.slice(0, name.lastIndexOf('__') + 2)
  const best = pick(name, names.filter(known => known.startsWith(section)), names, '__')
  const moved = movedKey(name.slice('RELAY_'.length).toLowerCase().split('__'), (path) => envName(path.split('.')))
  const hint = plain !== name && names.includes(plain)
    ? `only secrets can be read from a file: ${names.filter(known => known.endsWith('_FILE') && names.includes(known.slice(0, -5))).join(', ')}`
    : moved ?? (best?.close === true ? `did you mean ${best.name}?` : `the nearest known one is ${best?.name}`)

  return {
    origin: { kind: 'env', name },
    key: null,
    message: `unknown setting (= ${SECRET_NAME.test(name) || names.includes(`${best?.name}_FILE`) ? MASK : showValue(value)})`,
    ...(best === undefined ? {} : { nearest: best.name }),
    hint
  }
}

/** A close one of the same section, else a close one anywhere, else the nearest of the same section. */
function pick (name: string, siblings: readonly string[], all: readonly string[], separator: string): Nearest | undefined {
  const near = nearest(name, siblings, separator)

  if (near?.close === true) {
    return near
  }

  const far = nearest(name, all, separator)

  return far?.close === true ? far : near ?? far
}

function isScalar (value: unknown): boolean {
  return typeof value !== 'object' && value !== undefined
}

function isSecret (path: readonly string[], best: string | undefined): boolean {
  return path.some(part => SECRET_NAME.test(part)) || findKey(best ?? '')?.spec.secret === true
}
