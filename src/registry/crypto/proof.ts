import { ed25519 } from '@noble/curves/ed25519.js'
import { blake3 } from '@noble/hashes/blake3.js'
import { concat } from 'uint8arrays/concat'
import { framePrefix } from '../../framing.js'
import { InvalidRegistryInputError } from '../errors.js'
import { KEY_BYTES, USER_ID_BYTES } from '../sizes.js'
import { expectLength } from './expect-length.js'

const utf8 = new TextEncoder()
const DOMAIN = utf8.encode('enigma-registry/1')
const EMPTY = new Uint8Array(0)

/** The calls that may carry a proof. */
export type ProvenCall = 'register' | 'update' | 'remove' | 'announce'

/** What a proof is about (`Proof` of proto/registry.proto). */
export interface ProofSubject {
  call: ProvenCall
  /** 32 bytes. */
  userId: Uint8Array
  /** The bytes of JSON that are sealed in the envelope; left out: the call has none (remove, announce). */
  identity?: Uint8Array
  /** The caller's PeerId as multihash bytes; left out: the caller has proven none. */
  peerId?: Uint8Array
  /** Unix milliseconds. */
  issuedMs: bigint
}

/**
 * The bytes that are signed: each part after its length.
 *
 * @throws InvalidRegistryInputError for a user id that is not 32 bytes, and a time that is not 64 bits
 */
export function proofMessage ({ call, userId, identity, peerId = EMPTY, issuedMs }: ProofSubject): Uint8Array {
  expectLength('a user id', userId, USER_ID_BYTES)

  if (issuedMs < 0n || issuedMs >= 1n << 64n) {
    throw new InvalidRegistryInputError('issued_ms is an unsigned 64-bit number')
  }

  const issued = new Uint8Array(8)

  new DataView(issued.buffer).setBigUint64(0, issuedMs)

  const parts = [DOMAIN, utf8.encode(call), userId, identity == null ? EMPTY : blake3(identity), peerId, issued]

  return concat(parts.flatMap(part => [framePrefix(part.byteLength), part]))
}

/**
 * 64 bytes. `secretKey` is an Ed25519 secret key of 32 bytes (RFC 8032: the seed).
 *
 * @throws InvalidRegistryInputError as `proofMessage`, and for a key that is not 32 bytes
 */
export function signProof (subject: ProofSubject, secretKey: Uint8Array): Uint8Array {
  expectLength('an Ed25519 secret key', secretKey, KEY_BYTES)

  return ed25519.sign(proofMessage(subject), secretKey)
}
