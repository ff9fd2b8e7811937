import { AREA, counterKey, dueFrom, itemFrom, itemsEnd, kept, mailboxOf } from './keys.js'
import { asBuffer, nameOf } from './reader.js'
import { overFrom } from './registry-keys.js'
import type { Db } from './db.js'

/** Mailboxes whose freed bytes are kept apart. */
const MAX_MAILBOXES = 4096
/** Mailboxes of one step over the whole store. */
const STEP_MAILBOXES = 500
/** Steps over an area of the registry, whose keys begin with a byte of any value. */
const AREA_STEPS = 16

export interface CompactorLimits {
  /** Bytes freed in one mailbox that are worth a compaction of its items. @default 8 MiB */
  mailboxBytes?: number
  /** Bytes freed anywhere that are worth one of everything. @default 256 MiB */
  totalBytes?: number
  /** Bytes freed in an area of the registry that are worth one of it, when they are as many as those that are left. @default 8 MiB */
  areaBytes?: number
}

/** What was over before them is gone, in Unix milliseconds. */
export interface Swept {
  mailboxMs: number
  registryMs: number
}

export interface CompactorInit extends CompactorLimits {
  /**
   * The engine is well, and the disk has room for what a compaction writes. One that fails stays with LevelDB until it is opened again, and
   * one that begins after a failure may end the process.
   */
  canRun: (db: Db) => boolean
}

/**
 * Gives back the space of what was removed: LevelDB does that only where a compaction comes by, which for a range that nobody
 * writes to any more may be never. Ranges are compacted one after the other in LevelDB's own thread, which writes what is in
 * memory first; between two of them it can be stopped.
 */
export class Compactor {
  readonly #mailboxBytes: number
  readonly #totalBytes: number
  readonly #areaBytes: number
  readonly #canRun: (db: Db) => boolean
  #freed = new Map<string, number>()
  #freedBytes = 0
  readonly #freedRows = new Map<number, number>()
  #running: Promise<void> | undefined
  #stopped = false

  constructor ({ canRun, mailboxBytes = 8 * 1024 * 1024, totalBytes = 256 * 1024 * 1024, areaBytes = 8 * 1024 * 1024 }: CompactorInit) {
    this.#canRun = canRun
    this.#mailboxBytes = mailboxBytes
    this.#totalBytes = totalBytes
    this.#areaBytes = areaBytes
  }

  freed (mailbox: string, bytes: number): void {
    const before = this.#freed.get(mailbox)

    this.#freedBytes += bytes

    if (before != null || this.#freed.size < MAX_MAILBOXES) {
      this.#freed.set(mailbox, (before ?? 0) + bytes)
    }
  }

  /** A row of an area of the registry, its key included. */
  freedRow (area: number, bytes: number): void {
    this.#freedRows.set(area, (this.#freedRows.get(area) ?? 0) + bytes)
  }

  /** Begins what is worth it now, if nothing is running. */
  start (db: Db, swept: Swept): void {
    if (this.#running != null || this.#stopped || !this.#canRun(db)) {
      return
    }

    const isAll = this.#freedBytes >= this.#totalBytes
    const mailboxes = isAll ? [] : [...this.#freed].filter(([, bytes]) => bytes >= this.#mailboxBytes).map(([mailbox]) => mailbox)
    const areas = [...this.#freedRows].filter(([, bytes]) => bytes >= this.#areaBytes).map(([area]) => area)

    if (!isAll && mailboxes.length === 0 && areas.length === 0) {
      return
    }

    for (const mailbox of mailboxes) {
      this.#freedBytes -= this.#freed.get(mailbox) ?? 0
      this.#freed.delete(mailbox)
    }

    if (isAll) {
      this.#freed = new Map()
      this.#freedBytes = 0
    }

    this.#running = this.#run(db, { mailboxes, isAll, areas }, swept)
      // a database that is closed meanwhile
      .catch(() => {})
      .finally(() => { this.#running = undefined })
  }

  async stop (): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #run (db: Db, { mailboxes, isAll, areas }: { mailboxes: readonly string[], isAll: boolean, areas: readonly number[] }, { mailboxMs, registryMs }: Swept): Promise<void> {
    if (isAll || mailboxes.length > 0) {
      await this.#range(db, kept(dueFrom(0)), kept(dueFrom(mailboxMs)))
      await this.#range(db, Buffer.of(AREA.piece), Buffer.of(AREA.piece + 1))
    }

    for (const mailbox of mailboxes) {
      await this.#mailboxes(db, nameOf(mailbox), nameOf(mailbox))
    }

    for (const area of areas) {
      await this.#area(db, area, registryMs)
    }

    if (isAll) {
      await this.#everything(db)
    }
  }

  /** An area of the registry: all of it when half of it is gone, since its rows go in no order; of what is over, what was. */
  async #area (db: Db, area: number, registryMs: number): Promise<void> {
    const freed = this.#freedRows.get(area) ?? 0

    if (area === AREA.over) {
      this.#freedRows.delete(area)
      await this.#range(db, overFrom(0), overFrom(registryMs))
    } else if (freed >= await db.approximateSize(Buffer.of(area), Buffer.of(area + 1), KEYS) / 2) {
      this.#freedRows.delete(area)

      for (let step = 0; step < AREA_STEPS; step++) {
        const from = step * 256 / AREA_STEPS

        await this.#range(db, Buffer.of(area, from), step === AREA_STEPS - 1 ? Buffer.of(area + 1) : Buffer.of(area, from + 256 / AREA_STEPS))
      }
    }
  }

  async #everything (db: Db): Promise<void> {
    let from: Uint8Array = Buffer.of(AREA.counter)
    let first: Buffer | undefined

    while (!this.#stopped && this.#canRun(db)) {
      const keys = await db.keys({ gt: from, lt: Buffer.of(AREA.counter + 1), limit: STEP_MAILBOXES }).all()
      const last = keys.at(-1)

      if (last == null) {
        await this.#range(db, Buffer.concat([Buffer.of(AREA.item), first ?? Buffer.alloc(0)]), Buffer.of(AREA.item + 1))
        await this.#range(db, Buffer.concat([Buffer.of(AREA.key), first ?? Buffer.alloc(0)]), Buffer.of(AREA.key + 1))
        return
      }

      // the areas sort their mailboxes alike: what lies between two counters lies between their items
      const end = asBuffer(last).subarray(1)

      for (const area of [AREA.item, AREA.key]) {
        await this.#range(db, Buffer.concat([Buffer.of(area), first ?? Buffer.alloc(0)]), Buffer.concat([Buffer.of(area), end, Buffer.alloc(8, 0xff)]))
      }

      first = end
      from = kept(counterKey(mailboxOf(asBuffer(last))))
    }
  }

  async #mailboxes (db: Db, first: Buffer, last: Buffer): Promise<void> {
    await this.#range(db, kept(itemFrom(first, 0)), kept(itemsEnd(last)))
  }

  async #range (db: Db, start: Buffer, end: Buffer): Promise<void> {
    if (!this.#stopped && this.#canRun(db)) {
      await db.compactRange(start, end, KEYS)
    }
  }
}

const KEYS = { keyEncoding: 'buffer' } as const
