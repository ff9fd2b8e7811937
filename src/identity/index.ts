import type { Ed25519PrivateKey } from '@libp2p/interface'

export { IdentityError } from './errors.js'
export { loadIdentity, loadOrCreateIdentity } from './identity.js'

/** Who the node is, as read from its key file. */
export interface Identity {
  readonly privateKey: Ed25519PrivateKey
  /** True when the file was made by this call. */
  readonly created: boolean
  /** What an operator should know about the file, for the log. */
  readonly warnings: readonly string[]
}
