import { applyAliases, isAlias } from './aliases.js'
import { isTable } from './check.js'
import { isSection, findKey } from './keys.js'
import { schema } from './schema.js'
import { showKey, typeName } from './show.js'
import { unknownKey } from './unknown.js'
import type { Alias } from './aliases.js'
import type { ValueSource } from './check.js'
import type { ConfigProblem, Origin } from './errors.js'
import type { SectionSpec } from './schema.js'
import type { Layer, Setting } from './setting.js'

type Locate = (path: ReadonlyArray<string | number>) => Origin

/** Walks a parsed TOML file or an object of the same shape beside the schema. Never throws. */
export function collect (root: unknown, source: ValueSource, locate: Locate): Layer {
  const walker = new Walker(source, locate)

  if (isTable(root)) {
    walker.walk(root, schema, [])
  } else {
    walker.problems.push({ origin: locate([]), key: null, message: `a configuration must be a table, not ${typeName(root)}` })
  }

  const { settings, problems, warnings } = applyAliases(walker.aliases, walker.settings)

  return { settings, problems: [...walker.problems, ...problems], warnings, unknown: walker.unknown }
}

class Walker {
  readonly settings: Setting[] = []
  readonly problems: ConfigProblem[] = []
  readonly aliases = new Map<string, Alias>()
  unknown = false

  constructor (private readonly source: ValueSource, private readonly locate: Locate) {}

  walk (table: Record<string, unknown>, section: SectionSpec, path: readonly string[]): void {
    for (const [name, value] of Object.entries(table)) {
      // a key of an object that is there and undefined is as if it were not
      if (value !== undefined) {
        this.entry([...path, name], name, value, section)
      }
    }
  }

  private entry (path: readonly string[], name: string, value: unknown, section: SectionSpec): void {
    const entry = Object.hasOwn(section.entries, name) ? section.entries[name] : undefined
    const origin = this.locate(path)
    const key = path.join('.')

    if (entry !== undefined && isSection(entry)) {
      if (isTable(value)) {
        this.walk(value, entry, path)
      } else {
        const expected = `a section, written [${key}]`
        this.problems.push({ origin, key: showKey(path), message: `must be ${expected}, not ${typeName(value)}`, expected })
      }

      return
    }

    const known = entry === undefined ? undefined : findKey(key)

    if (known !== undefined) {
      this.settings.push({ known, value, source: this.source, origin, locate: (at) => this.locate([...path, ...at]) })
    } else if (origin.kind === 'file' && isAlias(key)) {
      this.aliases.set(key, { value, origin })
    } else {
      this.unknown = true
      this.problems.push(unknownKey(path, value, section, origin))
    }
  }
}
