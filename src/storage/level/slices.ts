const MIN_SLICE = 32
const MAX_SLICE = 128

/** Rows of one slice of expire, from how long earlier ones took. */
export class Slices {
  #rows = 64

  get rows (): number {
    return this.#rows
  }

  took (ms: number, rows: number, budgetMs: number): void {
    const fits = Math.floor(rows * budgetMs / Math.max(ms, 0.1))

    this.#rows = Math.max(MIN_SLICE, Math.min(MAX_SLICE, fits, 2 * this.#rows))
  }
}
