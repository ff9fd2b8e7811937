import { LRUCache } from 'lru-cache'
import type { PublicKey } from '@libp2p/interface'

/** Handles that are remembered: some 8 MiB. */
const MAX_HANDLES = 16_384

/** Which key a handle is bound to, as it was read last: whoever holds a subscription asks every second. */
export class BoundKeys {
  readonly #known = new LRUCache<string, { readonly key?: PublicKey }>({ max: MAX_HANDLES })
  #changes = 0

  /** @param handle in hex */
  async get (handle: string, read: () => Promise<PublicKey | undefined>): Promise<PublicKey | undefined> {
    const known = this.#known.get(handle)

    if (known != null) {
      return known.key
    }

    const changes = this.#changes
    const key = await read()

    // what was read while something changed may be what was there before
    if (changes === this.#changes) {
      this.#known.set(handle, { key })
    }

    return key
  }

  /** Something was changed, or may have been. */
  forget (userId: Uint8Array): void {
    this.#changes++
    this.#known.delete(Buffer.from(userId).toString('hex'))
  }
}
