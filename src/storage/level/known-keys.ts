import { KeyFilter } from './key-filter.js'
import { AREA } from './keys.js'
import { asBuffer } from './reader.js'
import { Pace } from './walk.js'
import type { Db } from './db.js'

/** Keys that come into JavaScript in one turn of the event loop. */
const KEYS_A_READ = 1000
/** The walk takes about a fifth of the event loop's time. */
const BUDGET_MS = 2
const PAUSE_MS = 8
/** To walk past a key costs a part of what a look-up does. */
const MISSES_AN_ITEM = 1 / 8

export interface KnownKeysLimits {
  /** Look-ups in vain that are worth the first walk over all keys. @default 4096, and one for eight items */
  misses?: number
  /** Of its filter: see `KeyFilter`. */
  maxLayers?: number
}

export interface KnownKeysInit extends KnownKeysLimits {
  /** What there is in the store. */
  items: () => number
  /** @throws StorageError when the store cannot be used now */
  db: () => Db
  /** Resolves when all that is in a draft now is on disk. */
  settled: () => Promise<unknown>
}

/**
 * Tells of most keys without a row that they have none, so that nobody looks for it: what is pushed is new, nearly always. Rows that are made are
 * added from when the filter is begun, and a walk adds those that were there before; until it has come to its end, and where the filter has
 * no room for all, any key may have a row. Keys that are gone stay in it, and cost a look-up each.
 */
export class KnownKeys {
  readonly #init: KnownKeysInit
  readonly #ending = new AbortController()
  #filter: KeyFilter | undefined
  #isComplete = false
  /** Since a filter was looked at last. */
  #misses = 0
  /** What a filter is worth. */
  #least: number
  #walking: Promise<void> | undefined

  constructor (init: KnownKeysInit) {
    this.#init = init
    this.#least = init.misses ?? 4096
  }

  /** It knows all keys that have a row. */
  get isComplete (): boolean {
    return this.#isComplete
  }

  /** Resolves when no walk is under way. */
  async idle (): Promise<void> {
    await this.#walking
  }

  /** @param text what `keyText` gives @returns false when the key has no row on disk, nor in a draft */
  mayHave (text: string): boolean {
    return !this.#isComplete || this.#filter?.has(text) !== false
  }

  /** So many keys were looked for that have no row. */
  missed (count: number): void {
    this.#misses += count

    if (this.#filter == null && this.#walking == null && this.#misses >= Math.max(this.#least, this.#init.items() * MISSES_AN_ITEM)) {
      this.#begin()
    }
  }

  /** Before its row is in a draft. */
  add (text: string): void {
    const filter = this.#filter

    if (filter?.add(text) === false) {
      // more than it has room for: the next one is begun after as many look-ups, and finds fewer keys, perhaps
      this.#least = filter.count
      this.#drop()
    }
  }

  /** What is on disk is not known any more. */
  forget (): void {
    this.#drop()
  }

  async stop (): Promise<void> {
    this.#ending.abort()
    await this.#walking
  }

  #begin (): void {
    const filter = this.#filter = new KeyFilter(this.#init.maxLayers)

    this.#walking = this.#walk(filter)
      // the store is closed, or opened again
      .catch(() => {
        if (this.#filter === filter) {
          this.#drop()
        }
      })
      .finally(() => { this.#walking = undefined })
  }

  #drop (): void {
    this.#filter = undefined
    this.#isComplete = false
    this.#misses = 0
  }

  async #walk (filter: KeyFilter): Promise<void> {
    const { db, settled } = this.#init
    const pace = new Pace(BUDGET_MS, PAUSE_MS, this.#ending.signal)
    let last: Buffer | undefined = Buffer.of(AREA.key)

    // rows of drafts that were begun before the filter are in no filter: the walk is to see them
    await settled()

    while (last != null && this.#filter === filter) {
      await pace.rest()

      const keys: Uint8Array[] = await db().keys({ gt: last, lt: Buffer.of(AREA.key + 1), limit: KEYS_A_READ, fillCache: false }).all()

      for (const key of keys) {
        if (this.#filter === filter) {
          this.add(asBuffer(key).toString('latin1'))
        }
      }

      const end = keys.length < KEYS_A_READ ? undefined : keys.at(-1)

      last = end == null ? undefined : asBuffer(end)
    }

    this.#isComplete = this.#filter === filter
  }
}
