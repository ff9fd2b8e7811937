import { createHash } from 'node:crypto'
import { AREA, DUE, counterKey, dueKey, isWellFormed, itemFrom, itemKey, itemsEnd, kept, keyKey, mailboxOf, pieceKey, readDueKey, readItemKey, readKeyKey, uploadKey, uploadOf } from './keys.js'
import { ITEM_HEAD_BYTES, META, NO_COUNTER, PIECE_BYTES, piecesOf, readCounter, readItemRow, readKeyRow, readState } from './rows.js'
import { asBuffer } from './reader.js'
import { Contents } from './contents.js'
import { MendStep, change, changeMailbox, mendCounter, mendDue, mendKey } from './mend.js'
import { keyText } from './draft.js'
import { messageOf } from './open.js'
import { registryFindings } from './verify-registry.js'
import { MAX_READ_BYTES, Pace, rows, senseless } from './walk.js'
import { cutFingerprint } from '../content.js'
import { StorageError } from '../errors.js'
import type { Mend } from './mend.js'
import type { CounterRow, KeyRow, QueuedRow, StateRow } from './rows.js'
import type { Due, ItemPlace } from './keys.js'
import type { Db } from './db.js'
import type { LevelMailboxComponents } from './mailbox.js'
import type { Found, Snapshot, Walk } from './walk.js'
import type { Finding, ItemKey, VerifyOptions } from '../types.js'

const DEFAULT_BUDGET_MS = 4

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

async function * findings (db: Db, snapshot: Snapshot, pace: Pace): AsyncIterable<Found> {
  const totals = { items: 0, bytes: 0 }
  const state = readState(await db.get(META.state, { snapshot }))

  const walk = { db, snapshot, pace, state, uploads: new Map<number, number>(), totals }

  yield * mailboxes(walk)
  yield * keysWithoutItem(walk)
  yield * deadlinesWithoutItem(walk)
  yield * pieces(walk)

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

  yield * registryFindings(walk)
}

interface MailboxWalk extends Walk {
  state: StateRow
  /** Pieces by upload, as the items tell. */
  uploads: Map<number, number>
  totals: { items: number, bytes: number }
}

/** Every item, mailbox by mailbox: its own rows, and what its counter says. */
async function * mailboxes (walk: MailboxWalk): AsyncIterable<Found> {
  const { totals } = walk
  let name: Buffer | undefined
  let sum = new Contents()
  let runMs = NEVER

  for await (const [entry, item] of rows(walk, AREA.item, async entries => await lookAtItems(walk, entries))) {
    if (item == null) {
      yield senseless(entry)
      continue
    }

    const mailbox = mailboxOf(entry)

    if (name == null || !name.equals(mailbox)) {
      if (name != null) {
        yield * counterFindings(walk, name, sum, runMs)
      }

      name = kept(mailbox)
      sum = new Contents()
      runMs = NEVER
    }

    sum.add(item.place)
    runMs = needsRun(walk.state, item) ? Math.min(runMs, item.place.deadlineMs) : runMs
    totals.items++
    totals.bytes += item.place.bytes
    yield * itemFindings(walk, name, item)
  }

  if (name != null) {
    yield * counterFindings(walk, name, sum, runMs)
  }

  yield * emptyCounters(walk)
}

const NEVER = Number.MAX_SAFE_INTEGER

/** Undefined when its key leads elsewhere. */
function queuedOf ({ place, keyRow }: SeenItem): QueuedRow | undefined {
  const known = keyRow == null ? undefined : readKeyRow(keyRow)

  return known?.queued === true && known.seq === place.seq ? known : undefined
}

/** The row of its mailbox has to say when it is due. One without a key may have been in the run. */
function needsRun (state: StateRow, item: SeenItem): boolean {
  return queuedOf(item)?.inRun ?? !hasDeadline(state, item)
}

function hasDeadline ({ sweptMs }: StateRow, { place, dueRow }: SeenItem): boolean {
  return dueRow != null && place.deadlineMs >= sweptMs
}

interface SeenItem {
  place: ItemPlace & ItemKey
  row: Buffer | undefined
  keyRow: Buffer | undefined
  due: Buffer
  dueRow: Buffer | undefined
}

/** The rows of items, a mebibyte a read. Undefined: its key says nothing. */
async function lookAtItems ({ db, snapshot }: Walk, entries: readonly Buffer[]): Promise<Array<SeenItem | undefined>> {
  const seen: Array<SeenItem | undefined> = []
  let group: Array<{ place: ItemPlace & ItemKey, due: Buffer, keys: Buffer[] }> = []
  let bytes = 0
  const read = async (): Promise<void> => {
    const rows = await db.getMany(group.flatMap(({ keys }) => keys), { snapshot, fillCache: false })

    group.forEach(({ place, due }, index) => { seen.push({ place, due, row: rows[3 * index], keyRow: rows[3 * index + 1], dueRow: rows[3 * index + 2] }) })
    group = []
    bytes = 0
  }

  for (const entry of entries) {
    if (!isWellFormed(entry)) {
      await read()
      seen.push(undefined)
      continue
    }

    const name = mailboxOf(entry)
    const place = readItemKey(entry)
    const due = kept(dueKey({ kind: DUE.item, timeMs: place.deadlineMs, mailbox: name, seq: place.seq, key: place }))

    group.push({ place, due, keys: [entry, kept(keyKey(name, place)), due] })
    bytes += Math.min(place.bytes, PIECE_BYTES)

    if (bytes >= MAX_READ_BYTES) {
      await read()
    }
  }

  await read()

  return seen
}

async function * itemFindings ({ db, snapshot, state, uploads }: MailboxWalk, name: Buffer, seen: SeenItem): AsyncIterable<Found> {
  const { place, row, keyRow, due } = seen
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
  if (queuedOf(seen) == null && place.deadlineMs > state.clockFloorMs) {
    const fingerprint = await contentFingerprint(db, snapshot, row, item.upload, place.bytes)
    const queued = { queued: true, ...place, upload: item.upload, inRun: needsRun(state, seen), fingerprint } as const
    // the key leads to nothing: this one has a right to it
    const deadSeq = known?.queued === true && await db.get(kept(itemKey(name, known, place)), { snapshot, fillCache: false }) == null ? known.seq : 0

    yield {
      kind: 'item_without_key',
      message: 'an item could be pulled but not be acked: its key leads elsewhere',
      mend: changeMailbox(name, keyText(name, place), (draft, counter, key) => mendKey(draft, counter, key, queued, place, deadSeq))
    }
  }

  if (!hasDeadline(state, seen) && !needsRun(state, seen)) {
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

async function contentFingerprint (db: Db, snapshot: Snapshot, row: Buffer, upload: number, bytes: number): Promise<string> {
  const hash = createHash('sha256').update(row.subarray(ITEM_HEAD_BYTES))
  const pieces = upload === 0 ? 0 : piecesOf(bytes)

  for (let index = 0; index < pieces; index++) {
    hash.update(await db.get(kept(pieceKey(upload, index)), { snapshot, fillCache: false }) ?? EMPTY)
  }

  return cutFingerprint(hash.digest('binary'))
}

/** @param runMs the first deadline that its row in the area of what is due has to be there for */
async function * counterFindings ({ db, snapshot, state }: MailboxWalk, name: Buffer, found: Contents, runMs = NEVER): AsyncIterable<Found> {
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
  } else if (runMs !== NEVER && !await isDue(db, snapshot, state, name, counted.dueRowMs, runMs)) {
    yield {
      kind: 'item_without_deadline',
      message: 'items of a mailbox would never have been collected',
      mend: changeMailbox(name, undefined, (draft, counter) => {
        mendDue(draft, counter)
        return true
      })
    }
  }
}

/** The mailbox is looked at when its run is over, or at once. */
async function isDue (db: Db, snapshot: Snapshot, { clockFloorMs, sweptMs }: StateRow, name: Buffer, dueRowMs: number, runMs: number): Promise<boolean> {
  return dueRowMs >= Math.max(1, sweptMs) && dueRowMs <= Math.max(runMs, clockFloorMs) && await db.get(kept(dueKey({ kind: DUE.counter, timeMs: dueRowMs, mailbox: name })), { snapshot }) != null
}

/** Counters that say something where there are no items at all. */
async function * emptyCounters (walk: MailboxWalk): AsyncIterable<Found> {
  const { db, snapshot } = walk

  for await (const [key, row] of rows(walk, AREA.counter, async keys => await db.getMany([...keys], { snapshot, fillCache: false }))) {
    if (!isWellFormed(key)) {
      yield senseless(key)
    } else if (readableCounter(row)?.count !== 0) {
      const name = kept(mailboxOf(key))
      const [first] = await db.keys({ snapshot, gte: kept(itemFrom(name, 0)), lt: kept(itemsEnd(name)), limit: 1 }).all()

      if (first == null) {
        yield * counterFindings(walk, name, new Contents())
      }
    }
  }
}

interface SeenKey {
  row: KeyRow | undefined
  hasItem: boolean
}

async function lookAtKeys ({ db, snapshot }: Walk, keys: readonly Buffer[]): Promise<Array<SeenKey | undefined>> {
  const rows = await db.getMany([...keys], { snapshot, fillCache: false })
  const known = keys.map((key, index) => isWellFormed(key) ? { key, row: readKeyRow(rows[index] ?? EMPTY) } : undefined)
  const items = known.map(seen => seen?.row?.queued === true ? kept(itemKey(mailboxOf(seen.key), seen.row, readKeyKey(seen.key))) : undefined)
  const has = await db.hasMany(items.filter(item => item != null), { snapshot, fillCache: false })
  let next = 0

  return known.map((seen, index) => seen == null ? undefined : { row: seen.row, hasItem: items[index] != null && has[next++] === true })
}

async function * keysWithoutItem (walk: MailboxWalk): AsyncIterable<Found> {
  for await (const [key, seen] of rows(walk, AREA.key, async keys => await lookAtKeys(walk, keys))) {
    if (seen == null) {
      yield senseless(key)
      continue
    }

    const name = mailboxOf(key)
    const place = readKeyKey(key)
    const text = keyText(name, place)
    /** Unless it is another one by now. */
    const forget = (isSame: (row: KeyRow | null) => boolean): Mend => changeMailbox(name, text, (draft, counter, row) => {
      if (isSame(row)) {
        draft.forget(counter, place, text)
      }

      return true
    })
    const { row, hasItem } = seen

    if (row == null) {
      yield { kind: 'unreadable_row', message: 'the row of a key cannot be read', mend: forget(now => now == null) }
    } else if (row.queued && !hasItem) {
      yield { kind: 'key_without_item', message: 'a key says that it is queued, and its item is not there', mend: forget(now => now?.queued === true && now.seq === row.seq) }
    }
  }
}

/** Undefined for those of which a key's row says that they are right. */
async function lookAtDeadlines ({ db, snapshot }: Walk, keys: readonly Buffer[]): Promise<Array<Due | 'unreadable' | undefined>> {
  const dues = keys.map(key => readDueKey(key))
  const items = dues.map(due => due?.kind === DUE.item ? kept(keyKey(due.mailbox, due.key)) : undefined)
  const rows = await db.getMany(items.filter(item => item != null), { snapshot, fillCache: false })
  let next = 0

  return dues.map((due, index) => {
    const row = items[index] == null ? undefined : readKeyRow(rows[next++] ?? EMPTY)

    return due == null ? 'unreadable' : due.kind !== DUE.item || (row?.queued === true && row.seq === due.seq && row.deadlineMs === due.timeMs) ? undefined : due
  })
}

/** That a key's row leads to an item was looked at before. */
async function * deadlinesWithoutItem (walk: MailboxWalk): AsyncIterable<Found> {
  const { db, snapshot } = walk

  for await (const [key, due] of rows(walk, AREA.due, async keys => await lookAtDeadlines(walk, keys))) {
    if (due === 'unreadable') {
      yield { kind: 'unreadable_row', message: 'a deadline cannot be read', mend: change(draft => { draft.del(key) }) }
    } else if (due?.kind === DUE.item) {
      // the item itself tells, since its key may be what is missing
      const [item] = await db.keys({ snapshot, gte: kept(itemFrom(due.mailbox, due.seq)), lt: kept(itemFrom(due.mailbox, due.seq + 1)), limit: 1 }).all()

      if (item == null || readItemKey(asBuffer(item)).deadlineMs !== due.timeMs) {
        yield { kind: 'deadline_without_item', message: 'a deadline of an item that is not there', mend: change(draft => { draft.del(key) }) }
      }
    }
  }
}

async function * pieces (walk: MailboxWalk): AsyncIterable<Found> {
  const { db, snapshot, uploads } = walk
  const seen = new Map<number, number>()

  for await (const [key] of rows(walk, AREA.piece, async keys => keys)) {
    const upload = uploadOf(key)

    if (uploads.has(upload)) {
      seen.set(upload, (seen.get(upload) ?? 0) + 1)
    } else if (await db.get(kept(uploadKey(upload)), { snapshot }) == null) {
      yield { kind: 'piece_without_item', message: 'a piece of a body that belongs to no item', mend: change(draft => { draft.del(key) }) }
    }
  }

  for (const [upload, count] of uploads) {
    if (seen.get(upload) !== count) {
      yield { kind: 'piece_missing', message: 'the body of an item is not whole: it is not given out, and goes at its deadline' }
    }
  }
}

async function applied (store: LevelMailboxComponents, mend: Mend): Promise<boolean> {
  const step = new MendStep(mend)

  store.writer.add(step)

  return await step.promise
}

function readableCounter (row: Buffer | undefined): CounterRow | undefined {
  try {
    return row == null ? NO_COUNTER : readCounter(row)
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

const EMPTY = Buffer.alloc(0)
