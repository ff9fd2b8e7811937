import { checkEnvelope, checkPlaintext, envelopeKey } from '../crypto/envelope.js'
import { EnvelopeError } from '../errors.js'
import { open, randomNonce, seal } from './xchacha.js'
import type { SealedEnvelope } from '../crypto/envelope.js'

// As `sealEnvelope` and `openEnvelope`, by OpenSSL, once the two keys have agreed.

export interface AgreedContext {
  /** 32 bytes, which the two keys have agreed on. */
  shared: Uint8Array
  /** 32 bytes. */
  pepper: Uint8Array
  /** 32 bytes. */
  userId: Uint8Array
}

export interface SealAgreedOptions extends AgreedContext {
  /** 8 bytes: of the node's key. */
  kid: Uint8Array
  /** 32 bytes: the one of the two keys that whoever opens does not have. */
  senderPublicKey: Uint8Array
  /** For tests: @default random */
  nonce?: Uint8Array
}

/** @throws InvalidRegistryInputError for lengths outside their bounds */
export function sealAgreed (plaintext: Uint8Array, { shared, pepper, userId, kid, senderPublicKey, nonce = randomNonce() }: SealAgreedOptions): SealedEnvelope {
  checkPlaintext(plaintext)

  return { kid, senderPublicKey, nonce, ciphertext: Buffer.concat(seal(envelopeKey(pepper, userId, shared), nonce, userId, plaintext)) }
}

/** @throws as `openEnvelope`, but for what makes no secret */
export function openAgreed (envelope: SealedEnvelope, { shared, pepper, userId }: AgreedContext): Uint8Array {
  const { nonce, ciphertext } = envelope

  checkEnvelope(envelope)
  const key = envelopeKey(pepper, userId, shared)

  try {
    return open(key, nonce, userId, ciphertext)
  } catch (err) {
    throw new EnvelopeError(undefined, { cause: err })
  }
}
