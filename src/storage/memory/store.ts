import { isDeepStrictEqual } from 'node:util'
import { TypedEventEmitter } from 'main-event'
import { Histogram } from '../../histogram.js'
import { Clock } from './clock.js'
import { MemoryMailboxStore } from './mailbox.js'
import { MemoryRegistryStore } from './registry.js'
import { MemorySettingsStore } from './settings.js'
import type { Finding, Store, StoreEvents, StoreHealth, StoreInit, StoreStats } from '../types.js'

/** Nothing is written. */
const NONE = new Histogram([])

export class MemoryStore extends TypedEventEmitter<StoreEvents> implements Store {
  readonly mailbox: MemoryMailboxStore
  readonly registry: MemoryRegistryStore
  readonly settings = new MemorySettingsStore()
  readonly #clock = new Clock()
  readonly #maxBytes: number
  #closed = false

  constructor ({ maxBytes = 0 }: StoreInit) {
    super()
    this.#maxBytes = maxBytes
    this.mailbox = new MemoryMailboxStore(this.#clock, maxBytes)
    this.registry = new MemoryRegistryStore(this.#clock)
  }

  get clockFloorMs (): number {
    return this.#clock.floorMs
  }

  health (): StoreHealth {
    if (this.#closed) {
      return { state: 'closed', uncleanStop: false }
    }

    if (this.#maxBytes > 0 && this.mailbox.totals().bytes >= this.#maxBytes) {
      return { state: 'full', reason: 'storage.max_bytes is reached', uncleanStop: false }
    }

    return { state: 'ready', uncleanStop: false }
  }

  stats (): StoreStats {
    return { ...this.mailbox.totals(), batchSize: NONE, batchSeconds: NONE, failures: 0 }
  }

  async * verify (): AsyncIterable<Finding> {
    for (const { counted, found } of this.mailbox.counts()) {
      if (counted !== found) {
        yield { kind: 'counter_differs', message: `a mailbox counts ${counted} bytes and holds ${found}`, mended: false }
      }
    }

    const { counted, found } = this.registry.counts()

    if (!isDeepStrictEqual(counted, found)) {
      yield { kind: 'totals_differ', message: `the registry counts ${JSON.stringify(counted)} and holds ${JSON.stringify(found)}`, mended: false }
    }
  }

  async close (): Promise<void> {
    if (!this.#closed) {
      this.#closed = true
      this.mailbox.close()
      this.registry.close()
      this.settings.close()
      this.safeDispatchEvent('health', { detail: this.health() })
    }
  }
}
