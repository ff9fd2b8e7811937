import { LongText } from './long-text.js'
import { endOfString, SPECIAL, unescaped } from './text.js'

/** Longer ones are given in the pieces that they came in. */
const LONG = 256 * 1024
/** `\u` and four digits. */
const ESCAPE_LENGTH = 6

/** The inside of a string that may come in any pieces. */
export class StringScan {
  readonly #pieces: string[] = []
  #length = 0
  /** The first half of a surrogate pair whose other one has not come yet. */
  #half = ''
  #isDone = false

  /** Its quote has come. */
  get isDone (): boolean {
    return this.#isDone
  }

  get length (): number {
    return this.#length
  }

  get value (): string | LongText {
    return this.#length > LONG ? new LongText(this.#pieces) : this.#pieces.join('')
  }

  /**
   * @returns where to go on: what is left, a piece of an escape, is to be given again with what follows
   * @throws what `fail` makes of what is wrong
   */
  scan (text: string, start: number, fail: (message: string) => Error): number {
    const quote = endOfString(text, start)
    const end = quote === -1 ? wholeEscapes(text, start) : quote
    const raw = text.slice(start, end)
    const read = SPECIAL.test(raw) ? unescaped(`"${raw}"`) : raw

    if (read == null) {
      throw fail('a string holds a control character, or an escape that is malformed')
    }

    this.#isDone = quote !== -1
    this.#add(this.#half + read, fail)

    return this.#isDone ? end + 1 : end
  }

  #add (text: string, fail: (message: string) => Error): void {
    const keeps = !this.#isDone && isHighSurrogate(text.charCodeAt(text.length - 1))
    const piece = keeps ? text.slice(0, -1) : text

    if (!piece.isWellFormed()) {
      throw fail('a string holds half of a surrogate pair')
    }

    this.#half = keeps ? text.slice(-1) : ''
    this.#length += piece.length

    if (piece !== '') {
      this.#pieces.push(piece)
    }
  }
}

/** Where the escape begins that is not whole, or the end. */
function wholeEscapes (text: string, start: number): number {
  const last = text.lastIndexOf('\\')

  if (last < Math.max(start, text.length - ESCAPE_LENGTH + 1)) {
    return text.length
  }

  let from = last

  while (from > start && text[from - 1] === '\\') {
    from--
  }

  // the second of two is the end of an escape
  const begins = (last - from) % 2 === 0
  const isWhole = last + 1 < text.length && text[last + 1] !== 'u'

  return begins && !isWhole ? last : text.length
}

function isHighSurrogate (code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}
