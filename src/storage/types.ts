import type { Histogram } from '../histogram.js'
import type { RegistryStore, SettingsStore } from './registry-types.js'
import type { TypedEventTarget } from 'main-event'

/** One chunk as it is pushed. */
export interface NewItem {
  /** 16 bytes. */
  messageId: Uint8Array
  /** An unsigned 32-bit number, as is `chunkCount`. */
  chunkIndex: number
  chunkCount: number
  /** 1 to 256 bytes of UTF-8. */
  kind: string
  /** Unsigned 64-bit numbers that are not looked into. */
  totalLen: bigint
  sentMs: bigint
  /** Kept without a copy until the call settles: not to be changed before. At most 2^31 - 1 bytes. */
  body: Uint8Array
}

/** One chunk as it is stored. Its bytes are the reader's own. */
export interface Item extends NewItem {
  /** 1 or more; gapless a mailbox, in the order in which items were stored. */
  seq: number
  /** Unix milliseconds, not before the arrival of an earlier item (unless the clock was set back, see `ExpireOptions`). */
  arrivalMs: number
  deadlineMs: number
}

/** What names a chunk in a mailbox. */
export interface ItemKey {
  messageId: Uint8Array
  chunkIndex: number
}

/** Times that the rules give with each call that changes something. */
export interface Terms {
  /** Unix milliseconds. The store does not go behind the latest one it was given (`clockFloorMs`), `setBack` aside. */
  now: number
  /** How long a key is remembered after its item was acked or expired. 0 = only while it is queued. */
  dedupeMs: number
  /** How long the counter of a mailbox outlives its last item: `message_ttl_seconds` + `dedupe_seconds`. 1 or more. */
  counterMs: number
}

export interface PushOptions extends Terms {
  /** 1 or more. The item's deadline is now + ttlMs; at its deadline it has expired. */
  ttlMs: number
  /** Quota of the mailbox: items, expired ones that were not collected yet included. */
  maxItems: number
  /** Quota of the mailbox: sum of bodies in bytes. */
  maxBytes: number
}

export interface PushResult {
  /**
   * `stored`: it is on disk. `duplicate`: the key is queued, or was within `dedupeMs`; looked at before the quota.
   * `quota_exceeded`: nothing changed.
   */
  outcome: 'stored' | 'duplicate' | 'quota_exceeded'
  /** With `duplicate`: what was stored under this key is not what was sent now. */
  differs: boolean
  /** Of the queued item. 0 for a duplicate that is no longer queued, and over quota. */
  seq: number
  deadlineMs: number
  /** Of the mailbox, after this call; expired items count until they are collected. */
  queueLen: number
  queueBytes: number
}

export interface PullOptions {
  /** Items with a greater seq are wanted. 0 = from the start. */
  cursor: number
  /** 1 or more. */
  maxItems: number
  /** Sum of bodies. A page holds at least one item, whatever its size. */
  maxBytes: number
  /** As in `Terms`. */
  now: number
}

export interface Page {
  /** Not expired, ascending by seq. */
  items: Item[]
  /** seq of the page's last item, or the cursor of the call. */
  nextCursor: number
  /** There is at least one item after this page that has not expired. */
  more: boolean
  /** What the mailbox holds (expired, not yet collected items included) less the items of this page. */
  remainingEstimate: number
}

/** Either keys, of which repeated ones count once, or all items up to a seq (0 = none). */
export type AckSelection = { keys: readonly ItemKey[], upToSeq?: undefined } | { upToSeq: number, keys?: undefined }

export interface AckResult {
  /** Distinct items removed now; expired ones that were not collected yet included. */
  deleted: number
  /** Distinct keys that were not there. 0 with `upToSeq`. */
  missing: number
  /** Items left in the mailbox. */
  remaining: number
}

export interface MailboxStats {
  /** Expired items count until they are collected, here and in all other fields. */
  queueLen: number
  queueBytes: number
  /** Arrival of the first and the last item, 0 when there is none. */
  oldestMs: number
  newestMs: number
  /** What the next stored item gets. */
  nextSeq: number
}

export interface ExpireOptions extends Terms {
  /**
   * `now` is to be believed though it is before `clockFloorMs`: the clock had been wrong. All that was over by the later time is collected
   * first, so that nothing comes back, and then time goes on from `now`. Items stored meanwhile keep the deadline they were given.
   *
   * @default false
   */
  setBack?: boolean
  /** About how long one call may keep the event loop, in milliseconds. @default 4 */
  budgetMs?: number
}

export interface ExpireResult {
  /** Items that were collected. */
  removed: number
  /** There is more to do now: call again, after others had their turn. */
  more: boolean
}

/**
 * Queues of items by mailbox (specs/mailbox.md, Part I). A mailbox is its canonical name, 1 to 256 bytes of UTF-8, compared byte
 * by byte. Every call is one step that is done or not done: what it answers is on disk. Calls on one mailbox take effect in the
 * order in which they were made. All reject with `InvalidStorageInputError` for arguments outside their bounds and with
 * `StorageError` (retryable) while the engine cannot be used.
 */
export interface MailboxStore {
  /** @throws StorageFullError when there is no room on the disk or under `maxBytes` of the store; never for a duplicate */
  push (mailbox: string, item: NewItem, options: PushOptions): Promise<PushResult>
  pull (mailbox: string, options: PullOptions): Promise<Page>
  /** With `upToSeq`: what is stored when the call is made; long queues go in steps, each of them atomic. */
  ack (mailbox: string, selection: AckSelection, terms: Terms): Promise<AckResult>
  stat (mailbox: string): Promise<MailboxStats>
  /** Collects one slice of what is over: items past their deadline, remembered keys, counters of empty mailboxes. */
  expire (options: ExpireOptions): Promise<ExpireResult>
  /** Of all mailboxes; expired items count until they are collected. */
  totals (): { items: number, bytes: number }
}

/**
 * `ready`; `full`: pushes get `storage_full` (and what the registry would store, where it is the disk), all else goes on; `reopening`: a write failed, and every call gets `storage_error` until
 * the engine is open again; `closed`.
 */
export type StoreState = 'ready' | 'full' | 'reopening' | 'closed'

export interface StoreHealth {
  state: StoreState
  /** What made it `full` or `reopening`. Names no mailbox. */
  reason?: string
  /** A process that had the store open did not close it, and `verify` has not come to its end with `mend` since: a good time for it. */
  uncleanStop: boolean
}

export type FindingKind = 'counter_differs' | 'totals_differ' | 'item_without_key' | 'key_without_item' | 'item_without_deadline' | 'deadline_without_item' | 'piece_missing' | 'piece_without_item' | 'entry_without_deadline' | 'deadline_without_entry' | 'unreadable_row'

export interface Finding {
  kind: FindingKind
  /** For people. Names no mailbox. */
  message: string
  /** It is right again. */
  mended: boolean
}

export interface VerifyOptions {
  /** Put right what can be. @default false */
  mend?: boolean
  /** About how long it may keep the event loop in one go, in milliseconds. @default 4 */
  budgetMs?: number
  /** Milliseconds of rest after that. @default 0: others have their turn, no more */
  pauseMs?: number
  /** Ends the walk between two slices, with its reason. */
  signal?: AbortSignal
}

export interface StoreEvents {
  /**
   * The state is another one. After `reopening`, calls that had failed may turn out to have been done: whoever waits for new items
   * looks again.
   */
  health: CustomEvent<StoreHealth>
}

/** What the store has done since it was opened. */
export interface StoreStats {
  items: number
  /** Of stored bodies. */
  bytes: number
  /** Of its file system when it was last looked at; undefined where there is none. */
  freeBytes?: number
  /** Group commits: calls in one, and seconds from its begin to the end of its fsync. Empty where nothing is written. */
  batchSize: Histogram
  batchSeconds: Histogram
  /** How often it had to be opened again after a failure. */
  failures: number
}

/** What outlives the process. */
export interface Store extends TypedEventTarget<StoreEvents> {
  readonly mailbox: MailboxStore
  readonly registry: RegistryStore
  readonly settings: SettingsStore
  /**
   * The latest `now` that any call was given, across restarts: time as the store sees it does not go back behind it, unless `expire` is
   * told that the clock was set back. A process that is killed forgets at most what no answer rested on.
   */
  readonly clockFloorMs: number
  health (): StoreHealth
  stats (): StoreStats
  /**
   * Walks through everything while others go on, and yields what is not as it should be.
   *
   * @throws StorageError when the store is closed or fails meanwhile
   */
  verify (options?: VerifyOptions): AsyncIterable<Finding>
  /** Calls that were made before are done first, later ones get `storage_error`. Never rejects; may be called again. */
  close (): Promise<void>
}

export interface StoreInit {
  /** Of stored bodies, all mailboxes. 0 = no limit. */
  maxBytes?: number
}
