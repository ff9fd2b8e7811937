import { createHash } from 'node:crypto'
import { checkAck, checkMailbox, checkPull, checkPush, checkTerms, cutFingerprint, metaLength, writeMeta } from '../content.js'
import { StorageError } from '../errors.js'
import { itemKey, kept } from './keys.js'
import { nameOf, readExtent, readKeysUpTo, readPage } from './reader.js'
import { PIECE_BYTES, piecesOf, uploadOfItem } from './rows.js'
import { Lanes } from './lanes.js'
import { findDue } from './due.js'
import { CollectStep, RemoveStrayStep } from './collect-steps.js'
import { AckStep, DropUploadStep, LookStep, PieceStep, PushStep, TimeStep } from './steps.js'
import { reading } from './reading.js'
import { Slices } from './slices.js'
import type { Counters } from './counters.js'
import type { Db } from './db.js'
import type { StateRow } from './rows.js'
import type { PushStepInit, Upload } from './steps.js'
import type { Writer } from './writer.js'
import type { AckResult, AckSelection, ExpireOptions, ExpireResult, MailboxStats, MailboxStore, NewItem, Page, PullOptions, PushOptions, PushResult, Terms } from '../types.js'

export const DEFAULT_BUDGET_MS = 4
/** Items of one step of a long ack. */
const ACK_SLICE = 512
/** Bytes that are hashed without a break for others. */
const HASH_SLICE = 512 * 1024

export interface LevelMailboxComponents {
  writer: Writer
  /** @throws StorageError when the store cannot be used now */
  readonly db: Db
  /** The engine is still the one that gave this. */
  isOpen (db: Db): boolean
  readonly state: StateRow
  readonly counters: Counters
  /** What was written last: the clock as it would be after a crash. */
  readonly durableClockMs: number
  /** A pass of expire came to its end. */
  drained (): void
  /** Time goes on from here. Nothing may be left that was over by the time there was. */
  setBack (nowMs: number): void
  /** Counts reads and calls of many steps, which closing waits for. */
  during<T> (call: () => Promise<T>): Promise<T>
  /** @throws StorageError when no more calls are taken */
  checkOpen (): void
}

export class LevelMailboxStore implements MailboxStore {
  readonly #store: LevelMailboxComponents
  readonly #lanes = new Lanes()
  readonly #slices = new Slices()

  constructor (store: LevelMailboxComponents) {
    this.#store = store
  }

  /** Not `async`: a push has as few promises as it can. */
  push (mailbox: string, item: NewItem, options: PushOptions): Promise<PushResult> {
    try {
      checkPush(mailbox, item, options)
      this.#store.checkOpen()
    } catch (err) {
      return Promise.reject(err)
    }

    const init: PushStepInit = { mailbox, name: this.#store.counters.get(mailbox)?.name ?? nameOf(mailbox), item, options }

    if (item.body.byteLength > PIECE_BYTES) {
      return this.#exclusive(mailbox, async () => await this.#pushInPieces(init))
    }

    if (this.#lanes.has(mailbox)) {
      return this.#store.during(async () => await this.#lanes.enter(mailbox, false, async () => await this.#step(new PushStep(init))))
    }

    const step = new PushStep(init)

    this.#store.writer.add(step)

    return step.promise
  }

  async pull (mailbox: string, options: PullOptions): Promise<Page> {
    checkPull(mailbox, options)
    const { db, counters } = this.#store

    return await this.#store.during(async () => {
      const name = nameOf(mailbox)
      const now = this.#time(options.now)
      const counter = counters.get(mailbox)
      const [{ page, expiredMs, head }, count] = await Promise.all([
        reading(readPage(db, name, { ...options, now }, counter?.head ?? 0)),
        counter?.count ?? reading(readExtent(db, name)).then(extent => extent.count)
      ])

      if (counter != null && head > counter.head) {
        counter.head = head
      }

      // when the clock was set back meanwhile, all that had expired is collected
      if (expiredMs > this.#store.durableClockMs && now <= this.#store.state.clockFloorMs) {
        // nobody may see again what is not in this page, whatever the clock does next
        await this.#step(new TimeStep(now))
      }

      return { ...page, remainingEstimate: Math.max(0, (counter?.count ?? count) - page.items.length) }
    })
  }

  async ack (mailbox: string, selection: AckSelection, terms: Terms): Promise<AckResult> {
    checkAck(mailbox, selection, terms)
    const name = nameOf(mailbox)
    const { keys, upToSeq } = selection

    if (keys == null) {
      return await this.#exclusive(mailbox, async () => await this.#ackUpTo(mailbox, name, upToSeq, terms))
    }

    if (this.#lanes.has(mailbox)) {
      return await this.#store.during(async () => await this.#lanes.enter(mailbox, false, async () => await this.#step(new AckStep(mailbox, name, keys, terms))))
    }

    this.#store.checkOpen()

    return await this.#step(new AckStep(mailbox, name, keys, terms))
  }

  async stat (mailbox: string): Promise<MailboxStats> {
    checkMailbox(mailbox)
    const { db, state } = this.#store

    return await this.#store.during(async () => {
      const { count, bytes, nextSeq, oldestMs, newestMs } = await reading(readExtent(db, nameOf(mailbox)))

      return { queueLen: count, queueBytes: bytes, oldestMs, newestMs, nextSeq: nextSeq === 0 ? state.seqFloor + 1 : nextSeq }
    })
  }

  async expire (options: ExpireOptions): Promise<ExpireResult> {
    checkTerms(options)
    const { db, state, durableClockMs } = this.#store

    return await this.#store.during(async () => {
      const now = this.#time(options.now)
      const limit = this.#slices.rows
      const fromMs = state.sweptMs
      const { due, count, beforeMs } = await reading(findDue(db, { fromMs, now, limit, headOf: mailbox => this.#store.counters.get(mailbox)?.head ?? 0 }))
      const setBack = options.setBack === true && options.now < now
      let more = beforeMs != null
      let removed = 0

      if (due.length > 0 || setBack) {
        const begun = performance.now()
        // what was being written while we read is due after what was durable then
        const toMs = Math.min(durableClockMs, beforeMs ?? now)
        const step = new CollectStep(due, { ...options, now }, { fromMs, toMs })
        const madeMs = performance.now() - begun

        removed = await this.#step(step)

        for (const { mailbox, seq } of step.strays) {
          removed += await this.#removeStray(mailbox, seq, { ...options, now })
        }

        this.#slices.took(madeMs + step.tookMs, count, options.budgetMs ?? DEFAULT_BUDGET_MS)

        if (setBack && toMs < now) {
          // once more: what was stored before the clock stood here is on disk by now
          more = true
        } else if (setBack && step.strays.length === 0 && this.#isStill(state, now)) {
          this.#store.setBack(options.now)
          await this.#step(new TimeStep(options.now))
        }
      }

      if (!more) {
        this.#store.drained()
      }

      return { removed, more }
    })
  }

  totals (): { items: number, bytes: number } {
    const { items, bytes } = this.#store.state

    return { items, bytes }
  }

  async #pushInPieces (init: PushStepInit): Promise<PushResult> {
    const { item } = init
    const { body } = item
    const upload: Upload = { id: 0, fingerprint: await fingerprintInSlices(item) }
    const probed = await this.#step(new PushStep({ ...init, upload, probe: true }))

    if (probed.outcome !== 'stored') {
      return probed
    }

    const { db } = this.#store

    try {
      await this.#storePieces(db, upload, body)
      this.#checkSame(db)

      return await this.#step(new PushStep({ ...init, upload }))
    } catch (err) {
      if (upload.id !== 0 && this.#store.isOpen(db)) {
        this.#store.writer.add(new DropUploadStep(upload, body.byteLength))
      }

      throw err
    }
  }

  async #storePieces (db: Db, upload: Upload, body: Uint8Array): Promise<void> {
    // two under way: one is written while the other waits its turn
    const underWay: Array<Promise<undefined>> = []

    try {
      for (let index = 0; index < piecesOf(body.byteLength); index++) {
        this.#checkSame(db)
        underWay.push(this.#addPiece(new PieceStep(upload, body, index)).promise)

        if (underWay.length === 2) {
          await underWay.shift()
        }
      }

      await underWay.shift()
    } catch (err) {
      // what is on its way is written before it is taken back
      await Promise.allSettled(underWay)
      throw err
    }
  }

  #addPiece (step: PieceStep): PieceStep {
    // looked at a turn later, when it may have failed already
    step.promise.catch(() => {})
    this.#store.writer.addPiece(step)

    return step
  }

  /** What was stored of a body is gone when the store was opened again in between. */
  #checkSame (db: Db): void {
    if (!this.#store.isOpen(db)) {
      throw new StorageError('the store was opened again while a large body was being stored')
    }
  }

  /** All that was over at this time is gone, and no call is under way that was made before. */
  #isStill (state: StateRow, now: number): boolean {
    return this.#store.state === state && state.clockFloorMs === now && state.sweptMs === now && this.#lanes.isIdle
  }

  /** Takes away an item that is due and that no key leads to, if there is one. @returns how many */
  async #removeStray (mailbox: string, seq: number, terms: Terms): Promise<number> {
    const name = nameOf(mailbox)

    return await this.#lanes.enter(mailbox, true, async () => {
      const { db } = this.#store
      const [item] = await reading(readKeysUpTo(db, name, seq, seq, 1))
      const row = item == null ? undefined : await reading(db.get(kept(itemKey(name, item, item))))

      if (item == null || row == null) {
        return 0
      }

      await this.#step(new RemoveStrayStep(mailbox, name, { ...item, upload: uploadOfItem(row) }, terms))

      return 1
    })
  }

  async #ackUpTo (mailbox: string, name: Buffer, upToSeq: number, terms: Terms): Promise<AckResult> {
    this.#time(terms.now)
    const { nextSeq, count } = await this.#step(new LookStep(mailbox, name))
    const last = Math.min(upToSeq, nextSeq - 1)
    const result: AckResult = { deleted: 0, missing: 0, remaining: count }
    let from = this.#store.counters.get(mailbox)?.head ?? 0

    while (from <= last && result.remaining > 0) {
      const keys = await reading(readKeysUpTo(this.#store.db, name, from, last, ACK_SLICE))
      const end = keys.at(-1)

      if (end == null) {
        break
      }

      const { deleted, remaining } = await this.#step(new AckStep(mailbox, name, keys, terms))

      result.deleted += deleted
      result.remaining = remaining
      from = end.seq + 1
    }

    return result
  }

  /** Time as the store sees it. */
  #time (now: number): number {
    const { state } = this.#store

    state.clockFloorMs = Math.max(state.clockFloorMs, now)

    return state.clockFloorMs
  }

  async #exclusive<T> (mailbox: string, call: () => Promise<T>): Promise<T> {
    return await this.#store.during(async () => await this.#lanes.enter(mailbox, true, call))
  }

  async #step<T> (step: { promise: Promise<T> } & Parameters<Writer['add']>[0]): Promise<T> {
    this.#store.writer.add(step)

    return await step.promise
  }
}

async function fingerprintInSlices (item: NewItem): Promise<string> {
  const meta = Buffer.alloc(metaLength(item.kind))
  const hash = createHash('sha256')

  writeMeta(meta, 0, item)
  hash.update(meta)

  for (let at = 0; at < item.body.byteLength; at += HASH_SLICE) {
    hash.update(item.body.subarray(at, at + HASH_SLICE))
    await new Promise<void>(resolve => { setImmediate(resolve) })
  }

  return cutFingerprint(hash.digest('binary'))
}
