/** A string of which nobody needs all in one piece: one of megabytes takes milliseconds to be put together. */
export class LongText {
  readonly pieces: readonly string[]
  /** In UTF-16 code units. */
  readonly length: number

  constructor (pieces: readonly string[]) {
    this.pieces = pieces
    this.length = pieces.reduce((sum, { length }) => sum + length, 0)
  }
}
