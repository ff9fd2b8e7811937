import { itemFrom, itemsEnd, kept, readItemKey } from './keys.js'
import { asBuffer } from './reader.js'
import type { ItemPlace } from './keys.js'
import type { CounterRow, StateRow } from './rows.js'
import type { Db } from './db.js'

/** More items than a mailbox takes while its counter is damaged. */
const SEQ_GAP = 2 ** 32
const KEYS_A_READ = 1000

/** What a mailbox holds, as its items say. */
export class Contents {
  count = 0
  bytes = 0
  /** Beyond all when there are no items. */
  firstSeq = Number.MAX_SAFE_INTEGER
  lastSeq = 0
  lastDeadlineMs = 0

  static async read (db: Db, name: Buffer): Promise<Contents> {
    const contents = new Contents()
    const keys = db.keys({ gte: kept(itemFrom(name, 0)), lt: kept(itemsEnd(name)), fillCache: false })

    try {
      for (let batch = await keys.nextv(KEYS_A_READ); batch.length > 0; batch = await keys.nextv(KEYS_A_READ)) {
        batch.forEach(key => { contents.add(readItemKey(asBuffer(key))) })
      }
    } finally {
      await keys.close()
    }

    return contents
  }

  add ({ seq, bytes, deadlineMs }: ItemPlace): void {
    this.count++
    this.bytes += bytes
    this.firstSeq = Math.min(this.firstSeq, seq)
    this.lastSeq = Math.max(this.lastSeq, seq)
    this.lastDeadlineMs = Math.max(this.lastDeadlineMs, deadlineMs)
  }

  /** Above every seq that the mailbox may have given out, also to items that are gone. */
  safeNextSeq ({ seqFloor }: StateRow): number {
    return Math.max(this.lastSeq, seqFloor) + SEQ_GAP
  }

  /** A counter in place of one that cannot be read. */
  toCounter (state: StateRow): CounterRow {
    const { count, bytes, lastDeadlineMs } = this
    const nextSeq = this.safeNextSeq(state)

    // looked at at once. An empty one may go: what follows it begins above it
    return { nextSeq, count, bytes, head: Math.min(this.firstSeq, nextSeq), dueMs: Math.max(1, state.clockFloorMs), dueRowMs: 0, lastDeadlineMs }
  }
}
