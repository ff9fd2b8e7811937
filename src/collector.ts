import { setImmediate } from 'node:timers/promises'
import type { ExpireResult } from './storage/index.js'
import type { Startable } from '@libp2p/interface'

export interface CollectorInit {
  intervalMs: number
  /** One slice. */
  expire: () => Promise<ExpireResult>
  /** After a run that removed something. */
  onCollected: () => void
  onError: (err: unknown) => void
  /** A run came to its end. */
  onRun?: (failed: boolean) => void
}

/** Longer intervals fire at once. */
const MAX_INTERVAL_MS = 2 ** 31 - 1

/** Collects what is over, at the start and then once an interval, a slice at a time so that others have their turn. */
export class Collector implements Startable {
  readonly #init: CollectorInit
  #timer?: NodeJS.Timeout
  #running?: Promise<void>

  constructor (init: CollectorInit) {
    this.#init = init
  }

  start (): void {
    if (this.#timer == null) {
      this.#timer = setInterval(() => { this.#tick() }, Math.min(this.#init.intervalMs, MAX_INTERVAL_MS))
      this.#timer.unref()
      this.#tick()
    }
  }

  /** Resolves when no slice is under way. */
  async stop (): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.#running
  }

  #tick (): void {
    this.#running ??= this.#run().finally(() => { this.#running = undefined })
  }

  async #run (): Promise<void> {
    let removed = 0
    let failed = false

    try {
      for (let more = true; more && this.#timer != null;) {
        const slice = await this.#init.expire()

        removed += slice.removed
        more = slice.more
        await setImmediate()
      }
    } catch (err) {
      failed = true
      this.#init.onError(err)
    }

    this.#init.onRun?.(failed)

    if (removed > 0) {
      this.#init.onCollected()
    }
  }
}
