import { SettlingStep } from './steps.js'
import type { Counter } from './counters.js'
import type { Draft, Wants } from './draft.js'

/** What puts a finding right, in one batch with whatever else goes on. */
export interface Mend {
  /** What is read first: the counter of a mailbox, and the row of a key, by what `keyText` gives for it. */
  of?: { name: Buffer, key?: string }
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
  }

  apply (draft: Draft): void {
    this.result = this.#mend.apply(draft, this.#mailbox == null ? undefined : draft.counter(this.#mailbox))
  }
}
