import { ed25519 } from '@noble/curves/ed25519.js'
import { concat } from 'uint8arrays/concat'
import { encodeIdentity } from '../../registry/identity.js'
import { isWithinRules } from '../../registry/read-identity.js'
import { MAX_IDENTITY_BYTES, USER_ID_BYTES } from '../../registry/sizes.js'
import { ClientError } from '../errors.js'
import { signerOf, userIdOf } from './arguments.js'
import type { PublicIdentity } from '../../registry/identity.js'
import type { SigningKey } from './types.js'

export interface IdentityInit {
  /** Who it is of: 1 to 64 bytes of UTF-8. */
  userName: string
  /** Its public half goes into the identity, and it signs that, unless `signature` is given. */
  signingKey: SigningKey
  /** What others encrypt to; the application's. 1 byte or more, 32 of X25519 as a rule. */
  encryptionPublicKey: Uint8Array
  /** Whoever resolves the identity sees the name. @default true */
  withName?: boolean
  /** What the application puts there, 1 byte or more. @default a signature that `isSigned` verifies */
  signature?: Uint8Array
  /** Unix milliseconds. @default now */
  createdAtMs?: number | bigint
}

const MAX_U64 = (1n << 64n) - 1n
const utf8 = new TextEncoder()

/** Puts keys together to what is registered. @throws ClientError `invalid_argument` */
export function createIdentity ({ userName, signingKey, encryptionPublicKey, withName = true, signature, createdAtMs = Date.now() }: IdentityInit): PublicIdentity {
  const { secretKey, publicKey } = signerOf(signingKey)

  if (typeof createdAtMs === 'number' && !Number.isSafeInteger(createdAtMs)) {
    throw new ClientError('invalid_argument', 'createdAtMs is a whole number')
  }

  const keys = { ...(withName ? { usernameHint: userName } : {}), signingPublicKey: publicKey, encryptionPublicKey: Uint8Array.from(encryptionPublicKey) }
  const identity = { userId: userIdOf(userName), ...keys, signature: Uint8Array.from(signature ?? ed25519.sign(signedBytes(keys), secretKey)), createdAtMs: BigInt(createdAtMs) }

  identityJson(identity)

  return identity
}

/**
 * Whether the identity's `signature` is one of its name and keys by its signing key, as `createIdentity` makes it. That tells that they
 * belong together, and not whose they are. Applications that put something else there have rules of their own.
 */
export function isSigned (identity: PublicIdentity): boolean {
  try {
    return ed25519.verify(identity.signature, signedBytes(identity), identity.signingPublicKey, { zip215: false })
  } catch {
    // no key, or no signature
    return false
  }
}

/** What goes into the envelope. @throws ClientError `invalid_argument` unless it may be registered */
export function identityJson (identity: PublicIdentity): Uint8Array {
  if (identity.userId.byteLength !== USER_ID_BYTES || !isWithinRules(identity) || identity.createdAtMs > MAX_U64) {
    throw new ClientError('invalid_argument', 'an identity has a user id of 32 bytes, keys and a signature that are not empty, a time above 0, and no name that is none')
  }

  const json = encodeIdentity(identity)

  if (json.byteLength > MAX_IDENTITY_BYTES) {
    throw new ClientError('invalid_argument', `an identity has ${MAX_IDENTITY_BYTES} bytes of JSON at most`)
  }

  return json
}

/** Name, signing key and encryption key, each after its length in 32 bits, big endian (specs/registry.md, 3.2). */
function signedBytes ({ usernameHint = '', signingPublicKey, encryptionPublicKey }: Pick<PublicIdentity, 'usernameHint' | 'signingPublicKey' | 'encryptionPublicKey'>): Uint8Array {
  return concat([utf8.encode(usernameHint), signingPublicKey, encryptionPublicKey].flatMap(part => {
    const length = new Uint8Array(4)

    new DataView(length.buffer).setUint32(0, part.byteLength)

    return [length, part]
  }))
}
