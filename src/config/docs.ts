import { allowed } from './describe.js'
import { envName, isSection, knownKeys } from './keys.js'
import { schema } from './schema.js'
import { tomlValue } from './toml.js'
import type { KeySpec, SectionSpec } from './schema.js'

export const DOCS_BEGIN = '<!-- keys: begin (made by npm run generate:config) -->'
export const DOCS_END = '<!-- keys: end -->'

/** The tables of all keys in `docs/configuration.md`, a section each. */
export function renderDocsTable (): string {
  return [...sections(schema, [])].map(({ path, section }) => {
    const rows = Object.entries(section.entries).flatMap(([name, entry]) => isSection(entry) ? [] : [row([...path, name], name, entry)])

    return [`### \`[${path.join('.')}]\``, '', `${section.doc}.`, '', '| key | takes | default | meaning |', '|---|---|---|---|', ...rows, ''].join('\n')
  }).join('\n').trimEnd()
}

/** The document with the tables between its two markers made anew. @throws Error when a marker is missing */
export function withDocsTable (document: string): string {
  const [before, rest] = split(document, DOCS_BEGIN)
  const [, after] = split(rest, DOCS_END)

  return `${before}${DOCS_BEGIN}\n\n${renderDocsTable()}\n\n${DOCS_END}${after}`
}

/** The variables that read a secret from a file. */
export const secretFileNames: readonly string[] = knownKeys.filter(({ spec }) => spec.secret === true).map(({ path }) => `${envName(path)}_FILE`)

function * sections (section: SectionSpec, path: readonly string[]): Generator<{ path: readonly string[], section: SectionSpec }> {
  for (const [name, entry] of Object.entries(section.entries)) {
    if (isSection(entry)) {
      yield { path: [...path, name], section: entry }
      yield * sections(entry, [...path, name])
    }
  }
}

function row (path: readonly string[], name: string, spec: KeySpec): string {
  const cells = [`\`${name}\`<br>\`${envName(path)}\``, allowed(name, spec), `\`${tomlValue(spec.default)}\``, spec.doc]

  return `| ${cells.map(cell => cell.replaceAll('|', '\\|').replaceAll(/<(?!br>)/g, '&lt;')).join(' | ')} |`
}

function split (text: string, marker: string): [string, string] {
  const at = text.indexOf(marker)

  if (at === -1) {
    throw new Error(`docs/configuration.md has no line ${marker}`)
  }

  return [text.slice(0, at), text.slice(at + marker.length)]
}
