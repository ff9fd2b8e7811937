import { checkValue } from './check.js'
import { collect } from './collect.js'
import { ConfigError, formatProblem } from './errors.js'
import { expandHome, homeFolder } from './home.js'
import { isSection, knownKeys, getKey } from './keys.js'
import { BUILT_PARTS } from './parts.js'
import { breaches } from './rules.js'
import { schema } from './schema.js'
import { MASK, showKey, showValue } from './show.js'
import type { ConfigProblem, Origin } from './errors.js'
import type { KnownKey } from './keys.js'
import type { Part } from './parts.js'
import type { RuleBreach } from './rules.js'
import type { Config, PartialConfig, SectionSpec } from './schema.js'
import type { Layer, Setting } from './setting.js'

export interface Resolved {
  readonly config: Config
  /** The keys that were set, and where. What is missing has its default. */
  readonly source: ReadonlyMap<string, Origin>
  readonly warnings: readonly string[]
  readonly problems: readonly ConfigProblem[]
}

/** The built-in defaults as they are written: `~` is not expanded. A new object each time. */
export function defaultConfig (): Config {
  // the shape is that of the schema, from which the type is made too
  return defaults(schema) as Config
}

/**
 * Checks an object in the shape of `relay.toml`, fills in the defaults and expands `~`. The result resolves to itself.
 *
 * @throws ConfigError with every problem at once
 */
export function resolveConfig (partial: PartialConfig = {}): Config {
  const layer = collect(partial, 'js', () => ({ kind: 'object' }))
  const resolved = resolveLayers([layer], homeFolder(process.env))

  if (resolved.problems.length > 0) {
    throw new ConfigError('config_invalid', resolved.problems)
  }

  return resolved.config
}

/** Puts layers over each other, the last one on top. Values of all layers are checked, hidden ones too. Never throws. */
export function resolveLayers (layers: readonly Layer[], home: string | undefined, built: ReadonlySet<Part> = BUILT_PARTS): Resolved {
  const config = defaultConfig()
  const source = new Map<string, Origin>()
  const problems: ConfigProblem[] = []
  const warnings = layers.flatMap(layer => layer.warnings)
  const wrong = new Set<string>()

  for (const layer of layers) {
    problems.push(...layer.problems)

    for (const problem of layer.problems) {
      wrong.add(problem.key ?? '')
    }

    for (const setting of layer.settings) {
      const checked = checkValue(setting.known.spec, setting.value, setting.source)

      if ('value' in checked) {
        setValue(config, setting.known, checked.value)
        source.set(setting.known.key, setting.origin)
      } else {
        wrong.add(setting.known.key)
        problems.push(...checked.problems.map(problem => valueProblem(setting, problem)))
      }
    }
  }

  for (const breach of breaches(config, built).filter(breach => !breach.keys.some(key => wrong.has(key)))) {
    const level = breachLevel(breach, config, built)
    const problem = breachProblem(breach, config, source)

    if (level === 'error') {
      problems.push(problem)
    } else if (level === 'warning') {
      warnings.push(formatProblem(problem))
    }
  }

  problems.push(...expandPaths(config, source, home))

  return { config, source, warnings, problems }
}

export function getValue (config: Config, known: KnownKey): unknown {
  return known.path.reduce<unknown>((table, name) => (table as Record<string, unknown>)[name], config)
}

export function setValue (config: Config, known: KnownKey, value: unknown): void {
  const parent = known.path.slice(0, -1).reduce<unknown>((table, name) => (table as Record<string, unknown>)[name], config) as Record<string, unknown>
  // the schema has no key without a name
  parent[known.path.at(-1) ?? ''] = value
}

export function resetValue (config: Config, known: KnownKey): void {
  setValue(config, known, structuredClone(known.spec.default))
}

function defaults (section: SectionSpec): Record<string, unknown> {
  return Object.fromEntries(Object.entries(section.entries).map(([name, entry]) => [name, isSection(entry) ? defaults(entry) : structuredClone(entry.default)]))
}

function valueProblem (setting: Setting, problem: { at: ReadonlyArray<string | number>, message: string, expected?: string, hint?: string }): ConfigProblem {
  const part = problem.at.reduce<unknown>((value, name) => (value as Record<string | number, unknown> | undefined)?.[name], setting.value)
  const secret = setting.known.spec.secret === true && !['kid_hex', 'active', 'not_after_epoch_ms'].includes(String(problem.at.at(-1)))
  const { message, expected, hint } = problem

  return {
    origin: setting.locate?.(problem.at) ?? setting.origin,
    key: showKey([...setting.known.path, ...problem.at]),
    ...(part === undefined ? {} : { value: secret ? MASK : showValue(part, { toml: setting.source === 'toml' }) }),
    message,
    ...(expected === undefined ? {} : { expected }),
    ...(hint === undefined ? {} : { hint })
  }
}

function breachLevel ({ part, warning }: RuleBreach, config: Config, built: ReadonlySet<Part>): 'error' | 'warning' | 'none' {
  if (part !== undefined && !config[part].enabled) {
    return 'none'
  }

  return warning === true || (part !== undefined && !built.has(part)) ? 'warning' : 'error'
}

function breachProblem (breach: RuleBreach, config: Config, source: ReadonlyMap<string, Origin>): ConfigProblem {
  // every rule has a key
  const key = breach.keys.find(key => source.has(key)) ?? breach.keys[0] ?? ''
  const known = getKey(key)

  return {
    origin: source.get(key) ?? { kind: 'object' },
    key,
    value: known.spec.secret === true ? MASK : showValue(getValue(config, known)),
    message: breach.message,
    ...(breach.hint === undefined ? {} : { hint: breach.hint })
  }
}

function expandPaths (config: Config, source: ReadonlyMap<string, Origin>, home: string | undefined): ConfigProblem[] {
  const problems: ConfigProblem[] = []

  for (const known of knownKeys) {
    if (known.spec.type === 'text' && known.spec.format === 'path') {
      const path = String(getValue(config, known))
      const expanded = expandHome(path, home)

      if (expanded === undefined) {
        problems.push({ origin: source.get(known.key) ?? { kind: 'object' }, key: known.key, value: showValue(path), message: '~ has no meaning, since HOME is not set', hint: 'set HOME, or write the whole path' })
      } else {
        setValue(config, known, expanded)
      }
    }
  }

  return problems
}
