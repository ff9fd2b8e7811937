import { ed25519 } from '@noble/curves/ed25519.js'
import { fromString } from 'uint8arrays/from-string'
import { userIdOf as makeUserId } from '../../registry/crypto/user-id.js'
import { EnigmaError } from '../../errors.js'
import { KEY_BYTES, USER_ID_BYTES } from '../../registry/sizes.js'
import { ClientError } from '../errors.js'
import type { SigningKey, User } from './types.js'

const HEX_64 = /^[0-9a-fA-F]{64}$/

/** An Ed25519 key pair: 32 bytes each. */
export interface Signer {
  readonly secretKey: Uint8Array
  readonly publicKey: Uint8Array
}

/**
 * The 32 bytes that stand for a user name.
 *
 * @throws ClientError `invalid_argument` unless it is 1 to 64 bytes of UTF-8 without control characters
 */
export function userIdOf (userName: string): Uint8Array {
  return checked(() => makeUserId(userName))
}

/** @throws ClientError `invalid_argument` */
export function userIdFrom (user: User): Uint8Array {
  if (typeof user === 'string') {
    return HEX_64.test(user) ? fromString(user.toLowerCase(), 'base16') : userIdOf(user)
  }

  if (user.byteLength !== USER_ID_BYTES) {
    throw new ClientError('invalid_argument', `a user id has ${USER_ID_BYTES} bytes`)
  }

  return Uint8Array.from(user)
}

/** @throws ClientError `invalid_argument` */
export function signerOf (key: SigningKey): Signer {
  const secretKey = secretOf(key)

  return { secretKey, publicKey: ed25519.getPublicKey(secretKey) }
}

/** @throws ClientError `invalid_argument` */
export function pepperFrom (pepper: Uint8Array | string): Uint8Array {
  if (typeof pepper === 'string' && HEX_64.test(pepper)) {
    return fromString(pepper.toLowerCase(), 'base16')
  }

  if (typeof pepper === 'string' || pepper.byteLength !== KEY_BYTES) {
    throw new ClientError('invalid_argument', 'a pepper is 32 bytes, or 64 hex')
  }

  return Uint8Array.from(pepper)
}

/** What the shared code refuses was an argument. */
export function checked<T> (make: () => T): T {
  try {
    return make()
  } catch (err) {
    throw err instanceof EnigmaError && err.code === 'invalid_input' ? new ClientError('invalid_argument', err.message, { cause: err }) : err
  }
}

/** The seed, as both have it first. */
function secretOf (key: SigningKey): Uint8Array {
  if (key instanceof Uint8Array && key.byteLength === KEY_BYTES) {
    return Uint8Array.from(key)
  }

  if (!(key instanceof Uint8Array) && key.type === 'Ed25519') {
    return key.raw.slice(0, KEY_BYTES)
  }

  throw new ClientError('invalid_argument', `a signing key is an Ed25519 private key, or its ${KEY_BYTES} secret bytes`)
}
