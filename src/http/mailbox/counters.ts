/** What /stats tells, from the door's start on. */
export class MailboxCounters {
  pushTotal = 0
  pushStored = 0
  duplicates = 0
  pullTotal = 0
  ackTotal = 0
  ackDeleted = 0
  rateLimited = 0
  readonly #startedAt = performance.now()
  readonly #collected: () => number

  /** @param collected expired items that were collected so far */
  constructor (collected: () => number) {
    this.#collected = collected
  }

  toJson (): string {
    return JSON.stringify({
      metrics: {
        ack_deleted: this.ackDeleted,
        ack_total: this.ackTotal,
        duplicates: this.duplicates,
        gc_removed: this.#collected(),
        pull_total: this.pullTotal,
        push_stored: this.pushStored,
        push_total: this.pushTotal,
        rate_limited: this.rateLimited
      },
      status: 'ok',
      uptime_ms: Math.floor(performance.now() - this.#startedAt)
    })
  }
}
