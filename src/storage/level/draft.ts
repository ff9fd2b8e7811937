import { DUE, counterKey, dueKey, itemKey, keyKey, kept, pieceKey } from './keys.js'
import { Records } from './records.js'
import { registryStateRow } from './registry-rows.js'
import { META, counterRow, piecesOf, readKeyRow, rememberedRow, stateRow } from './rows.js'
import { counterOf, recounted } from './counters.js'
import { later } from '../content.js'
import type { Counter, Counters } from './counters.js'
import type { Db, RowBatch } from './db.js'
import type { ItemPlace } from './keys.js'
import type { KnownKeys } from './known-keys.js'
import type { RegistryState } from './registry-rows.js'
import type { KeyRow, QueuedRow, StateRow } from './rows.js'
import type { ItemKey, Terms } from '../types.js'

/** What a draft needs to have read before a step is applied to it. */
export interface Wants {
  counter (mailbox: string, name: Buffer): void
  /** `text` is what `keyText` gives for the key. */
  key (text: string): void
  /** Any row, by its key as text: each byte a character. */
  record (text: string): void
}

/** One operation, from its call to its answer. */
export interface Step {
  /** About what it adds to a batch. */
  readonly bytes: number
  needs (wants: Wants): void
  /** Says to the draft what changes. Its answer is held back until that is on disk. */
  apply (draft: Draft): void
  settle (): void
  fail (error: Error): void
}

/** The body of items that were removed, for whoever gives the space back. */
export type OnFreed = (mailbox: string, bytes: number) => void

/** Rows of an area beside the mailboxes that were removed. */
export type OnFreedRow = (area: number, bytes: number) => void

export interface DraftInit {
  db: Db
  counters: Counters
  known: Pick<KnownKeys, 'mayHave' | 'add' | 'missed'>
  /** As of the last draft; changed in place. */
  state: StateRow
  /** The draft that is being written: what it changes cannot be read yet. */
  previous: Draft | undefined
  /** As of the last draft; changed in place. */
  registry: RegistryState
  /** No push may be stored; undefined: there is room. */
  fullReason: (bytes: number) => string | undefined
  /** The same for what is no body. */
  noRoomReason: () => string | undefined
  onFreed: OnFreed
  onFreedRow: OnFreedRow
}

/**
 * A batch in the making. Steps see what earlier steps of this draft and of the one before it did. A draft that is not written
 * leaves wrong counters and a wrong state in memory: they must be thrown away with it.
 */
export class Draft {
  readonly steps: Step[] = []
  readonly state: StateRow
  readonly registry: RegistryState
  bytes = 0
  /** The clock that it brings to disk, once it is finished. */
  clockMs = 0
  #changed = false
  #previous: Draft | undefined
  /** Not what was given for `previous`: drafts would hold each other for ever. */
  readonly #init: Omit<DraftInit, 'previous'>
  readonly #rows: RowBatch
  readonly #touched = new Map<string, Counter>()
  readonly #dirty = new Set<Counter>()
  /** As written by this draft; null = removed. */
  readonly #keys = new Map<string, KeyRow | null>()
  readonly #read = new Map<string, KeyRow | null>()
  readonly #records = new Records()
  #registryChanged = false

  constructor ({ previous, ...init }: DraftInit) {
    this.#init = init
    this.#previous = previous
    this.state = init.state
    this.registry = init.registry
    this.#rows = init.db.rows()
  }

  /** The steps must have been fetched. */
  apply (steps: readonly Step[]): void {
    for (const step of steps) {
      this.steps.push(step)
      this.bytes += step.bytes
      step.apply(this)
    }
  }

  /** Time as the store sees it. */
  time (now: number): number {
    const { state } = this

    if (now > state.clockFloorMs) {
      state.clockFloorMs = now
    }

    return state.clockFloorMs
  }

  /** This draft is written even when no row changes: an answer rests on the clock. */
  keepTime (): void {
    this.#changed = true
  }

  fullReason (bytes: number): string | undefined {
    return this.#init.fullReason(bytes)
  }

  noRoomReason (): string | undefined {
    return this.#init.noRoomReason()
  }

  /** Undefined: it is not there. Its bytes are not to be changed. */
  record (text: string): Buffer | undefined {
    return this.#records.get(text, this.#previous?.writtenRecord(text))
  }

  setRecord (text: string, row: Buffer | undefined): void {
    const key = bytesOfKey(text)

    this.#records.set(text, row ?? null)
    row == null ? this.del(key) : this.put(key, row)
  }

  /** A row of an area beside the mailboxes is gone. */
  freedRow (area: number, bytes: number): void {
    this.#init.onFreedRow(area, bytes)
  }

  /** What there is of it in all is written with the rest. */
  changeRegistry (): void {
    this.#registryChanged = true
  }

  counter (mailbox: string): Counter {
    const counter = this.#touched.get(mailbox)

    if (counter == null) {
      throw new Error('a step did not say that it needs this counter')
    }

    return counter
  }

  key (text: string): KeyRow | null {
    return this.#keys.get(text) ?? this.#ownOrEarlier(text)
  }

  /** Both are copied. */
  put (key: Buffer, value: Uint8Array): void {
    this.#changed = true
    this.#rows.put(key, value)
  }

  del (key: Buffer): void {
    this.#changed = true
    this.#rows.del(key)
  }

  putKey (counter: Counter, key: ItemKey, text: string, row: KeyRow, encoded: Buffer): void {
    this.#keys.set(text, row)
    this.#init.known.add(text)
    this.put(keyKey(counter.name, key), encoded)
  }

  /** The row is written with the rest when the draft is finished. */
  changeCounter (counter: Counter): void {
    this.#dirty.add(counter)
  }

  /** Takes an item away, and remembers its key where that is still of use. */
  remove (counter: Counter, key: ItemKey, text: string, row: QueuedRow, terms: Terms): void {
    const { now, dedupeMs } = terms
    // an expired item was over at its deadline, whoever collects it
    const untilMs = later(Math.min(now, row.deadlineMs), dedupeMs)

    if (untilMs > now) {
      const remembered = { queued: false, untilMs, fingerprint: row.fingerprint } as const

      this.putKey(counter, key, text, remembered, rememberedRow(remembered))
      this.put(dueKey({ kind: DUE.key, timeMs: untilMs, mailbox: counter.name, key }), EMPTY)
    } else {
      this.forget(counter, key, text)
    }

    this.removeItem(counter, key, row, terms)
  }

  /** All of an item but the row of its key. */
  removeItem (counter: Counter, key: ItemKey, place: ItemPlace & { upload: number, inRun?: boolean }, { now, counterMs }: Pick<Terms, 'now' | 'counterMs'>): void {
    const { seq, deadlineMs, bytes, upload, inRun } = place

    this.del(itemKey(counter.name, place, key))

    if (inRun !== true) {
      this.del(dueKey({ kind: DUE.item, timeMs: deadlineMs, mailbox: counter.name, seq, key }))
    }

    this.#removePieces(upload, bytes)

    // one that was wrong, and is yet to be mended, must not make rows that cannot be written
    counter.count = Math.max(0, counter.count - 1)
    counter.bytes = Math.max(0, counter.bytes - bytes)
    this.state.items = Math.max(0, this.state.items - 1)
    this.state.bytes = Math.max(0, this.state.bytes - bytes)

    if (counter.count === 0) {
      counter.head = counter.nextSeq
      counter.dueMs = later(now, counterMs)
    } else if (seq === counter.head) {
      counter.head = seq + 1
    }

    this.changeCounter(counter)
    this.#init.onFreed(counter.mailbox, bytes)
  }

  forget (counter: Counter, key: ItemKey, text: string): void {
    this.#keys.set(text, null)
    this.del(keyKey(counter.name, key))
  }

  removeUpload (upload: number, bytes: number): void {
    this.#removePieces(upload, bytes)
  }

  /** True when there is something to write. */
  finish (): boolean {
    for (const counter of this.#dirty) {
      this.#finishCounter(counter)
    }

    if (this.#registryChanged) {
      this.put(META.registry, registryStateRow(this.registry))
    }

    if (this.#changed) {
      this.put(META.state, stateRow(this.state))
    }

    this.#previous = undefined
    this.clockMs = this.state.clockFloorMs

    return this.#changed
  }

  /** Resolves when it is on disk. */
  async write (): Promise<void> {
    await this.#init.db.writeRows(this.#rows)
  }

  /** It will not be written. */
  drop (): void {
    this.#init.db.giveBack(this.#rows)
  }

  #finishCounter (counter: Counter): void {
    const { name, dueRowMs } = counter
    const dueMs = counter.exists ? counter.dueMs : 0

    // one that comes too early is put where it belongs when it is due: mailboxes that are emptied and filled again keep theirs
    if (dueMs === 0 ? dueRowMs !== 0 : dueRowMs === 0 || dueRowMs > dueMs) {
      if (dueRowMs !== 0) {
        this.del(dueKey({ kind: DUE.counter, timeMs: dueRowMs, mailbox: name }))
      }

      if (dueMs !== 0) {
        this.put(dueKey({ kind: DUE.counter, timeMs: dueMs, mailbox: name }), EMPTY)
      }

      counter.dueRowMs = dueMs
    }

    if (counter.exists) {
      this.put(counterKey(name), counterRow(counter))
    } else {
      this.del(counterKey(name))
    }
  }

  #removePieces (upload: number, bytes: number): void {
    const pieces = upload === 0 ? 0 : piecesOf(bytes)

    for (let index = 0; index < pieces; index++) {
      this.del(pieceKey(upload, index))
    }
  }

  #ownOrEarlier (text: string): KeyRow | null {
    if (this.#keys.has(text)) {
      return null
    }

    const earlier = this.#previous?.written(text)

    return earlier !== undefined ? earlier : this.#read.get(text) ?? null
  }

  /** Undefined: this draft did not change it. */
  written (text: string): KeyRow | null | undefined {
    return this.#keys.get(text)
  }

  /** Undefined: this draft did not change it. */
  writtenRecord (text: string): Buffer | null | undefined {
    return this.#records.written(text)
  }

  /** Reads what the steps need. */
  async fetch (steps: readonly Step[]): Promise<void> {
    const { db, counters, known } = this.#init
    const names: Array<{ mailbox: string, name: Buffer }> = []
    const wanted = new Set<string>()
    const texts: string[] = []
    const records: string[] = []
    const keys: Buffer[] = []

    const wants: Wants = {
      counter: (mailbox, name) => {
        if (this.#touched.has(mailbox) || wanted.has(mailbox)) {
          return
        }

        const counter = counters.get(mailbox) ?? this.#previous?.touched(mailbox)

        if (counter != null) {
          this.#touched.set(mailbox, counter)
        } else {
          wanted.add(mailbox)
          names.push({ mailbox, name })
          keys.push(kept(counterKey(name)))
        }
      },
      key: text => {
        if (known.mayHave(text) && this.#previous?.written(text) === undefined && !this.#keys.has(text) && !this.#read.has(text)) {
          // many steps for one key read it once
          this.#read.set(text, null)
          texts.push(text)
        }
      },
      record: text => {
        if (this.#previous?.writtenRecord(text) === undefined && this.#records.want(text)) {
          records.push(text)
        }
      }
    }

    for (const step of steps) {
      step.needs(wants)
    }

    if (keys.length + texts.length + records.length === 0) {
      return
    }

    let rows: Array<Buffer | undefined>

    try {
      rows = await db.getMany([...keys, ...texts.map(bytesOfKey), ...records.map(bytesOfKey)])
    } catch (err) {
      for (const text of texts) {
        this.#read.delete(text)
      }

      this.#records.unwant(records)

      throw err
    }

    let misses = 0

    texts.forEach((text, index) => {
      const row = rows[keys.length + index]

      if (row != null) {
        this.#read.set(text, readKeyRow(row) ?? null)
      } else {
        misses++
      }
    })
    known.missed(misses)

    records.forEach((text, index) => { this.#records.take(text, rows[keys.length + texts.length + index]) })

    for (const [index, { mailbox, name }] of names.entries()) {
      const counter = this.#readCounter(mailbox, name, rows[index]) ?? await this.#recount(mailbox, name)

      this.#touched.set(mailbox, counter)
      counters.add(counter)
    }
  }

  #readCounter (mailbox: string, name: Buffer, row: Buffer | undefined): Counter | undefined {
    try {
      return counterOf(mailbox, name, row)
    } catch {
      return undefined
    }
  }

  /** One bad row holds up nobody. No earlier draft that is not on disk changed this mailbox: it would have its counter. */
  async #recount (mailbox: string, name: Buffer): Promise<Counter> {
    const counter = await recounted(this.#init.db, mailbox, name, this.state)

    this.changeCounter(counter)

    return counter
  }

  touched (mailbox: string): Counter | undefined {
    return this.#touched.get(mailbox)
  }
}

const EMPTY = Buffer.alloc(0)

/** A key of the area of keys as text, for maps. */
export function keyText (name: Buffer, key: ItemKey): string {
  return keyKey(name, key).toString('latin1')
}

function bytesOfKey (text: string): Buffer {
  return Buffer.from(text, 'latin1')
}
