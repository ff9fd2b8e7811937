import { fingerprint, later, metaLength, writeMeta } from '../content.js'
import { StorageError, StorageFullError } from '../errors.js'
import { keyText } from './draft.js'
import { DUE, dueKey, itemKey, pieceKey, uploadKey } from './keys.js'
import { ITEM_HEAD_BYTES, MAX_ITEM_ROW_BYTES, PIECE_BYTES, queuedRow, writeItemHead } from './rows.js'
import type { Counter } from './counters.js'
import type { Draft, Step, Wants } from './draft.js'
import type { KeyRow, QueuedRow } from './rows.js'
import type { AckResult, ItemKey, NewItem, PushOptions, PushResult, Terms } from '../types.js'

const EMPTY = Buffer.alloc(0)
/** Rows and keys of one item, its body aside; about. */
export const ITEM_OVERHEAD = 400

/** Holds an answer back until the writer says so. */
export abstract class SettlingStep<T> implements Step {
  readonly promise: Promise<T>
  readonly bytes: number = ITEM_OVERHEAD
  #resolve: (result: T) => void
  #reject: (error: Error) => void
  #error: Error | undefined
  protected abstract result: T

  constructor () {
    const { promise, resolve, reject } = Promise.withResolvers<T>()

    this.promise = promise
    this.#resolve = resolve
    this.#reject = reject
  }

  abstract needs (wants: Wants): void
  abstract apply (draft: Draft): void

  settle (): void {
    if (this.#error != null) {
      this.#reject(this.#error)
    } else {
      this.#resolve(this.result)
    }
  }

  fail (error: Error): void {
    this.#reject(error)
  }

  protected refuse (error: Error): void {
    this.#error = error
  }
}

/** A body that was stored in pieces, or is being. */
export interface Upload {
  /** 0 until its first piece is in a batch. */
  id: number
  fingerprint: string
}

export interface PushStepInit {
  mailbox: string
  name: Buffer
  item: NewItem
  options: PushOptions
  upload?: Upload
  /** Answers as a push would, and stores nothing. */
  probe?: boolean
}

export class PushStep extends SettlingStep<PushResult> {
  override readonly bytes: number
  protected result: PushResult = { outcome: 'stored', differs: false, seq: 0, deadlineMs: 0, queueLen: 0, queueBytes: 0 }
  /** Until it is applied: nothing of the request is held while the disk is waited for, or V8 would copy it all. */
  #init: PushStepInit | undefined
  readonly #text: string

  constructor (init: PushStepInit) {
    super()
    this.#init = init
    this.#text = keyText(init.name, init.item)
    this.bytes = ITEM_OVERHEAD + (init.upload == null ? init.item.body.byteLength : 0)
  }

  needs (wants: Wants): void {
    const init = this.#init

    if (init != null) {
      wants.counter(init.mailbox, init.name)
      wants.key(this.#text)
    }
  }

  apply (draft: Draft): void {
    const init = this.#init

    if (init == null) {
      throw new Error('a push is applied once')
    }

    this.#init = undefined

    const { mailbox, item, options, upload, probe } = init
    const counter = draft.counter(mailbox)
    const now = draft.time(options.now)
    const row = draft.key(this.#text)
    const expired = row?.queued === true && row.deadlineMs <= now ? row : undefined
    const content = upload == null ? encoded(item) : undefined
    const print = upload?.fingerprint ?? fingerprint((content as Buffer).subarray(ITEM_HEAD_BYTES))
    const isStored = this.#judge(init, draft, counter, row, expired, print, now)

    if (expired != null) {
      draft.keepTime()
    }

    if (probe === true) {
      return
    }

    if (isStored) {
      if (expired != null) {
        // it gives way: one item a key
        draft.remove(counter, item, this.#text, expired, { ...options, now })
      }

      this.#store(init, draft, counter, content, print, now)
    } else if (upload != null) {
      draft.removeUpload(upload.id, item.body.byteLength)
    }

    if (upload != null) {
      draft.del(uploadKey(upload.id))
    }
  }

  #judge ({ item, options }: PushStepInit, draft: Draft, counter: Counter, row: KeyRow | null, expired: QueuedRow | undefined, print: string, now: number): boolean {
    const size = item.body.byteLength
    const { result } = this

    result.queueLen = counter.count
    result.queueBytes = counter.bytes

    if (row != null) {
      const queued = row.queued && expired == null ? row : undefined
      const untilMs = !row.queued ? row.untilMs : later(row.deadlineMs, options.dedupeMs)

      if (queued != null || untilMs > now) {
        result.outcome = 'duplicate'
        result.differs = row.fingerprint !== print
        result.seq = queued?.seq ?? 0
        result.deadlineMs = queued?.deadlineMs ?? 0

        return false
      }
    }

    if (counter.count - (expired == null ? 0 : 1) + 1 > options.maxItems || counter.bytes - (expired?.bytes ?? 0) + size > options.maxBytes) {
      result.outcome = 'quota_exceeded'

      return false
    }

    const fullReason = draft.fullReason(size - (expired?.bytes ?? 0))

    if (fullReason != null) {
      this.refuse(new StorageFullError(fullReason))

      return false
    }

    return true
  }

  #store ({ item, options, upload }: PushStepInit, draft: Draft, counter: Counter, content: Buffer | undefined, print: string, now: number): void {
    const { result } = this
    const { state } = draft
    const size = item.body.byteLength

    if (!counter.exists) {
      counter.exists = true
      counter.nextSeq = counter.head = state.seqFloor + 1
    }

    const deadlineMs = later(now, options.ttlMs)
    const inRun = joinRun(counter, deadlineMs)
    const row: QueuedRow = { queued: true, seq: counter.nextSeq++, deadlineMs, bytes: size, upload: upload?.id ?? 0, inRun, fingerprint: print }
    const value = content ?? encodedMeta(item)

    writeItemHead(value, now, row.upload)

    draft.put(itemKey(counter.name, row, item), value)
    draft.putKey(counter, item, this.#text, row, queuedRow(row))

    if (!inRun) {
      draft.put(dueKey({ kind: DUE.item, timeMs: deadlineMs, mailbox: counter.name, seq: row.seq, key: item }), EMPTY)
    }

    counter.count++
    counter.bytes += size
    state.items++
    state.bytes += size
    draft.changeCounter(counter)
    result.outcome = 'stored'
    result.seq = row.seq
    result.deadlineMs = row.deadlineMs
    result.queueLen = counter.count
    result.queueBytes = counter.bytes
  }
}

/** One piece of a body that is too large for one batch. The first one also leaves word of the upload. */
export class PieceStep extends SettlingStep<undefined> {
  override readonly bytes: number
  protected result: undefined
  readonly #upload: Upload
  readonly #index: number
  readonly #piece: Uint8Array

  constructor (upload: Upload, body: Uint8Array, index: number) {
    super()
    this.#upload = upload
    this.#index = index
    this.#piece = body.subarray(index * PIECE_BYTES, (index + 1) * PIECE_BYTES)
    this.bytes = this.#piece.byteLength
  }

  needs (): void {}

  apply (draft: Draft): void {
    if (this.#index === 0) {
      this.#upload.id = draft.state.nextUpload++
      draft.put(uploadKey(this.#upload.id), EMPTY)
    } else if (this.#upload.id === 0) {
      this.refuse(new StorageError('the piece before this one was not stored'))
      return
    }

    draft.put(pieceKey(this.#upload.id, this.#index), this.#piece)
  }
}

/** Items by key; with a seq only where the key still has that one. */
export class AckStep extends SettlingStep<AckResult> {
  override readonly bytes: number
  protected result: AckResult = { deleted: 0, missing: 0, remaining: 0 }
  readonly #mailbox: string
  readonly #name: Buffer
  readonly #keys = new Map<string, ItemKey & { seq?: number }>()
  readonly #terms: Terms

  constructor (mailbox: string, name: Buffer, keys: ReadonlyArray<ItemKey & { seq?: number }>, terms: Terms) {
    super()
    this.#mailbox = mailbox
    this.#name = name
    this.#terms = terms
    this.bytes = ITEM_OVERHEAD * (1 + keys.length)

    for (const key of keys) {
      this.#keys.set(keyText(name, key), key)
    }
  }

  needs (wants: Wants): void {
    wants.counter(this.#mailbox, this.#name)

    for (const text of this.#keys.keys()) {
      wants.key(text)
    }
  }

  apply (draft: Draft): void {
    const counter = draft.counter(this.#mailbox)
    const now = draft.time(this.#terms.now)

    for (const [text, key] of this.#keys) {
      const row = draft.key(text)

      if (row?.queued === true && (key.seq == null || key.seq === row.seq)) {
        draft.remove(counter, key, text, row, { ...this.#terms, now })
        this.result.deleted++
      } else {
        this.result.missing++
      }
    }

    this.result.remaining = counter.count
  }
}

/** What a mailbox has after all steps that were queued before. */
export class LookStep extends SettlingStep<{ count: number, nextSeq: number }> {
  protected result = { count: 0, nextSeq: 0 }
  readonly #mailbox: string
  readonly #name: Buffer

  constructor (mailbox: string, name: Buffer) {
    super()
    this.#mailbox = mailbox
    this.#name = name
  }

  needs (wants: Wants): void {
    wants.counter(this.#mailbox, this.#name)
  }

  apply (draft: Draft): void {
    const { exists, count, nextSeq } = draft.counter(this.#mailbox)

    this.result = { count, nextSeq: exists ? nextSeq : draft.state.seqFloor + 1 }
  }
}

/** Changes nothing: it is done when all that was queued before is on disk. */
export class LastStep extends SettlingStep<undefined> {
  protected result: undefined

  needs (): void {}

  apply (): void {}
}

/** Brings the clock to disk: something was given out as expired. */
export class TimeStep extends SettlingStep<undefined> {
  protected result: undefined
  readonly #now: number

  constructor (now: number) {
    super()
    this.#now = now
  }

  needs (): void {}

  apply (draft: Draft): void {
    draft.time(this.#now)
    draft.keepTime()
  }
}

/** Takes back the pieces of a body whose item will not come. Nobody waits for it. */
export class DropUploadStep extends SettlingStep<undefined> {
  protected result: undefined
  readonly #upload: Upload
  readonly #bodyBytes: number

  constructor (upload: Upload, bodyBytes: number) {
    super()
    this.#upload = upload
    this.#bodyBytes = bodyBytes
    // what stays is taken away at the next start
    this.promise.catch(() => {})
  }

  needs (): void {}

  apply (draft: Draft): void {
    draft.removeUpload(this.#upload.id, this.#bodyBytes)
    draft.del(uploadKey(this.#upload.id))
  }
}

/** Deadlines of a mailbox' items ascend, most of the time: one row is enough for all that do. @returns whether this one does */
function joinRun (counter: Counter, deadlineMs: number): boolean {
  if (counter.count > 0 && deadlineMs < counter.lastDeadlineMs) {
    return false
  }

  if (counter.count === 0 || counter.dueMs === 0) {
    counter.dueMs = deadlineMs
  }

  counter.lastDeadlineMs = deadlineMs

  return true
}

/** Memory for one item's row. */
const scratch = Buffer.allocUnsafeSlow(MAX_ITEM_ROW_BYTES)

/** An item's row, its head still empty. The next call writes over it. */
function encoded (item: NewItem): Buffer {
  const bodyAt = writeMeta(scratch, ITEM_HEAD_BYTES, item)

  scratch.set(item.body, bodyAt)

  return scratch.subarray(0, bodyAt + item.body.byteLength)
}

/** The row of an item whose body is in pieces, its head still empty. */
function encodedMeta (item: NewItem): Buffer {
  const row = Buffer.allocUnsafe(ITEM_HEAD_BYTES + metaLength(item.kind))

  writeMeta(row, ITEM_HEAD_BYTES, item)

  return row
}
