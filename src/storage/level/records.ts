/** Rows that steps of one draft read and write whole, by the text of their keys. */
export class Records {
  /** null = removed. */
  readonly #written = new Map<string, Buffer | null>()
  /** Undefined = not there. */
  readonly #read = new Map<string, Buffer | undefined>()

  /** @returns false when it is here */
  want (text: string): boolean {
    if (this.#written.has(text) || this.#read.has(text)) {
      return false
    }

    // many steps for one row read it once
    this.#read.set(text, undefined)

    return true
  }

  /** They could not be read. */
  unwant (texts: readonly string[]): void {
    for (const text of texts) {
      this.#read.delete(text)
    }
  }

  take (text: string, row: Buffer | undefined): void {
    this.#read.set(text, row)
  }

  /** @param earlier what the draft before this one wrote, if it did */
  get (text: string, earlier: Buffer | null | undefined): Buffer | undefined {
    const written = this.#written.get(text)
    const row = written !== undefined ? written : earlier

    return row !== undefined ? row ?? undefined : this.#read.get(text)
  }

  set (text: string, row: Buffer | null): void {
    this.#written.set(text, row)
  }

  /** Undefined: this draft did not change it. */
  written (text: string): Buffer | null | undefined {
    return this.#written.get(text)
  }
}
