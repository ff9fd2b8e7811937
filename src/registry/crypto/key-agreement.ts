import { x25519 } from '@noble/curves/ed25519.js'
import { InvalidRegistryInputError } from '../errors.js'
import { KEY_BYTES } from '../sizes.js'
import { expectLength } from './expect-length.js'

/** An X25519 key (RFC 7748) that agrees with others on a secret. */
export interface KeyAgreement {
  /** 32 bytes. */
  readonly publicKey: Uint8Array

  /**
   * 32 bytes that only the holders of the two keys can make.
   *
   * @throws InvalidRegistryInputError for a public key that is not 32 bytes or of low order: everybody could make its secret
   */
  agree (publicKey: Uint8Array): Uint8Array
}

/** @throws InvalidRegistryInputError unless the private key has 32 bytes */
export type KeyAgreementOf = (privateKey: Uint8Array) => KeyAgreement

/** Runs in browsers. `nodeKeyAgreement` does the same by OpenSSL. */
export function keyAgreement (privateKey: Uint8Array): KeyAgreement {
  expectLength('an X25519 private key', privateKey, KEY_BYTES)
  const secret = Uint8Array.from(privateKey)

  return {
    publicKey: x25519.getPublicKey(secret),

    agree (publicKey) {
      expectLength('an X25519 public key', publicKey, KEY_BYTES)

      try {
        return x25519.getSharedSecret(secret, publicKey)
      } catch (err) {
        throw lowOrder(err)
      }
    }
  }
}

/** With a key that is used once. */
export function ephemeralKeyAgreement (): KeyAgreement {
  return keyAgreement(x25519.utils.randomSecretKey())
}

export function lowOrder (cause: unknown): InvalidRegistryInputError {
  return new InvalidRegistryInputError('an X25519 public key is of low order', { cause })
}
