import type { Item, Page } from '../storage/index.js'

export interface SubscriptionInit {
  cursor: number
  /** Items after the cursor. @throws MailboxError `not_owner` when the caller may no longer see them */
  pull: (cursor: number, maxItems: number, maxBytes: number) => Promise<Page>
  /** Begins to tell of changes until the returned function is called. */
  watch: (onChange: (change: 'stored' | 'removed') => void) => () => void
  /** There may be something to read that was not there before. */
  onReady: () => void
}

export interface SubscriptionPage {
  items: Item[]
  /** All that was stored when this was read has been handed out. Said once. */
  caughtUp: boolean
}

/**
 * Items of one mailbox in their order, stored ones and those that are pushed meanwhile. Both come from the store, by the cursor: there
 * is no seam at which one could be lost or come twice. Keeps no items.
 */
export class Subscription {
  readonly #init: SubscriptionInit
  readonly #unwatch: () => void
  #cursor: number
  #isCaughtUp = false
  /** Something may be stored after the cursor. */
  #mayHaveMore = true
  /** There was no credit for what is stored: only a removal or credit changes anything. */
  #isBlocked = false

  constructor (init: SubscriptionInit) {
    this.#init = init
    this.#cursor = init.cursor
    this.#unwatch = init.watch(this.#onChange)
  }

  /** seq of the last item that was handed out, or where the subscription began. */
  get cursor (): number {
    return this.#cursor
  }

  /** Whether `read` with this credit may give anything. */
  isReady (credit: number): boolean {
    return this.#mayHaveMore && (credit > 0 || (!this.#isCaughtUp && !this.#isBlocked))
  }

  /** @param maxItems 0: nothing is handed out, but `caughtUp` may be true */
  async read (maxItems: number, maxBytes: number): Promise<SubscriptionPage> {
    // what is stored from here on is told of
    this.#mayHaveMore = false

    const { items, nextCursor, more } = await this.#pull(maxItems, maxBytes)
    const isEnd = !more && (maxItems > 0 || items.length === 0)
    const caughtUp = isEnd && !this.#isCaughtUp

    this.#mayHaveMore ||= !isEnd
    this.#isBlocked = maxItems === 0 && !isEnd
    this.#isCaughtUp ||= isEnd

    if (maxItems === 0) {
      return { items: [], caughtUp }
    }

    this.#cursor = nextCursor

    return { items, caughtUp }
  }

  close (): void {
    this.#unwatch()
  }

  async #pull (maxItems: number, maxBytes: number): Promise<Page> {
    try {
      return await this.#init.pull(this.#cursor, Math.max(1, maxItems), maxBytes)
    } catch (err) {
      this.#mayHaveMore = true
      throw err
    }
  }

  readonly #onChange = (change: 'stored' | 'removed'): void => {
    if (change === 'stored') {
      this.#mayHaveMore = true
    } else if (this.#isCaughtUp) {
      return
    }

    this.#isBlocked &&= change !== 'removed'
    this.#init.onReady()
  }
}
