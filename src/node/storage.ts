import { levelStore, memoryStore } from '../storage/index.js'
import type { Config } from '../config/index.js'
import type { Store } from '../storage/index.js'

/** What `[storage]` names. @throws StoreOpenError when its folder cannot be used */
export async function openStore ({ kind, path, max_bytes: maxBytes, min_free_bytes: minFreeBytes }: Config['storage']): Promise<Store> {
  return kind === 'memory' ? memoryStore({ maxBytes }) : levelStore(path, { maxBytes, minFreeBytes })
}
