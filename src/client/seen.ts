import type { PeerId } from '@libp2p/interface'

/**
 * Ids of messages that a handler was done with, the last ones. Those that came by the mailbox and those that came directly have a bound each, and
 * of the latter the peer with the most makes room: a stranger with one PeerId pushes out its own.
 */
export class RecentIds {
  readonly #ids = new Set<string>()
  readonly #mailbox = new Set<string>()
  readonly #peers = new Map<string, Set<string>>()
  readonly #max: number
  #direct = 0

  /** @param max ids of each of the two that are remembered: some 200 bytes each */
  constructor (max: number) {
    this.#max = max
  }

  has (id: string): boolean {
    return this.#ids.has(id)
  }

  /** An id that is not there. @param from who delivered it; nobody: the mailbox */
  add (id: string, from?: PeerId): void {
    this.#ids.add(id)

    if (from == null) {
      this.#mailbox.add(id)

      if (this.#mailbox.size > this.#max) {
        this.#dropOldest(this.#mailbox)
      }

      return
    }

    const peer = from.toString()
    const ids = this.#peers.get(peer) ?? new Set()

    this.#peers.set(peer, ids.add(id))
    this.#direct++

    if (this.#direct > this.#max) {
      this.#dropOfLargest()
    }
  }

  #dropOfLargest (): void {
    const largest = [...this.#peers].reduce((a, b) => b[1].size > a[1].size ? b : a)

    this.#dropOldest(largest[1])
    this.#direct--

    if (largest[1].size === 0) {
      this.#peers.delete(largest[0])
    }
  }

  #dropOldest (ids: Set<string>): void {
    const [oldest] = ids

    if (oldest != null) {
      ids.delete(oldest)
      this.#ids.delete(oldest)
    }
  }
}
