/** Ids of messages that a handler was done with, the last ones. */
export class RecentIds {
  readonly #ids = new Set<string>()
  readonly #max: number

  /** @param max ids that are remembered: some 100 bytes each */
  constructor (max: number) {
    this.#max = max
  }

  has (id: string): boolean {
    return this.#ids.has(id)
  }

  add (id: string): void {
    this.#ids.delete(id)
    this.#ids.add(id)

    for (const oldest of this.#ids) {
      if (this.#ids.size <= this.#max) {
        break
      }

      this.#ids.delete(oldest)
    }
  }
}
