import { raceSignal } from 'race-signal'

interface Running<T> {
  readonly promise: Promise<T>
  readonly abort: AbortController
  waiting: number
}

/** Work that several callers wait for: begun with the first of them, aborted when the last one has gone before it is done. */
export class Shared<T> {
  readonly #start: (signal: AbortSignal) => Promise<T>
  #running?: Running<T>

  constructor (start: (signal: AbortSignal) => Promise<T>) {
    this.#start = start
  }

  async join (signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()

    const running = this.#running ?? this.#begin()

    running.waiting++

    try {
      return await raceSignal(running.promise, signal)
    } finally {
      running.waiting--

      if (running.waiting === 0 && this.#running === running) {
        this.#running = undefined
        running.abort.abort()
      }
    }
  }

  #begin (): Running<T> {
    const abort = new AbortController()
    const promise = this.#start(abort.signal)
    const running = { promise, abort, waiting: 0 }
    const done = (): void => {
      if (this.#running === running) {
        this.#running = undefined
      }
    }

    this.#running = running
    promise.then(done, done)

    return running
  }
}
