/** A pending call that can be called off. */
export interface Timer {
  cancel (): void
}

interface Entry extends Timer {
  tick: number
  run: () => void
}

/**
 * Coarse timers for many deadlines: one interval for all of them, armed only while something is due. A call comes no
 * sooner than asked and at most about one tick late.
 */
export class TimerWheel {
  readonly #slots = new Map<number, Set<Entry>>()
  readonly #tickMs: number
  readonly #now: () => number
  #interval?: NodeJS.Timeout
  #lastTick: number
  #size = 0

  constructor (init: { tickMs?: number, now?: () => number } = {}) {
    this.#tickMs = init.tickMs ?? 100
    this.#now = init.now ?? (() => performance.now())
    this.#lastTick = this.#currentTick()
  }

  /** Deadlines that are pending. */
  get size (): number {
    return this.#size
  }

  schedule (delayMs: number, run: () => void): Timer {
    if (this.#size === 0) {
      this.#lastTick = this.#currentTick()
      this.#interval = setInterval(() => { this.advance() }, this.#tickMs)
      this.#interval.unref()
    }

    const tick = Math.max(Math.ceil((this.#now() + delayMs) / this.#tickMs), this.#lastTick + 1)
    const entry: Entry = { tick, run, cancel: () => { this.#remove(entry) } }
    let slot = this.#slots.get(tick)

    if (slot == null) {
      slot = new Set()
      this.#slots.set(tick, slot)
    }

    slot.add(entry)
    this.#size++

    return entry
  }

  /** Runs what is due. The interval calls it; a test with its own clock may. */
  advance (): void {
    const current = this.#currentTick()
    // after a long stall it is cheaper to look at the slots that exist than at every tick that passed
    const due = current - this.#lastTick > this.#slots.size
      ? [...this.#slots.keys()].filter(tick => tick <= current).sort((a, b) => a - b)
      : Array.from({ length: current - this.#lastTick }, (_, i) => this.#lastTick + 1 + i)

    this.#lastTick = current

    for (const tick of due) {
      for (const entry of this.#slots.get(tick) ?? []) {
        this.#remove(entry)
        entry.run()
      }
    }
  }

  clear (): void {
    this.#slots.clear()
    this.#size = 0
    clearInterval(this.#interval)
  }

  #currentTick (): number {
    return Math.floor(this.#now() / this.#tickMs)
  }

  #remove (entry: Entry): void {
    const slot = this.#slots.get(entry.tick)

    if (slot?.delete(entry) !== true) {
      return
    }

    this.#size--

    if (slot.size === 0) {
      this.#slots.delete(entry.tick)
    }

    if (this.#size === 0) {
      clearInterval(this.#interval)
    }
  }
}
