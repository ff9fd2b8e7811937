import { MAX_ENTRIES, MAX_ENTRY_BYTES, MAX_ENTRY_ID_BYTES, MAX_IDENTITY_BYTES, MAX_NODE_BYTES } from '../registry-content.js'
import { OVER } from './registry-keys.js'
import type { Place } from './registry-keys.js'
import type { IdentityRow, NodeRow, PresenceRow, RegistryTotals } from '../registry-types.js'

/** What the registry has one of. Written with every batch that changes something of it. */
export interface RegistryState extends RegistryTotals {
  /** Nothing is over before this time. */
  sweptMs: number
}

const EMPTY = Buffer.alloc(0)
const TIME_BYTES = 6
const STATE_BYTES = 24
/** Of an entry in a row of presence: length of its id, two times, length of what is sealed. */
const ENTRY_HEAD = 1 + TIME_BYTES + TIME_BYTES + 2

export function registryStateRow ({ identities, presences, nodes, sweptMs }: RegistryState): Buffer {
  const row = Buffer.allocUnsafe(STATE_BYTES)

  row.writeUIntBE(identities, 0, 6)
  row.writeUIntBE(presences, 6, 6)
  row.writeUIntBE(nodes, 12, 6)
  row.writeUIntBE(sweptMs, 18, 6)

  return row
}

/** One that cannot be read counts from 0 until `verify` has counted. */
export function readRegistryState (row: Buffer | undefined): RegistryState {
  if (row?.byteLength !== STATE_BYTES) {
    return { identities: 0, presences: 0, nodes: 0, sweptMs: 0 }
  }

  return { identities: row.readUIntBE(0, 6), presences: row.readUIntBE(6, 6), nodes: row.readUIntBE(12, 6), sweptMs: row.readUIntBE(18, 6) }
}

// A row that cannot be read is read as undefined: it is as nothing, and `verify` takes it away. What is read shares the row's memory.

export function identityRow ({ sealed, forgetAtMs = 0 }: IdentityRow): Buffer {
  return timed(forgetAtMs, sealed)
}

export function readIdentity (row: Buffer | undefined): IdentityRow | undefined {
  if (row == null || row.byteLength <= TIME_BYTES || row.byteLength > TIME_BYTES + MAX_IDENTITY_BYTES) {
    return undefined
  }

  const forgetAtMs = row.readUIntBE(0, TIME_BYTES)
  const sealed = row.subarray(TIME_BYTES)

  return forgetAtMs === 0 ? { sealed } : { sealed, forgetAtMs }
}

export function nodeRow ({ value, expiresMs }: Omit<NodeRow, 'id'>): Buffer {
  return timed(expiresMs, value)
}

export function readNode (row: Buffer | undefined): Omit<NodeRow, 'id'> | undefined {
  if (row == null || row.byteLength < TIME_BYTES || row.byteLength > TIME_BYTES + MAX_NODE_BYTES) {
    return undefined
  }

  return { value: row.subarray(TIME_BYTES), expiresMs: row.readUIntBE(0, TIME_BYTES) }
}

export function presenceRow (entries: readonly PresenceRow[]): Buffer {
  const row = Buffer.allocUnsafe(entries.reduce((sum, { id, sealed }) => sum + ENTRY_HEAD + id.byteLength + sealed.byteLength, 0))
  let at = 0

  for (const { id, atMs, expiresMs, sealed } of entries) {
    at = row.writeUInt8(id.byteLength, at)
    at = row.writeUIntBE(atMs, at, TIME_BYTES)
    at = row.writeUIntBE(expiresMs, at, TIME_BYTES)
    at = row.writeUInt16BE(sealed.byteLength, at)
    row.set(id, at)
    row.set(sealed, at += id.byteLength)
    at += sealed.byteLength
  }

  return row
}

export function readPresence (row: Buffer = EMPTY): PresenceRow[] | undefined {
  const entries: PresenceRow[] = []
  let at = 0

  while (at + ENTRY_HEAD <= row.byteLength && entries.length < MAX_ENTRIES) {
    const idAt = at + ENTRY_HEAD
    const sealedAt = idAt + row.readUInt8(at)
    const end = sealedAt + row.readUInt16BE(idAt - 2)
    const id = row.subarray(idAt, sealedAt)
    const sealed = row.subarray(sealedAt, end)

    if (end > row.byteLength || id.byteLength === 0 || id.byteLength > MAX_ENTRY_ID_BYTES || sealed.byteLength === 0 || sealed.byteLength > MAX_ENTRY_BYTES) {
      return undefined
    }

    entries.push({ id, atMs: row.readUIntBE(at + 1, TIME_BYTES), expiresMs: row.readUIntBE(at + 1 + TIME_BYTES, TIME_BYTES), sealed })
    at = end
  }

  return entries.length > 0 && at === row.byteLength ? entries : undefined
}

/** What a row of this place counts for, and when something of it is over (0: never). Undefined: it cannot be read. */
export function readWeight (kind: Place['kind'], row: Buffer | undefined): { count: number, overMs: number } | undefined {
  if (kind === OVER.identity) {
    const identity = readIdentity(row)

    return identity == null ? undefined : { count: identity.forgetAtMs == null ? 1 : 0, overMs: identity.forgetAtMs ?? 0 }
  }

  if (kind === OVER.node) {
    const node = readNode(row)

    return node == null ? undefined : { count: 1, overMs: node.expiresMs }
  }

  const entries = readPresence(row)

  return entries == null ? undefined : { count: entries.length, overMs: Math.min(...entries.map(({ expiresMs }) => expiresMs)) }
}

function timed (timeMs: number, bytes: Uint8Array): Buffer {
  const row = Buffer.allocUnsafe(TIME_BYTES + bytes.byteLength)

  row.writeUIntBE(timeMs, 0, TIME_BYTES)
  row.set(bytes, TIME_BYTES)

  return row
}
