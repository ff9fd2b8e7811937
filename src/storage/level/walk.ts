import { asBuffer } from './reader.js'
import { change } from './mend.js'
import type { Mend } from './mend.js'
import type { Db } from './db.js'
import type { Finding } from '../types.js'

const ROWS_A_READ = 100
/** What comes into JavaScript in one turn of the event loop. */
export const MAX_READ_BYTES = 1024 * 1024

export type Snapshot = ReturnType<Db['snapshot']>

/** A way through a snapshot of the store. */
export interface Walk {
  db: Db
  snapshot: Snapshot
  pace: Pace
}

export interface Found extends Omit<Finding, 'mended'> {
  mend?: Mend
}

/** Keys of an area, and what `look` says of each. Others have their turn after each slice. */
export async function * rows<T> ({ db, snapshot, pace }: Walk, area: number, look: (keys: readonly Buffer[]) => Promise<readonly T[]>): AsyncIterable<[Buffer, T]> {
  const iterator = db.keys({ snapshot, gte: Buffer.of(area), lt: Buffer.of(area + 1) })

  try {
    for (let batch = await iterator.nextv(ROWS_A_READ); batch.length > 0; batch = await iterator.nextv(ROWS_A_READ)) {
      const keys = batch.map(asBuffer)

      for (const [index, seen] of (await look(keys)).entries()) {
        yield [keys[index] as Buffer, seen]

        await pace.rest()
      }
    }
  } finally {
    await iterator.close()
  }
}

/** Keys of an area with their rows. Others have their turn after each slice. */
export async function * entries ({ db, snapshot, pace }: Walk, area: number): AsyncIterable<[Buffer, Buffer]> {
  const iterator = db.iterator({ snapshot, gte: Buffer.of(area), lt: Buffer.of(area + 1), fillCache: false, highWaterMarkBytes: MAX_READ_BYTES })

  try {
    for (let batch = await iterator.nextv(ROWS_A_READ); batch.length > 0; batch = await iterator.nextv(ROWS_A_READ)) {
      for (const [key, row] of batch) {
        yield [asBuffer(key), row]

        await pace.rest()
      }
    }
  } finally {
    await iterator.close()
  }
}

/** A row that no name leads to. */
export function senseless (key: Buffer): Found {
  return { kind: 'unreadable_row', message: 'a row whose key says nothing', mend: change(draft => { draft.del(key) }) }
}

export class Pace {
  readonly #budgetMs: number
  readonly #pauseMs: number
  readonly #signal: AbortSignal | undefined
  #begun = performance.now()

  constructor (budgetMs: number, pauseMs: number, signal: AbortSignal | undefined) {
    this.#budgetMs = budgetMs
    this.#pauseMs = pauseMs
    this.#signal = signal
  }

  async rest (): Promise<void> {
    if (performance.now() - this.#begun >= this.#budgetMs) {
      await new Promise<void>(resolve => { this.#pauseMs > 0 ? setTimeout(resolve, this.#pauseMs) : setImmediate(resolve) })
      this.#begun = performance.now()
    }

    this.#signal?.throwIfAborted()
  }
}
