import { ClassicLevel } from 'classic-level'

/** What a chained batch of classic-level is made of. Its public methods make an object and copies for each row, and write it only once. */
interface NativeBatch {
  _put (key: Uint8Array, value: Uint8Array): void
  _del (key: Uint8Array): void
  _clear (): void
  _write (options: { sync: boolean }): Promise<void>
}

/** Drafts that can be under way at a time: one is written, one is made. */
const MAX_SPARE = 2
const SYNC = { sync: true }

/** Rows that are written together. They are copied into LevelDB's own memory as they come, which stays with the batch for the next rows. */
export class RowBatch {
  readonly #native: NativeBatch

  constructor (native: NativeBatch) {
    this.#native = native
  }

  put (key: Uint8Array, value: Uint8Array): void {
    this.#native._put(key, value)
  }

  del (key: Uint8Array): void {
    this.#native._del(key)
  }

  clear (): void {
    this.#native._clear()
  }

  async write (options: { sync: boolean }): Promise<void> {
    await this.#native._write(options)
  }
}

/** LevelDB with batches that are used again: their memory is outside of V8's sight, which would give it back late. */
export class Db extends ClassicLevel<Uint8Array, Buffer> {
  readonly #spare: RowBatch[] = []

  /** An empty batch. It belongs to the caller until it is written or given back. */
  rows (): RowBatch {
    return this.#spare.pop() ?? new RowBatch(this.batch() as unknown as NativeBatch)
  }

  /** Writes rows, and waits for them to be on disk. @throws Error when the database is not open */
  async writeRows (rows: RowBatch, options = SYNC): Promise<void> {
    if (this.status !== 'open') {
      throw new Error('the database is not open')
    }

    await rows.write(options)
    this.giveBack(rows)
  }

  /** Of a batch that will not be written, or was. */
  giveBack (rows: RowBatch): void {
    rows.clear()

    if (this.#spare.length < MAX_SPARE) {
      this.#spare.push(rows)
    }
  }
}
