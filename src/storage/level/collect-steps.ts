import { keyText } from './draft.js'
import { DUE, dueKey } from './keys.js'
import { ITEM_OVERHEAD, SettlingStep } from './steps.js'
import type { Counter } from './counters.js'
import type { Draft, Wants } from './draft.js'
import type { FoundDue, Run } from './due.js'
import type { ItemPlace } from './keys.js'
import type { ItemKey, Terms } from '../types.js'

type DueRow = FoundDue & { box: string, text: string }

/** Collects rows that are due, and keys of that area that cannot be read. */
export class CollectStep extends SettlingStep<number> {
  override readonly bytes: number
  protected result = 0
  /** Due items that no key leads to: an ack took them meanwhile, or the key's row is damaged. */
  readonly strays: Array<{ mailbox: string, seq: number }> = []
  readonly #due: DueRow[] = []
  /** Items that are over in mailboxes that are due. */
  readonly #runs: Array<{ box: string, text: string, item: ItemPlace & ItemKey }> = []
  readonly #inRuns = new Set<string>()
  readonly #unreadable: Buffer[] = []
  readonly #terms: Terms
  /** From when to when nothing is due once this is done. */
  readonly #swept: { fromMs: number, toMs: number }

  /** How long it kept the event loop, in milliseconds. */
  tookMs = 0

  constructor (due: ReadonlyArray<FoundDue | Buffer>, terms: Terms, swept: { fromMs: number, toMs: number }) {
    super()

    for (const row of due) {
      if (Buffer.isBuffer(row)) {
        this.#unreadable.push(row)
      } else {
        const box = row.mailbox.toString()

        this.#due.push({ ...row, box, text: row.kind === DUE.counter ? '' : keyText(row.mailbox, row.key) })

        for (const item of row.run?.items ?? []) {
          const text = keyText(row.mailbox, item)

          this.#runs.push({ box, text, item })
          this.#inRuns.add(`${item.seq} ${text}`)
        }
      }
    }

    this.#terms = terms
    this.#swept = swept
    this.bytes = ITEM_OVERHEAD * (1 + due.length + this.#runs.length)
  }

  needs (wants: Wants): void {
    for (const { kind, box, mailbox, text } of this.#due) {
      wants.counter(box, mailbox)

      if (kind !== DUE.counter) {
        wants.key(text)
      }
    }

    for (const { text } of this.#runs) {
      wants.key(text)
    }
  }

  apply (draft: Draft): void {
    const begun = performance.now()
    const terms = { ...this.#terms, now: draft.time(this.#terms.now) }

    for (const key of this.#unreadable) {
      draft.del(key)
    }

    for (const { box, text, item } of this.#runs) {
      this.#collectItem(draft, draft.counter(box), item, text, terms)
    }

    for (const due of this.#due) {
      const counter = draft.counter(due.box)

      draft.del(dueKey(due))

      if (due.kind === DUE.counter) {
        this.#lookAtCounter(draft, counter, due.timeMs, due.run, terms.now)
      } else {
        this.#collectKey(draft, counter, due, terms)
      }
    }

    // another one that came first, or a mend, has said how far it is
    if (draft.state.sweptMs === this.#swept.fromMs) {
      draft.state.sweptMs = Math.max(this.#swept.fromMs, this.#swept.toMs)
    }

    // `sweptMs` may go on next time
    draft.keepTime()
    this.tookMs = performance.now() - begun
  }

  #collectKey (draft: Draft, counter: Counter, due: Exclude<DueRow, { kind: typeof DUE.counter }>, terms: Terms): void {
    if (due.kind === DUE.key) {
      const row = draft.key(due.text)

      if (row?.queued === false && row.untilMs <= terms.now) {
        draft.forget(counter, due.key, due.text)
      }
    } else if (!this.#inRuns.has(`${due.seq} ${due.text}`)) {
      this.#collectItem(draft, counter, { seq: due.seq, ...due.key }, due.text, terms)
    }
  }

  #collectItem (draft: Draft, counter: Counter, item: ItemKey & { seq: number }, text: string, terms: Terms): void {
    const row = draft.key(text)

    if (row?.queued === true && row.seq === item.seq) {
      draft.remove(counter, item, text, row, terms)
      this.result++
    } else {
      this.strays.push({ mailbox: counter.mailbox, seq: item.seq })
    }
  }

  /** Its row is gone: it is put where the mailbox is due next, or the counter goes with it. */
  #lookAtCounter (draft: Draft, counter: Counter, rowMs: number, run: Run | undefined, now: number): void {
    if (counter.dueRowMs === rowMs) {
      counter.dueRowMs = 0
      draft.changeCounter(counter)
    }

    if (counter.exists && counter.count > 0 && run != null) {
      if (run.alive != null && run.alive.seq >= counter.head) {
        counter.dueMs = run.alive.deadlineMs
      } else if (!run.more && counter.dueMs <= now) {
        // stored since it was read: the next look finds it
        counter.dueMs = now + 1
      }

      draft.changeCounter(counter)
    } else if (counter.exists && counter.count === 0 && counter.dueMs !== 0 && counter.dueMs <= now) {
      counter.exists = false
      draft.state.seqFloor = Math.max(draft.state.seqFloor, counter.nextSeq - 1)
      draft.changeCounter(counter)
    }
  }
}

/** Takes away an item that its key does not lead to. */
export class RemoveStrayStep extends SettlingStep<undefined> {
  protected result: undefined
  readonly #mailbox: string
  readonly #name: Buffer
  readonly #item: ItemPlace & ItemKey & { upload: number }
  readonly #terms: Terms

  constructor (mailbox: string, name: Buffer, item: ItemPlace & ItemKey & { upload: number }, terms: Terms) {
    super()
    this.#mailbox = mailbox
    this.#name = name
    this.#item = item
    this.#terms = terms
  }

  needs (wants: Wants): void {
    wants.counter(this.#mailbox, this.#name)
  }

  apply (draft: Draft): void {
    draft.removeItem(draft.counter(this.#mailbox), this.#item, this.#item, { ...this.#terms, now: draft.time(this.#terms.now) })
  }
}
