import { listFormats, textFormats } from './formats.js'
import { typeName } from './show.js'
import type { EnvelopeKeyConfig, IntegerKey, KeySpec } from './schema.js'

/** What is wrong with one value; `at` is its place inside the value (a list position, a field). */
export interface ValueProblem {
  readonly at: ReadonlyArray<string | number>
  readonly message: string
  readonly expected?: string
  readonly hint?: string
}

export type Checked = { readonly value: unknown } | { readonly problems: readonly ValueProblem[] }

/** `toml`: every `number` was written as a float, integers are bigints. `js`: whole numbers are integers. */
export type ValueSource = 'toml' | 'js'

/** Every problem of a value, or the value as the config keeps it. Never throws. */
export function checkValue (spec: KeySpec, value: unknown, source: ValueSource): Checked {
  switch (spec.type) {
    case 'integer': return checkInteger(spec, value, source)
    case 'boolean': return typeof value === 'boolean' ? { value } : wrong('true or false', value)
    case 'choice': return checkChoice(spec, value)
    case 'text': return checkText(spec, value)
    case 'list': return checkList(spec, value, source)
  }
}

/** What a key takes, in words: the range, the choices, the format. */
export function expected (spec: KeySpec): string {
  switch (spec.type) {
    case 'integer': return `an integer from ${spec.min} to ${spec.max}`
    case 'boolean': return 'true or false'
    case 'choice': return `one of ${spec.choices.map(choice => `"${choice}"`).join(', ')}`
    case 'text': return spec.allowEmpty && spec.format !== 'plain' ? `${textFormats[spec.format].expected}, or ""` : textFormats[spec.format].expected
    case 'list': return `a list, each entry ${entryExpected(spec)}`
  }
}

function entryExpected (spec: KeySpec & { type: 'list' }): string {
  return spec.format === 'envelope-key' ? 'a table { kid_hex, x25519_private_key_hex, active, not_after_epoch_ms }' : listFormats[spec.format].expected
}

function checkChoice (spec: KeySpec & { type: 'choice' }, value: unknown): Checked {
  if (typeof value !== 'string') {
    return wrong(expected(spec), value)
  }

  return spec.choices.includes(value) ? { value } : refused(expected(spec))
}

function checkInteger (spec: Pick<IntegerKey, 'min' | 'max'>, value: unknown, source: ValueSource): Checked {
  const range = `an integer from ${spec.min} to ${spec.max}`
  const whole = typeof value === 'bigint' || (source === 'js' && typeof value === 'number' && Number.isInteger(value))

  if (!whole) {
    return wrong(range, value)
  }

  if (value < spec.min || value > spec.max) {
    return refused(range)
  }

  // + 0 turns -0 into 0
  return { value: Number(value) + 0 }
}

function checkText (spec: KeySpec & { type: 'text' }, value: unknown): Checked {
  if (typeof value !== 'string') {
    return wrong(expected(spec), value)
  }

  if (value === '') {
    return spec.allowEmpty ? { value } : { problems: [{ at: [], message: `must not be empty, but ${expected(spec)}`, expected: expected(spec) }] }
  }

  if (textFormats[spec.format].test(value)) {
    return { value }
  }

  const hint = spec.format === 'path' && value.startsWith('~') ? 'only "~" and "~/…" expand: write another user\'s folder out' : undefined

  return refused(expected(spec), hint)
}

function checkList (spec: KeySpec & { type: 'list' }, value: unknown, source: ValueSource): Checked {
  if (!Array.isArray(value)) {
    return wrong(expected(spec), value)
  }

  const values: unknown[] = []
  const problems: ValueProblem[] = []

  for (const [index, entry] of value.entries()) {
    const checked = spec.format === 'envelope-key' ? checkEnvelopeKey(spec, entry, source) : checkEntry(spec, entry)

    if ('value' in checked) {
      values.push(checked.value)
    } else {
      problems.push(...checked.problems.map(problem => ({ ...problem, at: [index, ...problem.at] })))
    }
  }

  return problems.length === 0 ? { value: values } : { problems }
}

function checkEntry (spec: KeySpec & { type: 'list' }, entry: unknown): Checked {
  if (typeof entry !== 'string') {
    return wrong(entryExpected(spec), entry)
  }

  // the caller keeps tables away: their format is not in the table of text formats
  const format = spec.format === 'envelope-key' ? undefined : listFormats[spec.format]

  if (format === undefined || format.test(entry)) {
    return { value: entry }
  }

  const bare = spec.format === 'cidr' && listFormats.cidr.test(`${entry}/${entry.includes(':') ? 128 : 32}`)
  const hint = bare ? `for the one address write "${entry}/${entry.includes(':') ? 128 : 32}"` : undefined

  return refused(entryExpected(spec), hint)
}

const KID = /^[0-9a-f]{16}$/i
const PRIVATE_KEY = /^[0-9a-f]{64}$/i
const NOT_AFTER = { min: 1, max: Number.MAX_SAFE_INTEGER }

function checkEnvelopeKey (spec: KeySpec & { type: 'list' }, entry: unknown, source: ValueSource): Checked {
  if (!isTable(entry)) {
    return wrong(entryExpected(spec), entry)
  }

  const key: EnvelopeKeyConfig = { kid_hex: '', x25519_private_key_hex: '', active: false }
  const problems: ValueProblem[] = []

  const hex = (name: 'kid_hex' | 'x25519_private_key_hex', pattern: RegExp, expected: string): void => {
    const value = entry[name]

    if (typeof value === 'string' && pattern.test(value)) {
      key[name] = value
    } else {
      problems.push({ at: [name], message: value === undefined ? `is missing: ${expected}` : `must be ${expected}`, expected })
    }
  }

  hex('kid_hex', KID, '16 hexadecimal digits')
  hex('x25519_private_key_hex', PRIVATE_KEY, '64 hexadecimal digits')

  if (typeof entry.active === 'boolean') {
    key.active = entry.active
  } else if (entry.active !== undefined) {
    problems.push({ at: ['active'], message: `must be true or false, not ${typeName(entry.active)}`, expected: 'true or false' })
  }

  if (entry.not_after_epoch_ms !== undefined) {
    const checked = checkInteger(NOT_AFTER, entry.not_after_epoch_ms, source)

    if ('value' in checked) {
      key.not_after_epoch_ms = Number(checked.value)
    } else {
      problems.push(...checked.problems.map(problem => ({ ...problem, at: ['not_after_epoch_ms'] })))
    }
  }

  for (const name of Object.keys(entry)) {
    if (!['kid_hex', 'x25519_private_key_hex', 'active', 'not_after_epoch_ms'].includes(name)) {
      problems.push({ at: [name], message: 'unknown field', expected: 'kid_hex, x25519_private_key_hex, active or not_after_epoch_ms' })
    }
  }

  return problems.length === 0 ? { value: key } : { problems }
}

/** A TOML table or a plain object; no date, no list, no instance of a class. */
export function isTable (value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return false
  }

  const prototype: unknown = Object.getPrototypeOf(value)

  return prototype === null || prototype === Object.prototype
}

/** A value of another type; for a number with a fraction the value itself says enough. */
function wrong (expected: string, value: unknown): Checked {
  const message = typeof value === 'number' && expected.startsWith('an integer') ? `must be ${expected}` : `must be ${expected}, not ${typeName(value)}`

  return { problems: [{ at: [], message, expected }] }
}

function refused (expected: string, hint?: string): Checked {
  return { problems: [{ at: [], message: `must be ${expected}`, expected, ...(hint === undefined ? {} : { hint }) }] }
}
