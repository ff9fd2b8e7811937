import { DUE, dueFrom, itemFrom, itemsEnd, kept, readDueKey, readItemKey } from './keys.js'
import { asBuffer } from './reader.js'
import type { Db } from './db.js'
import type { Due, ItemPlace } from './keys.js'
import type { ItemKey } from '../types.js'

/** The first items of a mailbox that are over. */
export interface Run {
  items: Array<ItemPlace & ItemKey>
  /** There are more. */
  more: boolean
  /** The first that is not over: nothing of the run that is behind it is over before. */
  alive?: ItemPlace
}

export type FoundDue = Due & { run?: Run }

export interface Found {
  /** Rows of the area, ascending; those that cannot be read as they are. */
  due: Array<FoundDue | Buffer>
  /** Rows and items. */
  count: number
  /** All that is due before is in it; undefined: all that is due. */
  beforeMs?: number
}

export interface FindOptions {
  fromMs: number
  now: number
  /** Of rows and items together, about. */
  limit: number
  /** No item of the mailbox has a smaller seq. */
  headOf: (mailbox: string) => number
}

/** What is due: rows of that area, and for mailboxes the items at their heads that are over. */
export async function findDue (db: Db, { fromMs, now, limit, headOf }: FindOptions): Promise<Found> {
  const keys = await db.keys({ gte: kept(dueFrom(fromMs)), lt: kept(dueFrom(now + 1)), limit }).all()
  const due: Found['due'] = []
  let count = keys.length

  for (const key of keys) {
    const row = readDueKey(asBuffer(key)) ?? asBuffer(key)

    if (Buffer.isBuffer(row) || row.kind !== DUE.counter) {
      due.push(row)
      continue
    }

    const run = await readRun(db, row.mailbox, headOf(row.mailbox.toString()), now, Math.max(1, limit - count))

    due.push({ ...row, run })
    count += run.items.length

    if (run.more) {
      return { due, count, beforeMs: row.timeMs }
    }
  }

  return { due, count, beforeMs: keys.length === limit ? lastTime(due) : undefined }
}

/**
 * Deadlines of a run ascend, and an item beside it has an earlier one than some item of the run before it: behind the first item that is
 * not over, no item of the run is.
 */
async function readRun (db: Db, mailbox: Buffer, head: number, now: number, limit: number): Promise<Run> {
  const keys = await db.keys({ gte: kept(itemFrom(mailbox, head)), lt: kept(itemsEnd(mailbox)), limit: limit + 1 }).all()
  const items = keys.map(key => readItemKey(asBuffer(key)))
  const at = items.findIndex(item => item.deadlineMs > now)

  return at === -1 ? { items: items.slice(0, limit), more: items.length > limit } : { items: items.slice(0, at), more: false, alive: items[at] }
}

function lastTime (due: ReadonlyArray<Due | Buffer>): number {
  const last = due.at(-1)

  return last == null || Buffer.isBuffer(last) ? 0 : last.timeMs
}
