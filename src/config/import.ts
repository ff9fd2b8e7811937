import { randomBytes } from 'node:crypto'
import { checkValue } from './check.js'
import { ConfigError } from './errors.js'
import { makeStartable } from './import-repair.js'
import { readForeign } from './import-read.js'
import { defaultConfig, setValue } from './resolve.js'
import { renderConfig } from './render.js'
import { MASK, showValue } from './show.js'
import type { KnownKey } from './keys.js'
import type { Imported, ImportedFile } from './import-read.js'
import type { Config } from './schema.js'

export interface ImportFile {
  /** How the file is named in comments and errors. */
  readonly path: string
  readonly text: string
}

export interface ImportOptions {
  /** Makes a token where the old file has the published one with auth switched on. @default 24 random bytes */
  readonly makeToken?: () => string
}

/** What an import has so far: values, and what is to be said about them. */
export interface Draft {
  readonly config: Config
  /** Keys that hold a value of one of the files, and that value's place. */
  readonly taken: Map<string, Imported>
  note (key: string, text: string): void
}

/**
 * One commented `relay.toml` of the files of other programs: the Rust relay's, enigma-relay's, the registry's, or an
 * older one of ours. Where two files set the same key, the first file wins. Whatever was renamed, dropped, changed in
 * meaning or refused is said in a comment. The result loads without an error.
 *
 * @throws ConfigError for a file that is no TOML, or of which not a single key is known
 */
export function importConfig (files: readonly ImportFile[], options: ImportOptions = {}): string {
  const read = files.map(file => readForeign(file.path, file.text))
  const notes = new Map<string, string[]>()

  const draft: Draft = {
    config: defaultConfig(),
    taken: new Map(),
    note: (key, text) => { notes.set(key, [...notes.get(key) ?? [], text]) }
  }

  refuseStrangers(read)

  for (const imported of read.flatMap(file => file.settings)) {
    take(draft, imported)
  }

  for (const { path, left } of read) {
    for (const { key, text } of left.filter(({ key }) => !draft.taken.has(key))) {
      draft.note(key, `${path} ${text}`)
    }
  }

  makeStartable(draft, options.makeToken ?? (() => randomBytes(24).toString('base64url')))

  return renderConfig(draft.config, { header: header(read), notes })
}

function take (draft: Draft, imported: Imported): void {
  const { known, value, place, remark } = imported
  const earlier = draft.taken.get(known.key)
  const checked = checkValue(known.spec, value, 'toml')

  if (!('value' in checked)) {
    const reasons = checked.problems.map(problem => problem.message).join('; ')
    draft.note(known.key, `${place} had ${shown(known, value)}, which is refused: ${reasons}. ${earlier === undefined ? 'The default stands.' : `The value of ${earlier.place} stands.`}`)
  } else if (earlier === undefined) {
    setValue(draft.config, known, checked.value)
    draft.taken.set(known.key, imported)
    draft.note(known.key, `From ${place}${remark === undefined ? '' : `: ${remark}`}.`)
  } else if (JSON.stringify(checked.value) !== JSON.stringify(plain(earlier))) {
    draft.note(known.key, `Conflict: ${place} had ${shown(known, value)}; the file that was named first wins (${earlier.place}).`)
  }
}

function plain ({ known, value }: Imported): unknown {
  const checked = checkValue(known.spec, value, 'toml')

  return 'value' in checked ? checked.value : undefined
}

function shown (known: KnownKey, value: unknown): string {
  return known.spec.secret === true ? MASK : showValue(value, { toml: true })
}

function refuseStrangers (files: readonly ImportedFile[]): void {
  const problems = files
    .filter(({ settings, dropped }) => settings.length === 0 && dropped.length > 0)
    .map(({ path }) => ({ origin: { kind: 'file', file: path } as const, key: null, message: 'not a configuration that relay-server knows: none of its keys has a counterpart' }))

  if (problems.length > 0) {
    throw new ConfigError('config_foreign', problems)
  }
}

function header (files: readonly ImportedFile[]): string[] {
  return [
    'Configuration of relay-server (enigma-node), made by relay-server import-config of:',
    ...files.map(({ path, title }) => `  ${path} (${title})`),
    'Comments that begin with "From" or name a file say what became of the old keys. Keys without one have the default.',
    ...files.flatMap(({ dropped }) => dropped).map(text => `Not taken over: ${text}`)
  ]
}
