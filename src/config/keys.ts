import { schema } from './schema.js'
import type { KeySpec, SectionSpec } from './schema.js'

/** A key of the schema with its place. */
export interface KnownKey {
  /** For example `http.tls.cert_pem_path`. */
  readonly key: string
  readonly path: readonly string[]
  readonly spec: KeySpec
}

export function isSection (entry: KeySpec | SectionSpec): entry is SectionSpec {
  return 'section' in entry
}

/** Every key, in the order of the schema. */
export const knownKeys: readonly KnownKey[] = [...walk(schema, [])]

const byKey = new Map(knownKeys.map(known => [known.key, known]))

export function findKey (key: string): KnownKey | undefined {
  return byKey.get(key)
}

/** @throws Error for a key that the schema does not have: a slip in our own code */
export function getKey (key: string): KnownKey {
  const known = byKey.get(key)

  if (known === undefined) {
    throw new Error(`no such key in the schema: ${key}`)
  }

  return known
}

/** Every section and subsection, for example `http` and `http.tls`. */
export const knownSections: readonly string[] = [...new Set(knownKeys.flatMap(({ path }) => path.slice(0, -1).map((_, i) => path.slice(0, i + 1).join('.'))))]

/** `http.tls.cert_pem_path` → `RELAY_HTTP__TLS__CERT_PEM_PATH`. */
export function envName (path: readonly string[]): string {
  return `RELAY_${path.join('__').toUpperCase()}`
}

function * walk (section: SectionSpec, path: readonly string[]): Generator<KnownKey> {
  for (const [name, entry] of Object.entries(section.entries)) {
    const here = [...path, name]

    if (isSection(entry)) {
      yield * walk(entry, here)
    } else {
      yield { key: here.join('.'), path: here, spec: entry }
    }
  }
}
