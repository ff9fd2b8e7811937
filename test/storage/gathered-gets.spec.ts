import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { StorageError } from '../../src/storage/errors.js'
import { GatheredGets, MAX_TOGETHER } from '../../src/storage/level/gathered-gets.js'
import { LevelStore } from '../../src/storage/level/store.js'
import { indexOf } from '../../src/storage/registry-conformance.js'
import { withFolder } from './folder.js'
import type { Db } from '../../src/storage/level/db.js'

/** Rows of which some cannot be read, and how many were asked for at a time. */
class Rows {
  readonly asked: number[] = []
  readonly #bad: ReadonlySet<number>

  constructor (...bad: number[]) {
    this.#bad = new Set(bad)
  }

  readonly getMany = async (keys: Uint8Array[]): Promise<Buffer[]> => {
    this.asked.push(keys.length)
    await nextTurn()

    return keys.map(this.#row)
  }

  readonly get = async (key: Uint8Array): Promise<Buffer> => {
    this.asked.push(1)
    await nextTurn()

    return this.#row(key)
  }

  readonly #row = (key: Uint8Array): Buffer => {
    if (this.#bad.has(key[0] ?? 0)) {
      throw new Error('Corruption: block checksum mismatch')
    }

    return Buffer.from(key)
  }
}

async function outcomes (gets: GatheredGets, count: number): Promise<Array<number | string | undefined>> {
  return await Promise.all(Array.from({ length: count }, async (_, n) => await gets.get(Uint8Array.of(n)).then(row => row?.[0], (err: unknown) => (err as Error).message)))
}

function over (rows: Rows): GatheredGets {
  return new GatheredGets(() => rows as unknown as Db)
}

describe('look-ups of rows', () => {
  it('of one turn of the event loop are one hand-over, up to 16 of them', async () => {
    const rows = new Rows()

    assert.deepEqual(await outcomes(over(rows), MAX_TOGETHER), Array.from({ length: MAX_TOGETHER }, (_, n) => n))
    assert.deepEqual(rows.asked, [16])
    assert.deepEqual(await outcomes(over(rows), MAX_TOGETHER + 1), Array.from({ length: MAX_TOGETHER + 1 }, (_, n) => n))
    assert.deepEqual(rows.asked, [16, 16, 1])
  })

  it('fail by themselves: a row that cannot be read hides none that was asked for with it', async () => {
    assert.deepEqual(await outcomes(over(new Rows(1)), 3), [0, 'Corruption: block checksum mismatch', 2])
  })

  it('all end when there is no database', async () => {
    const gets = new GatheredGets(() => { throw new StorageError('the store is being opened again') })

    assert.deepEqual(await outcomes(gets, 2), ['the store is being opened again', 'the store is being opened again'])
  })

  it('under way when the store is closed are answered, and later ones refused', async () => {
    await withFolder(async folder => {
      const store = await LevelStore.open(folder)
      const [index, sealed] = [indexOf(1), Buffer.of(7)]

      assert.ok(await store.registry.replaceIdentity(index, undefined, { sealed }, { now: 1 }))
      const reads = Promise.all(Array.from({ length: 40 }, async (_, n) => await store.registry.identity(n % 2 === 0 ? index : indexOf(2), 1)))
      const closed = store.close()

      assert.deepEqual((await reads).map(row => row == null ? undefined : Buffer.from(row.sealed)), Array.from({ length: 40 }, (_, n) => n % 2 === 0 ? sealed : undefined))
      await closed
      await assert.rejects(store.registry.identity(index, 1), StorageError)
    })
  })
})
