import { memoryStore } from '../../src/storage/index.js'
import { storeConformance } from '../../src/storage/conformance.js'
import { registryConformance } from '../../src/storage/registry-conformance.js'
import type { ConformanceSubject } from '../../src/storage/conformance.js'

async function subject (): Promise<ConformanceSubject> {
  return { open: memoryStore, persistent: false, async dispose () {} }
}

storeConformance('memory', subject, { describe, it })
registryConformance('memory', subject, { describe, it })
