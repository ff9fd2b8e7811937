/** What waits, by caller: each caller in turn, and of one the first first. */
export class RoundRobin<T> {
  readonly #waiting = new Map<string, T[]>()

  get isEmpty (): boolean {
    return this.#waiting.size === 0
  }

  add (caller: string, item: T): void {
    const items = this.#waiting.get(caller)

    if (items == null) {
      this.#waiting.set(caller, [item])
    } else {
      items.push(item)
    }
  }

  /** The next one. Its caller is the last one now. */
  take (): { caller: string, item: T } | undefined {
    const [next] = this.#waiting

    if (next == null) {
      return undefined
    }

    const [caller, items] = next
    // nobody is kept here who waits for nothing
    const item = items.shift() as T

    this.#waiting.delete(caller)

    if (items.length > 0) {
      this.#waiting.set(caller, items)
    }

    return { caller, item }
  }

  /** What was taken is not done: it is the first of its caller again. */
  putBack (caller: string, item: T): void {
    const items = this.#waiting.get(caller) ?? []

    items.unshift(item)
    this.#waiting.set(caller, items)
  }
}
