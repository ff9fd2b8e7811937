import { TypedEventEmitter } from 'main-event'
import { StorageError } from '../errors.js'
import { Compactor } from './compactor.js'
import { Counters } from './counters.js'
import { Draft } from './draft.js'
import { Engine } from './engine.js'
import { KnownKeys } from './known-keys.js'
import { LevelMailboxStore } from './mailbox.js'
import { openDb } from './open.js'
import { LevelRegistryStore } from './registry.js'
import { LevelSettingsStore } from './settings.js'
import { Space } from './space.js'
import { verifyStore } from './verify.js'
import { LastStep, TimeStep } from './steps.js'
import { Writer } from './writer.js'
import type { CompactorLimits } from './compactor.js'
import type { LevelMailboxComponents } from './mailbox.js'
import type { Db } from './db.js'
import type { KnownKeysLimits } from './known-keys.js'
import type { LevelRegistryComponents } from './registry.js'
import type { Opened } from './open.js'
import type { RegistryState } from './registry-rows.js'
import type { StateRow } from './rows.js'
import type { Finding, Store, StoreEvents, StoreHealth, StoreInit, StoreStats, VerifyOptions } from '../types.js'

export interface LevelStoreInit extends StoreInit {
  /** With less free space on the file system of the folder, pushes get `storage_full`. 0 = never. @default 0 */
  minFreeBytes?: number
}

/** For tests. */
export interface LevelStoreParts {
  open?: (path: string) => Promise<Opened>
  compactor?: CompactorLimits
  known?: KnownKeysLimits
  /** Free bytes of the file system. */
  free?: (path: string) => Promise<number>
  /** Monotonic, in milliseconds. */
  now?: () => number
}

export class LevelStore extends TypedEventEmitter<StoreEvents> implements Store, LevelMailboxComponents, LevelRegistryComponents {
  readonly mailbox: LevelMailboxStore
  readonly registry: LevelRegistryStore
  readonly settings: LevelSettingsStore
  readonly writer: Writer
  readonly known: KnownKeys
  counters = new Counters()
  state: StateRow
  registryState: RegistryState
  durableClockMs: number
  readonly #engine: Engine
  readonly #space: Space
  readonly #compactor: Compactor
  readonly #maxBytes: number
  readonly #calls = new Set<Promise<unknown>>()
  #failures = 0
  #isClosing = false
  #closed: Promise<void> | undefined
  #lastState: StoreHealth['state'] = 'ready'

  static async open (path: string, init: LevelStoreInit = {}, parts: LevelStoreParts = {}): Promise<LevelStore> {
    const store = new LevelStore(path, await (parts.open ?? openDb)(path), init, parts)

    await store.#space.refresh()

    return store
  }

  constructor (path: string, opened: Opened, { maxBytes = 0, minFreeBytes = 0 }: LevelStoreInit, { open, compactor, known, free, now }: LevelStoreParts) {
    super()
    this.#maxBytes = maxBytes
    this.#space = new Space({ path, minFreeBytes, free, now })
    this.#compactor = new Compactor({ ...compactor, canRun: db => this.isOpen(db) && this.#space.hasRoom })
    this.state = opened.state
    this.registryState = opened.registry
    this.durableClockMs = opened.state.clockFloorMs
    this.#engine = new Engine(path, opened, {
      failed: error => { this.#failed(error) },
      reopened: reopened => { this.#reopened(reopened) }
    }, open)
    this.known = new KnownKeys({ ...known, items: () => this.state.items, db: () => this.#engine.db, settled: async () => { await this.#settled() } })
    this.writer = new Writer({
      draft: previous => new Draft({
        db: this.#engine.db,
        counters: this.counters,
        known: this.known,
        state: this.state,
        registry: this.registryState,
        previous,
        fullReason: bytes => this.#fullReason(bytes),
        noRoomReason: () => this.#noRoomReason(),
        onFreed: (mailbox, bytes) => { this.#compactor.freed(mailbox, bytes) },
        onFreedRow: (area, bytes) => { this.#compactor.freedRow(area, bytes) }
      }),
      beforeBatch: () => this.#space.isStale ? this.#space.refresh() : undefined,
      written: draft => {
        this.durableClockMs = Math.min(draft.clockMs, this.state.clockFloorMs)
        this.#space.wrote(draft.bytes)
        this.#tellHealth()
      },
      failed: err => { this.#engine.fail(err) }
    })
    this.mailbox = new LevelMailboxStore(this)
    this.registry = new LevelRegistryStore(this)
    this.settings = new LevelSettingsStore(this)
  }

  get db (): Db {
    return this.#engine.db
  }

  isOpen (db: Db): boolean {
    return this.#engine.state === 'open' && this.#engine.db === db
  }

  get clockFloorMs (): number {
    return this.state.clockFloorMs
  }

  health (): StoreHealth {
    const { uncleanStop } = this.#engine

    if (this.#isClosing) {
      return { state: 'closed', uncleanStop }
    }

    if (this.#engine.state !== 'open') {
      return { state: 'reopening', reason: this.#engine.reason, uncleanStop }
    }

    if (this.#space.isStale) {
      // for whoever asks next, when nobody pushes
      this.#space.refresh().then(() => { this.#tellHealth() }, () => {})
    }

    const reason = this.#fullReason(1)

    return reason == null ? { state: 'ready', uncleanStop } : { state: 'full', reason, uncleanStop }
  }

  stats (): StoreStats {
    const { batchSize, batchSeconds } = this.writer

    return { ...this.mailbox.totals(), freeBytes: this.#space.freeBytes, batchSize, batchSeconds, failures: this.#failures }
  }

  async * verify (options: VerifyOptions = {}): AsyncIterable<Finding> {
    yield * verifyStore(this, options)

    if (options.mend === true) {
      this.#engine.verified()
    }
  }

  checkOpen (): void {
    if (this.#isClosing) {
      throw new StorageError('the store is closed')
    }
  }

  async during<T> (call: () => Promise<T>): Promise<T> {
    this.checkOpen()

    const done = call()

    this.#calls.add(done)

    try {
      return await done
    } finally {
      this.#calls.delete(done)
    }
  }

  drained (): void {
    if (this.#engine.state === 'open') {
      this.#compactor.start(this.#engine.db, { mailboxMs: this.state.sweptMs, registryMs: this.registryState.sweptMs })
    }
  }

  setBack (nowMs: number): void {
    this.state.clockFloorMs = this.state.sweptMs = this.durableClockMs = nowMs
  }

  async close (): Promise<void> {
    await (this.#closed ??= this.#close())
  }

  async #close (): Promise<void> {
    this.#isClosing = true
    await this.known.stop()
    await Promise.all([Promise.allSettled(this.#calls), this.writer.idle()])
    await this.writer.idle()

    if (this.#engine.state === 'open' && this.state.clockFloorMs > this.durableClockMs) {
      const time = new TimeStep(this.state.clockFloorMs)

      this.writer.add(time)
      await time.promise.catch(() => {})
    }

    const closed = this.#engine.close()

    this.writer.stop(this.#engine.error())
    await this.#compactor.stop()
    await closed
    this.#tellHealth()
  }

  async #settled (): Promise<void> {
    const last = new LastStep()

    this.writer.add(last)
    await last.promise
  }

  #fullReason (bytes: number): string | undefined {
    if (this.#maxBytes > 0 && this.state.bytes + bytes > this.#maxBytes) {
      return 'storage.max_bytes is reached'
    }

    return this.#noRoomReason()
  }

  #noRoomReason (): string | undefined {
    return this.#space.hasRoom ? undefined : 'less than storage.min_free_bytes is free on the disk'
  }

  #failed (error: StorageError): void {
    this.#failures++
    // of what is in memory, some may be on disk and some not: it is read again
    this.counters = new Counters()
    this.known.forget()
    this.state = { ...this.state }
    this.registryState = { ...this.registryState }
    this.writer.stop(error)
    this.#tellHealth()
  }

  #reopened ({ state, registry }: Opened): void {
    // the clock that answers rested on may not be on disk yet
    this.state = { ...state, clockFloorMs: Math.max(state.clockFloorMs, this.state.clockFloorMs) }
    this.registryState = registry
    this.durableClockMs = state.clockFloorMs
    this.writer.reset()
    this.#tellHealth()
  }

  #tellHealth (): void {
    const health = this.health()

    if (health.state !== this.#lastState) {
      this.#lastState = health.state
      this.safeDispatchEvent('health', { detail: health })
    }
  }
}
