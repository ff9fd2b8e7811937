import { keyText } from './draft.js'
import { queuedRow } from './rows.js'
import { SettlingStep } from './steps.js'
import type { Contents } from './contents.js'
import type { Counter } from './counters.js'
import type { Draft, Wants } from './draft.js'
import type { CounterRow, KeyRow, QueuedRow } from './rows.js'
import type { ItemKey } from '../types.js'

/** What puts a finding right, in one batch with whatever else goes on. */
export interface Mend {
  /** What is read first: the counter of a mailbox, and the row of a key, by what `keyText` gives for it. */
  of?: { name: Buffer, key?: string }
  /** Read first, too: a row by its key as text. */
  record?: string
  /** False: it cannot be put right. What was found may be another by now. */
  apply (draft: Draft, counter: Counter | undefined): boolean
}

export class MendStep extends SettlingStep<boolean> {
  protected result = false
  readonly #mend: Mend
  readonly #mailbox: string | undefined

  constructor (mend: Mend) {
    super()
    this.#mend = mend
    this.#mailbox = mend.of?.name.toString()
  }

  needs (wants: Wants): void {
    const { of } = this.#mend

    if (of != null && this.#mailbox != null) {
      wants.counter(this.#mailbox, of.name)
    }

    if (of?.key != null) {
      wants.key(of.key)
    }

    if (this.#mend.record != null) {
      wants.record(this.#mend.record)
    }
  }

  apply (draft: Draft): void {
    this.result = this.#mend.apply(draft, this.#mailbox == null ? undefined : draft.counter(this.#mailbox))
  }
}

/** What needs nothing of what is there. */
export function change (apply: (draft: Draft) => void): Mend {
  return {
    apply: draft => {
      apply(draft)
      return true
    }
  }
}

/** @param key what `keyText` gives for a key whose row is wanted as it is then */
export function changeMailbox (name: Buffer, key: string | undefined, apply: (draft: Draft, counter: Counter, row: KeyRow | null) => boolean): Mend {
  return {
    of: { name, key },
    apply: (draft, counter) => counter != null && apply(draft, counter, key == null ? null : draft.key(key))
  }
}

/** @param text of the key of a row that is wanted as it is then */
export function changeRecord (text: string, apply: (draft: Draft, row: Buffer | undefined) => void): Mend {
  return { ...change(draft => { apply(draft, draft.record(text)) }), record: text }
}

/** Leads the key of an item to it. Only its deadline could have taken the item since it was seen. */
export function mendKey (draft: Draft, counter: Counter, known: KeyRow | null, queued: QueuedRow, key: ItemKey, deadSeq: number): boolean {
  const now = draft.state.clockFloorMs

  if (queued.deadlineMs <= now || (known?.queued === true && known.seq === queued.seq)) {
    return true
  }

  if (known?.queued !== true || known.seq === deadSeq) {
    draft.putKey(counter, key, keyText(counter.name, key), queued, queuedRow(queued))
    return true
  }

  if (known.fingerprint === queued.fingerprint) {
    // it was sent and stored again when its key was lost
    draft.removeItem(counter, key, queued, { now, counterMs: 1 })
    return true
  }

  return false
}

/** Says it as a difference to what was counted when `found` was. */
export function mendCounter (draft: Draft, counter: Counter, counted: CounterRow, found: Contents): boolean {
  counter.exists = true
  counter.count = Math.max(0, counter.count + found.count - counted.count)
  counter.bytes = Math.max(0, counter.bytes + found.bytes - counted.bytes)

  if (counted.nextSeq <= found.lastSeq) {
    counter.nextSeq = Math.max(counter.nextSeq, found.safeNextSeq(draft.state))
  }

  counter.head = Math.min(counter.head, found.firstSeq)
  counter.lastDeadlineMs = Math.max(counter.lastDeadlineMs, found.lastDeadlineMs)
  mendDue(draft, counter)

  return true
}

/** Has the mailbox looked at at once: that puts its row where it belongs. */
export function mendDue (draft: Draft, counter: Counter): void {
  counter.dueMs = Math.max(1, draft.state.clockFloorMs)
  counter.dueRowMs = 0
  draft.changeCounter(counter)
}
