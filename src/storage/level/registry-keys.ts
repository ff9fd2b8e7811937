import { INDEX_BYTES, MAX_NODE_ID_BYTES, MAX_SETTING_NAME_BYTES } from '../registry-content.js'
import { AREA } from './keys.js'

// As in keys.ts: an area, then parts of fixed length, and what has none behind its own.
//
//   IDENTITY index                  forget at (0: an identity, else a tombstone), sealed
//   PRESENCE index                  its entries, the newest first
//   NODE     id                     expires at, value
//   OVER     time kind index | id   what expire looks at, by time: a tombstone, the first entry of an index to be over, a node
//   SETTING  name                   the value

export const OVER = { identity: 0, presence: 1, node: 2 } as const
export type OverKind = typeof OVER[keyof typeof OVER]

const TIME_BYTES = 6
const OVER_HEAD = 1 + TIME_BYTES + 1
/** By kind. */
export const AREAS = [AREA.identity, AREA.presence, AREA.node] as const

/** A row of one of the areas identity, presence and node. */
export interface Place {
  kind: OverKind
  /** An index, or the id of a node. */
  name: Uint8Array
}

export function placeKey ({ kind, name }: Place): Buffer {
  return keyOf(AREAS[kind], kind, name)
}

/** The key of a row as text, for maps: each byte a character. */
export function placeText (place: Place): string {
  return text(placeKey(place))
}

export function settingKey (name: string): Buffer {
  return Buffer.concat([Buffer.of(AREA.setting, Buffer.byteLength(name)), Buffer.from(name)])
}

export function settingText (name: string): string {
  return text(settingKey(name))
}

/** Undefined when the bytes are no such key. Of the areas identity, presence and node. */
export function readPlace (key: Buffer): Place | undefined {
  const kind = AREAS.findIndex(area => area === key[0]) as OverKind | -1

  return kind === -1 ? undefined : readName(kind, key.subarray(1))
}

export function isSettingKey (key: Buffer): boolean {
  return key.byteLength > 2 && key.byteLength === 2 + key.readUInt8(1) && key.byteLength <= 2 + MAX_SETTING_NAME_BYTES
}

/** All rows that are over before `timeMs` come before it. */
export function overFrom (timeMs: number): Buffer {
  const key = Buffer.allocUnsafe(1 + TIME_BYTES)

  key[0] = AREA.over
  key.writeUIntBE(timeMs, 1, TIME_BYTES)

  return key
}

export interface Over extends Place {
  timeMs: number
}

export function overKey ({ timeMs, kind, name }: Over): Buffer {
  return Buffer.concat([overFrom(timeMs), keyOf(kind, kind, name)])
}

/** Undefined when the bytes are no such key. */
export function readOver (key: Buffer): Over | undefined {
  const kind = key.byteLength < OVER_HEAD ? undefined : key[OVER_HEAD - 1]
  const place = kind === OVER.identity || kind === OVER.presence || kind === OVER.node ? readName(kind, key.subarray(OVER_HEAD)) : undefined

  return place == null ? undefined : { ...place, timeMs: key.readUIntBE(1, TIME_BYTES) }
}

/** A head of one byte, and the name as its kind has it. */
function keyOf (head: number, kind: OverKind, name: Uint8Array): Buffer {
  if (kind !== OVER.node) {
    return Buffer.concat([Buffer.of(head), name])
  }

  return Buffer.concat([Buffer.of(head, name.byteLength >> 8, name.byteLength & 0xff), name])
}

function readName (kind: OverKind, bytes: Buffer): Place | undefined {
  if (kind !== OVER.node) {
    return bytes.byteLength === INDEX_BYTES ? { kind, name: bytes } : undefined
  }

  const length = bytes.byteLength < 2 ? 0 : bytes.readUInt16BE(0)

  return length > 0 && length <= MAX_NODE_ID_BYTES && bytes.byteLength === 2 + length ? { kind, name: bytes.subarray(2) } : undefined
}

function text (key: Buffer): string {
  return key.toString('latin1')
}
