import { AREA, DUE, isWellFormed, itemFrom, itemKey, kept, keyKey, mailboxOf, readDueKey, readItemKey, readKeyKey, uploadKey, uploadOf } from './keys.js'
import { readKeyRow } from './rows.js'
import { asBuffer } from './reader.js'
import { change, changeMailbox } from './mend.js'
import { keyText } from './draft.js'
import { rows, senseless } from './walk.js'
import type { Mend } from './mend.js'
import type { KeyRow } from './rows.js'
import type { Due } from './keys.js'
import type { Found, Walk } from './walk.js'

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

/** Keys whose item is not there. */
export async function * keysWithoutItem (walk: Walk): AsyncIterable<Found> {
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

/** Deadlines of items; that a key's row leads to an item was looked at before. */
export async function * deadlinesWithoutItem (walk: Walk): AsyncIterable<Found> {
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

/** @param uploads pieces by upload, as the items tell */
export async function * pieces (walk: Walk, uploads: ReadonlyMap<number, number>): AsyncIterable<Found> {
  const { db, snapshot } = walk
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

const EMPTY = Buffer.alloc(0)
