import type { ValueSource } from './check.js'
import type { ConfigProblem, Origin } from './errors.js'
import type { KnownKey } from './keys.js'

/** One value that a user gave for a known key, not yet checked. */
export interface Setting {
  readonly known: KnownKey
  readonly value: unknown
  readonly source: ValueSource
  readonly origin: Origin
  /** Where a part of the value stands (a list position, a field). */
  locate? (at: ReadonlyArray<string | number>): Origin
}

/** What one source (a file, the environment, the flags, an object) says. */
export interface Layer {
  readonly settings: readonly Setting[]
  readonly problems: readonly ConfigProblem[]
  readonly warnings: readonly string[]
  /** Names that the schema does not have were among the problems. */
  readonly unknown: boolean
}
