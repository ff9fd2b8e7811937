import { EnigmaError } from '../errors.js'

/** Where a setting came from. `object`: given to `createNode` or `resolveConfig`. */
export type Origin =
  | { readonly kind: 'file', readonly file: string, readonly line?: number, readonly column?: number }
  | { readonly kind: 'env', readonly name: string }
  | { readonly kind: 'flag', readonly flag: string }
  | { readonly kind: 'object' }

/** One thing that is wrong with a configuration. Nothing in it shows a secret. */
export interface ConfigProblem {
  readonly origin: Origin
  /** Dotted key path, null when the problem is one of the whole file. */
  readonly key: string | null
  /** The value as it is shown (cut when long, masked when secret). */
  readonly value?: string
  readonly message: string
  /** What is allowed, for example "an integer from 1 to 30". */
  readonly expected?: string
  /** The known key that is most like an unknown one. */
  readonly nearest?: string
  /** What to do about it. */
  readonly hint?: string
}

/** `config_invalid`: keys or values. The others: the file as a whole. All of them are bad usage (exit code 2). */
export type ConfigErrorCode = 'config_invalid' | 'config_not_found' | 'config_unreadable' | 'config_syntax' | 'config_foreign'

/** Every problem of a configuration at once; the message prints one a line. */
export class ConfigError extends EnigmaError {
  readonly problems: readonly ConfigProblem[]
  /** Lines after the problems: what holds for the file as a whole. */
  readonly notes: readonly string[]

  constructor (code: ConfigErrorCode, problems: readonly ConfigProblem[], notes: readonly string[] = [], options?: ErrorOptions) {
    super(code, [...problems.map(formatProblem), ...notes].join('\n'), options)
    this.problems = problems
    this.notes = notes
  }
}

/** One line, for example `relay.toml:12: relay.max_circuits = -1: must be an integer from 0 to 9007199254740991`. */
export function formatProblem (problem: ConfigProblem): string {
  const parts = [formatOrigin(problem.origin)]

  if (problem.key !== null) {
    parts.push(problem.value === undefined ? problem.key : `${problem.key} = ${problem.value}`)
  }

  const hint = problem.hint === undefined ? '' : `; ${problem.hint}`

  return [...parts.filter(part => part !== ''), `${problem.message}${hint}`].join(': ')
}

/** `relay.toml:12`, `RELAY_RELAY__ENABLED`, `--log-level`, or nothing for an object. */
export function formatOrigin (origin: Origin): string {
  switch (origin.kind) {
    case 'file': return [origin.file, origin.line, origin.column].filter(part => part !== undefined).join(':')
    case 'env': return origin.name
    case 'flag': return origin.flag
    case 'object': return ''
  }
}
