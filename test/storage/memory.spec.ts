import { memoryStore } from '../../src/storage/index.js'
import { storeConformance } from '../../src/storage/conformance.js'

storeConformance('memory', async () => ({ open: memoryStore, persistent: false, async dispose () {} }), { describe, it })
