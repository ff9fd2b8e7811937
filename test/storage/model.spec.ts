import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { levelStore, memoryStore } from '../../src/storage/index.js'
import { runModel } from './model.js'

/** `npm run test:long` sets it. */
const FACTOR = Number(process.env.MODEL_RUNS_FACTOR ?? 1)

describe('a store against a plain model: random calls, clock steps and restarts', function () {
  this.timeout(60_000 * FACTOR * 2)

  it('memory', async () => {
    await runModel({ runs: 10_000 * FACTOR, maxSize: 100, open: async () => ({ store: await memoryStore(), async dispose () {} }) })
  })

  it('level', async () => {
    await runModel({
      runs: 300 * FACTOR,
      maxSize: 600_000,
      open: async () => {
        const folder = await mkdtemp(join(tmpdir(), 'enigma-model-'))
        let store = await levelStore(folder)

        return {
          store,
          restart: async () => {
            await store.close()
            store = await levelStore(folder)

            return store
          },
          dispose: async () => { await rm(folder, { recursive: true }) }
        }
      }
    })
  })
})
