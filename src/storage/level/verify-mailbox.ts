import { createHash } from 'node:crypto'
import { AREA, DUE, counterKey, dueKey, isWellFormed, itemFrom, itemKey, itemsEnd, kept, keyKey, mailboxOf, pieceKey, readItemKey } from './keys.js'
import { ITEM_HEAD_BYTES, META, NO_COUNTER, PIECE_BYTES, piecesOf, readCounter, readItemRow, readKeyRow, readState } from './rows.js'
import { Contents } from './contents.js'
import { change, changeMailbox, mendCounter, mendDue, mendKey } from './mend.js'
import { keyText } from './draft.js'
import { MAX_READ_BYTES, rows, senseless } from './walk.js'
import { cutFingerprint } from '../content.js'
import { deadlinesWithoutItem, keysWithoutItem, pieces } from './verify-indexes.js'
import type { CounterRow, QueuedRow, StateRow } from './rows.js'
import type { ItemPlace } from './keys.js'
import type { Db } from './db.js'
import type { Found, Snapshot, Walk } from './walk.js'
import type { ItemKey } from '../types.js'

/** Items, what their mailboxes count, and what leads to them; how many there are in all. */
export async function * mailboxFindings ({ db, snapshot, pace }: Walk): AsyncIterable<Found> {
  const totals = { items: 0, bytes: 0 }
  const state = readState(await db.get(META.state, { snapshot }))

  const walk = { db, snapshot, pace, state, uploads: new Map<number, number>(), totals }

  yield * mailboxes(walk)
  yield * keysWithoutItem(walk)
  yield * deadlinesWithoutItem(walk)
  yield * pieces(walk, walk.uploads)

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
