import { allowed } from './describe.js'
import { formatOrigin } from './errors.js'
import { isSection } from './keys.js'
import { defaultConfig } from './resolve.js'
import { schema } from './schema.js'
import { comment, printable, tomlValue } from './toml.js'
import type { Origin } from './errors.js'
import type { Config, EnvelopeKeyConfig, KeySpec, SectionSpec } from './schema.js'

export interface RenderOptions {
  /** Explain every key. @default true */
  readonly comments?: boolean
  /** Comment lines at the top, in place of the usual ones. */
  readonly header?: readonly string[]
  /** More comments beside a key: `relay.max_circuits` → lines. */
  readonly notes?: ReadonlyMap<string, readonly string[]>
}

interface Lines {
  before (key: string, name: string, spec: KeySpec): string[]
  value (key: string, spec: KeySpec, value: unknown): string
  /** An empty line before each key and a comment before each section. */
  readonly roomy: boolean
}

const HEADER = [
  'Configuration of relay-server (enigma-node).',
  '',
  'Every section and key may be left out: the values here are the defaults, unless somebody changed them.',
  'A flag goes over the environment, the environment over this file, this file over the default.',
  'Environment: RELAY_<SECTION>__<KEY>, for example RELAY_RELAY__MAX_CIRCUITS=64. A leading ~ in a path is your home folder.',
  'Check this file: relay-server check-config. All of it is explained in docs/configuration.md.'
]

/** A whole `relay.toml`. With no arguments the text of `relay.toml.example`, which loads to the defaults. */
export function renderConfig (config: Config = defaultConfig(), options: RenderOptions = {}): string {
  const comments = options.comments ?? true
  const header = options.header ?? (comments ? HEADER : [])

  const lines = render(schema, config, [], {
    roomy: comments,
    before: (key, name, spec) => [
      ...(comments ? [...comment(spec.doc), ...comment(`${allowed(name, spec)}; default ${tomlValue(spec.default)}`)] : []),
      ...(options.notes?.get(key) ?? []).flatMap(note => comment(note))
    ],
    value: (_, __, value) => tomlValue(value)
  })

  return finish([...header.flatMap(line => line === '' ? ['#'] : comment(line, 140)), ...lines])
}

/** What `print-config` shows: valid TOML, secrets masked, and where each value that is no default came from. */
export function renderEffective (config: Config, source: ReadonlyMap<string, Origin> = new Map()): string {
  const lines = render(schema, config, [], {
    roomy: false,
    before: () => [],
    value: (key, spec, value) => {
      const origin = source.get(key)
      const shown = tomlValue(spec.secret === true ? masked(value) : value)

      return origin === undefined ? shown : `${shown} # ${printable(formatOrigin(origin))}`
    }
  })

  return finish(['# The effective configuration. Secrets are masked; a comment names where a value was set.', ...lines])
}

function render (section: SectionSpec, values: unknown, path: readonly string[], lines: Lines): string[] {
  return Object.entries(section.entries).flatMap(([name, entry]) => {
    const here = [...path, name]
    const key = here.join('.')
    const value = (values as Record<string, unknown>)[name]

    if (isSection(entry)) {
      return ['', ...(lines.roomy ? ['', ...comment(`${entry.doc}.`)] : []), `[${key}]`, ...render(entry, value, here, lines)]
    }

    const before = lines.before(key, name, entry)

    return [...(lines.roomy ? [''] : []), ...before, `${name} = ${lines.value(key, entry, value)}`]
  })
}

function masked (value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((key: EnvelopeKeyConfig) => ({ ...key, x25519_private_key_hex: '********' }))
  }

  return value === '' ? '' : '********'
}

function finish (lines: readonly string[]): string {
  return `${lines.join('\n').trimStart()}\n`
}
