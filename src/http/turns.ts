import { RoundRobin } from './round-robin.js'

interface Work {
  readonly step: () => boolean
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

/** Of each turn of the event loop, until a step ends that began before. */
const TURN_MS = 1

/**
 * Shares the event loop between what would hold it for long: a millisecond of each turn for all of it together, a step of each caller after
 * another. Small calls are answered in between.
 */
export class Turns {
  readonly #works = new RoundRobin<Work>()
  readonly #now: () => number
  #isRunning = false

  /** @param now milliseconds on a clock that does not go back */
  constructor (now = () => performance.now()) {
    this.#now = now
  }

  /**
   * Works until a step says that it was the last one. A caller's works are done one after another.
   *
   * @param step does little, and says whether there is more to do; what it throws is thrown here
   */
  async run (caller: string, step: () => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#works.add(caller, { step, resolve, reject })
      this.#goOn()
    })
  }

  #goOn (): void {
    if (!this.#isRunning && !this.#works.isEmpty) {
      this.#isRunning = true
      setImmediate(() => {
        this.#isRunning = false
        this.#turn()
        this.#goOn()
      })
    }
  }

  #turn (): void {
    const end = this.#now() + TURN_MS

    do {
      const next = this.#works.take()

      if (next == null) {
        return
      }

      const { caller, item } = next

      try {
        if (item.step()) {
          this.#works.putBack(caller, item)
        } else {
          item.resolve()
        }
      } catch (err) {
        item.reject(err)
      }
    } while (this.#now() < end)
  }
}
