type Retry = () => void

interface Begun {
  evict: () => void
}

/**
 * Bytes that all doors together hold on behalf of callers (specs/mailbox.md, "Framing"). A connection has a share, at most a quarter.
 * Counts what has arrived: it can be over its bound by what one read of each stream brought.
 */
export class InflightBudget {
  readonly #max: number
  readonly #waiting = new Set<Retry>()
  /** In the order in which they were begun. */
  readonly #begun = new Set<Begun>()
  #used = 0
  /** Of whole frames, whose bytes come back without the other end's doing. */
  #whole = 0
  #isWaking = false

  constructor (max: number) {
    this.#max = max
  }

  get used (): number {
    return this.#used
  }

  get isFull (): boolean {
    return this.#used >= this.#max
  }

  /** For one connection, or one request of a door that has no streams. */
  share (): InflightShare {
    return new InflightShare(this, Math.floor(this.#max / 4))
  }

  /** For shares. Calls back once, when it is no longer full; ends the longest begun frame when nothing else will make room. */
  whenRoom (retry: Retry): void {
    this.#waiting.add(retry)
    this.#evictLongest()
  }

  /** For shares. */
  forget (retry: Retry): void {
    this.#waiting.delete(retry)
  }

  /** For shares. */
  change (bytes: number, whole: number): void {
    const wasFull = this.isFull

    this.#used += bytes
    this.#whole += whole

    if (wasFull && !this.isFull) {
      this.#wake()
    } else if (whole < 0 && this.isFull && this.#waiting.size > 0) {
      this.#evictLongest()
    }
  }

  /** For shares. */
  begin (begun: Begun): () => void {
    this.#begun.add(begun)

    return () => { this.#begun.delete(begun) }
  }

  /** As long as there is room: who would find none keeps its place, so that those who wait have their turn. */
  #wake (): void {
    if (this.#isWaking || this.#waiting.size === 0) {
      return
    }

    this.#isWaking = true
    queueMicrotask(() => {
      this.#isWaking = false

      for (const retry of [...this.#waiting]) {
        if (this.isFull) {
          this.#evictLongest()
          return
        }

        // one before it may have ended what it was for
        if (this.#waiting.delete(retry)) {
          retry()
        }
      }
    })
  }

  /** Unless a frame that is whole will make room by itself. */
  #evictLongest (): void {
    if (this.#whole === 0) {
      const [longest] = this.#begun

      longest?.evict()
    }
  }
}

/** What one connection holds. */
export class InflightShare {
  readonly #budget: InflightBudget
  readonly #max: number
  readonly #waiting = new Set<Retry>()
  readonly #begun = new Set<Begun>()
  #used = 0
  #whole = 0

  constructor (budget: InflightBudget, max: number) {
    this.#budget = budget
    this.#max = max
  }

  get used (): number {
    return this.#used
  }

  /** `whole`: how many of the bytes belong to frames that are complete, and are given back when they are answered. */
  change (bytes: number, whole = 0): void {
    this.#used += bytes
    this.#whole += whole
    this.#budget.change(bytes, whole)

    if (bytes < 0) {
      wake(this.#waiting)
    }
  }

  /** A frame was begun that is not whole yet. `evict` ends its stream. */
  begin (evict: () => void): { done: () => void, isFirst: () => boolean } {
    const begun: Begun = { evict }
    const done = this.#budget.begin(begun)

    this.#begun.add(begun)

    return {
      done: () => {
        done()
        this.#begun.delete(begun)
        wake(this.#waiting)
      },
      isFirst: () => {
        const [first] = this.#begun

        return first === begun
      }
    }
  }

  /** @param isFirst the frame that this connection has begun first goes on beyond the quarter when none of its is whole, or none might ever be */
  hasRoom (isFirst = false): boolean {
    return !this.#budget.isFull && (this.#used < this.#max || (isFirst && this.#whole === 0))
  }

  /** Calls back once, when it is worth to look again. */
  whenRoom (retry: Retry): void {
    if (this.#budget.isFull) {
      this.#budget.whenRoom(retry)
    } else {
      this.#waiting.add(retry)
    }
  }

  forget (retry: Retry): void {
    this.#waiting.delete(retry)
    this.#budget.forget(retry)
  }
}

/** Not within what gave the bytes back. Each looks again for itself, and waits again when it finds no room. */
function wake (waiting: Set<Retry>): void {
  if (waiting.size === 0) {
    return
  }

  const retries = [...waiting]

  waiting.clear()
  queueMicrotask(() => { retries.forEach(retry => { retry() }) })
}
