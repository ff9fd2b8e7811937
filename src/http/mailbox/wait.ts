import type { Page } from '../../storage/index.js'

/**
 * A page; one that would be empty is held until something is stored, the time is over, or the signal aborts. What it answers is what the
 * store says then.
 */
export async function pullOrWait (pull: () => Promise<Page>, watch: (onStored: () => void) => () => void, waitMs: number, signal: AbortSignal): Promise<Page> {
  let wake: (() => void) | undefined
  let isStored = false
  let isOver = signal.aborted
  // before the first look: what is stored from here on is told of
  const unwatch = watch(() => {
    isStored = true
    wake?.()
  })
  const end = (): void => {
    isOver = true
    wake?.()
  }
  const timer = setTimeout(end, waitMs)

  signal.addEventListener('abort', end)

  try {
    for (;;) {
      isStored = false

      const page = await pull()

      if (page.items.length > 0 || isOver) {
        return page
      }

      if (!isStored) {
        await new Promise<void>(resolve => { wake = resolve })
        wake = undefined
      }
    }
  } finally {
    clearTimeout(timer)
    unwatch()
    signal.removeEventListener('abort', end)
  }
}
