import { checkAck, checkMailbox, checkPull, checkPush, checkTerms, fingerprint, later, metaLength, writeMeta } from '../content.js'
import { StorageError, StorageFullError } from '../errors.js'
import { DueHeap } from './due-heap.js'
import type { Clock } from './clock.js'
import type { AckResult, AckSelection, ExpireOptions, ExpireResult, Item, ItemKey, MailboxStats, MailboxStore, NewItem, Page, PullOptions, PushOptions, PushResult, Terms } from '../types.js'

interface Remembered {
  fingerprint: string
  /** 0: no longer queued, and forgotten at `until`. */
  seq: number
  until: number
}

interface Queue {
  /** No item has a smaller seq. */
  head: number
  nextSeq: number
  items: Map<number, Item>
  bytes: number
  /** When the counter goes; 0 while there are items. */
  dropAt: number
}

type Due = { mailbox: string, seq: number } | { key: string } | { mailbox: string }

/** Milliseconds of one slice of `expire`. */
export const DEFAULT_BUDGET_MS = 4

export class MemoryMailboxStore implements MailboxStore {
  readonly #queues = new Map<string, Queue>()
  /** By `keyText`: a key outlives its queue where it is remembered for longer than the counter. */
  readonly #keys = new Map<string, Remembered>()
  readonly #due = new DueHeap<Due>()
  readonly #clock: Clock
  readonly #maxBytes: number
  #seqFloor = 0
  #items = 0
  #bytes = 0
  #closed = false

  constructor (clock: Clock, maxBytes: number) {
    this.#clock = clock
    this.#maxBytes = maxBytes
  }

  async push (mailbox: string, item: NewItem, options: PushOptions): Promise<PushResult> {
    this.#checkOpen()
    checkPush(mailbox, item, options)
    const now = this.#time(options.now)
    const content = fingerprintOf(item)
    const key = keyText(mailbox, item)
    const known = this.#queues.get(mailbox)
    const remembered = this.#keys.get(key)
    let expired: Item | undefined

    if (remembered != null) {
      const queued = known?.items.get(remembered.seq)
      const isQueued = queued != null && queued.deadlineMs > now
      const until = queued != null ? later(queued.deadlineMs, options.dedupeMs) : remembered.until

      if (isQueued || until > now) {
        return result('duplicate', known, isQueued ? queued : undefined, remembered.fingerprint !== content)
      }

      expired = queued
    }

    const size = item.body.byteLength - (expired?.body.byteLength ?? 0)

    if ((known?.items.size ?? 0) + (expired == null ? 1 : 0) > options.maxItems || (known?.bytes ?? 0) + size > options.maxBytes) {
      return result('quota_exceeded', known)
    }

    if (this.#maxBytes > 0 && this.#bytes + size > this.#maxBytes) {
      throw new StorageFullError('storage.max_bytes is reached')
    }

    if (known != null && expired != null) {
      // it gives way: one item a key
      this.#remove(mailbox, known, expired, { ...options, now })
    }

    const queue = known ?? this.#create(mailbox)
    const stored: Item = {
      ...item,
      messageId: item.messageId.slice(),
      body: item.body.slice(),
      seq: queue.nextSeq++,
      arrivalMs: now,
      deadlineMs: later(now, options.ttlMs)
    }

    queue.items.set(stored.seq, stored)
    this.#keys.set(key, { fingerprint: content, seq: stored.seq, until: 0 })
    queue.bytes += stored.body.byteLength
    queue.dropAt = 0
    this.#items++
    this.#bytes += stored.body.byteLength
    this.#due.push(stored.deadlineMs, { mailbox, seq: stored.seq })

    return result('stored', queue, stored)
  }

  async pull (mailbox: string, options: PullOptions): Promise<Page> {
    this.#checkOpen()
    checkPull(mailbox, options)
    const { cursor, maxItems, maxBytes } = options
    const now = this.#time(options.now)
    const queue = this.#queues.get(mailbox)
    const items: Item[] = []
    let bytes = 0
    let more = false

    for (const item of queue == null ? [] : after(queue, cursor)) {
      if (item.deadlineMs <= now) {
        continue
      }

      if (items.length > 0 && (items.length === maxItems || bytes + item.body.byteLength > maxBytes)) {
        more = true
        break
      }

      bytes += item.body.byteLength
      items.push({ ...item, messageId: item.messageId.slice(), body: item.body.slice() })
    }

    return { items, nextCursor: items.at(-1)?.seq ?? cursor, more, remainingEstimate: (queue?.items.size ?? 0) - items.length }
  }

  async ack (mailbox: string, selection: AckSelection, terms: Terms): Promise<AckResult> {
    this.#checkOpen()
    checkAck(mailbox, selection, terms)
    const now = this.#time(terms.now)
    const queue = this.#queues.get(mailbox)
    const keys = new Set(selection.keys?.map(key => keyText(mailbox, key)))
    const acked = queue == null ? [] : selection.keys == null ? upTo(queue, selection.upToSeq) : this.#named(queue, keys)

    for (const item of acked) {
      this.#remove(mailbox, queue as Queue, item, { ...terms, now })
    }

    return { deleted: acked.length, missing: selection.keys == null ? 0 : keys.size - acked.length, remaining: queue?.items.size ?? 0 }
  }

  async stat (mailbox: string): Promise<MailboxStats> {
    this.#checkOpen()
    checkMailbox(mailbox)
    const queue = this.#queues.get(mailbox)
    const items = queue == null ? [] : [...after(queue, 0)]

    return {
      queueLen: items.length,
      queueBytes: queue?.bytes ?? 0,
      oldestMs: items[0]?.arrivalMs ?? 0,
      newestMs: items.at(-1)?.arrivalMs ?? 0,
      nextSeq: queue?.nextSeq ?? this.#seqFloor + 1
    }
  }

  async expire (options: ExpireOptions): Promise<ExpireResult> {
    this.#checkOpen()
    checkTerms(options)
    const now = this.#time(options.now)
    const end = performance.now() + (options.budgetMs ?? DEFAULT_BUDGET_MS)
    let removed = 0

    while (true) {
      const due = this.#due.pop(now)

      if (due == null) {
        if (options.setBack === true) {
          this.#clock.floorMs = options.now
        }

        return { removed, more: false }
      }

      removed += this.#collect(due, { ...options, now })

      if (performance.now() >= end) {
        return { removed, more: options.setBack === true || this.#due.isDue(now) }
      }
    }
  }

  totals (): { items: number, bytes: number } {
    return { items: this.#items, bytes: this.#bytes }
  }

  close (): void {
    this.#closed = true
  }

  /** Items and bytes of each mailbox, as counted and as they are. */
  * counts (): Iterable<{ counted: number, found: number }> {
    for (const queue of this.#queues.values()) {
      yield { counted: queue.bytes, found: [...queue.items.values()].reduce((sum, { body }) => sum + body.byteLength, 0) }
    }
  }

  #collect (due: Due, terms: Terms): number {
    if ('key' in due) {
      const remembered = this.#keys.get(due.key)

      // it may have been stored again, or be remembered for longer
      if (remembered?.seq === 0 && remembered.until <= terms.now) {
        this.#keys.delete(due.key)
      }

      return 0
    }

    const queue = this.#queues.get(due.mailbox)

    if ('seq' in due) {
      const item = queue?.items.get(due.seq)

      if (queue != null && item != null) {
        this.#remove(due.mailbox, queue, item, terms)
        return 1
      }
    } else if (queue != null && queue.dropAt !== 0 && queue.dropAt <= terms.now) {
      this.#queues.delete(due.mailbox)
      this.#seqFloor = Math.max(this.#seqFloor, queue.nextSeq - 1)
    }

    return 0
  }

  #remove (mailbox: string, queue: Queue, item: Item, { now, dedupeMs, counterMs }: Terms): void {
    const key = keyText(mailbox, item)
    const remembered = this.#keys.get(key)
    // an expired item was over at its deadline, whoever collects it
    const until = later(Math.min(now, item.deadlineMs), dedupeMs)

    queue.items.delete(item.seq)
    queue.bytes -= item.body.byteLength
    this.#items--
    this.#bytes -= item.body.byteLength

    while (queue.head < queue.nextSeq && !queue.items.has(queue.head)) {
      queue.head++
    }

    if (until > now && remembered != null) {
      this.#keys.set(key, { ...remembered, seq: 0, until })
      this.#due.push(until, { key })
    } else {
      this.#keys.delete(key)
    }

    if (queue.items.size === 0) {
      queue.dropAt = later(now, counterMs)
      this.#due.push(queue.dropAt, { mailbox })
    }
  }

  #named (queue: Queue, keys: ReadonlySet<string>): Item[] {
    return [...keys].map(key => queue.items.get(this.#keys.get(key)?.seq ?? 0)).filter(item => item != null)
  }

  #create (mailbox: string): Queue {
    const queue: Queue = { head: this.#seqFloor + 1, nextSeq: this.#seqFloor + 1, items: new Map(), bytes: 0, dropAt: 0 }

    this.#queues.set(mailbox, queue)

    return queue
  }

  #time (now: number): number {
    return this.#clock.goOn(now)
  }

  #checkOpen (): void {
    if (this.#closed) {
      throw new StorageError('the store is closed')
    }
  }
}

function result (outcome: PushResult['outcome'], queue?: Queue, item?: Item, differs = false): PushResult {
  return { outcome, differs, seq: item?.seq ?? 0, deadlineMs: item?.deadlineMs ?? 0, queueLen: queue?.items.size ?? 0, queueBytes: queue?.bytes ?? 0 }
}

function * after (queue: Queue, cursor: number): Iterable<Item> {
  for (let seq = Math.max(queue.head, cursor + 1); seq < queue.nextSeq; seq++) {
    const item = queue.items.get(seq)

    if (item != null) {
      yield item
    }
  }
}

function upTo (queue: Queue, last: number): Item[] {
  return [...after(queue, 0)].filter(({ seq }) => seq <= last)
}

function keyText (mailbox: string, { messageId, chunkIndex }: ItemKey): string {
  // 16 characters, digits, and what is left: one text for one key
  return `${Buffer.from(messageId.buffer, messageId.byteOffset, messageId.byteLength).toString('latin1')}${chunkIndex}/${mailbox}`
}

function fingerprintOf (item: NewItem): string {
  const bytes = Buffer.allocUnsafe(metaLength(item.kind) + item.body.byteLength)

  bytes.set(item.body, writeMeta(bytes, 0, item))

  return fingerprint(bytes)
}
