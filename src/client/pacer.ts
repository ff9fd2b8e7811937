export interface PacerInit {
  /** Calls under way. A node bans who is refused 40 times in a row, and all of them may be refused at once. */
  maxCalls: number
  /** Of their bodies. One call passes whatever its size. */
  maxBytes: number
}

interface Waiting {
  readonly bytes: number
  readonly go: () => void
}

/**
 * How many calls of one kind may be under way. A refusal (`rate_limited`) stops all of them for the time that the node says, and after
 * it they come one at a time until answers widen the way again.
 */
export class Pacer {
  readonly #init: PacerInit
  readonly #waiting = new Set<Waiting>()
  #width: number
  #calls = 0
  #bytes = 0
  #notBefore = 0
  #timer?: ReturnType<typeof setTimeout>

  constructor (init: PacerInit) {
    this.#init = init
    this.#width = init.maxCalls
  }

  /** Waits for room, in the order of the calls. What it resolves to must be called when the call is over. */
  async enter (bytes: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()

    if (this.#waiting.size > 0 || !this.#hasRoom(bytes)) {
      await this.#wait(bytes, signal)
    } else {
      this.#count(bytes)
    }

    let isOver = false

    return () => {
      if (!isOver) {
        isOver = true
        this.#calls--
        this.#bytes -= bytes
        this.#wake()
      }
    }
  }

  /** A call was answered. */
  passed (): void {
    this.#width = Math.min(this.#init.maxCalls, this.#width + 1)
  }

  /** A call was refused: nothing for this time. */
  refused (retryAfterMs: number): void {
    this.#width = 1
    this.#notBefore = Math.max(this.#notBefore, performance.now() + retryAfterMs)
  }

  async #wait (bytes: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiting: Waiting = { bytes, go: resolve }
    const onAbort = (): void => {
      if (this.#waiting.delete(waiting)) {
        reject(signal.reason)
        this.#wake()
      }
    }

    this.#waiting.add(waiting)
    signal.addEventListener('abort', onAbort, { once: true })
    this.#wake()

    try {
      await promise
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  #hasRoom (bytes: number): boolean {
    const { maxBytes } = this.#init

    return performance.now() >= this.#notBefore && this.#calls < this.#width && (this.#calls === 0 || this.#bytes + bytes <= maxBytes)
  }

  #count (bytes: number): void {
    this.#calls++
    this.#bytes += bytes
  }

  readonly #wake = (): void => {
    clearTimeout(this.#timer)
    this.#timer = undefined

    for (const waiting of this.#waiting) {
      if (!this.#hasRoom(waiting.bytes)) {
        break
      }

      this.#waiting.delete(waiting)
      // here and not where it goes on: the next one must see it
      this.#count(waiting.bytes)
      waiting.go()
    }

    const ms = this.#notBefore - performance.now()

    if (this.#waiting.size > 0 && ms > 0) {
      this.#timer = setTimeout(this.#wake, Math.ceil(ms))
    }
  }
}
