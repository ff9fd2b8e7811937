/** Told about a mailbox: `stored`: there is a new item; `removed`: items are gone. */
export type Watcher = (change: 'stored' | 'removed') => void

/** Who waits for which mailbox. As large as the doors let it become. */
export class Watchers {
  readonly #byMailbox = new Map<string, Set<Watcher>>()

  add (mailbox: string, watcher: Watcher): () => void {
    const watchers = this.#byMailbox.get(mailbox) ?? new Set()

    watchers.add(watcher)
    this.#byMailbox.set(mailbox, watchers)

    return () => {
      if (watchers.delete(watcher) && watchers.size === 0) {
        this.#byMailbox.delete(mailbox)
      }
    }
  }

  tell (mailbox: string, change: 'stored' | 'removed'): void {
    this.#byMailbox.get(mailbox)?.forEach(watcher => { watcher(change) })
  }

  tellAll (change: 'stored' | 'removed'): void {
    for (const watchers of this.#byMailbox.values()) {
      watchers.forEach(watcher => { watcher(change) })
    }
  }
}
