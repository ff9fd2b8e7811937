/** What is due first comes out first; what is due at the same time, in the order in which it was put in. */
export class DueHeap<T> {
  readonly #entries: Array<{ at: number, order: number, value: T }> = []
  #order = 0

  push (at: number, value: T): void {
    const entries = this.#entries
    const entry = { at, order: this.#order++, value }
    let index = entries.push(entry) - 1

    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = entries[parent]

      if (above == null || !before(entry, above)) {
        break
      }

      entries[index] = above
      index = parent
    }

    entries[index] = entry
  }

  /** The first one that is due at `now` or earlier. */
  pop (now: number): T | undefined {
    const entries = this.#entries
    const first = entries[0]

    if (first == null || first.at > now) {
      return undefined
    }

    const last = entries.pop()

    if (last != null && last !== first) {
      this.#sink(last)
    }

    return first.value
  }

  isDue (now: number): boolean {
    const first = this.#entries[0]

    return first != null && first.at <= now
  }

  #sink (entry: { at: number, order: number, value: T }): void {
    const entries = this.#entries
    let index = 0

    while (true) {
      let child = 2 * index + 1
      let below = entries[child]
      const right = entries[child + 1]

      if (below != null && right != null && before(right, below)) {
        below = right
        child++
      }

      if (below == null || !before(below, entry)) {
        break
      }

      entries[index] = below
      index = child
    }

    entries[index] = entry
  }
}

function before (a: { at: number, order: number }, b: { at: number, order: number }): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
