import { setTimeout as delay } from 'node:timers/promises'
import { StorageError } from '../errors.js'
import { messageOf, openDb } from './open.js'
import { META } from './rows.js'
import type { Db } from './db.js'
import type { Opened } from './open.js'

const FIRST_DELAY_MS = 50
const LAST_DELAY_MS = 5000

export type EngineState = 'open' | 'reopening' | 'closed'

export interface EngineEvents {
  /** A write failed: what is not on disk is not known to be there. */
  failed (error: StorageError): void
  /** It can be used again, from what is on disk. */
  reopened (opened: Opened): void
}

/**
 * The database while it is open. LevelDB must not append to a log after an append failed, and a failed sync or compaction stays
 * with it until it is opened again (google/leveldb #924, #1180): `fail` closes it and opens it again until that works.
 */
export class Engine {
  readonly #path: string
  readonly #open: (path: string) => Promise<Opened>
  readonly #events: EngineEvents
  readonly #ending = new AbortController()
  #db: Db
  #state: EngineState = 'open'
  #reopening: Promise<void> | undefined
  #reason = ''
  #uncleanStop: boolean

  constructor (path: string, opened: Opened, events: EngineEvents, open: (path: string) => Promise<Opened> = openDb) {
    this.#path = path
    this.#db = opened.db
    this.#open = open
    this.#events = events
    this.#uncleanStop = opened.uncleanStop
  }

  get state (): EngineState {
    return this.#state
  }

  get uncleanStop (): boolean {
    return this.#uncleanStop
  }

  /** It was looked through to the end. */
  verified (): void {
    this.#uncleanStop = false
  }

  get reason (): string {
    return this.#reason
  }

  /** @throws StorageError when it cannot be used now */
  get db (): Db {
    if (this.#state !== 'open') {
      throw this.error()
    }

    return this.#db
  }

  error (): StorageError {
    return new StorageError(this.#state === 'closed' ? 'the store is closed' : `the store is being opened again after a failure (${this.#reason})`)
  }

  fail (err: unknown): void {
    if (this.#state !== 'open') {
      return
    }

    this.#state = 'reopening'
    this.#reason = messageOf(err)
    this.#events.failed(new StorageError(`a write to the store failed (${this.#reason})`, { cause: err }))
    this.#reopening = this.#reopen()
  }

  /** Never rejects. */
  async close (): Promise<void> {
    const wasOpen = this.#state === 'open'

    this.#state = 'closed'
    this.#ending.abort()
    await this.#reopening

    if (wasOpen && !this.#uncleanStop) {
      try {
        const rows = this.#db.rows()

        rows.del(META.open)
        await this.#db.writeRows(rows)
      } catch {
        // the mark stays: the next start looks through the store
      }
    }

    await closeDb(this.#db)
  }

  async #reopen (): Promise<void> {
    await closeDb(this.#db)

    for (let wait = FIRST_DELAY_MS; this.#state === 'reopening'; wait = Math.min(2 * wait, LAST_DELAY_MS)) {
      try {
        const opened = await this.#open(this.#path)

        this.#db = opened.db

        if (this.#state === 'reopening') {
          this.#state = 'open'
          this.#events.reopened(opened)
        }

        return
      } catch (err) {
        this.#reason = messageOf(err)
        await delay(wait, undefined, { signal: this.#ending.signal }).catch(() => {})
      }
    }
  }
}

async function closeDb (db: Db): Promise<void> {
  try {
    await db.close()
  } catch {
    // an engine that cannot even be closed has nothing more to say
  }
}
