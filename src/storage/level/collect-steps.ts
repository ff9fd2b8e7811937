import { keyText } from './draft.js'
import { DUE, dueKey } from './keys.js'
import { ITEM_OVERHEAD, SettlingStep } from './steps.js'
import type { Counter } from './counters.js'
import type { Draft, Wants } from './draft.js'
import type { Due, ItemPlace } from './keys.js'
import type { ItemKey, Terms } from '../types.js'

type DueRow = Due & { box: string, text: string }

/** Collects rows that are due, and keys of that area that cannot be read. */
export class CollectStep extends SettlingStep<number> {
  override readonly bytes: number
  protected result = 0
  /** Due items that no key leads to: an ack took them meanwhile, or the key's row is damaged. */
  readonly strays: Array<{ mailbox: string, seq: number }> = []
  readonly #due: DueRow[] = []
  readonly #unreadable: Buffer[] = []
  readonly #terms: Terms
  /** From when to when nothing is due once this is done. */
  readonly #swept: { fromMs: number, toMs: number }

  /** How long it kept the event loop, in milliseconds. */
  tookMs = 0

  constructor (due: ReadonlyArray<Due | Buffer>, terms: Terms, swept: { fromMs: number, toMs: number }) {
    super()

    for (const row of due) {
      if (Buffer.isBuffer(row)) {
        this.#unreadable.push(row)
      } else {
        this.#due.push({ ...row, box: row.mailbox.toString(), text: row.kind === DUE.counter ? '' : keyText(row.mailbox, row.key) })
      }
    }

    this.#terms = terms
    this.#swept = swept
    this.bytes = ITEM_OVERHEAD * (1 + due.length)
  }

  needs (wants: Wants): void {
    for (const { kind, box, mailbox, text } of this.#due) {
      wants.counter(box, mailbox)

      if (kind !== DUE.counter) {
        wants.key(text)
      }
    }
  }

  apply (draft: Draft): void {
    const begun = performance.now()
    const terms = { ...this.#terms, now: draft.time(this.#terms.now) }

    for (const key of this.#unreadable) {
      draft.del(key)
    }

    for (const due of this.#due) {
      const counter = draft.counter(due.box)

      draft.del(dueKey(due))

      if (due.kind === DUE.counter) {
        this.#dropCounter(draft, counter, terms.now)
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
    const row = draft.key(due.text)

    if (due.kind === DUE.key) {
      if (row?.queued === false && row.untilMs <= terms.now) {
        draft.forget(counter, due.key, due.text)
      }
    } else if (row?.queued === true && row.seq === due.seq) {
      draft.remove(counter, due.key, due.text, row, terms)
      this.result++
    } else {
      this.strays.push({ mailbox: due.box, seq: due.seq })
    }
  }

  #dropCounter (draft: Draft, counter: Counter, now: number): void {
    if (counter.exists && counter.count === 0 && counter.dropAtMs !== 0 && counter.dropAtMs <= now) {
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
