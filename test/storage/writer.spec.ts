import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { LIMITS, TERMS, itemOf, keyOf } from '../../src/storage/conformance.js'
import { LevelStore } from '../../src/storage/level/store.js'
import { withFolder } from './folder.js'

describe('group commit', () => {
  it('leaves the event loop free when what waits does not fit into the batch', async () => {
    await withFolder(async folder => {
      const [store, suite] = ['level/store.js', 'conformance.js'].map(file => new URL(`../../src/storage/${file}`, import.meta.url).href)
      // in a process of its own: what is looked for would not let this one come to its time-out
      const program = `
        const { LevelStore } = await import('${store}')
        const { LIMITS, itemOf } = await import('${suite}')
        const store = await LevelStore.open(${JSON.stringify(folder)}, { minFreeBytes: 0 })
        const pushed = await Promise.all(Array.from({ length: 100 }, (_, n) => store.mailbox.push('m' + n, itemOf(n, new Uint8Array(200 * 1024)), { ...LIMITS, maxBytes: 1e9 })))
        await store.close()
        console.log(pushed.filter(({ outcome }) => outcome === 'stored').length)`
      const { stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', timeout: 30_000, killSignal: 'SIGKILL' })

      assert.equal(signal, null, 'it did not come to an end')
      assert.equal(stdout.trim(), '100')
    })
  })

  it('stores a large body while small ones never stop coming', async () => {
    await withFolder(async folder => {
      const store = await LevelStore.open(folder)
      const limits = { ...LIMITS, maxItems: 1e6, maxBytes: 1e9 }
      const stored = new AbortController()
      let small = 0
      const load = Array.from({ length: 512 }, async (_, loop) => {
        for (let n = loop; !stored.signal.aborted; n += 512) {
          assert.ok(small++ < 60_000, 'the large one is kept waiting')
          await store.mailbox.push(`m${loop}`, itemOf(n, new Uint8Array(1024)), limits)
        }
      })

      const large = store.mailbox.push('large', itemOf(0, new Uint8Array(1024 * 1024)), limits).finally(() => { stored.abort() })

      assert.equal((await large).outcome, 'stored')
      await Promise.all(load)
      await store.close()
    })
  })

  it('takes no more calls once the store is being closed, and does those of before', async () => {
    await withFolder(async folder => {
      const store = await LevelStore.open(folder)
      const before = store.mailbox.push('a', itemOf(1), LIMITS)
      const closed = store.close()

      await assert.rejects(store.mailbox.push('a', itemOf(2), LIMITS), { code: 'storage_error' })
      await assert.rejects(store.mailbox.ack('a', { keys: [keyOf(1)] }, TERMS), { code: 'storage_error' })
      assert.equal((await before).outcome, 'stored')
      await closed
    })
  })
})
