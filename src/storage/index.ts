import { MemoryStore } from './memory/store.js'
import type { Store, StoreInit } from './types.js'

export { InvalidStorageInputError, StorageError, StorageFullError, StoreOpenError } from './errors.js'
export type { StoreOpenCode } from './errors.js'
export type * from './types.js'

/** A store that ends with the process: for tests, and for nodes that may forget. */
export async function memoryStore (init: StoreInit = {}): Promise<Store> {
  return new MemoryStore(init)
}
