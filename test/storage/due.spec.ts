import assert from 'node:assert/strict'
import { ALL, LIMITS, T0, TERMS, itemOf, keyOf } from '../../src/storage/conformance.js'
import { AREA } from '../../src/storage/level/keys.js'
import { LevelStore } from '../../src/storage/level/store.js'
import { findings, withFolder } from './folder.js'

const FOREVER = { ...LIMITS, maxItems: 1e6 }

async function dueRows (store: LevelStore): Promise<number> {
  return (await store.db.keys({ gte: Buffer.of(AREA.due), lt: Buffer.of(AREA.due + 1) }).all()).length
}

async function seqs (store: LevelStore, now: number): Promise<number[]> {
  return (await store.mailbox.pull('a', { ...ALL, now })).items.map(({ seq }) => seq)
}

async function collect (store: LevelStore, now: number): Promise<number> {
  let removed = 0

  for (let more = true; more;) {
    const slice = await store.mailbox.expire({ ...TERMS, now })

    removed += slice.removed
    more = slice.more
  }

  return removed
}

async function withStore (test: (store: LevelStore) => Promise<void>): Promise<void> {
  await withFolder(async folder => {
    const store = await LevelStore.open(folder)

    try {
      await test(store)
      assert.deepEqual(await findings(store), [])
    } finally {
      await store.close()
    }
  })
}

describe('deadlines of a mailbox', () => {
  it('that ascend need one row, and one that does not has its own', async () => {
    await withStore(async store => {
      for (let n = 0; n < 50; n++) {
        await store.mailbox.push('a', itemOf(n), { ...FOREVER, now: T0 + n })
      }

      assert.equal(await dueRows(store), 1)
      await store.mailbox.push('a', itemOf(50), { ...FOREVER, ttlMs: 1000, now: T0 + 50 })
      assert.equal(await dueRows(store), 2)
      assert.equal(await collect(store, T0 + 1050), 1)
      assert.equal(await collect(store, T0 + 5009), 10)
      assert.deepEqual((await seqs(store, T0 + 5009)).length, 40)
      assert.equal(await collect(store, T0 + 5049), 40)
    })
  })

  it('are kept when its first items are acked and when it is emptied and filled again', async () => {
    await withStore(async store => {
      await store.mailbox.push('a', itemOf(1), FOREVER)
      await store.mailbox.push('a', itemOf(2), { ...FOREVER, now: T0 + 100 })
      await store.mailbox.ack('a', { keys: [keyOf(1)] }, { ...TERMS, now: T0 + 200 })
      // the row is there for an item that is gone: it moves on
      assert.equal(await collect(store, T0 + 5050), 0)
      assert.deepEqual(await seqs(store, T0 + 5050), [2])
      await store.mailbox.ack('a', { keys: [keyOf(2)] }, { ...TERMS, now: T0 + 5060 })
      await store.mailbox.push('a', itemOf(3), { ...FOREVER, ttlMs: 10, now: T0 + 5070 })
      assert.equal(await collect(store, T0 + 5079), 0)
      assert.equal(await collect(store, T0 + 5080), 1)
    })
  })

  it('hold for an item with a short life that came while the mailbox was looked at', async () => {
    await withStore(async store => {
      await store.mailbox.push('a', itemOf(1), FOREVER)
      await store.mailbox.push('a', itemOf(2), { ...FOREVER, ttlMs: 1e6 })
      // item 1 is over, item 2 is what is read behind it
      const looked = store.mailbox.expire({ ...TERMS, now: T0 + 5000 })

      await Promise.all([
        store.mailbox.ack('a', { keys: [keyOf(1), keyOf(2)] }, { ...TERMS, now: T0 + 5000 }),
        store.mailbox.push('a', itemOf(3), { ...FOREVER, ttlMs: 10, now: T0 + 5001 }),
        looked
      ])
      assert.equal(await collect(store, T0 + 5011), 1)
      assert.deepEqual(await seqs(store, T0 + 5011), [])
    })
  })

  it('of more items than one look takes are all collected, with those of others', async () => {
    await withStore(async store => {
      await Promise.all(Array.from({ length: 1000 }, async (_, n) => await store.mailbox.push(n % 3 === 0 ? 'b' : 'a', itemOf(n), { ...FOREVER, ttlMs: 5000 + n % 7 })))
      assert.ok((await store.mailbox.expire({ ...TERMS, now: T0 + 5003 })).removed <= 128)
      await collect(store, T0 + 5003)
      assert.ok((await seqs(store, T0 + 5003)).length > 0)
      await collect(store, T0 + 5006)
      assert.deepEqual(store.mailbox.totals(), { items: 0, bytes: 0 })
    })
  })
})
