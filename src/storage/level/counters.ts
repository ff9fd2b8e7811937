import { LRUCache } from 'lru-cache'
import { Contents } from './contents.js'
import { NO_COUNTER, readCounter } from './rows.js'
import type { Db } from './db.js'
import type { CounterRow, StateRow } from './rows.js'

/** Counters kept in memory: about 300 bytes each. */
const MAX_CACHED = 8192

/** A mailbox's counter as of the last batch that was prepared. */
export interface Counter extends CounterRow {
  readonly mailbox: string
  readonly name: Buffer
  /** It has a row. */
  exists: boolean
}

export class Counters {
  readonly #cache = new LRUCache<string, Counter>({ max: MAX_CACHED })

  get (mailbox: string): Counter | undefined {
    return this.#cache.get(mailbox)
  }

  add (counter: Counter): void {
    this.#cache.set(counter.mailbox, counter)
  }

  clear (): void {
    this.#cache.clear()
  }
}

/** @throws StorageError when the row cannot be read */
export function counterOf (mailbox: string, name: Buffer, row: Buffer | undefined): Counter {
  const values = row == null ? NO_COUNTER : readCounter(row)

  return { ...values, mailbox, name, exists: row != null }
}

/** In place of one whose row cannot be read. */
export async function recounted (db: Db, mailbox: string, name: Buffer, state: StateRow): Promise<Counter> {
  const contents = await Contents.read(db, name)

  return { ...contents.toCounter(state), mailbox, name, exists: true }
}
