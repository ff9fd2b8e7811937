import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { levelStore } from '../../src/storage/index.js'
import { storeConformance } from '../../src/storage/conformance.js'

storeConformance('level', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'enigma-store-'))

  return {
    open: async init => await levelStore(join(folder, 'data'), init),
    persistent: true,
    async dispose () { await rm(folder, { recursive: true }) }
  }
}, { describe, it })
