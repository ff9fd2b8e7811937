import assert from 'node:assert/strict'
import { ALL, LIMITS, T0, TERMS, itemOf, keyOf } from '../../src/storage/conformance.js'
import { AREA, counterKey, kept } from '../../src/storage/level/keys.js'
import { Counters } from '../../src/storage/level/counters.js'
import { LevelStore } from '../../src/storage/level/store.js'
import { META, counterRow, stateRow } from '../../src/storage/level/rows.js'
import { findings, withFolder } from './folder.js'
import type { Db } from '../../src/storage/level/db.js'
import type { FindingKind } from '../../src/storage/index.js'

const NAME = Buffer.from('a')

async function first (db: Db, area: number, skip = 0): Promise<Uint8Array> {
  const key = (await db.keys({ gte: Buffer.of(area), lt: Buffer.of(area + 1) }).all())[skip]
  assert.ok(key != null)

  return key
}

/** Items 1 to `count` in mailbox a. */
async function filledStore (folder: string, count: number): Promise<LevelStore> {
  const store = await LevelStore.open(folder)

  await Promise.all(Array.from({ length: count }, async (_, index) => await store.mailbox.push('a', itemOf(index + 1), LIMITS)))

  return store
}

/** Damages rows, and makes the store forget what it knows of them. */
async function damaged (store: LevelStore, damage: (db: Db) => Promise<void>): Promise<void> {
  await damage(store.db)
  store.counters = new Counters()
}

/** What goes wrong, how it is found, and whether it can be mended. */
const DAMAGE: ReadonlyArray<[string, (db: Db) => Promise<void>, FindingKind[], boolean]> = [
  ['a counter that is too high', async db => { await db.put(kept(counterKey(NAME)), Buffer.from(counterRow({ nextSeq: 3, count: 9, bytes: 99, head: 1, dueMs: 0, dueRowMs: 0, lastDeadlineMs: 0 }))) }, ['counter_differs'], true],
  ['a counter that is gone', async db => { await db.del(kept(counterKey(NAME))) }, ['counter_differs'], true],
  ['a counter that cannot be read', async db => { await db.put(kept(counterKey(NAME)), Buffer.from('?')) }, ['unreadable_row'], true],
  ['totals that are wrong', async db => { await db.put(META.state, stateRow({ clockFloorMs: T0, seqFloor: 0, items: 1, bytes: 2, sweptMs: 0, nextUpload: 2 })) }, ['totals_differ'], true],
  ['an item without its key', async db => { await db.del(await first(db, AREA.key)) }, ['item_without_key'], true],
  ['a key that cannot be read', async db => { await db.put(await first(db, AREA.key), Buffer.from('?')) }, ['item_without_key', 'unreadable_row'], true],
  ['an item without its deadline', async db => { await db.del(await first(db, AREA.due)) }, ['item_without_deadline'], true],
  ['rows whose keys say nothing', async db => {
    for (const area of [AREA.counter, AREA.item, AREA.key]) {
      await db.put(Buffer.of(area, 0, 200, 1), Buffer.from('?'))
    }
  }, ['unreadable_row'], true],
  ['a body without one of its pieces', async db => { await db.del(await first(db, AREA.piece, 1)) }, ['piece_missing'], false]
]

describe('verify', () => {
  for (const [what, damage, kinds, canMend] of DAMAGE) {
    it(`finds ${what}${canMend ? ', and puts it right' : ''}`, async () => {
      await withFolder(async folder => {
        const before = await LevelStore.open(folder)

        await before.mailbox.push('a', itemOf(1), LIMITS)
        await before.mailbox.push('a', itemOf(2, new Uint8Array(600_000)), LIMITS)
        await damage(before.db)
        await before.close()

        const store = await LevelStore.open(folder)

        assert.deepEqual([...new Set((await findings(store)).map(({ kind }) => kind))].sort(), [...kinds].sort())
        assert.ok((await findings(store)).every(({ mended }) => !mended))
        assert.ok((await findings(store, true)).every(({ mended }) => mended === canMend))

        if (canMend) {
          assert.deepEqual(await findings(store), [])
          assert.deepEqual(store.mailbox.totals(), { items: 2, bytes: 600_006 })
          assert.equal((await store.mailbox.ack('a', { keys: [keyOf(1), keyOf(2)] }, TERMS)).deleted, 2)
          assert.ok((await store.mailbox.push('a', itemOf(3), LIMITS)).seq > 2)
        }

        await store.close()
      })
    })
  }

  it('an item whose body is not whole is passed over, and goes at its deadline', async () => {
    await withFolder(async folder => {
      const store = await LevelStore.open(folder)

      await store.mailbox.push('a', itemOf(1, new Uint8Array(600_000)), LIMITS)
      await store.mailbox.push('a', itemOf(2), LIMITS)
      await store.db.del(await first(store.db, AREA.piece, 1))
      assert.deepEqual((await store.mailbox.pull('a', ALL)).items.map(({ seq }) => seq), [2])
      assert.equal((await store.mailbox.expire({ ...TERMS, now: T0 + 5000 })).removed, 2)
      assert.deepEqual(await findings(store), [])
      await store.close()
    })
  })

  it('an item whose key is mended keeps its deadline', async () => {
    await withFolder(async folder => {
      const store = await LevelStore.open(folder)

      await store.mailbox.push('a', itemOf(1), LIMITS)
      await store.db.del(await first(store.db, AREA.key))
      assert.deepEqual((await findings(store, true)).map(({ kind, mended }) => [kind, mended]), [['item_without_key', true]])
      assert.deepEqual(await findings(store), [])
      assert.equal((await store.mailbox.expire({ ...TERMS, now: T0 + 5000 })).removed, 1)
      await store.close()
    })
  })

  it('a mailbox whose counter cannot be read numbers on above all that it may have given out', async () => {
    await withFolder(async folder => {
      const store = await filledStore(folder, 3)

      await store.mailbox.ack('a', { keys: [keyOf(3)] }, TERMS)
      await damaged(store, async db => { await db.put(kept(counterKey(NAME)), Buffer.from('?')) })
      assert.deepEqual((await findings(store, true)).map(({ kind, mended }) => [kind, mended]), [['unreadable_row', true]])
      await store.mailbox.push('a', itemOf(4), LIMITS)
      // a subscriber that has seen all three goes on from there
      assert.deepEqual((await store.mailbox.pull('a', { ...ALL, cursor: 3 })).items.map(({ body }) => Buffer.from(body).toString()), ['body 4'])
      assert.deepEqual(await findings(store), [])
      await store.close()
    })
  })

  it('the counter of an empty mailbox that could not be read goes as others do, and seq never restarts', async () => {
    await withFolder(async folder => {
      const store = await filledStore(folder, 3)

      await store.mailbox.ack('a', { upToSeq: 3 }, TERMS)
      await damaged(store, async db => { await db.put(kept(counterKey(NAME)), Buffer.from('?')) })
      await findings(store, true)
      assert.deepEqual(await findings(store), [])
      while ((await store.mailbox.expire({ ...TERMS, now: T0 + 1_000_000 })).more);
      assert.deepEqual(await store.db.keys({ gte: Buffer.of(AREA.counter), lt: Buffer.of(AREA.counter + 1) }).all(), [])
      assert.ok((await store.mailbox.push('a', itemOf(4), { ...LIMITS, now: T0 + 1_000_000 })).seq > 3)
      await store.close()
    })
  })

  it('a large body whose key is mended is known again by its content', async () => {
    await withFolder(async folder => {
      const store = await LevelStore.open(folder)
      const large = itemOf(1, Buffer.alloc(600_000, 7))

      await store.mailbox.push('a', large, LIMITS)
      await store.db.del(await first(store.db, AREA.key))
      await findings(store, true)
      const { outcome, differs } = await store.mailbox.push('a', large, LIMITS)
      assert.deepEqual({ outcome, differs }, { outcome: 'duplicate', differs: false })
      await store.close()
    })
  })

  it('does not undo what happened since it looked', async () => {
    await withFolder(async folder => {
      const store = await LevelStore.open(folder)

      for (const mailbox of ['a', 'b', 'c']) {
        await store.mailbox.push(mailbox, itemOf(1), LIMITS)
      }

      await damaged(store, async db => {
        for (const skip of [0, 1, 2]) {
          await db.put(await first(db, AREA.key, skip), Buffer.from('?'))
        }
      })
      const verifying = store.verify({ mend: true })[Symbol.asyncIterator]()

      assert.equal((await verifying.next()).done, false)
      // it looked before this: b has it twice now, and c has a new one in place of one that was over
      assert.equal((await store.mailbox.push('b', itemOf(1), LIMITS)).seq, 2)
      await store.mailbox.expire({ ...TERMS, now: T0 + 5000 })
      assert.equal((await store.mailbox.push('c', itemOf(1), { ...LIMITS, now: T0 + 5000 })).outcome, 'stored')

      while ((await verifying.next()).done !== true);

      await findings(store, true)
      assert.deepEqual(await findings(store), [])

      for (const [mailbox, count] of [['a', 0], ['b', 0], ['c', 1]] as const) {
        assert.equal((await store.mailbox.pull(mailbox, { ...ALL, now: T0 + 5000 })).items.length, count)
        assert.equal((await store.mailbox.stat(mailbox)).queueLen, count)
      }

      assert.equal((await store.mailbox.push('c', itemOf(1), { ...LIMITS, now: T0 + 5000 })).outcome, 'duplicate')
      await store.close()
    })
  })

  it('of two items of one key it keeps the one that the key leads to', async () => {
    await withFolder(async folder => {
      const store = await filledStore(folder, 1)

      await store.db.del(await first(store.db, AREA.key))
      assert.equal((await store.mailbox.push('a', itemOf(1), LIMITS)).seq, 2)
      assert.deepEqual((await findings(store, true)).map(({ kind, mended }) => [kind, mended]), [['item_without_key', true]])
      assert.deepEqual(await findings(store), [])
      assert.deepEqual((await store.mailbox.pull('a', ALL)).items.map(({ seq }) => seq), [2])
      assert.deepEqual(store.mailbox.totals(), { items: 1, bytes: 6 })
      await store.close()
    })
  })

  it('ends with storage_error when the store is closed meanwhile', async () => {
    await withFolder(async folder => {
      const store = await filledStore(folder, 300)

      await damaged(store, async db => { await db.clear({ gte: Buffer.of(AREA.key), lt: Buffer.of(AREA.key + 1) }) })
      const verifying = store.verify()[Symbol.asyncIterator]()

      assert.equal((await verifying.next()).done, false)
      const closed = store.close()

      await assert.rejects(async () => { while ((await verifying.next()).done !== true); }, { code: 'storage_error' })
      await closed
      await assert.rejects(findings(store), { code: 'storage_error' })
    })
  })

  it('finds nothing in a store under load', async () => {
    await withFolder(async folder => {
      const store = await LevelStore.open(folder)
      const over = new AbortController()
      const load = Promise.all(Array.from({ length: 8 }, async (_, loop) => {
        for (let n = loop; !over.signal.aborted; n += 8) {
          await store.mailbox.push(`m${n % 3}`, itemOf(n, new Uint8Array(n % 40 === 0 ? 300_000 : 20)), LIMITS)
          await store.mailbox.ack(`m${n % 3}`, n % 5 === 0 ? { upToSeq: n } : { keys: [keyOf(n - 8)] }, TERMS)
        }
      }))

      for (let round = 0; round < 5; round++) {
        assert.deepEqual(await findings(store, true), [])
      }

      over.abort()
      await load
      assert.deepEqual(await findings(store), [])
      await store.close()
    })
  })
})
