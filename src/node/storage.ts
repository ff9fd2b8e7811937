import { levelStore, memoryStore } from '../storage/index.js'
import type { Config } from '../config/index.js'
import type { Log } from '../ops/index.js'
import type { Store, VerifyOptions } from '../storage/index.js'

/** What `[storage]` names. @throws StoreOpenError when its folder cannot be used */
export async function openStore ({ kind, path, max_bytes: maxBytes, min_free_bytes: minFreeBytes }: Config['storage']): Promise<Store> {
  return kind === 'memory' ? memoryStore({ maxBytes }) : levelStore(path, { maxBytes, minFreeBytes })
}

/** A fifth of the time, so that the node's peers do not notice. */
const BESIDE_OTHERS: VerifyOptions = { mend: true, budgetMs: 4, pauseMs: 16 }
/** Findings that are logged one by one. */
const MAX_LINES = 20

/** Looks through a store that its last process did not close, while the node is running. */
export class StoreCheck {
  readonly #ending = new AbortController()
  readonly #done: Promise<void>

  constructor (store: Store, log: Log) {
    this.#done = store.health().uncleanStop ? this.#run(store, log) : Promise.resolve()
  }

  /** When it has not come to its end, the next start begins again. Never rejects. */
  async stop (): Promise<void> {
    this.#ending.abort()
    await this.#done
  }

  async #run (store: Store, log: Log): Promise<void> {
    const { signal } = this.#ending
    let found = 0
    let left = 0

    log.info('the store was not closed when its last process ended: it is being looked through')

    try {
      for await (const { message, mended } of store.verify({ ...BESIDE_OTHERS, signal })) {
        left += mended ? 0 : 1

        if (++found <= MAX_LINES) {
          log.warn(`in the store: ${message}`, { mended })
        }
      }
    } catch (err) {
      if (!signal.aborted) {
        log.warn('the store was not looked through to the end: stop the node and run relay-server verify', { reason: err instanceof Error ? err.message : String(err) })
      }

      return
    }

    if (found === 0) {
      log.info('the store is as it should be')
    } else {
      log.warn('the store was not as it should be', { found, mended: found - left, left })
    }
  }
}
