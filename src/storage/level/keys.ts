import { MAX_MAILBOX_BYTES, MESSAGE_ID_BYTES } from '../content.js'
import type { ItemKey } from '../types.js'

// Every key is an area, then parts of fixed length, and a mailbox's name behind its own length: no name leads into another's rows.
// Numbers are big-endian, so that keys sort as numbers do.
//
//   META     name                                                     see rows.ts
//   COUNTER  mailbox                                                  next seq, count, bytes
//   ITEM     mailbox seq deadline bytes message_id chunk_index        arrival, content; what a scan needs is in the key
//   KEY      mailbox message_id chunk_index                           queued (seq …) or remembered (until), fingerprint
//   DUE      time kind mailbox (seq) (message_id chunk_index)         what expire looks at, by time: remembered keys, mailboxes, and items
//                                                                     whose deadline is before that of one stored earlier in their mailbox
//   PIECE    upload index                                             a piece of a large body
//   UPLOAD   upload                                                   pieces whose item is not stored yet
//   IDENTITY, PRESENCE, NODE, OVER, SETTING                           see registry-keys.ts
export const AREA = { meta: 0, counter: 1, item: 2, key: 3, due: 4, piece: 5, upload: 6, identity: 7, presence: 8, node: 9, over: 10, setting: 11 } as const
export type Area = typeof AREA[keyof typeof AREA]

export const DUE = { item: 0, key: 1, counter: 2 } as const

const NAME_HEAD = 3
const SEQ_BYTES = 8
const TIME_BYTES = 6
const ITEM_KEY_BYTES = MESSAGE_ID_BYTES + 4
const ITEM_TAIL = SEQ_BYTES + TIME_BYTES + 4 + ITEM_KEY_BYTES
const DUE_HEAD = 1 + TIME_BYTES + 1
const MAX_KEY = DUE_HEAD + 2 + MAX_MAILBOX_BYTES + ITEM_TAIL

/** Memory for keys that are read before the next one is made. */
const scratch = Buffer.alloc(MAX_KEY)
const views: Buffer[] = []

function view (length: number): Buffer {
  const made = views[length] ?? scratch.subarray(0, length)

  views[length] = made

  return made
}

/** A key in memory of its own. */
export function kept (key: Buffer): Buffer {
  return Buffer.from(key)
}

export function metaKey (name: string): Buffer {
  return Buffer.concat([Uint8Array.of(AREA.meta), Buffer.from(name)])
}

// The functions below give memory that the next call of any of them writes over: see `kept`.

export function counterKey (mailbox: Buffer): Buffer {
  return view(named(AREA.counter, mailbox))
}

/** All items of a mailbox have keys from here to `itemsEnd`. */
export function itemFrom (mailbox: Buffer, seq: number): Buffer {
  const at = named(AREA.item, mailbox)
  writeSeq(scratch, at, seq)

  return view(at + SEQ_BYTES)
}

export function itemsEnd (mailbox: Buffer): Buffer {
  return itemFrom(mailbox, Number.MAX_SAFE_INTEGER)
}

export interface ItemPlace {
  seq: number
  deadlineMs: number
  bytes: number
}

export function itemKey (mailbox: Buffer, { seq, deadlineMs, bytes }: ItemPlace, { messageId, chunkIndex }: ItemKey): Buffer {
  let at = named(AREA.item, mailbox)
  writeSeq(scratch, at, seq)
  scratch.writeUIntBE(deadlineMs, at += SEQ_BYTES, TIME_BYTES)
  scratch.writeUInt32BE(bytes, at += TIME_BYTES)
  scratch.set(messageId, at += 4)
  scratch.writeUInt32BE(chunkIndex, at + MESSAGE_ID_BYTES)

  return view(at + ITEM_KEY_BYTES)
}

/** Of a key that `itemKey` made. */
export function readItemKey (key: Buffer): ItemPlace & ItemKey {
  const at = key.byteLength - ITEM_TAIL

  return {
    seq: readSeq(key, at),
    deadlineMs: key.readUIntBE(at + SEQ_BYTES, TIME_BYTES),
    bytes: key.readUInt32BE(at + SEQ_BYTES + TIME_BYTES),
    messageId: key.subarray(at + SEQ_BYTES + TIME_BYTES + 4, key.byteLength - 4),
    chunkIndex: key.readUInt32BE(key.byteLength - 4)
  }
}

export function keyKey (mailbox: Buffer, { messageId, chunkIndex }: ItemKey): Buffer {
  const at = named(AREA.key, mailbox)
  scratch.set(messageId, at)
  scratch.writeUInt32BE(chunkIndex, at + MESSAGE_ID_BYTES)

  return view(at + ITEM_KEY_BYTES)
}

export function readKeyKey (key: Buffer): ItemKey {
  return { messageId: key.subarray(key.byteLength - ITEM_KEY_BYTES, key.byteLength - 4), chunkIndex: key.readUInt32BE(key.byteLength - 4) }
}

/** The mailbox of a key of the areas counter, item and key. */
export function mailboxOf (key: Buffer): Buffer {
  return key.subarray(NAME_HEAD, NAME_HEAD + key.readUInt16BE(1))
}

/** Of the areas counter, item and key: it is as long as its name and what its area has behind it. */
export function isWellFormed (key: Buffer): boolean {
  const tail = key[0] === AREA.item ? ITEM_TAIL : key[0] === AREA.key ? ITEM_KEY_BYTES : 0

  return key.byteLength >= NAME_HEAD && key.byteLength === NAME_HEAD + key.readUInt16BE(1) + tail
}

export type Due = { timeMs: number, mailbox: Buffer } & (
  { kind: typeof DUE.item, seq: number, key: ItemKey } |
  { kind: typeof DUE.key, key: ItemKey } |
  { kind: typeof DUE.counter }
)

/** All rows that are due before `timeMs` come before it. */
export function dueFrom (timeMs: number): Buffer {
  scratch[0] = AREA.due
  scratch.writeUIntBE(timeMs, 1, TIME_BYTES)

  return view(1 + TIME_BYTES)
}

export function dueKey (due: Due): Buffer {
  const { timeMs, mailbox, kind } = due

  scratch[0] = AREA.due
  scratch.writeUIntBE(timeMs, 1, TIME_BYTES)
  scratch[1 + TIME_BYTES] = kind
  scratch.writeUInt16BE(mailbox.byteLength, DUE_HEAD)
  scratch.set(mailbox, DUE_HEAD + 2)
  let at = DUE_HEAD + 2 + mailbox.byteLength

  if (due.kind === DUE.counter) {
    return view(at)
  }

  if (due.kind === DUE.item) {
    writeSeq(scratch, at, due.seq)
    at += SEQ_BYTES
  }

  scratch.set(due.key.messageId, at)
  scratch.writeUInt32BE(due.key.chunkIndex, at + MESSAGE_ID_BYTES)

  return view(at + ITEM_KEY_BYTES)
}

/** Undefined when the bytes are no such key. */
export function readDueKey (key: Buffer): Due | undefined {
  if (key.byteLength < DUE_HEAD + 2) {
    return undefined
  }

  const timeMs = key.readUIntBE(1, TIME_BYTES)
  const kind = key[1 + TIME_BYTES]
  const at = DUE_HEAD + 2 + key.readUInt16BE(DUE_HEAD)
  const mailbox = key.subarray(DUE_HEAD + 2, at)
  const rest = key.byteLength - at

  if (kind === DUE.counter && rest === 0) {
    return { timeMs, mailbox, kind }
  }

  if (kind === DUE.key && rest === ITEM_KEY_BYTES) {
    return { timeMs, mailbox, kind, key: readKeyKey(key) }
  }

  if (kind === DUE.item && rest === SEQ_BYTES + ITEM_KEY_BYTES) {
    return { timeMs, mailbox, kind, seq: readSeq(key, at), key: readKeyKey(key) }
  }

  return undefined
}

export function pieceKey (upload: number, index: number): Buffer {
  scratch[0] = AREA.piece
  writeSeq(scratch, 1, upload)
  scratch.writeUInt32BE(index, 1 + SEQ_BYTES)

  return view(1 + SEQ_BYTES + 4)
}

/** Of keys of the areas piece and upload. */
export function uploadOf (key: Buffer): number {
  return readSeq(key, 1)
}

export function uploadKey (upload: number): Buffer {
  scratch[0] = AREA.upload
  writeSeq(scratch, 1, upload)

  return view(1 + SEQ_BYTES)
}

/** Safe integers, in eight bytes. */
export function writeSeq (target: Buffer, offset: number, seq: number): void {
  target.writeUInt32BE(Math.floor(seq / 0x1_0000_0000), offset)
  target.writeUInt32BE(seq % 0x1_0000_0000, offset + 4)
}

export function readSeq (source: Buffer, offset: number): number {
  return source.readUInt32BE(offset) * 0x1_0000_0000 + source.readUInt32BE(offset + 4)
}

function named (area: Area, mailbox: Buffer): number {
  scratch[0] = area
  scratch.writeUInt16BE(mailbox.byteLength, 1)
  scratch.set(mailbox, NAME_HEAD)

  return NAME_HEAD + mailbox.byteLength
}
