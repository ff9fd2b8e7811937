import { RowSeal } from '../openssl/row-seal.js'
import type { Store } from '../../storage/index.js'
import type { PrivateKey } from '@libp2p/interface'

const OWNER_SETTING = 'registry.rows.owner'

/**
 * Whether the identities of a store are this node's: those that were stored under another private key can be neither found nor opened. A store
 * that is nobody's, or that holds none, is this node's from then on.
 *
 * @throws StorageError
 */
export async function ownsIdentities ({ settings, registry }: Pick<Store, 'registry' | 'settings'>, privateKey: PrivateKey): Promise<boolean> {
  const { owner } = new RowSeal(privateKey.raw)
  const known = await settings.get(OWNER_SETTING)

  if (known != null && Buffer.compare(known, owner) === 0) {
    return true
  }

  if (known != null && registry.totals().identities > 0) {
    return false
  }

  await settings.set(OWNER_SETTING, owner)

  return true
}
