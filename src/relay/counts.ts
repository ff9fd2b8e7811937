/** How often each key is held; a key that is held no more costs nothing. */
export class Counts {
  readonly #counts = new Map<string, number>()

  get (key: string): number {
    return this.#counts.get(key) ?? 0
  }

  add (key: string, by: 1 | -1): void {
    const count = this.get(key) + by

    if (count > 0) {
      this.#counts.set(key, count)
    } else {
      this.#counts.delete(key)
    }
  }
}

/** A limit of 0 is none. */
export function isFull (count: number, max: number): boolean {
  return max > 0 && count >= max
}
