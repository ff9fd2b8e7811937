interface Call {
  exclusive: boolean
  /** Never rejects. */
  run: () => Promise<unknown>
}

/** Keeps the order of calls on one mailbox when one of them takes more than one step. */
export class Lanes {
  readonly #lanes = new Map<string, Call[]>()

  /** False: nothing is held up, the call may be made at once. */
  has (mailbox: string): boolean {
    return this.#lanes.size > 0 && this.#lanes.has(mailbox)
  }

  get isIdle (): boolean {
    return this.#lanes.size === 0
  }

  /** Begins when all that came before on this mailbox has begun, and what is exclusive there has ended. */
  async enter<T> (mailbox: string, exclusive: boolean, call: () => Promise<T>): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      // never rejects: the caller hears of it
      const run = async (): Promise<void> => { await call().then(resolve, reject) }
      const lane = this.#lanes.get(mailbox)

      if (lane != null) {
        lane.push({ exclusive, run })
      } else if (exclusive) {
        this.#lanes.set(mailbox, [])
        this.#hold(mailbox, run).catch(reject)
      } else {
        run().catch(reject)
      }
    })
  }

  async #hold (mailbox: string, run: () => Promise<unknown>): Promise<void> {
    await run()

    for (let next = this.#next(mailbox); next != null; next = this.#next(mailbox)) {
      const done = next.run()

      if (next.exclusive) {
        await done
      }
    }

    this.#lanes.delete(mailbox)
  }

  #next (mailbox: string): Call | undefined {
    return this.#lanes.get(mailbox)?.shift()
  }
}
