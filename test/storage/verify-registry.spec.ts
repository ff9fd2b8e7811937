import assert from 'node:assert/strict'
import { T0 } from '../../src/storage/conformance.js'
import { AREA } from '../../src/storage/level/keys.js'
import { OVER, overKey } from '../../src/storage/level/registry-keys.js'
import { registryStateRow } from '../../src/storage/level/registry-rows.js'
import { META } from '../../src/storage/level/rows.js'
import { LevelStore } from '../../src/storage/level/store.js'
import { ANNOUNCE, bytesOf, entryOf, indexOf } from '../../src/storage/registry-conformance.js'
import { findings, withFolder } from './folder.js'
import type { Db } from '../../src/storage/level/db.js'
import type { FindingKind } from '../../src/storage/index.js'

const BAD = Buffer.from('?')
const at = { now: T0 }

async function first (db: Db, area: number): Promise<Uint8Array> {
  const [key] = await db.keys({ gte: Buffer.of(area), lt: Buffer.of(area + 1), limit: 1 }).all()
  assert.ok(key != null)

  return key
}

/** An identity, a tombstone, two entries of the first index, a node: each is over after five seconds, the identity aside. */
async function fill ({ registry, settings }: LevelStore): Promise<void> {
  await registry.replaceIdentity(indexOf(1), undefined, { sealed: bytesOf('one') }, at)
  await registry.replaceIdentity(indexOf(2), undefined, { sealed: bytesOf('two'), forgetAtMs: T0 + 5000 }, at)
  await registry.announce(indexOf(1), entryOf('x'), ANNOUNCE)
  await registry.announce(indexOf(1), entryOf('y'), ANNOUNCE)
  await registry.putNode(bytesOf('node'), { value: bytesOf('its value'), expiresMs: T0 + 5000 }, { now: T0, maxNodes: 9 })
  await settings.set('some', bytesOf('thing'))
}

/** A store that was filled, damaged and opened again. */
async function withDamage (damage: (db: Db) => Promise<void>, test: (store: LevelStore) => Promise<void>): Promise<void> {
  await withFolder(async folder => {
    const before = await LevelStore.open(folder)

    await fill(before)
    await damage(before.db)
    await before.close()
    const store = await LevelStore.open(folder)

    await test(store)
    await store.close()
  })
}

async function removeDeadline (db: Db, kind: 0 | 1 | 2, name: Uint8Array): Promise<void> {
  const key = overKey({ kind, name, timeMs: T0 + 5000 })

  assert.ok(await db.has(key))
  await db.del(key)
}

/** What goes wrong, how it is found, and what is there once it is mended: identities, entries, nodes, and what is over after five seconds. */
const DAMAGE: ReadonlyArray<[string, (db: Db) => Promise<void>, FindingKind[], [number, number, number, number]]> = [
  ['an identity that cannot be read', async db => { await db.put(await first(db, AREA.identity), BAD) }, ['unreadable_row', 'totals_differ'], [0, 2, 1, 4]],
  ['presence that cannot be read', async db => { await db.put(await first(db, AREA.presence), BAD) }, ['unreadable_row', 'deadline_without_entry', 'totals_differ'], [1, 0, 1, 2]],
  ['a node that cannot be read', async db => { await db.put(await first(db, AREA.node), BAD) }, ['unreadable_row', 'deadline_without_entry', 'totals_differ'], [1, 2, 0, 3]],
  ['an identity that is gone', async db => { await db.del(await first(db, AREA.identity)) }, ['totals_differ'], [0, 2, 1, 4]],
  ['a tombstone without its deadline', async db => { await removeDeadline(db, OVER.identity, indexOf(2)) }, ['entry_without_deadline'], [1, 2, 1, 4]],
  ['presence without its deadline', async db => { await removeDeadline(db, OVER.presence, indexOf(1)) }, ['entry_without_deadline'], [1, 2, 1, 4]],
  ['a node without its deadline', async db => { await removeDeadline(db, OVER.node, bytesOf('node')) }, ['entry_without_deadline'], [1, 2, 1, 4]],
  ['rows that expire has passed', async db => { await db.put(META.registry, registryStateRow({ identities: 1, presences: 2, nodes: 1, sweptMs: T0 + 6000 })) }, ['entry_without_deadline'], [1, 2, 1, 4]],
  ['counts that are wrong', async db => { await db.put(META.registry, registryStateRow({ identities: 9, presences: 0, nodes: 0, sweptMs: 0 })) }, ['totals_differ'], [1, 2, 1, 4]],
  ['counts that cannot be read', async db => { await db.put(META.registry, BAD) }, ['totals_differ'], [1, 2, 1, 4]],
  ['deadlines of nothing', async db => {
    for (const [kind, n] of [[OVER.identity, 1], [OVER.identity, 9], [OVER.presence, 9], [OVER.node, 9]] as const) {
      await db.put(overKey({ kind, name: indexOf(n), timeMs: T0 + 4000 }), Buffer.alloc(0))
    }
  }, ['deadline_without_entry'], [1, 2, 1, 4]],
  ['rows whose keys say nothing', async db => {
    for (const area of [AREA.identity, AREA.presence, AREA.node, AREA.over, AREA.setting]) {
      await db.put(Buffer.of(area, 0, 200, 1), BAD)
    }
  }, ['unreadable_row'], [1, 2, 1, 4]]
]

describe('verify of the registry', () => {
  for (const [what, damage, kinds, [identities, presences, nodes, over]] of DAMAGE) {
    it(`finds ${what}, and puts it right`, async () => {
      await withDamage(damage, async store => {
        assert.deepEqual([...new Set((await findings(store)).map(({ kind }) => kind))].sort(), [...kinds].sort())
        assert.ok((await findings(store)).every(({ mended }) => !mended))
        assert.ok((await findings(store, true)).every(({ mended }) => mended))
        assert.deepEqual(await findings(store), [])
        assert.deepEqual(store.registry.totals(), { identities, presences, nodes })
        assert.equal((await store.registry.expire({ now: T0 + 5000 })).removed, over)
        assert.deepEqual(await store.db.keys({ gte: Buffer.of(AREA.over), lt: Buffer.of(AREA.over + 1) }).all(), [])
        assert.deepEqual(await findings(store), [])
      })
    })
  }

  it('does not undo what happened since it looked', async () => {
    await withDamage(async db => {
      for (const area of [AREA.identity, AREA.presence, AREA.node]) {
        await db.put(await first(db, area), BAD)
      }
    }, async store => {
      const { registry } = store
      const verifying = store.verify({ mend: true })[Symbol.asyncIterator]()

      assert.equal((await verifying.next()).done, false)
      // it looked before this
      assert.equal(await registry.replaceIdentity(indexOf(1), undefined, { sealed: bytesOf('again') }, at), true)
      await registry.announce(indexOf(1), entryOf('z'), ANNOUNCE)
      await registry.putNode(bytesOf('node'), { value: bytesOf('again'), expiresMs: T0 + 9000 }, { now: T0, maxNodes: 9 })

      while ((await verifying.next()).done !== true);

      assert.deepEqual(await findings(store), [])
      assert.deepEqual(registry.totals(), { identities: 1, presences: 1, nodes: 1 })
      assert.equal(Buffer.from((await registry.identity(indexOf(1), T0))?.sealed ?? []).toString(), 'again')
    })
  })

  it('finds nothing under load', async () => {
    await withFolder(async folder => {
      const store = await LevelStore.open(folder)
      const { registry } = store
      const over = new AbortController()
      const load = Promise.all(Array.from({ length: 8 }, async (_, loop) => {
        for (let n = 0; !over.signal.aborted; n++) {
          const index = indexOf(8 * (n % 5) + loop)
          const now = T0 + n

          await registry.announce(index, entryOf(`e${n % 3}`, now, { expiresMs: now + 7 }), { ...ANNOUNCE, now })
          const row = await registry.identity(index, now)
          await registry.replaceIdentity(index, row?.sealed, { sealed: bytesOf(`n ${n}`), ...n % 2 === 0 ? { forgetAtMs: now + 9 } : {} }, { now })
          await registry.putNode(index, { value: bytesOf('v'), expiresMs: now + 11 }, { now, maxNodes: 9 })
          await registry.expire({ now })
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

describe('a registry with rows that are damaged', () => {
  it('what cannot be read is as nothing, and holds up nobody', async () => {
    await withDamage(async db => {
      for (const area of [AREA.identity, AREA.presence, AREA.node]) {
        await db.put(await first(db, area), BAD)
      }

      await db.put(Buffer.of(AREA.node, 1), BAD)
    }, async ({ registry }) => {
      assert.equal(await registry.identity(indexOf(1), T0), undefined)
      assert.deepEqual(await registry.presence(indexOf(1), T0), [])
      assert.deepEqual(await registry.nodes(T0), [])
      assert.equal(await registry.replaceIdentity(indexOf(1), bytesOf('one'), { sealed: bytesOf('new') }, at), false)
      assert.equal(await registry.replaceIdentity(indexOf(1), undefined, { sealed: bytesOf('new') }, at), true)
      assert.equal((await registry.announce(indexOf(1), entryOf('x'), ANNOUNCE)).outcome, 'stored')
      assert.equal(await registry.removeNode(bytesOf('node')), false)
      assert.equal(await registry.putNode(bytesOf('node'), { value: bytesOf('v'), expiresMs: T0 + 5000 }, { now: T0, maxNodes: 9 }), true)
      assert.equal((await registry.presence(indexOf(1), T0)).length, 1)
      assert.equal((await registry.nodes(T0)).length, 1)
      assert.equal((await registry.expire({ now: T0 + 5000 })).removed, 3)
      assert.deepEqual(await registry.nodes(0), [])
    })
  })

  it('collection goes on behind rows that cannot be read, and takes them along', async () => {
    await withDamage(async db => {
      await db.put(Buffer.of(AREA.over, 0, 0, 0, 0, 0, 1, 9), BAD)
      await db.put(await first(db, AREA.presence), BAD)
    }, async store => {
      assert.equal((await store.registry.expire({ now: T0 + 5000 })).removed, 2)
      assert.deepEqual(await store.db.keys({ gte: Buffer.of(AREA.presence), lt: Buffer.of(AREA.presence + 1) }).all(), [])
      assert.deepEqual(await store.db.keys({ gte: Buffer.of(AREA.over), lt: Buffer.of(AREA.over + 1) }).all(), [])
      assert.deepEqual((await findings(store)).map(({ kind }) => kind), ['totals_differ'])
    })
  })
})
