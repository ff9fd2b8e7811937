import type { ExpireResult } from './types.js'

/** What stands under an index. Its bytes are the reader's own. */
export interface IdentityRow {
  /** 1 to 131,072 bytes that are not looked into. No two rows that ever stand under an index may be alike: a nonce sees to that. */
  sealed: Uint8Array
  /**
   * There: a tombstone. The identity was removed, and what is still to be known of it (the time of its last proof) is remembered until then,
   * in Unix milliseconds; at that time and after it the index is as one that was never used.
   */
  forgetAtMs?: number
}

export interface ReplaceOptions {
  /** As in `Terms`. */
  now: number
  /**
   * The presence of the index goes in the same step: what was announced for a handle before it was bound, say. Where no identity stands
   * afterwards, it always does.
   *
   * @default false
   */
  dropPresence?: boolean
}

/** One way in which a user can be reached. Its bytes are the reader's own. */
export interface PresenceRow {
  /** 1 to 32 bytes: what tells this entry of a user from its others. */
  id: Uint8Array
  /** Unix milliseconds: when it was so. Newer ones replace older ones. */
  atMs: number
  /** Unix milliseconds. At that time and after it the entry is over. */
  expiresMs: number
  /** 1 to 8,192 bytes that are not looked into. */
  sealed: Uint8Array
}

export interface AnnounceOptions {
  /** As in `Terms`. */
  now: number
  /** Entries of one index, 1 to 64: the newest stay. */
  maxEntries: number
  /** Entries of all, those that are over and not yet collected included. 1 or more. */
  maxTotal: number
  /**
   * The identity that the announce was judged by, in the same step: `expected` as in `replaceIdentity`; with another one there it is
   * `changed`. `next` is an identity that takes its place, whatever becomes of the entry: so the time of a proof is kept.
   */
  identity?: { expected: Uint8Array | undefined, next?: Uint8Array }
}

export interface AnnounceResult {
  /**
   * `stored`: it is on disk. `older`: it is over already, or a newer one stands in its place, or the index has `maxEntries` newer ones.
   * `full`: there are `maxTotal`, and it neither replaces one nor pushes one of this index out. `changed`: another identity stands there,
   * nothing was done.
   */
  outcome: 'stored' | 'older' | 'full' | 'changed'
  /** Of what stands: of this entry; with `older` of the one in its place, or of the newest of the index, or else its own; 0 for `full` and `changed`. */
  expiresMs: number
}

/** One node of the list. Its bytes are the reader's own. */
export interface NodeRow {
  /** 1 to 256 bytes. */
  id: Uint8Array
  /** At most 4,096 bytes that are not looked into. */
  value: Uint8Array
  /** Unix milliseconds. At that time and after it the node is over. */
  expiresMs: number
}

export interface RegistryExpireOptions {
  /** As in `Terms`. */
  now: number
  /** As in `ExpireOptions`. @default 4 */
  budgetMs?: number
}

export interface RegistryTotals {
  /** Without tombstones. */
  identities: number
  /** Entries that are over count until they are collected, here and in `nodes`. */
  presences: number
  nodes: number
}

/**
 * Identities, presence and nodes of a registry (specs/registry.md, Part I), by an index of 32 bytes that says nothing about the user.
 *
 * As in `MailboxStore` every call is one step that is done or not done, and what it answers is on disk; changes of one index (or node id) take
 * effect in the order in which they were made, and a read sees what was answered before it was made, and may see more. All reject with
 * `InvalidStorageInputError` for arguments outside their bounds, and with `StorageError` (retryable) while the engine cannot be used; a call
 * that ended so may have been done. What stores something rejects with `StorageFullError` while the disk has no room; what removes something
 * goes on. `maxBytes` of the store is about bodies of mailboxes alone.
 *
 * Time is that of the store (`clockFloorMs`), and calls that change something move it on; a read only looks at it: what it left out as over can
 * be seen again when the clock is set back before the next change. What is over by a clock that was wrong, and is not collected when that one is
 * set back, is there again.
 */
export interface RegistryStore {
  /** What stands under an index: an identity or a tombstone. Undefined: nothing. */
  identity (index: Uint8Array, now: number): Promise<IdentityRow | undefined>
  /**
   * Puts `next` in place of what has the bytes `expected`: undefined for nothing, on either side. A tombstone that is over by `now` is nothing.
   *
   * @returns false when something else stands there: nothing was done
   * @throws StorageFullError when there is no room and `next` is an identity
   */
  replaceIdentity (index: Uint8Array, expected: Uint8Array | undefined, next: IdentityRow | undefined, options: ReplaceOptions): Promise<boolean>
  /**
   * Keeps an entry for whoever is under an index, registered or not, in place of the one with its id.
   *
   * @throws StorageFullError when there is no room
   */
  announce (index: Uint8Array, entry: PresenceRow, options: AnnounceOptions): Promise<AnnounceResult>
  /** Entries that are not over, the newest first. */
  presence (index: Uint8Array, now: number): Promise<PresenceRow[]>
  /** @returns how many entries there were, those that were over included */
  forgetPresence (index: Uint8Array): Promise<number>
  /** Those that are not over, by the bytes of their ids. */
  nodes (now: number): Promise<NodeRow[]>
  /**
   * Adds a node, or replaces the one with its id.
   *
   * @returns false when there are `maxNodes`, those that are over and not yet collected included, and it is none of them
   * @throws StorageFullError when there is no room
   */
  putNode (id: Uint8Array, node: Omit<NodeRow, 'id'>, options: { now: number, maxNodes: number }): Promise<boolean>
  /** @returns whether it was there */
  removeNode (id: Uint8Array): Promise<boolean>
  /** Collects one slice of what is over: tombstones, entries, nodes. */
  expire (options: RegistryExpireOptions): Promise<ExpireResult>
  totals (): RegistryTotals
}

/**
 * Small things that the node made for itself and has to find again (keys, say), by name: 1 to 64 bytes of UTF-8. A value is at most 65,536 bytes;
 * it is the reader's own. Every call is one step that is on disk when it is answered; calls on one name take effect in the order in
 * which they were made. Rejects as `RegistryStore` does, but for `StorageFullError`: what keeps the node going has room in the reserve.
 */
export interface SettingsStore {
  get (name: string): Promise<Uint8Array | undefined>
  set (name: string, value: Uint8Array): Promise<void>
  /** @returns the value that stands: this one, or the one that was there */
  setIfAbsent (name: string, value: Uint8Array): Promise<Uint8Array>
}
