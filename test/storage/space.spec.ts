import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { LIMITS, T0, TERMS, itemOf } from '../../src/storage/conformance.js'
import { AREA } from '../../src/storage/level/keys.js'
import { LevelStore } from '../../src/storage/level/store.js'
import { ANNOUNCE, bytesOf, entryOf, indexOf } from '../../src/storage/registry-conformance.js'
import { findings, withFolder } from './folder.js'

const MIB = 1024 * 1024

async function tableBytes (folder: string): Promise<number> {
  const tables = (await readdir(folder)).filter(name => name.endsWith('.ldb'))
  const sizes = await Promise.all(tables.map(async name => await stat(join(folder, name)).then(({ size }) => size, () => 0)))

  return sizes.reduce((sum, size) => sum + size, 0)
}

describe('the space of what is gone', () => {
  for (const [how, size, mailboxBytes, totalBytes] of [
    ['one mailbox', 10_000, MIB, 1e12],
    ['large bodies', 1_000_000, MIB, 1e12],
    ['all mailboxes together', 10_000, 1e12, MIB]
  ] as const) {
    it(`is given back when expire has come to an end: ${how}`, async () => {
      await withFolder(async folder => {
        const store = await LevelStore.open(folder, {}, { compactor: { mailboxBytes, totalBytes } })
        const count = 40 * MIB / size

        await store.mailbox.push('kept', itemOf(0, Buffer.alloc(300_000, 1)), { ...LIMITS, ttlMs: 1_000_000 })

        for (let n = 1; n < count; n++) {
          await store.mailbox.push(totalBytes === MIB ? `m${n % 700}` : 'a', itemOf(n, Buffer.alloc(size, n)), { ...LIMITS, maxItems: 1e6 })
        }

        while (await tableBytes(folder) < 10 * MIB) {
          await delay(20)
        }

        const late = { ...TERMS, dedupeMs: 0, now: T0 + 5000 }
        while ((await store.mailbox.expire(late)).more);

        while (await tableBytes(folder) > 4 * MIB) {
          await delay(20)
        }

        assert.equal((await store.mailbox.pull('kept', { cursor: 0, maxItems: 1, maxBytes: 1, now: T0 + 5000 })).items[0]?.body.byteLength, 300_000)
        assert.deepEqual(await findings(store), [])
        await store.close()
      })
    })
  }

  for (const [what, isPresence] of [['presence that is over', true], ['identities that were removed', false]] as const) {
    it(`is given back when expire of the registry has come to an end: ${what}`, async () => {
      await withFolder(async folder => {
        const store = await LevelStore.open(folder, {}, { compactor: { areaBytes: MIB } })
        const { registry } = store
        const sealed = Array.from({ length: 5000 }, () => randomBytes(8000))

        await registry.replaceIdentity(indexOf(1), undefined, { sealed: bytesOf('kept') }, { now: T0 })
        await registry.announce(indexOf(1), entryOf('kept', T0, { expiresMs: T0 + 1_000_000 }), ANNOUNCE)

        await Promise.all(sealed.map(async (bytes, n) => await (isPresence
          ? registry.announce(randomIndex(n), entryOf('x', T0, { expiresMs: T0 + 1000, sealed: bytes }), { ...ANNOUNCE, maxTotal: 1e6 })
          : registry.replaceIdentity(randomIndex(n), undefined, { sealed: bytes }, { now: T0 }))))

        while (await tableBytes(folder) < 10 * MIB) {
          await delay(20)
        }

        if (!isPresence) {
          await Promise.all(sealed.map(async (bytes, n) => await registry.replaceIdentity(randomIndex(n), bytes, { sealed: bytesOf('gone'), forgetAtMs: T0 + 2000 }, { now: T0 })))
        }

        while ((await registry.expire({ now: T0 + 5000 })).more);

        while (await tableBytes(folder) > 4 * MIB) {
          await delay(20)
        }

        assert.deepEqual(registry.totals(), { identities: 1, presences: 1, nodes: 0 })
        assert.equal((await registry.presence(indexOf(1), T0 + 5000)).length, 1)
        assert.deepEqual(await findings(store), [])
        await store.close()
      })
    })
  }

  it('is given back of deadlines of the registry, which pile up where announces move them on', async () => {
    await withFolder(async folder => {
      const store = await LevelStore.open(folder, {}, { compactor: { areaBytes: 100_000 } })
      const { registry } = store
      const deadlines = async (): Promise<number> => await store.db.approximateSize(Buffer.of(AREA.over), Buffer.of(AREA.over + 1), { keyEncoding: 'buffer' })

      await Promise.all(Array.from({ length: 6000 }, async (_, n) => await registry.announce(randomIndex(n % 50), entryOf('x', T0 + n, { expiresMs: T0 + 1000 + n }), { ...ANNOUNCE, now: T0 })))

      // what is in memory still has no size
      await store.db.compactRange(Buffer.of(AREA.setting), Buffer.of(AREA.setting + 1), { keyEncoding: 'buffer' })
      while ((await registry.expire({ now: T0 + 10_000 })).more);

      while (await deadlines() > 0) {
        await delay(20)
      }

      assert.deepEqual(registry.totals(), { identities: 0, presences: 0, nodes: 0 })
      await store.close()
    })
  })
})

/** Spread over the area, as blind indexes are. */
function randomIndex (n: number): Uint8Array {
  return createHash('sha256').update(String(n)).digest()
}
