import { createHash } from 'node:crypto'
import { AREA, DUE, counterKey, dueKey, isWellFormed, itemFrom, itemKey, itemsEnd, kept, keyKey, mailboxOf, pieceKey, readDueKey, readItemKey, readKeyKey, uploadKey, uploadOf } from './keys.js'
import { ITEM_HEAD_BYTES, META, piecesOf, queuedRow, readCounter, readItemRow, readKeyRow, readState } from './rows.js'
import { asBuffer } from './reader.js'
import { Contents } from './contents.js'
import { MendStep } from './mend.js'
import { keyText } from './draft.js'
import { messageOf } from './open.js'
import { FINGERPRINT_BYTES } from '../content.js'
import { StorageError } from '../errors.js'
import type { Mend } from './mend.js'
import type { CounterRow, KeyRow, QueuedRow, StateRow } from './rows.js'
import type { Counter } from './counters.js'
import type { Draft } from './draft.js'
import type { Db } from './open.js'
import type { LevelMailboxComponents } from './mailbox.js'
import type { Finding, ItemKey, VerifyOptions } from '../types.js'

const DEFAULT_BUDGET_MS = 4
const ROWS_A_READ = 100

type Snapshot = ReturnType<Db['snapshot']>

/**
 * Looks at a snapshot, in which all rows belong together, while others go on. What is put right is looked at again in the batch that does
 * it, and counts are said as a difference, so that changes made meanwhile stay.
 *
 * @throws StorageError when the store is closed, or opened again, before the end
 */
export async function * verifyStore (store: LevelMailboxComponents, options: VerifyOptions): AsyncIterable<Finding> {
  try {
    yield * verified(store, options)
  } catch (err) {
    throw err instanceof StorageError || options.signal?.aborted === true ? err : new StorageError(`the store could not be looked through (${messageOf(err)})`, { cause: err })
  }
}

async function * verified (store: LevelMailboxComponents, { mend = false, budgetMs = DEFAULT_BUDGET_MS, pauseMs = 0, signal }: VerifyOptions): AsyncIterable<Finding> {
  store.checkOpen()
  const { db } = store
  const snapshot = db.snapshot()
  const pace = new Pace(budgetMs, pauseMs, signal)

  try {
    for await (const { mend: remedy, ...finding } of findings(db, snapshot, pace)) {
      const mended = mend && remedy != null && await applied(store, remedy)

      yield { ...finding, mended }
    }
  } finally {
    await snapshot.close()
  }
}

interface Found extends Omit<Finding, 'mended'> {
  mend?: Mend
}

async function * findings (db: Db, snapshot: Snapshot, pace: Pace): AsyncIterable<Found> {
  const uploads = new Map<number, number>()
  const totals = { items: 0, bytes: 0 }
  const state = readState(await db.get(META.state, { snapshot }))

  yield * mailboxes({ db, snapshot, pace, state, uploads, totals })
  yield * keysWithoutItem(db, snapshot, pace)
  yield * deadlinesWithoutItem(db, snapshot, pace)
  yield * pieces(db, snapshot, pace, uploads)

  if (state.items !== totals.items || state.bytes !== totals.bytes) {
    yield {
      kind: 'totals_differ',
      message: `the store counts ${state.items} items of ${state.bytes} bytes and holds ${totals.items} of ${totals.bytes}`,
      mend: change(draft => {
        draft.state.items += totals.items - state.items
        draft.state.bytes += totals.bytes - state.bytes
        draft.keepTime()
      })
    }
  }
}

interface Walk {
  db: Db
  snapshot: Snapshot
  pace: Pace
  state: StateRow
  /** Pieces by upload, as the items tell. */
  uploads: Map<number, number>
  totals: { items: number, bytes: number }
}

/** Every item, mailbox by mailbox: its own rows, and what its counter says. */
async function * mailboxes (walk: Walk): AsyncIterable<Found> {
  const { db, snapshot, pace, totals } = walk
  let name: Buffer | undefined
  let sum = new Contents()

  for await (const entry of rows(db, snapshot, AREA.item, pace)) {
    if (!isWellFormed(entry)) {
      yield senseless(entry)
      continue
    }

    const mailbox = mailboxOf(entry)

    if (name == null || !name.equals(mailbox)) {
      if (name != null) {
        yield * counterFindings(db, snapshot, name, sum)
      }

      name = kept(mailbox)
      sum = new Contents()
    }

    const key = readItemKey(entry)

    sum.add(key)
    totals.items++
    totals.bytes += key.bytes
    yield * itemFindings(walk, name, entry)
  }

  if (name != null) {
    yield * counterFindings(db, snapshot, name, sum)
  }

  yield * emptyCounters(db, snapshot, pace)
}

async function * itemFindings ({ db, snapshot, state, uploads }: Walk, name: Buffer, entry: Buffer): AsyncIterable<Found> {
  const place = readItemKey(entry)
  const due = kept(dueKey({ kind: DUE.item, timeMs: place.deadlineMs, mailbox: name, seq: place.seq, key: place }))
  const [row, keyRow, dueRow] = await db.getMany([entry, kept(keyKey(name, place)), due], { snapshot, fillCache: false })
  const item = readable(row)

  if (row == null || item == null) {
    yield { kind: 'unreadable_row', message: 'the row of an item cannot be read' }
    return
  }

  if (item.upload !== 0) {
    uploads.set(item.upload, piecesOf(place.bytes))
  }

  const known = keyRow == null ? undefined : readKeyRow(keyRow)

  // one that is over goes at its deadline, with or without a key
  if ((known?.queued !== true || known.seq !== place.seq) && place.deadlineMs > state.clockFloorMs) {
    const fingerprint = await contentFingerprint(db, snapshot, row, item.upload, place.bytes)
    const queued = { queued: true, ...place, upload: item.upload, fingerprint } as const
    // the key leads to nothing: this one has a right to it
    const deadSeq = known?.queued === true && await db.get(kept(itemKey(name, known, place)), { snapshot, fillCache: false }) == null ? known.seq : 0

    yield {
      kind: 'item_without_key',
      message: 'an item could be pulled but not be acked: its key leads elsewhere',
      mend: changeMailbox(name, keyText(name, place), (draft, counter, key) => mendKey(draft, counter, key, queued, place, deadSeq))
    }
  }

  if (dueRow == null || place.deadlineMs < state.sweptMs) {
    yield {
      kind: 'item_without_deadline',
      message: 'an item would never have been collected',
      mend: change(draft => {
        draft.put(due, EMPTY)
        draft.state.sweptMs = Math.min(draft.state.sweptMs, place.deadlineMs)
      })
    }
  }
}

/** Only its deadline could have taken the item since it was seen. */
function mendKey (draft: Draft, counter: Counter, known: KeyRow | null, queued: QueuedRow, key: ItemKey, deadSeq: number): boolean {
  const now = draft.state.clockFloorMs

  if (queued.deadlineMs <= now || (known?.queued === true && known.seq === queued.seq)) {
    return true
  }

  if (known?.queued !== true || known.seq === deadSeq) {
    draft.putKey(counter, key, keyText(counter.name, key), queued, queuedRow(queued))
    return true
  }

  if (known.fingerprint.equals(queued.fingerprint)) {
    // it was sent and stored again when its key was lost
    draft.removeItem(counter, key, queued, { now, counterMs: 1 })
    return true
  }

  return false
}

async function contentFingerprint (db: Db, snapshot: Snapshot, row: Buffer, upload: number, bytes: number): Promise<Buffer> {
  const hash = createHash('sha256').update(row.subarray(ITEM_HEAD_BYTES))
  const pieces = upload === 0 ? 0 : piecesOf(bytes)

  for (let index = 0; index < pieces; index++) {
    hash.update(await db.get(kept(pieceKey(upload, index)), { snapshot, fillCache: false }) ?? EMPTY)
  }

  return hash.digest().subarray(0, FINGERPRINT_BYTES)
}

async function * counterFindings (db: Db, snapshot: Snapshot, name: Buffer, found: Contents): AsyncIterable<Found> {
  const row = await db.get(kept(counterKey(name)), { snapshot })
  const counted = readableCounter(row)

  if (counted == null) {
    // whoever needs it makes it anew
    yield { kind: 'unreadable_row', message: 'the counter of a mailbox cannot be read', mend: changeMailbox(name, undefined, () => true) }
  } else if (counted.count !== found.count || counted.bytes !== found.bytes || counted.nextSeq <= found.lastSeq || counted.head > found.firstSeq) {
    yield {
      kind: 'counter_differs',
      message: `a mailbox counts ${counted.count} items of ${counted.bytes} bytes and holds ${found.count} of ${found.bytes}`,
      mend: changeMailbox(name, undefined, (draft, counter) => mendCounter(draft, counter, counted, found))
    }
  }
}

function mendCounter (draft: Draft, counter: Counter, counted: CounterRow, found: Contents): boolean {
  counter.exists = true
  counter.count = Math.max(0, counter.count + found.count - counted.count)
  counter.bytes = Math.max(0, counter.bytes + found.bytes - counted.bytes)

  if (counted.nextSeq <= found.lastSeq) {
    counter.nextSeq = Math.max(counter.nextSeq, found.safeNextSeq(draft.state))
  }

  counter.head = Math.min(counter.head, found.firstSeq)
  counter.dropAtMs = counter.count === 0 ? counter.dropAtMs || Math.max(1, draft.state.clockFloorMs) : 0
  draft.changeCounter(counter)

  return true
}

/** Counters that say something where there are no items at all. */
async function * emptyCounters (db: Db, snapshot: Snapshot, pace: Pace): AsyncIterable<Found> {
  for await (const key of rows(db, snapshot, AREA.counter, pace)) {
    if (!isWellFormed(key)) {
      yield senseless(key)
      continue
    }

    const name = kept(mailboxOf(key))
    const row = await db.get(key, { snapshot })
    const [first] = await db.keys({ snapshot, gte: kept(itemFrom(name, 0)), lt: kept(itemsEnd(name)), limit: 1 }).all()

    if (row != null && first == null) {
      yield * counterFindings(db, snapshot, name, new Contents())
    }
  }
}

async function * keysWithoutItem (db: Db, snapshot: Snapshot, pace: Pace): AsyncIterable<Found> {
  for await (const key of rows(db, snapshot, AREA.key, pace)) {
    if (!isWellFormed(key)) {
      yield senseless(key)
      continue
    }

    const own = kept(key)
    const name = mailboxOf(own)
    const place = readKeyKey(own)
    const row = await db.get(own, { snapshot })
    const known = row == null ? undefined : readKeyRow(row)
    /** Unless it is another one by now. */
    const forget = (isSame: (row: KeyRow | null) => boolean): Mend => changeMailbox(name, keyText(name, place), (draft, counter, now) => {
      if (isSame(now)) {
        draft.forget(counter, place, keyText(name, place))
      }

      return true
    })

    if (row != null && known == null) {
      yield { kind: 'unreadable_row', message: 'the row of a key cannot be read', mend: forget(now => now == null) }
    } else if (known?.queued === true && await db.get(kept(itemKey(name, known, place)), { snapshot, fillCache: false }) == null) {
      yield { kind: 'key_without_item', message: 'a key says that it is queued, and its item is not there', mend: forget(now => now?.queued === true && now.seq === known.seq) }
    }
  }
}

async function * deadlinesWithoutItem (db: Db, snapshot: Snapshot, pace: Pace): AsyncIterable<Found> {
  for await (const key of rows(db, snapshot, AREA.due, pace)) {
    const own = kept(key)
    const due = readDueKey(own)

    if (due == null) {
      yield { kind: 'unreadable_row', message: 'a deadline cannot be read', mend: change(draft => { draft.del(own) }) }
    } else if (due.kind === DUE.item) {
      // the item itself tells, since its key may be what is missing
      const [item] = await db.keys({ snapshot, gte: kept(itemFrom(due.mailbox, due.seq)), lt: kept(itemFrom(due.mailbox, due.seq + 1)), limit: 1 }).all()

      if (item == null || readItemKey(asBuffer(item)).deadlineMs !== due.timeMs) {
        yield { kind: 'deadline_without_item', message: 'a deadline of an item that is not there', mend: change(draft => { draft.del(own) }) }
      }
    }
  }
}

async function * pieces (db: Db, snapshot: Snapshot, pace: Pace, uploads: Map<number, number>): AsyncIterable<Found> {
  const seen = new Map<number, number>()

  for await (const key of rows(db, snapshot, AREA.piece, pace)) {
    const upload = uploadOf(key)

    if (uploads.has(upload)) {
      seen.set(upload, (seen.get(upload) ?? 0) + 1)
    } else if (await db.get(kept(uploadKey(upload)), { snapshot }) == null) {
      const own = kept(key)

      yield { kind: 'piece_without_item', message: 'a piece of a body that belongs to no item', mend: change(draft => { draft.del(own) }) }
    }
  }

  for (const [upload, count] of uploads) {
    if (seen.get(upload) !== count) {
      yield { kind: 'piece_missing', message: 'the body of an item is not whole: it is not given out, and goes at its deadline' }
    }
  }
}

/** Keys of an area. Others have their turn after each slice. */
async function * rows (db: Db, snapshot: Snapshot, area: number, pace: Pace): AsyncIterable<Buffer> {
  const keys = db.keys({ snapshot, gte: Buffer.of(area), lt: Buffer.of(area + 1) })

  try {
    for (let batch = await keys.nextv(ROWS_A_READ); batch.length > 0; batch = await keys.nextv(ROWS_A_READ)) {
      for (const key of batch) {
        yield asBuffer(key)

        await pace.rest()
      }
    }
  } finally {
    await keys.close()
  }
}

async function applied (store: LevelMailboxComponents, mend: Mend): Promise<boolean> {
  const step = new MendStep(mend)

  store.writer.add(step)

  return await step.promise
}

function change (apply: (draft: Draft) => void): Mend {
  return {
    apply: draft => {
      apply(draft)
      return true
    }
  }
}

/** @param key what `keyText` gives for a key whose row is wanted as it is then */
function changeMailbox (name: Buffer, key: string | undefined, apply: (draft: Draft, counter: Counter, row: KeyRow | null) => boolean): Mend {
  return {
    of: { name, key },
    apply: (draft, counter) => counter != null && apply(draft, counter, key == null ? null : draft.key(key))
  }
}

/** A row that no name leads to. */
function senseless (key: Buffer): Found {
  const own = kept(key)

  return { kind: 'unreadable_row', message: 'a row whose key says nothing', mend: change(draft => { draft.del(own) }) }
}

function readableCounter (row: Buffer | undefined): CounterRow | undefined {
  try {
    return row == null ? { count: 0, bytes: 0, nextSeq: 0, head: 0, dropAtMs: 0 } : readCounter(row)
  } catch {
    return undefined
  }
}

function readable (row: Buffer | undefined): ReturnType<typeof readItemRow> | undefined {
  try {
    return row == null ? undefined : readItemRow(row)
  } catch {
    return undefined
  }
}

class Pace {
  readonly #budgetMs: number
  readonly #pauseMs: number
  readonly #signal: AbortSignal | undefined
  #begun = performance.now()

  constructor (budgetMs: number, pauseMs: number, signal: AbortSignal | undefined) {
    this.#budgetMs = budgetMs
    this.#pauseMs = pauseMs
    this.#signal = signal
  }

  async rest (): Promise<void> {
    if (performance.now() - this.#begun >= this.#budgetMs) {
      await new Promise<void>(resolve => { this.#pauseMs > 0 ? setTimeout(resolve, this.#pauseMs) : setImmediate(resolve) })
      this.#begun = performance.now()
    }

    this.#signal?.throwIfAborted()
  }
}

const EMPTY = Buffer.alloc(0)
