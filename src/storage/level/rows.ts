import { FINGERPRINT_BYTES, readMeta } from '../content.js'
import { StorageError } from '../errors.js'
import { metaKey, readSeq, writeSeq } from './keys.js'
import type { ItemPlace } from './keys.js'
import type { NewItem } from '../types.js'

/** Goes up with each change of the layout that an older version would misread. */
export const FORMAT_VERSION = 1

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
  /** When the row goes; 0 while there are items. */
  dropAtMs: number
}

export interface QueuedRow extends ItemPlace {
  queued: true
  /** 0: the body is in the item's row. */
  upload: number
  fingerprint: Buffer
}

export interface RememberedRow {
  queued: false
  untilMs: number
  fingerprint: Buffer
}

export type KeyRow = QueuedRow | RememberedRow

const ITEM_HEAD = 6 + 8
const COUNTER_BYTES = 36
const QUEUED_BYTES = 26 + FINGERPRINT_BYTES
const REMEMBERED_BYTES = 6 + FINGERPRINT_BYTES

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

export function counterRow ({ nextSeq, count, bytes, head, dropAtMs }: CounterRow): Buffer {
  const row = Buffer.allocUnsafe(COUNTER_BYTES)
  writeSeq(row, 0, nextSeq)
  row.writeUIntBE(count, 8, 6)
  writeSeq(row, 14, bytes)
  writeSeq(row, 22, head)
  row.writeUIntBE(dropAtMs, 30, 6)

  return row
}

export function readCounter (row: Buffer): CounterRow {
  expect(row, COUNTER_BYTES)

  return { nextSeq: readSeq(row, 0), count: row.readUIntBE(8, 6), bytes: readSeq(row, 14), head: readSeq(row, 22), dropAtMs: row.readUIntBE(30, 6) }
}

export function queuedRow ({ seq, deadlineMs, bytes, upload, fingerprint }: QueuedRow): Buffer {
  const row = Buffer.allocUnsafe(QUEUED_BYTES)
  writeSeq(row, 0, seq)
  row.writeUIntBE(deadlineMs, 8, 6)
  row.writeUInt32BE(bytes, 14)
  writeSeq(row, 18, upload)
  row.set(fingerprint, 26)

  return row
}

export function rememberedRow ({ untilMs, fingerprint }: RememberedRow): Buffer {
  const row = Buffer.allocUnsafe(REMEMBERED_BYTES)
  row.writeUIntBE(untilMs, 0, 6)
  row.set(fingerprint, 6)

  return row
}

/** Undefined when it cannot be read: `verify` finds its item, and one bad row stops nobody. */
export function readKeyRow (row: Buffer): KeyRow | undefined {
  if (row.byteLength === REMEMBERED_BYTES) {
    return { queued: false, untilMs: row.readUIntBE(0, 6), fingerprint: row.subarray(6) }
  }

  if (row.byteLength !== QUEUED_BYTES) {
    return undefined
  }

  return { queued: true, seq: readSeq(row, 0), deadlineMs: row.readUIntBE(8, 6), bytes: row.readUInt32BE(14), upload: readSeq(row, 18), fingerprint: row.subarray(26) }
}

/** What comes before an item's content. Gives the offset of the content. */
export function writeItemHead (target: Buffer, arrivalMs: number, upload: number): number {
  target.writeUIntBE(arrivalMs, 0, 6)
  writeSeq(target, 6, upload)

  return ITEM_HEAD
}

export const ITEM_HEAD_BYTES = ITEM_HEAD

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
