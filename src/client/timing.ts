/** Rejects with the signal's reason. Leaves no timer and no listener behind. */
export async function sleep (ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()

  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  const onAbort = (): void => { reject(signal.reason) }

  signal.addEventListener('abort', onAbort, { once: true })

  try {
    await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}

/** Aborts with `TimeoutError` after a time, or with the other signal. Call `clear` when it is not needed any more. */
export class Deadline {
  readonly signal: AbortSignal
  readonly #timer: ReturnType<typeof setTimeout>

  constructor (ms: number, signal: AbortSignal) {
    const own = new AbortController()

    this.#timer = setTimeout(() => { own.abort(new DOMException(`not done within ${ms} ms`, 'TimeoutError')) }, ms)
    this.signal = AbortSignal.any([own.signal, signal])
  }

  clear (): void {
    clearTimeout(this.#timer)
  }
}
