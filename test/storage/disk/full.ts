import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { LIMITS, T0, TERMS, itemOf, keyOf } from '../../../src/storage/conformance.js'
import { levelStore } from '../../../src/storage/index.js'
import { findings } from '../folder.js'
import { withSmallDisk } from './mount.js'
import type { Store } from '../../../src/storage/index.js'

// npm run test:disk, as root: it mounts a small file system of its own

const MIB = 1024 * 1024
const BODY = 60_000

/** Pushes until one is refused. Gives the numbers that were answered, and how it ended. */
async function pushUntilRefused (store: Store, first: number): Promise<{ answered: number[], code: string | undefined }> {
  const answered: number[] = []

  for (let n = first; ; n++) {
    try {
      await store.mailbox.push('a', itemOf(n, Buffer.alloc(BODY, n)), LIMITS)
      answered.push(n)
    } catch (err) {
      return { answered, code: (err as { code?: string }).code }
    }
  }
}

async function numbers (store: Store): Promise<number[]> {
  const found: number[] = []
  let cursor = 0

  for (let more = true; more;) {
    const page = await store.mailbox.pull('a', { cursor, maxItems: 100, maxBytes: MIB, now: T0 })

    found.push(...page.items.map(({ messageId }) => new DataView(messageId.buffer, messageId.byteOffset).getUint32(12)))
    cursor = page.nextCursor
    more = page.more
  }

  return found
}

describe('a disk that really is full', () => {
  it('pushes get storage_full below min_free_bytes, pull and ack go on, and it heals when there is room', async () => {
    await withSmallDisk(128, async mount => {
      const store = await levelStore(join(mount, 'data'), { minFreeBytes: 64 * MIB })
      const ballast = join(mount, 'ballast')

      await writeFile(ballast, Buffer.alloc(40 * MIB))
      await delay(1000)
      const { answered, code } = await pushUntilRefused(store, 1)

      assert.equal(code, 'storage_full')
      assert.equal(store.health().state, 'full')
      assert.deepEqual(await numbers(store), answered)
      assert.equal((await store.mailbox.ack('a', { keys: answered.slice(0, 5).map(n => keyOf(n)) }, TERMS)).deleted, 5)
      await rm(ballast)
      await delay(1000)
      assert.equal((await store.mailbox.push('a', itemOf(100_000), LIMITS)).outcome, 'stored')
      assert.deepEqual(await findings(store), [])
      await store.close()
    })
  })

  it('a store that finds no room to open says so, is not called damaged, and opens when there is room', async () => {
    await withSmallDisk(32, async mount => {
      const folder = join(mount, 'data')
      const before = await levelStore(folder)
      const ballast = join(mount, 'ballast')

      for (let n = 1; n <= 100; n++) {
        await before.mailbox.push('a', itemOf(n, Buffer.alloc(BODY, n)), LIMITS)
      }

      await before.close()
      // what fits of it
      await assert.rejects(writeFile(ballast, Buffer.alloc(32 * MIB)), { code: 'ENOSPC' })
      await assert.rejects(levelStore(folder), { code: 'store_unusable', message: /No space left.*make room/ })
      await rm(ballast)
      const store = await levelStore(folder)

      assert.deepEqual(await numbers(store), Array.from({ length: 100 }, (_, index) => index + 1))
      await store.close()
    })
  })

  it('without a reserve writes fail; nothing that was answered is lost, and it heals when there is room', async () => {
    await withSmallDisk(48, async mount => {
      const store = await levelStore(join(mount, 'data'))
      const ballast = join(mount, 'ballast')

      await writeFile(ballast, Buffer.alloc(24 * MIB))
      const { answered, code } = await pushUntilRefused(store, 1)

      assert.equal(code, 'storage_error')
      assert.ok(answered.length > 10)
      await delay(500)
      await rm(ballast)

      while (store.health().state !== 'ready') {
        await delay(20)
      }

      const found = await numbers(store)

      assert.deepEqual(found.slice(0, answered.length), answered)
      assert.ok(found.length <= answered.length + 1)
      assert.deepEqual(await findings(store), [])
      await store.close()
    })
  })
})
