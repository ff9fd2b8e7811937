import { JsonReader } from '../json/reader.js'
import { Utf8Pieces } from '../json/utf8-pieces.js'
import type { ReadValue } from '../json/reader.js'
import type { JsonError, ParseJsonOptions } from '../json/text.js'
import type { Turns } from './turns.js'

/** What is read in one step: some tenths of a millisecond of work, whatever is in it. */
const STEP_BYTES = 16 * 1024

/** Reads a large body while it comes, a piece at a time. */
export class JsonIntake {
  readonly #turns: Turns
  readonly #caller: string
  readonly #reader: JsonReader
  readonly #utf8 = new Utf8Pieces()
  #backlog = 0
  #isOver = false
  #failure: JsonError | undefined

  constructor (turns: Turns, caller: string, options: ParseJsonOptions) {
    this.#turns = turns
    this.#caller = caller
    this.#reader = new JsonReader(options)
  }

  /** Bytes that have come and are not read. */
  get backlog (): number {
    return this.#backlog
  }

  /**
   * Resolves when it is read. Not to be awaited before the next one.
   *
   * @throws JsonError
   */
  async read (bytes: Uint8Array): Promise<void> {
    let at = 0

    this.#backlog += bytes.byteLength

    await this.#turns.run(this.#caller, () => {
      if (this.#isOver) {
        return false
      }

      const piece = bytes.subarray(at, at + STEP_BYTES)

      at += piece.byteLength
      this.#backlog -= piece.byteLength
      this.#take(() => { this.#reader.push(this.#utf8.text(piece)) })

      return at < bytes.byteLength
    })
  }

  /**
   * All has been given.
   *
   * @throws JsonError also when what is wrong was told before
   */
  async end (): Promise<ReadValue> {
    let value: ReadValue = null

    await this.#turns.run(this.#caller, () => {
      this.#take(() => {
        this.#utf8.end()
        value = this.#reader.end()
      })

      return false
    })

    return value
  }

  /** Nothing more of it is to be read. */
  stop (): void {
    this.#isOver = true
  }

  #take (deed: () => void): void {
    if (this.#failure != null) {
      throw this.#failure
    }

    try {
      deed()
    } catch (err) {
      this.#failure = err as JsonError
      this.#isOver = true
      throw err
    }
  }
}
