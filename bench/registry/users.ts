import { createHash } from 'node:crypto'
import { sealEnvelope } from '../../src/registry/crypto/envelope.js'
import { encodeIdentity } from '../../src/registry/index.js'
import { nodeKeyAgreement } from '../../src/registry/openssl/key-agreement.js'
import type { SealedEnvelope } from '../../src/registry/crypto/envelope.js'
import type { Keys } from '../../src/registry/index.js'

/** One key for all that callers seal: they are to cost little. */
const OWN = nodeKeyAgreement(createHash('sha256').update('bench').digest())

export const REQUESTER_KEY = OWN.publicKey

export function userIdOf (name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(name).digest())
}

/** As large as what an application has. */
export function identityOf (userId: Uint8Array): Uint8Array {
  return encodeIdentity({ userId, usernameHint: 'somebody', signingPublicKey: userId, encryptionPublicKey: userId, signature: Buffer.concat([userId, userId]), createdAtMs: 1n })
}

/** Seals identities to the node's active key. */
export function sealer ({ keys, pepper }: Keys): (userId: Uint8Array) => SealedEnvelope {
  const key = keys.find(({ active }) => active)

  if (key == null) {
    throw new Error('the node has no active key')
  }

  const { kid, publicKey } = key
  const shared = OWN.agree(publicKey)

  return userId => sealEnvelope(identityOf(userId), { own: { publicKey: OWN.publicKey, agree: () => shared }, pepper, userId, to: publicKey, kid })
}
