import { MAX_TIME, within } from './content.js'
import { InvalidStorageInputError } from './errors.js'
import type { AnnounceOptions, AnnounceResult, IdentityRow, NodeRow, PresenceRow } from './registry-types.js'

export const INDEX_BYTES = 32
export const MAX_IDENTITY_BYTES = 131_072
export const MAX_ENTRY_ID_BYTES = 32
export const MAX_ENTRY_BYTES = 8192
export const MAX_ENTRIES = 64
export const MAX_NODE_ID_BYTES = 256
export const MAX_NODE_BYTES = 4096
export const MAX_SETTING_NAME_BYTES = 64
export const MAX_SETTING_BYTES = 65_536

export function checkIndex (index: Uint8Array, now = 0): void {
  within('the bytes of an index', index.byteLength, INDEX_BYTES, INDEX_BYTES)
  within('now', now, 0, MAX_TIME)
}

export function checkReplace (index: Uint8Array, next: IdentityRow | undefined, now: number): void {
  checkIndex(index, now)

  if (next != null) {
    checkSealed(next.sealed)
    within('forgetAtMs', next.forgetAtMs ?? 0, 0, MAX_TIME)
  }
}

export function checkAnnounce (index: Uint8Array, entry: PresenceRow, { now, maxEntries, maxTotal, identity }: AnnounceOptions): void {
  checkIndex(index, now)
  within('the bytes of an id', entry.id.byteLength, 1, MAX_ENTRY_ID_BYTES)
  within('atMs', entry.atMs, 0, MAX_TIME)
  within('expiresMs', entry.expiresMs, 0, MAX_TIME)
  within('the bytes of an entry', entry.sealed.byteLength, 1, MAX_ENTRY_BYTES)
  within('maxEntries', maxEntries, 1, MAX_ENTRIES)
  within('maxTotal', maxTotal, 1)

  if (identity?.next != null) {
    checkSealed(identity.next)
  }
}

export function checkNodeId (id: Uint8Array): void {
  within('the bytes of an id', id.byteLength, 1, MAX_NODE_ID_BYTES)
}

export function checkNode (id: Uint8Array, { value, expiresMs }: Omit<NodeRow, 'id'>, { now, maxNodes }: { now: number, maxNodes: number }): void {
  checkNodeId(id)
  within('the bytes of a node', value.byteLength, 0, MAX_NODE_BYTES)
  within('expiresMs', expiresMs, 0, MAX_TIME)
  within('now', now, 0, MAX_TIME)
  within('maxNodes', maxNodes, 1)
}

export function checkNow (now: number): void {
  within('now', now, 0, MAX_TIME)
}

export function checkSetting (name: string, value?: Uint8Array): void {
  const bytes = Buffer.byteLength(name)

  if (bytes < 1 || bytes > MAX_SETTING_NAME_BYTES || !name.isWellFormed()) {
    throw new InvalidStorageInputError(`the name of a setting is ${MAX_SETTING_NAME_BYTES} bytes of UTF-8 at most, and not empty`)
  }

  within('the bytes of a setting', value?.byteLength ?? 0, 0, MAX_SETTING_BYTES)
}

function checkSealed (sealed: Uint8Array): void {
  within('the bytes of an identity', sealed.byteLength, 1, MAX_IDENTITY_BYTES)
}

/** @returns what stands there by `now`, which for a tombstone that is over is nothing */
export function standing<T extends IdentityRow> (row: T | undefined, now: number): T | undefined {
  return row?.forgetAtMs != null && row.forgetAtMs <= now ? undefined : row
}

/** Both nothing, or the same bytes. */
export function isExpected (row: IdentityRow | undefined, expected: Uint8Array | undefined): boolean {
  return row == null || expected == null ? row == null && expected == null : Buffer.compare(row.sealed, expected) === 0
}

/** What an entry does to those of its index (the newest first). `entries` is what they are then; undefined: as they were. */
export function announced (entries: readonly PresenceRow[], entry: PresenceRow, { now, maxEntries, maxTotal }: AnnounceOptions, total: number): AnnounceResult & { entries?: PresenceRow[] } {
  const alive = entries.filter(({ expiresMs }) => expiresMs > now)
  const same = alive.find(({ id }) => Buffer.compare(id, entry.id) === 0)
  const newer = alive.filter(other => other !== same && other.atMs > entry.atMs)

  const crowded = newer.length >= maxEntries ? newer[0] : undefined

  if (entry.expiresMs <= now || crowded != null || (same != null && same.atMs > entry.atMs)) {
    return { outcome: 'older', expiresMs: (same ?? crowded ?? entry).expiresMs }
  }

  const kept = [...newer, entry, ...alive.filter(other => other !== same && other.atMs <= entry.atMs)].slice(0, maxEntries)
  const more = kept.length - entries.length

  if (more > 0 && total + more > maxTotal) {
    return { outcome: 'full', expiresMs: 0 }
  }

  return { outcome: 'stored', expiresMs: entry.expiresMs, entries: kept }
}
