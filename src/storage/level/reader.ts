import { counterKey, itemFrom, itemsEnd, kept, pieceKey, readItemKey } from './keys.js'
import { piecesOf, readCounter, readItemRow } from './rows.js'
import type { ItemPlace } from './keys.js'
import type { Db } from './db.js'
import type { Item, ItemKey, Page, PullOptions } from '../types.js'

/** Read in one go from a worker thread, and brought into JavaScript in one turn of the event loop. */
const MAX_READ_BYTES = 1024 * 1024
const MAX_READ_ITEMS = 256

type Snapshot = ReturnType<Db['snapshot']>

export interface PullResult {
  page: Omit<Page, 'remainingEstimate'>
  /** The latest deadline of an item that was passed over; 0 = none. */
  expiredMs: number
  /** No item of the mailbox has a smaller seq. 0 = not seen. */
  head: number
}

/** Reads a page. `now` is the time as the store sees it, `from` the smallest seq that may be there. */
export async function readPage (db: Db, name: Buffer, options: PullOptions, from: number): Promise<PullResult> {
  const snapshot = db.snapshot()
  const iterator = db.iterator({
    snapshot,
    gte: kept(itemFrom(name, Math.max(from, options.cursor + 1))),
    lt: kept(itemsEnd(name)),
    highWaterMarkBytes: Math.min(options.maxBytes, MAX_READ_BYTES)
  })
  const reading = new Reading(options)

  try {
    while (!reading.isDone) {
      const entries = await iterator.nextv(Math.min(reading.wanted, MAX_READ_ITEMS))
      const passed = await reading.take(entries, (key, row) => readItem(db, snapshot, key, row))

      if (entries.length === 0) {
        break
      }

      if (passed != null) {
        // many may have expired: they are passed over by their keys
        const next = await nextAlive(db, snapshot, name, passed.seq, options.now)

        reading.expiredMs = Math.max(reading.expiredMs, next.expiredMs)

        if (next.key == null) {
          break
        }

        iterator.seek(next.key)
      }
    }
  } finally {
    await iterator.close()
    await snapshot.close()
  }

  const { items, more, expiredMs, head } = reading

  return { page: { items, nextCursor: items.at(-1)?.seq ?? options.cursor, more }, expiredMs, head }
}

class Reading {
  readonly items: Item[] = []
  more = false
  expiredMs = 0
  head = 0
  #bytes = 0
  readonly #options: PullOptions

  constructor (options: PullOptions) {
    this.#options = options
  }

  get isDone (): boolean {
    return this.more
  }

  /** Items that may still come, and one that tells whether there are more. */
  get wanted (): number {
    return this.#options.maxItems + 1 - this.items.length
  }

  /** Gives the last entry when it had expired. */
  async take (entries: ReadonlyArray<[Uint8Array, Buffer]>, read: (key: ItemPlace & ItemKey, row: Buffer) => Promise<Item | undefined> | Item | undefined): Promise<ItemPlace | undefined> {
    const { cursor, maxItems, maxBytes, now } = this.#options
    let passed: ItemPlace | undefined

    for (const [bytesOfKey, row] of entries) {
      const key = readItemKey(asBuffer(bytesOfKey))

      if (cursor === 0 && this.head === 0) {
        this.head = key.seq
      }

      passed = key.deadlineMs <= now ? key : undefined

      if (passed != null) {
        this.expiredMs = Math.max(this.expiredMs, key.deadlineMs)
      } else if (this.items.length > 0 && (this.items.length === maxItems || this.#bytes + key.bytes > maxBytes)) {
        this.more = true

        return undefined
      } else {
        const found = read(key, row)
        const item = found instanceof Promise ? await found : found

        if (item != null) {
          this.items.push(item)
          this.#bytes += key.bytes
        }
      }
    }

    return passed
  }
}

/** Undefined when a piece of its body is missing. */
function readItem (db: Db, snapshot: Snapshot, { seq, deadlineMs, bytes, messageId, chunkIndex }: ItemPlace & ItemKey, row: Buffer): Item | Promise<Item | undefined> {
  const { arrivalMs, upload, meta, body } = readItemRow(row)
  const item = { seq, messageId, chunkIndex, ...meta, arrivalMs, deadlineMs }

  return upload === 0 ? { ...item, body } : readPieces(db, snapshot, upload, bytes).then(whole => whole == null ? undefined : { ...item, body: whole })
}

async function readPieces (db: Db, snapshot: Snapshot, upload: number, bytes: number): Promise<Buffer | undefined> {
  const body = Buffer.allocUnsafeSlow(bytes)
  let at = 0

  for (let index = 0; index < piecesOf(bytes); index++) {
    // one at a time: each comes into JavaScript in one turn of the event loop
    const piece = await db.get(kept(pieceKey(upload, index)), { snapshot, fillCache: false })

    if (piece == null || at + piece.byteLength > bytes) {
      return undefined
    }

    body.set(piece, at)
    at += piece.byteLength
  }

  return at === bytes ? body : undefined
}

async function nextAlive (db: Db, snapshot: Snapshot, name: Buffer, afterSeq: number, now: number): Promise<{ key?: Buffer, expiredMs: number }> {
  const keys = db.keys({ snapshot, gte: kept(itemFrom(name, afterSeq + 1)), lt: kept(itemsEnd(name)) })
  let expiredMs = 0

  try {
    for (let batch = await keys.nextv(1000); batch.length > 0; batch = await keys.nextv(1000)) {
      for (const bytesOfKey of batch) {
        const key = asBuffer(bytesOfKey)
        const { deadlineMs } = readItemKey(key)

        if (deadlineMs > now) {
          return { key, expiredMs }
        }

        expiredMs = Math.max(expiredMs, deadlineMs)
      }
    }
  } finally {
    await keys.close()
  }

  return { expiredMs }
}

/** The first items up to a seq, by their keys. */
export async function readKeysUpTo (db: Db, name: Buffer, from: number, upToSeq: number, limit: number): Promise<Array<ItemPlace & ItemKey>> {
  const keys = await db.keys({ gte: kept(itemFrom(name, from)), lt: kept(itemFrom(name, upToSeq + 1)), limit }).all()

  return keys.map(key => readItemKey(asBuffer(key)))
}

export interface Extent {
  count: number
  bytes: number
  /** 0: the mailbox has no counter. */
  nextSeq: number
  oldestMs: number
  newestMs: number
}

export async function readExtent (db: Db, name: Buffer): Promise<Extent> {
  const snapshot = db.snapshot()

  try {
    const row = await db.get(kept(counterKey(name)), { snapshot })

    if (row == null) {
      return { count: 0, bytes: 0, nextSeq: 0, oldestMs: 0, newestMs: 0 }
    }

    const { count, bytes, nextSeq, head } = readCounter(row)
    const range = { snapshot, gte: kept(itemFrom(name, head)), lt: kept(itemsEnd(name)), limit: 1 }
    const [first] = count === 0 ? [] : await db.values(range).all()
    const [last] = count === 0 ? [] : await db.values({ ...range, reverse: true }).all()

    return { count, bytes, nextSeq, oldestMs: first == null ? 0 : readItemRow(first).arrivalMs, newestMs: last == null ? 0 : readItemRow(last).arrivalMs }
  } finally {
    await snapshot.close()
  }
}

export function asBuffer (bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export function nameOf (mailbox: string): Buffer {
  return Buffer.from(mailbox)
}
