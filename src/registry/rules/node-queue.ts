/** Nodes that wait to be looked at, each of whoever has named it: all who have named some take turns. */
export class NodeQueue<Node extends { key: string }> {
  readonly #max: number
  readonly #maxOfOne: number
  /** By who named them; whose turn it is comes first, and nobody is without. */
  readonly #waiting = new Map<string, Map<string, Node>>()
  #size = 0

  constructor (max: number, maxOfOne: number) {
    this.#max = max
    this.#maxOfOne = maxOfOne
  }

  get size (): number {
    return this.#size
  }

  has (key: string): boolean {
    return [...this.#waiting.values()].some(nodes => nodes.has(key))
  }

  /** @returns false where there is no room, for all or for this one */
  add (from: string, node: Node): boolean {
    const own = this.#waiting.get(from) ?? new Map<string, Node>()

    if (this.#size >= this.#max || own.size >= this.#maxOfOne) {
      return false
    }

    this.#size += own.has(node.key) ? 0 : 1
    own.set(node.key, node)
    this.#waiting.set(from, own)

    return true
  }

  next (): Node | undefined {
    const [turn] = this.#waiting
    const node = turn?.[1].values().next().value

    if (turn == null || node == null) {
      return undefined
    }

    const [from, own] = turn

    this.#size--
    own.delete(node.key)
    this.#waiting.delete(from)

    if (own.size > 0) {
      this.#waiting.set(from, own)
    }

    return node
  }

  clear (): void {
    this.#waiting.clear()
    this.#size = 0
  }
}
