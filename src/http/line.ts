import { RoundRobin } from './round-robin.js'

/** Does one thing at a time, for each caller in turn. */
export class Line {
  readonly #waiting = new RoundRobin<() => void>()
  #isBusy = false

  get isBusy (): boolean {
    return this.#isBusy
  }

  /** Somebody waits until what is done now is done. */
  get isWanted (): boolean {
    return !this.#waiting.isEmpty
  }

  async run<T> (caller: string, deed: () => Promise<T>): Promise<T> {
    if (this.#isBusy) {
      await new Promise<void>(resolve => { this.#waiting.add(caller, resolve) })
    }

    this.#isBusy = true

    try {
      return await deed()
    } finally {
      const next = this.#waiting.take()

      this.#isBusy = next != null
      next?.item()
    }
  }
}
