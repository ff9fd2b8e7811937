import { LevelStore } from './level/store.js'
import { MemoryStore } from './memory/store.js'
import type { LevelStoreInit } from './level/store.js'
import type { Store, StoreInit } from './types.js'

export { InvalidStorageInputError, StorageError, StorageFullError, StoreOpenError } from './errors.js'
export type { StoreOpenCode } from './errors.js'
export type { LevelStoreInit } from './level/store.js'
export type * from './registry-types.js'
export type * from './types.js'

/** A store that ends with the process: for tests, and for nodes that may forget. */
export async function memoryStore (init: StoreInit = {}): Promise<Store> {
  return new MemoryStore(init)
}

/**
 * A store in a folder of its own (LevelDB), made when it is not there. What an answer says is on disk, after fsync. Only one process
 * at a time can have it open.
 *
 * @throws StoreOpenError naming the folder and what to do: `store_locked`, `store_newer`, `store_damaged`, `store_unusable`
 */
export async function levelStore (path: string, init: LevelStoreInit = {}): Promise<Store> {
  return await LevelStore.open(path, init)
}
