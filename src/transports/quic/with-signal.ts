/**
 * The promise's value, or a rejection with the signal's reason as soon as it aborts. A value that comes after that goes
 * to `late`, which gives back what it holds.
 */
export async function withSignal<T> (promise: Promise<T>, signal?: AbortSignal, late?: (value: T) => void): Promise<T> {
  if (signal == null) {
    return promise
  }

  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => { reject(signal.reason) }

    if (signal.aborted) {
      onAbort()
    } else {
      signal.addEventListener('abort', onAbort, { once: true })
    }

    promise.then(value => {
      signal.removeEventListener('abort', onAbort)

      if (signal.aborted) {
        late?.(value)
      }

      resolve(value)
    }, err => {
      signal.removeEventListener('abort', onAbort)
      reject(err)
    })
  })
}
