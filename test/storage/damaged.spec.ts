import assert from 'node:assert/strict'
import { LIMITS, T0, TERMS, itemOf, keyOf } from '../../src/storage/conformance.js'
import { AREA, counterKey, keyKey, kept } from '../../src/storage/level/keys.js'
import { LevelStore } from '../../src/storage/level/store.js'
import { findings, withFolder } from './folder.js'

async function emptyAreas (store: LevelStore, ...areas: number[]): Promise<void> {
  for (const area of areas) {
    assert.deepEqual(await store.db.keys({ gte: Buffer.of(area), lt: Buffer.of(area + 1) }).all(), [])
  }
}

describe('a store with rows that are damaged', () => {
  it('a counter that cannot be read is made anew from what the mailbox holds, and holds up nobody', async () => {
    await withFolder(async folder => {
      const before = await LevelStore.open(folder)

      await Promise.all([1, 2, 3].map(async n => await before.mailbox.push('a', itemOf(n), LIMITS)))
      await before.mailbox.push('b', itemOf(1), LIMITS)
      await before.mailbox.ack('a', { keys: [keyOf(3)] }, TERMS)
      await before.db.put(kept(counterKey(Buffer.from('a'))), Buffer.from('?'))
      await before.close()
      const store = await LevelStore.open(folder)

      // in one batch
      const [a, b] = await Promise.all([store.mailbox.push('a', itemOf(4), LIMITS), store.mailbox.push('b', itemOf(2), LIMITS)])

      assert.equal(b.seq, 2)
      assert.ok(a.seq > 3 && a.queueLen === 3, `seq ${a.seq} of ${a.queueLen}`)
      assert.deepEqual(await findings(store), [])
      assert.equal((await store.mailbox.expire({ ...TERMS, now: T0 + 5000 })).removed, 5)
      assert.deepEqual(await findings(store), [])
      await store.close()
    })
  })

  it('collection goes on behind a counter that cannot be read', async () => {
    await withFolder(async folder => {
      const before = await LevelStore.open(folder)

      await before.mailbox.push('a', itemOf(1), LIMITS)
      await before.mailbox.push('b', itemOf(1), LIMITS)
      await before.db.put(kept(counterKey(Buffer.from('a'))), Buffer.from('?'))
      await before.close()
      const store = await LevelStore.open(folder)

      assert.equal((await store.mailbox.expire({ ...TERMS, now: T0 + 5000 })).removed, 2)
      assert.deepEqual(store.mailbox.totals(), { items: 0, bytes: 0 })
      assert.deepEqual(await findings(store), [])
      await store.close()
    })
  })

  for (const [what, damage] of [
    ['is gone', undefined],
    ['cannot be read', Buffer.from('?')]
  ] as const) {
    it(`an item whose key ${what} goes at its deadline all the same`, async () => {
      await withFolder(async folder => {
        const store = await LevelStore.open(folder)
        const late = { ...TERMS, dedupeMs: 0, counterMs: 1, now: T0 + 5000 }

        await store.mailbox.push('a', itemOf(1), LIMITS)
        await store.mailbox.push('a', itemOf(2, new Uint8Array(600_000)), LIMITS)

        for (const n of [1, 2]) {
          const key = kept(keyKey(Buffer.from('a'), keyOf(n)))
          await (damage == null ? store.db.del(key) : store.db.put(key, damage))
        }

        assert.equal((await store.mailbox.expire(late)).removed, 2)
        assert.deepEqual(store.mailbox.totals(), { items: 0, bytes: 0 })
        assert.equal((await store.mailbox.stat('a')).queueLen, 0)
        await store.mailbox.expire({ ...late, now: T0 + 5001 })
        await emptyAreas(store, AREA.counter, AREA.item, AREA.due, AREA.piece)
        await store.close()
      })
    })
  }

  it('nothing is left of large bodies whose storing failed half-way on a read', async () => {
    await withFolder(async folder => {
      const store = await LevelStore.open(folder)
      const { db } = store
      const read = db.getMany.bind(db) as (...args: unknown[]) => Promise<unknown>
      let reads = 0

      db.getMany = (async (...args: unknown[]) => {
        if (++reads % 3 === 0) {
          throw new Error('IO error: read')
        }

        return await read(...args)
      }) as unknown as typeof db.getMany
      const results = await Promise.allSettled(Array.from({ length: 60 }, async (_, n) => {
        // mailboxes that are new have to be read: their reads fail batches that pieces are in
        await store.mailbox.push(`m${n}`, itemOf(n, new Uint8Array(n % 3 === 0 ? 900_000 : 10)), LIMITS)
      }))
      db.getMany = read as unknown as typeof db.getMany

      assert.ok(results.some(({ status }, n) => status === 'rejected' && n % 3 === 0), 'no large body failed')
      await store.mailbox.push('after', itemOf(1), LIMITS)
      assert.deepEqual(await findings(store), [])
      await emptyAreas(store, AREA.upload)
      await store.close()
    })
  })
})
