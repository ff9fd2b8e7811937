import { EnigmaError } from '../errors.js'

/** A number that is no whole one as it was written: `1.0`, `1e3`, `-0`, or more digits than any whole number here has. */
export class JsonDecimal {
  readonly text: string

  constructor (text: string) {
    this.text = text
  }
}

/** Whole numbers are `number` where that is exact, else `bigint`. */
export type JsonValue = null | boolean | number | bigint | string | JsonDecimal | JsonValue[] | { [key: string]: JsonValue }

/** Bytes that are no JSON text, or more of it than is taken. */
export class JsonError extends EnigmaError {
  constructor (message: string) {
    super('invalid_json', message)
  }
}

/** As serde_json, so that what enigma-relay took is taken. */
export const MAX_DEPTH = 128
/** Values in one text: each costs far more memory than its bytes. */
export const MAX_VALUES = 65_536

export interface ParseJsonOptions {
  /** Values in the text. @default 65536 */
  maxValues?: number
}

/** Longer ones are no number of 64 bits, and take long to be read. */
export const MAX_DIGITS = 40

/** What a string does not hold as it stands, or what needs a second look. */
export const SPECIAL = /[\\\p{Cc}]/u
/** Below 2^53. */
const PLAIN_DIGITS = 15
const ZERO = 0x30
const NINE = 0x39
const DOT = 0x2e
const UPPER_E = 0x45
const LOWER_E = 0x65
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y

/**
 * Reads one JSON text (RFC 8259) strictly: no key twice in an object, no surrogate alone, nothing after the value, 128 levels and
 * `maxValues` values at most. For browsers too.
 *
 * @throws JsonError, whose message names a position and nothing of the text
 */
export function parseJsonText (text: string, { maxValues = MAX_VALUES }: ParseJsonOptions = {}): JsonValue {
  return new Parser(text, maxValues).parse()
}

class Parser {
  readonly #text: string
  readonly #maxValues: number
  #at = 0
  #values = 0

  constructor (text: string, maxValues: number) {
    this.#text = text
    this.#maxValues = maxValues
  }

  parse (): JsonValue {
    this.#skipSpace()

    const value = this.#value(0)

    this.#skipSpace()

    if (this.#at < this.#text.length) {
      throw this.#error('something follows the value')
    }

    return value
  }

  #value (depth: number): JsonValue {
    if (++this.#values > this.#maxValues) {
      throw this.#error(`there are more than ${this.#maxValues} values`)
    }

    switch (this.#text[this.#at]) {
      case '{': return this.#object(depth + 1)
      case '[': return this.#array(depth + 1)
      case '"': return this.#string()
      case 't': return this.#word('true', true)
      case 'f': return this.#word('false', false)
      case 'n': return this.#word('null', null)
      default: return this.#number()
    }
  }

  #object (depth: number): JsonValue {
    const object: { [key: string]: JsonValue } = {}

    this.#open(depth)

    if (this.#takes('}')) {
      return object
    }

    do {
      this.#skipSpace()

      if (this.#text[this.#at] !== '"') {
        throw this.#error('a key is expected')
      }

      const key = this.#string()

      if (Object.hasOwn(object, key)) {
        throw this.#error('a key is there twice')
      }

      this.#skipSpace()

      if (!this.#takes(':')) {
        throw this.#error('a colon is expected')
      }

      this.#skipSpace()
      set(object, key, this.#value(depth))
      this.#skipSpace()
    } while (this.#takes(','))

    if (!this.#takes('}')) {
      throw this.#error('a comma or the end of the object is expected')
    }

    return object
  }

  #array (depth: number): JsonValue {
    const array: JsonValue[] = []

    this.#open(depth)

    if (this.#takes(']')) {
      return array
    }

    do {
      this.#skipSpace()
      array.push(this.#value(depth))
      this.#skipSpace()
    } while (this.#takes(','))

    if (!this.#takes(']')) {
      throw this.#error('a comma or the end of the array is expected')
    }

    return array
  }

  #open (depth: number): void {
    if (depth > MAX_DEPTH) {
      throw this.#error(`there are more than ${MAX_DEPTH} levels`)
    }

    this.#at++
    this.#skipSpace()
  }

  #string (): string {
    const text = this.#text
    const start = ++this.#at
    const end = text.indexOf('"', start)

    if (end === -1) {
      throw this.#error('a string has no end')
    }

    const plain = text.slice(start, end)

    if (!SPECIAL.test(plain)) {
      this.#at = end + 1

      return plain
    }

    return this.#escapedString()
  }

  #escapedString (): string {
    const text = this.#text
    const start = this.#at
    const end = endOfString(text, start)

    if (end === -1) {
      throw this.#error('a string has no end')
    }

    const out = unescaped(text.slice(start - 1, end + 1))

    if (out == null) {
      throw this.#error('a string holds a control character, or an escape that is malformed')
    }

    if (!out.isWellFormed()) {
      throw this.#error('a string holds half of a surrogate pair')
    }

    this.#at = end + 1

    return out
  }

  #number (): JsonValue {
    return this.#plainNumber() ?? this.#anyNumber()
  }

  /** Most of them: digits, and few enough to be exact. */
  #plainNumber (): number | undefined {
    const text = this.#text
    let at = this.#at
    let value = 0
    let code = text.charCodeAt(at)

    while (code >= ZERO && code <= NINE) {
      value = 10 * value + code - ZERO
      code = text.charCodeAt(++at)
    }

    const length = at - this.#at
    const leadsWithZero = length > 1 && text.charCodeAt(this.#at) === ZERO

    if (length === 0 || length > PLAIN_DIGITS || leadsWithZero || code === DOT || code === UPPER_E || code === LOWER_E) {
      return undefined
    }

    this.#at = at

    return value
  }

  #anyNumber (): JsonValue {
    NUMBER.lastIndex = this.#at

    const match = NUMBER.exec(this.#text)

    if (match == null) {
      throw this.#error('a value is expected')
    }

    const [text, fraction, exponent] = match

    this.#at += text.length

    return numberOf(text, fraction == null && exponent == null)
  }

  #word<T extends JsonValue> (word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) {
      throw this.#error('a value is expected')
    }

    this.#at += word.length

    return value
  }

  #takes (char: string): boolean {
    if (this.#text[this.#at] !== char) {
      return false
    }

    this.#at++

    return true
  }

  #skipSpace (): void {
    const text = this.#text

    for (let code = text.charCodeAt(this.#at); code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09; code = text.charCodeAt(++this.#at)) {
      // on
    }
  }

  #error (message: string): JsonError {
    return errorAt(message, this.#at)
  }
}

/** @param position in UTF-16 code units, from 0 */
export function errorAt (message: string, position: number): JsonError {
  return new JsonError(`not JSON that is taken here: ${message} at position ${position}`)
}

/** Where the quote is that no escape is before; -1: nowhere. */
export function endOfString (text: string, start: number): number {
  for (let end = text.indexOf('"', start); end !== -1; end = text.indexOf('"', end + 1)) {
    let from = end

    while (from > start && text[from - 1] === '\\') {
      from--
    }

    if ((end - from) % 2 === 0) {
      return end
    }
  }

  return -1
}

/**
 * A string in its quotes, read by `JSON.parse`, which takes of one exactly what RFC 8259 does, and one of megabytes in milliseconds.
 *
 * @returns nothing for a control character, or an escape that is malformed
 */
export function unescaped (literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string
  } catch {
    return undefined
  }
}

/** @param text as it was written, or more of it than any whole number has */
export function numberOf (text: string, isWhole: boolean): JsonValue {
  if (!isWhole || text === '-0' || text.length > MAX_DIGITS) {
    return new JsonDecimal(text.slice(0, MAX_DIGITS))
  }

  const number = Number(text)

  return Number.isSafeInteger(number) ? number : BigInt(text)
}

/** Also the one key that an assignment would not make. */
export function set<T> (object: { [key: string]: T }, key: string, value: T): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  } else {
    object[key] = value
  }
}
