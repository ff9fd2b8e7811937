import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { levelStore } from '../../src/storage/index.js'
import { storeConformance } from '../../src/storage/conformance.js'
import { LevelStore } from '../../src/storage/level/store.js'

const engines: Record<string, typeof levelStore> = {
  level: levelStore,
  // a store does that by itself once it has had many calls
  'level, that knows its keys from the first call on': async (path, init) => await LevelStore.open(path, init, { known: { misses: 1 } })
}

for (const [name, open] of Object.entries(engines)) {
  storeConformance(name, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'enigma-store-'))

    return {
      open: async init => await open(join(folder, 'data'), init),
      persistent: true,
      async dispose () { await rm(folder, { recursive: true }) }
    }
  }, { describe, it })
}
