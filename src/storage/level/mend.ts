import { SettlingStep } from './steps.js'
import type { Counter } from './counters.js'
import type { Draft, Wants } from './draft.js'

/** What puts a finding right, in one batch with whatever else goes on. */
export interface Mend {
  /** Its counter is read first. */
  counterOf?: { mailbox: string, name: Buffer }
  apply (draft: Draft, counter: Counter | undefined): void
}

export class MendStep extends SettlingStep<undefined> {
  protected result: undefined
  readonly #mend: Mend

  constructor (mend: Mend) {
    super()
    this.#mend = mend
  }

  needs (wants: Wants): void {
    const { counterOf } = this.#mend

    if (counterOf != null) {
      wants.counter(counterOf.mailbox, counterOf.name)
    }
  }

  apply (draft: Draft): void {
    const { counterOf } = this.#mend

    this.#mend.apply(draft, counterOf == null ? undefined : draft.counter(counterOf.mailbox))
  }
}
