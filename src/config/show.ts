import { TomlDate } from 'smol-toml'

export const MASK = '"********"'
const LONGEST = 120
const BARE = /^[A-Za-z0-9_-]+$/
/** Control characters beyond those JSON escapes, and the ones that turn a line of text around. */
const UNSAFE = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** Text in TOML's basic quotes, safe to print on a terminal and in a comment. */
export function quote (text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A key path with dots; parts that are no bare TOML keys are quoted, numbers are list positions. */
export function showKey (path: ReadonlyArray<string | number>): string {
  return path.reduce<string>((shown, part) => {
    if (typeof part === 'number') {
      return `${shown}[${part}]`
    }

    const name = BARE.test(part) ? part : cut(quote(part))

    return shown === '' ? name : `${shown}.${name}`
  }, '')
}

/** A value on one line, as it would stand in TOML, cut when it is long. */
export function showValue (value: unknown, options: { toml?: boolean } = {}): string {
  return cut(show(value, options.toml ?? false))
}

/** What kind of thing a value is, in TOML's words. */
export function typeName (value: unknown): string {
  if (Array.isArray(value)) {
    return 'a list'
  }

  if (value instanceof Date) {
    return 'a date'
  }

  switch (typeof value) {
    case 'string': return 'text'
    case 'boolean': return 'true or false'
    case 'bigint': return 'an integer'
    case 'number': return 'a number'
    case 'object': return value === null ? 'null' : 'a table'
    default: return typeof value
  }
}

function show (value: unknown, toml: boolean): string {
  if (typeof value === 'string') {
    return quote(value)
  }

  if (typeof value === 'number' && toml && Number.isInteger(value)) {
    return value.toFixed(1)
  }

  if (Array.isArray(value)) {
    return `[${value.map(entry => show(entry, toml)).join(', ')}]`
  }

  if (value instanceof TomlDate) {
    return Number.isNaN(value.getTime()) ? 'an invalid date' : value.toISOString()
  }

  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([name, entry]) => `${showKey([name])} = ${show(entry, toml)}`)

    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
  }

  return String(value)
}

function cut (text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST).toWellFormed()}…`
}
