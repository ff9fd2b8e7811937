import { setTimeout as delay } from 'node:timers/promises'

/** How long a wait goes on before it fails, unless a test says otherwise. Far above what a healthy run needs. */
export const PATIENCE_MS = 20_000

/** Rejects with what was awaited when `promise` takes longer than `ms`. */
export async function within<T> (promise: Promise<T>, what: string, ms = PATIENCE_MS): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => { reject(new Error(`waited ${ms} ms for ${what}`)) }, ms)
  })

  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Resolves as soon as `condition` holds. `what` may be a function, so that it tells the last state seen. */
export async function until (condition: () => boolean | Promise<boolean>, what: string | (() => string), ms = PATIENCE_MS): Promise<void> {
  const deadline = performance.now() + ms

  while (!await condition()) {
    if (performance.now() > deadline) {
      throw new Error(`waited ${ms} ms until ${typeof what === 'string' ? what : what()}`)
    }

    await delay(5)
  }
}

/** Resolves when the wall clock has passed `epochMs`: for rules that are about the clock itself. */
export async function clockPasses (epochMs: number): Promise<void> {
  await until(() => Date.now() > epochMs, `the clock passes ${new Date(epochMs).toISOString()}`, Math.max(0, epochMs - Date.now()) + 5_000)
}

/** Resolves to true when nothing changes for `ms`: for showing that something is held. */
export async function staysTrue (condition: () => boolean, ms: number): Promise<boolean> {
  const end = performance.now() + ms

  while (performance.now() < end) {
    if (!condition()) {
      return false
    }

    await delay(5)
  }

  return condition()
}
