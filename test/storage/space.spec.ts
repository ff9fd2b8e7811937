import assert from 'node:assert/strict'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { LIMITS, T0, TERMS, itemOf } from '../../src/storage/conformance.js'
import { LevelStore } from '../../src/storage/level/store.js'
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
})
