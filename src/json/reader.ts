import { NumberScan } from './number-scan.js'
import { StringScan } from './string-scan.js'
import { errorAt, MAX_DEPTH, MAX_VALUES, set } from './text.js'
import type { LongText } from './long-text.js'
import type { JsonDecimal, JsonError, ParseJsonOptions } from './text.js'

/** As `JsonValue`, but for long strings. */
export type ReadValue = null | boolean | number | bigint | string | JsonDecimal | LongText | ReadValue[] | { [key: string]: ReadValue }

type State = 'value' | 'first element' | 'first key' | 'key' | 'colon' | 'behind a value' | 'end'

interface Level {
  readonly into: ReadValue[] | { [key: string]: ReadValue }
  /** Of the value that is read. */
  key: string
}

const WORDS: Readonly<Record<string, { word: string, value: ReadValue }>> = {
  t: { word: 'true', value: true },
  f: { word: 'false', value: false },
  n: { word: 'null', value: null }
}
/** Than white space. */
const OTHER = /[^ \t\n\r]/g
/** Keys are put together, and looked up by all of them. */
const MAX_KEY_LENGTH = 64 * 1024

/**
 * Reads one JSON text that comes in pieces, as strictly as `parseJsonText`, with the positions of that one in errors: what is wrong is told with
 * the piece that it is in. Keys are of 65,536 characters at most; strings of more than 262,144 come as `LongText`.
 */
export class JsonReader {
  readonly #maxValues: number
  readonly #levels: Level[] = []
  /** What has not been read of the last piece. */
  #text = ''
  #at = 0
  /** Of the beginning of `#text`. */
  #offset = 0
  #values = 0
  #state: State = 'value'
  #string: { scan: StringScan, position: number } | undefined
  #number: NumberScan | undefined
  #result: ReadValue = null

  constructor ({ maxValues = MAX_VALUES }: ParseJsonOptions = {}) {
    this.#maxValues = maxValues
  }

  /** @throws JsonError */
  push (text: string): void {
    this.#offset += this.#at
    this.#text = this.#at === this.#text.length ? text : this.#text.slice(this.#at) + text
    this.#at = 0
    this.#read(false)
  }

  /**
   * All has come.
   *
   * @throws JsonError
   */
  end (): ReadValue {
    this.#read(true)

    return this.#result
  }

  #read (isLast: boolean): void {
    while (this.#step(isLast)) {
      // on
    }
  }

  /** @returns whether there may be another one in this piece */
  #step (isLast: boolean): boolean {
    if (this.#string != null) {
      return this.#goOnWithString(this.#string, isLast)
    }

    if (this.#number != null) {
      return this.#goOnWithNumber(this.#number, isLast)
    }

    this.#skipSpace()

    if (this.#at === this.#text.length && (!isLast || this.#state === 'end')) {
      return false
    }

    switch (this.#state) {
      case 'value': return this.#value(isLast)
      case 'first element': return this.#takes(']') ? this.#close() : this.#value(isLast)
      case 'first key': return this.#takes('}') ? this.#close() : this.#key()
      case 'key': return this.#key()
      case 'colon': return this.#colon()
      case 'behind a value': return this.#behindValue()
      case 'end': throw this.#error('something follows the value')
    }
  }

  #value (isLast: boolean): boolean {
    const char = this.#text[this.#at] ?? ''
    const named = WORDS[char]

    // it comes again as soon as it can be told from others
    if (named != null && !isLast && named.word.startsWith(this.#text.slice(this.#at)) && this.#text.length - this.#at < named.word.length) {
      return false
    }

    if (++this.#values > this.#maxValues) {
      throw this.#error(`there are more than ${this.#maxValues} values`)
    }

    if (named != null) {
      return this.#word(named.word, named.value)
    }

    switch (char) {
      case '{': return this.#open({}, 'first key')
      case '[': return this.#open([], 'first element')
      case '"': return this.#beginString()
      default:
        this.#number = new NumberScan()
        return true
    }
  }

  #open (into: Level['into'], state: State): boolean {
    if (this.#levels.length === MAX_DEPTH) {
      throw this.#error(`there are more than ${MAX_DEPTH} levels`)
    }

    this.#at++
    this.#levels.push({ into, key: '' })
    this.#state = state

    return true
  }

  #close (): boolean {
    const { into } = this.#levels.pop() ?? {}

    return this.#done(into ?? null)
  }

  #key (): boolean {
    if (this.#text[this.#at] !== '"') {
      throw this.#error('a key is expected')
    }

    this.#state = 'key'

    return this.#beginString()
  }

  #colon (): boolean {
    if (!this.#takes(':')) {
      throw this.#error('a colon is expected')
    }

    this.#state = 'value'

    return true
  }

  #behindValue (): boolean {
    const isArray = Array.isArray(this.#levels.at(-1)?.into)

    if (this.#takes(',')) {
      this.#state = isArray ? 'value' : 'key'

      return true
    }

    if (!this.#takes(isArray ? ']' : '}')) {
      throw this.#error(`a comma or the end of the ${isArray ? 'array' : 'object'} is expected`)
    }

    return this.#close()
  }

  #beginString (): boolean {
    this.#at++
    this.#string = { scan: new StringScan(), position: this.#offset + this.#at }

    return true
  }

  #goOnWithString ({ scan, position }: { scan: StringScan, position: number }, isLast: boolean): boolean {
    this.#at = scan.scan(this.#text, this.#at, message => errorAt(message, position))

    if (this.#state === 'key' && scan.length > MAX_KEY_LENGTH) {
      throw errorAt('a key is too long', position)
    }

    if (scan.isDone) {
      this.#string = undefined

      // a key is not that long
      return this.#state === 'key' ? this.#keyed(scan.value as string) : this.#done(scan.value)
    }

    if (isLast) {
      throw errorAt('a string has no end', position)
    }

    return false
  }

  #keyed (key: string): boolean {
    const level = this.#levels.at(-1)

    if (level == null || Object.hasOwn(level.into, key)) {
      throw this.#error('a key is there twice')
    }

    level.key = key
    this.#state = 'colon'

    return true
  }

  #goOnWithNumber (scan: NumberScan, isLast: boolean): boolean {
    this.#at = scan.scan(this.#text, this.#at, isLast)

    if (!scan.isDone) {
      return false
    }

    const { value } = scan

    if (value === undefined) {
      throw this.#error('a value is expected')
    }

    this.#number = undefined

    return this.#done(value)
  }

  #word (word: string, value: ReadValue): boolean {
    if (!this.#text.startsWith(word, this.#at)) {
      throw this.#error('a value is expected')
    }

    this.#at += word.length

    return this.#done(value)
  }

  #done (value: ReadValue): boolean {
    const level = this.#levels.at(-1)

    if (level == null) {
      this.#result = value
      this.#state = 'end'
    } else {
      this.#state = 'behind a value'

      if (Array.isArray(level.into)) {
        level.into.push(value)
      } else {
        set(level.into, level.key, value)
      }
    }

    return true
  }

  #takes (char: string): boolean {
    const takes = this.#text[this.#at] === char

    this.#at += takes ? 1 : 0

    return takes
  }

  #skipSpace (): void {
    if (isSpace(this.#text.charCodeAt(this.#at))) {
      OTHER.lastIndex = this.#at
      this.#at = OTHER.test(this.#text) ? OTHER.lastIndex - 1 : this.#text.length
    }
  }

  #error (message: string): JsonError {
    return errorAt(message, this.#offset + this.#at)
  }
}

function isSpace (code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}
