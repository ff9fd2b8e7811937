import type { Db } from './db.js'

/** In one hand-over: more are spread over the threads of the pool. */
export const MAX_TOGETHER = 16

interface Waiting {
  key: Uint8Array
  resolve: (row: Buffer | undefined) => void
  reject: (err: unknown) => void
}

/**
 * Look-ups of single rows. Those that one turn of the event loop brings are handed over to another thread together: the hand-over costs several
 * times what LevelDB takes for a row that is in memory.
 */
export class GatheredGets {
  readonly #db: () => Db
  #waiting: Waiting[] = []

  /** `db`: as it is when rows are read. What it throws is what look-ups reject with. */
  constructor (db: () => Db) {
    this.#db = db
  }

  /** What is there when it is called, or what has come since. Rejects as `get` of the database does. */
  async get (key: Uint8Array): Promise<Buffer | undefined> {
    return await new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) {
        setImmediate(this.#flush)
      }

      this.#waiting.push({ key, resolve, reject })
    })
  }

  readonly #flush = (): void => {
    const waiting = this.#waiting

    this.#waiting = []

    for (let at = 0; at < waiting.length; at += MAX_TOGETHER) {
      const together = waiting.slice(at, at + MAX_TOGETHER)

      this.#read(together).catch((err: unknown) => { together.forEach(({ reject }) => { reject(err) }) })
    }
  }

  async #read (together: readonly Waiting[]): Promise<void> {
    const db = this.#db()
    const rows = await db.getMany(together.map(({ key }) => key)).catch(() => undefined)

    if (rows == null) {
      // a row that cannot be read must not hide the others
      together.forEach(({ key, resolve, reject }) => { db.get(key).then(resolve, reject) })
    } else {
      together.forEach(({ resolve }, at) => { resolve(rows[at]) })
    }
  }
}
