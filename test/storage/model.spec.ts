import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryStore } from '../../src/storage/index.js'
import { LevelStore } from '../../src/storage/level/store.js'
import { runModel } from './model.js'
import { runRegistryModel } from './registry-model.js'
import type { ModelRunInit } from './model.js'

/** `npm run test:long` sets it. */
const FACTOR = Number(process.env.MODEL_RUNS_FACTOR ?? 1)

const openMemory: ModelRunInit['open'] = async () => ({ store: await memoryStore(), async dispose () {} })

const openLevel: ModelRunInit['open'] = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'enigma-model-'))
  // few look-ups in vain before it knows its keys: runs go through both
  const open = async (): Promise<LevelStore> => await LevelStore.open(folder, {}, { known: { misses: 8 } })
  let store = await open()

  return {
    store,
    restart: async () => {
      await store.close()
      store = await open()

      return store
    },
    dispose: async () => { await rm(folder, { recursive: true }) }
  }
}

describe('a store against a plain model: random calls, clock steps and restarts', function () {
  this.timeout(60_000 * FACTOR * 2)

  it('memory', async () => {
    await runModel({ runs: 10_000 * FACTOR, maxSize: 100, open: openMemory })
  })

  it('level', async () => {
    await runModel({ runs: 300 * FACTOR, maxSize: 600_000, open: openLevel })
  })

  it('the registry in memory', async () => {
    await runRegistryModel({ runs: 5000 * FACTOR, open: openMemory })
  })

  it('the registry in level', async () => {
    await runRegistryModel({ runs: 200 * FACTOR, open: openLevel })
  })
})
