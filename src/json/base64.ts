import type { LongText } from './long-text.js'

/**
 * Standard alphabet, padded, with no bit to spare and nothing else in between (RFC 4648, section 4).
 *
 * @returns nothing when it is not exactly that
 */
export function decodeBase64 (text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0

  // Node.js takes a lot: what it has passed over, or taken for an end, is missing here
  if (text.length % 4 !== 0 || bytes.byteLength !== text.length / 4 * 3 - padding || text.includes('-') || text.includes('_')) {
    return undefined
  }

  // where bits may be to spare, the one right spelling comes back as it was
  return padding === 0 || bytes.subarray(padding - 3).toString('base64') === text.slice(-4) ? bytes : undefined
}

/** A text in pieces, one of which is decoded at a time, as `decodeBase64` would all of it. */
export class Base64Pieces {
  readonly #pieces: Iterator<string>
  readonly #out: Buffer
  #length = 0
  #rest = ''
  #isRight = true

  constructor ({ pieces, length }: LongText) {
    this.#pieces = pieces[Symbol.iterator]()
    this.#out = Buffer.allocUnsafe(Math.ceil(length / 4) * 3)
  }

  /** Undefined when the text is not exactly what it should be; to be asked for at the end. */
  get bytes (): Buffer | undefined {
    const last = decodeBase64(this.#rest)

    if (!this.#isRight || last == null) {
      return undefined
    }

    return this.#out.subarray(0, this.#length + last.copy(this.#out, this.#length))
  }

  /** @returns whether there is more to do */
  step (): boolean {
    const { value } = this.#pieces.next() as IteratorResult<string, undefined>

    if (value == null) {
      return false
    }

    const text = this.#rest + value
    // of the last four it is not known whether they are the end
    const end = Math.max(0, Math.floor((text.length - 1) / 4) * 4)
    const whole = text.slice(0, end)
    const written = this.#out.write(whole, this.#length, 'base64')

    this.#rest = text.slice(end)
    this.#length += written
    this.#isRight &&= written === end / 4 * 3 && !whole.includes('-') && !whole.includes('_')

    return this.#isRight
  }
}

/** The alphabet for URLs, with or without padding. */
export function decodeBase64Url (text: string): Buffer | undefined {
  const bare = text.replace(/={1,2}$/, '')
  const bytes = Buffer.from(bare, 'base64url')

  return bytes.toString('base64url') === bare && (bare === text || text.length % 4 === 0) ? bytes : undefined
}
