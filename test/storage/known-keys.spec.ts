import assert from 'node:assert/strict'
import fc from 'fast-check'
import { LIMITS, TERMS, itemOf, keyOf } from '../../src/storage/conformance.js'
import { keyText } from '../../src/storage/level/draft.js'
import { KeyFilter } from '../../src/storage/level/key-filter.js'
import { keyKey, kept } from '../../src/storage/level/keys.js'
import { KnownKeys } from '../../src/storage/level/known-keys.js'
import { openDb } from '../../src/storage/level/open.js'
import { LevelStore } from '../../src/storage/level/store.js'
import { findings, withFolder } from './folder.js'
import type { Opened } from '../../src/storage/level/open.js'

/** Of a filter with one layer. */
const ONE_LAYER = 65_536
const NAME = Buffer.from('a')

function texts (from: number, count: number): string[] {
  return Array.from({ length: count }, (_, n) => keyText(NAME, keyOf(from + n)))
}

describe('a filter of keys', () => {
  it('has every text that was added, whatever it is', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 200 }), all => {
      const filter = new KeyFilter()

      return all.every(text => filter.add(text)) && all.every(text => filter.has(text))
    }))
  })

  it('grows, has all that came before, and takes one in a hundred others for its own at most', () => {
    const filter = new KeyFilter()
    const known = texts(0, 4 * ONE_LAYER)

    assert.ok(known.every(text => filter.add(text)))
    assert.ok(known.every(text => filter.has(text)))
    assert.ok(texts(1e6, 100_000).filter(text => filter.has(text)).length < 1000)
  })

  it('says so when it has no room', () => {
    const filter = new KeyFilter(1)
    let n = 0

    while (filter.count < ONE_LAYER) {
      assert.equal(filter.add(keyText(NAME, keyOf(n++))), true)
    }

    // what seems to be there needs none
    const next = texts(n, 100).filter(text => !filter.has(text))

    assert.equal(filter.add(next[0] ?? ''), false)
    assert.equal(filter.add(keyText(NAME, keyOf(0))), true)
  })
})

describe('a store that knows its keys', () => {
  /** Opens with a walk after the first look-up in vain, and counts rows that are read by key. */
  async function withStore (folder: string, test: (store: LevelStore, reads: { count: number }) => Promise<void>, hook: (opened: Opened) => void = () => {}): Promise<void> {
    const reads = { count: 0 }
    const open = async (path: string): Promise<Opened> => {
      const opened = await openDb(path)
      const getMany = opened.db.getMany.bind(opened.db) as (...args: unknown[]) => Promise<Buffer[]>

      opened.db.getMany = (async (keys: unknown[], ...rest: unknown[]) => {
        reads.count += keys.length

        return await getMany(keys, ...rest)
      }) as unknown as typeof opened.db.getMany
      hook(opened)

      return opened
    }

    const store = await LevelStore.open(folder, {}, { open, known: { misses: 1 } })

    try {
      await test(store, reads)
      assert.deepEqual(await findings(store), [])
    } finally {
      await store.close()
    }
  }

  async function push (store: LevelStore, n: number, mailbox = 'a'): Promise<string> {
    return (await store.mailbox.push(mailbox, itemOf(n), LIMITS)).outcome
  }

  it('looks for no key that is new, and for those that are not: queued or remembered, stored before it was opened or after', async () => {
    await withFolder(async folder => {
      await withStore(folder, async store => {
        assert.equal(await push(store, 1), 'stored')
        assert.equal(await push(store, 2), 'stored')
        assert.deepEqual((await store.mailbox.ack('a', { keys: [keyOf(2)] }, TERMS)).deleted, 1)
      })

      await withStore(folder, async (store, reads) => {
        assert.equal(await push(store, 3), 'stored')
        await store.known.idle()
        assert.equal(store.known.isComplete, true)
        reads.count = 0
        assert.deepEqual(await Promise.all(Array.from({ length: 100 }, async (_, n) => await push(store, 100 + n))), new Array(100).fill('stored'))
        assert.ok(reads.count <= 1, `${reads.count} rows were read`)

        for (const n of [1, 2, 3, 100]) {
          assert.equal(await push(store, n), 'duplicate', `the key ${n}`)
        }

        assert.equal(await push(store, 1, 'b'), 'stored')
      })
    })
  })

  it('knows keys of batches that were under way when it began', async () => {
    await withFolder(async folder => {
      const gate = Promise.withResolvers<void>()
      let isFirst = true
      let isOnDisk = false

      await withStore(folder, async store => {
        const first = push(store, 1)
        const others = [push(store, 2), push(store, 3)]

        for (let turn = 0; turn < 20; turn++) {
          await new Promise<void>(resolve => { setImmediate(resolve) })
        }

        gate.resolve()
        assert.deepEqual(await Promise.all([first, ...others]), ['stored', 'stored', 'stored'])
        await store.known.idle()
        assert.equal(store.known.isComplete, true)
        assert.deepEqual(await Promise.all([1, 2, 3].map(async n => await push(store, n))), ['duplicate', 'duplicate', 'duplicate'])
      }, ({ db }) => {
        const write = db.writeRows.bind(db)
        const keys = db.keys.bind(db) as (...args: unknown[]) => ReturnType<typeof db.keys>

        db.writeRows = async rows => {
          if (isFirst) {
            isFirst = false
            await gate.promise
          }

          await write(rows)
          isOnDisk = true
        }
        db.keys = ((...args: unknown[]) => {
          assert.ok(isOnDisk, 'it walks before all that it does not know is on disk')

          return keys(...args)
        }) as unknown as typeof db.keys
      })
    })
  })

  it('trusts nothing that it knew when a write has failed', async () => {
    await withFolder(async folder => {
      let failing = false

      await withStore(folder, async store => {
        assert.equal(await push(store, 1), 'stored')
        await store.known.idle()
        failing = true

        const healed = new Promise<void>(resolve => { store.addEventListener('health', ({ detail }) => { if (detail.state === 'ready') { resolve() } }) })

        // it is on disk even so
        await assert.rejects(push(store, 2), { code: 'storage_error' })
        assert.equal(store.known.isComplete, false)
        await healed
        assert.equal(await push(store, 3), 'stored')
        await store.known.idle()
        assert.equal(store.known.isComplete, true)
        assert.deepEqual(await Promise.all([1, 2, 3].map(async n => await push(store, n))), ['duplicate', 'duplicate', 'duplicate'])
      }, ({ db }) => {
        const write = db.writeRows.bind(db)

        db.writeRows = async rows => {
          await write(rows)

          if (failing) {
            failing = false
            throw new Error('IO error: fdatasync: Input/output error')
          }
        }
      })
    })
  })

  it('goes without when there are more keys than it has room for, and tries again after as many look-ups in vain', async () => {
    await withFolder(async folder => {
      const { db } = await openDb(folder)
      const rows = db.rows()

      for (let n = 0; n < ONE_LAYER + 1000; n++) {
        rows.put(kept(keyKey(NAME, keyOf(n))), Buffer.alloc(42))
      }

      await db.writeRows(rows)

      const known = new KnownKeys({ db: () => db, settled: async () => {}, items: () => 80, misses: 2, maxLayers: 1 })
      const text = keyText(NAME, keyOf(1e6))

      known.missed(9)
      await known.idle()
      assert.equal(known.mayHave(text), true)
      // one for eight items
      known.missed(1)
      await known.idle()
      assert.equal(known.isComplete, false)
      assert.equal(known.mayHave(text), true)

      for (let n = 0; n < 1000; n++) {
        rows.del(kept(keyKey(NAME, keyOf(n))))
      }

      await db.writeRows(rows)
      known.missed(ONE_LAYER - 1)
      await known.idle()
      assert.equal(known.isComplete, false)
      known.missed(1)
      await known.idle()
      assert.equal(known.isComplete, true)
      assert.equal(known.mayHave(text), false)
      assert.equal(known.mayHave(keyText(NAME, keyOf(1000))), true)
      await known.stop()
      await db.close()
    })
  })

  it('is closed while it walks', async () => {
    await withFolder(async folder => {
      await withStore(folder, async store => {
        await Promise.all(Array.from({ length: 2000 }, async (_, n) => await push(store, n, `m${n % 20}`)))
      })
      // `withStore` closes it when these are answered
      await withStore(folder, async store => {
        assert.equal(await push(store, 1, 'm1'), 'duplicate')
        await Promise.all(Array.from({ length: 300 }, async (_, n) => await push(store, 2000 + n)))
      })
    })
  })
})
