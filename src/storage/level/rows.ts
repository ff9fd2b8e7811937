import { FINGERPRINT_BYTES, MAX_META_BYTES, readMeta } from '../content.js'
import { StorageError } from '../errors.js'
import { metaKey, readSeq, writeSeq } from './keys.js'
import type { ItemPlace } from './keys.js'
import type { NewItem } from '../types.js'

/** Goes up with each change of the layout that an older version would misread. */
export const FORMAT_VERSION = 2

/** Bytes of one row of a large body. */
export const PIECE_BYTES = 262_144

export const META = {
  format: metaKey('format'),
  state: metaKey('state'),
  registry: metaKey('registry'),
  /** There while a process has the store open. */
  open: metaKey('open')
}

/** What is one of a kind in a store. Written with every batch. */
export interface StateRow {
  clockFloorMs: number
  /** No dropped counter had given out a greater seq. */
  seqFloor: number
  items: number
  bytes: number
  /** Nothing is due before this time. */
  sweptMs: number
  nextUpload: number
}

export interface CounterRow {
  nextSeq: number
  count: number
  bytes: number
  /** No item has a smaller seq. */
  head: number
  /** While there are items: no item of its run is over before; 0 when it has no run. While there are none: when the row goes. */
  dueMs: number
  /** The time of its row in the area of what is due, not after `dueMs`; 0 = none. */
  dueRowMs: number
  /** The latest deadline of its run. */
  lastDeadlineMs: number
}

export interface QueuedRow extends ItemPlace {
  queued: true
  /** Its deadline is not before that of any item of the run when it was stored: the row of its mailbox says when it is due. Others have a row. */
  inRun: boolean
  /** 0: the body is in the item's row. */
  upload: number
  fingerprint: string
}

export interface RememberedRow {
  queued: false
  untilMs: number
  fingerprint: string
}

export type KeyRow = QueuedRow | RememberedRow

const ITEM_HEAD = 6 + 8
const COUNTER_BYTES = 48
/** Format 1: without the last two fields. */
const FIRST_COUNTER_BYTES = 36
/** In the first byte of a number that has 53 bits. */
const IN_RUN = 0x80
const QUEUED_BYTES = 26 + FINGERPRINT_BYTES
const REMEMBERED_BYTES = 6 + FINGERPRINT_BYTES

/** Memory for rows that are read before the next one is made. */
const counterScratch = Buffer.alloc(COUNTER_BYTES)
const queuedScratch = Buffer.alloc(QUEUED_BYTES)
const rememberedScratch = Buffer.alloc(REMEMBERED_BYTES)

export function readFormat (row: Uint8Array | undefined): number | undefined {
  return row?.byteLength === 4 ? Buffer.from(row).readUInt32BE() : undefined
}

export function formatRow (): Buffer {
  const row = Buffer.alloc(4)
  row.writeUInt32BE(FORMAT_VERSION)

  return row
}

export function stateRow ({ clockFloorMs, seqFloor, items, bytes, sweptMs, nextUpload }: StateRow): Buffer {
  const row = Buffer.allocUnsafe(42)
  row.writeUIntBE(clockFloorMs, 0, 6)
  writeSeq(row, 6, seqFloor)
  row.writeUIntBE(items, 14, 6)
  writeSeq(row, 20, bytes)
  row.writeUIntBE(sweptMs, 28, 6)
  writeSeq(row, 34, nextUpload)

  return row
}

export function readState (row: Buffer | undefined): StateRow {
  if (row == null) {
    return { clockFloorMs: 0, seqFloor: 0, items: 0, bytes: 0, sweptMs: 0, nextUpload: 1 }
  }

  expect(row, 42)

  return { clockFloorMs: row.readUIntBE(0, 6), seqFloor: readSeq(row, 6), items: row.readUIntBE(14, 6), bytes: readSeq(row, 20), sweptMs: row.readUIntBE(28, 6), nextUpload: readSeq(row, 34) }
}

/** The next call writes over it, as with the rows of keys. */
export function counterRow ({ nextSeq, count, bytes, head, dueMs, dueRowMs, lastDeadlineMs }: CounterRow): Buffer {
  const row = counterScratch

  writeSeq(row, 0, nextSeq)
  row.writeUIntBE(count, 8, 6)
  writeSeq(row, 14, bytes)
  writeSeq(row, 22, head)
  row.writeUIntBE(dueMs, 30, 6)
  row.writeUIntBE(dueRowMs, 36, 6)
  row.writeUIntBE(lastDeadlineMs, 42, 6)

  return row
}

/** Of a mailbox that has none. */
export const NO_COUNTER: CounterRow = { nextSeq: 0, count: 0, bytes: 0, head: 0, dueMs: 0, dueRowMs: 0, lastDeadlineMs: 0 }

export function readCounter (row: Buffer): CounterRow {
  const isFirst = row.byteLength === FIRST_COUNTER_BYTES
  const dueMs = row.byteLength < FIRST_COUNTER_BYTES ? 0 : row.readUIntBE(30, 6)

  if (!isFirst) {
    expect(row, COUNTER_BYTES)
  }

  return {
    nextSeq: readSeq(row, 0),
    count: row.readUIntBE(8, 6),
    bytes: readSeq(row, 14),
    head: readSeq(row, 22),
    dueMs,
    dueRowMs: isFirst ? dueMs : row.readUIntBE(36, 6),
    lastDeadlineMs: isFirst ? 0 : row.readUIntBE(42, 6)
  }
}

export function queuedRow ({ seq, deadlineMs, bytes, upload, inRun, fingerprint }: QueuedRow): Buffer {
  const row = queuedScratch

  writeSeq(row, 0, seq)
  row.writeUIntBE(deadlineMs, 8, 6)
  row.writeUInt32BE(bytes, 14)
  writeSeq(row, 18, upload)
  row[18] = (row[18] ?? 0) | (inRun ? IN_RUN : 0)
  row.write(fingerprint, 26, 'latin1')

  return row
}

export function rememberedRow ({ untilMs, fingerprint }: RememberedRow): Buffer {
  const row = rememberedScratch

  row.writeUIntBE(untilMs, 0, 6)
  row.write(fingerprint, 6, 'latin1')

  return row
}

/** Undefined when it cannot be read: `verify` finds its item, and one bad row stops nobody. */
export function readKeyRow (row: Buffer): KeyRow | undefined {
  if (row.byteLength === REMEMBERED_BYTES) {
    return { queued: false, untilMs: row.readUIntBE(0, 6), fingerprint: row.toString('latin1', 6) }
  }

  if (row.byteLength !== QUEUED_BYTES) {
    return undefined
  }

  const inRun = ((row[18] ?? 0) & IN_RUN) !== 0
  const upload = (row.readUInt32BE(18) & 0x7fff_ffff) * 0x1_0000_0000 + row.readUInt32BE(22)

  return { queued: true, seq: readSeq(row, 0), deadlineMs: row.readUIntBE(8, 6), bytes: row.readUInt32BE(14), upload, inRun, fingerprint: row.toString('latin1', 26) }
}

/** What comes before an item's content. Gives the offset of the content. */
export function writeItemHead (target: Buffer, arrivalMs: number, upload: number): number {
  target.writeUIntBE(arrivalMs, 0, 6)
  writeSeq(target, 6, upload)

  return ITEM_HEAD
}

export const ITEM_HEAD_BYTES = ITEM_HEAD
/** Of one whose body is not in pieces. */
export const MAX_ITEM_ROW_BYTES = ITEM_HEAD + MAX_META_BYTES + PIECE_BYTES

export interface ItemRow {
  arrivalMs: number
  /** 0: `body` is the body. Else it is empty. */
  upload: number
  meta: Pick<NewItem, 'chunkCount' | 'totalLen' | 'sentMs' | 'kind'>
  body: Buffer
}

export function readItemRow (row: Buffer): ItemRow {
  const content = row.byteLength < ITEM_HEAD ? undefined : readMeta(row, ITEM_HEAD)

  if (content == null) {
    throw unreadable()
  }

  return { arrivalMs: row.readUIntBE(0, 6), upload: readSeq(row, 6), meta: content.meta, body: row.subarray(content.end) }
}

/** 0 where its body is not in pieces, and where it cannot be read. */
export function uploadOfItem (row: Buffer): number {
  return row.byteLength < ITEM_HEAD ? 0 : readSeq(row, 6)
}

export function piecesOf (bytes: number): number {
  return Math.ceil(bytes / PIECE_BYTES)
}

function expect (row: Buffer, length: number): void {
  if (row.byteLength !== length) {
    throw unreadable()
  }
}

function unreadable (): StorageError {
  return new StorageError('a row of the store cannot be read: `relay-server verify` says more')
}
