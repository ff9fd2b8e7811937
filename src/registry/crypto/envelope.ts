import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { blake3 } from '@noble/hashes/blake3.js'
import { randomBytes } from '@noble/hashes/utils.js'
import { concat } from 'uint8arrays/concat'
import { EnvelopeError, InvalidRegistryInputError } from '../errors.js'
import { KEY_BYTES, KID_BYTES, MAX_CIPHERTEXT_BYTES, MAX_IDENTITY_BYTES, NONCE_BYTES, PEPPER_BYTES, TAG_BYTES, USER_ID_BYTES } from '../sizes.js'
import { expectLength } from './expect-length.js'
import type { KeyAgreement } from './key-agreement.js'

const utf8 = new TextEncoder()
const KDF_LABEL = utf8.encode('enigma:registry:envelope:v1')
const BLIND_LABEL = utf8.encode('enigma:registry:blind:v1')
const KID_LABEL = utf8.encode('enigma:registry:kid:v1')

/** An identity's JSON on its way, in either direction (specs/registry.md, 4.4). */
export interface SealedEnvelope {
  /** 8 bytes: which of the node's keys it was made with, whoever seals. */
  kid: Uint8Array
  /** 32 bytes, X25519. */
  senderPublicKey: Uint8Array
  /** 24 bytes, random. */
  nonce: Uint8Array
  /** 16 to 65,536 bytes, the tag at the end. */
  ciphertext: Uint8Array
}

export interface EnvelopeContext {
  /** The key of whoever seals or opens. */
  own: KeyAgreement
  /** 32 bytes: what `Keys` of the node says. */
  pepper: Uint8Array
  /** 32 bytes. */
  userId: Uint8Array
}

export interface SealOptions extends EnvelopeContext {
  /** 32 bytes: the key of whoever opens. */
  to: Uint8Array
  /** 8 bytes: of the node's key, which is `to` when a client seals, and `own` when the node does. */
  kid: Uint8Array
  /** 24 bytes that are never used twice. For tests: @default random */
  nonce?: Uint8Array
}

/** @throws InvalidRegistryInputError for lengths outside their bounds and for a key of low order */
export function sealEnvelope (plaintext: Uint8Array, { own, pepper, userId, to, kid, nonce = randomBytes(NONCE_BYTES) }: SealOptions): SealedEnvelope {
  checkPlaintext(plaintext)
  expectLength('a key id', kid, KID_BYTES)
  expectLength('a nonce', nonce, NONCE_BYTES)

  const key = envelopeKey(pepper, userId, own.agree(to))

  return { kid, senderPublicKey: own.publicKey, nonce, ciphertext: xchacha20poly1305(key, nonce, userId).encrypt(plaintext) }
}

/**
 * @returns the plaintext, in memory of its own
 * @throws EnvelopeError when it was not sealed for this key, pepper and user, or was altered
 * @throws InvalidRegistryInputError for lengths outside their bounds and for a sender's key of low order
 */
export function openEnvelope (envelope: SealedEnvelope, { own, pepper, userId }: EnvelopeContext): Uint8Array {
  const { senderPublicKey, nonce, ciphertext } = envelope

  checkEnvelope(envelope)
  const key = envelopeKey(pepper, userId, own.agree(senderPublicKey))

  try {
    return xchacha20poly1305(key, nonce, userId).decrypt(ciphertext)
  } catch (err) {
    throw new EnvelopeError(undefined, { cause: err })
  }
}

/** @throws InvalidRegistryInputError for more than an identity has */
export function checkPlaintext (plaintext: Uint8Array): void {
  if (plaintext.byteLength > MAX_IDENTITY_BYTES) {
    throw new InvalidRegistryInputError(`an identity has ${MAX_IDENTITY_BYTES} bytes at most`)
  }
}

/** @throws InvalidRegistryInputError for lengths outside their bounds */
export function checkEnvelope ({ kid, senderPublicKey, nonce, ciphertext }: SealedEnvelope): void {
  expectLength('a key id', kid, KID_BYTES)
  expectLength('an X25519 public key', senderPublicKey, KEY_BYTES)
  expectLength('a nonce', nonce, NONCE_BYTES)

  if (ciphertext.byteLength < TAG_BYTES || ciphertext.byteLength > MAX_CIPHERTEXT_BYTES) {
    throw new InvalidRegistryInputError(`a ciphertext has ${TAG_BYTES} to ${MAX_CIPHERTEXT_BYTES} bytes`)
  }
}

/** 32 bytes for the AEAD, out of what the two keys agreed on. */
export function envelopeKey (pepper: Uint8Array, userId: Uint8Array, shared: Uint8Array): Uint8Array {
  expectLength('a pepper', pepper, PEPPER_BYTES)
  expectLength('a user id', userId, USER_ID_BYTES)
  expectLength('a shared secret', shared, KEY_BYTES)

  return blake3(concat([KDF_LABEL, pepper, userId, shared]))
}

/** 32 bytes that stand for a user to whoever knows the 32 bytes of the secret, and tell others nothing (4.5, with a pepper as the secret). */
export function blindIndex (secret: Uint8Array, userId: Uint8Array): Uint8Array {
  expectLength('the secret of a blind index', secret, PEPPER_BYTES)
  expectLength('a user id', userId, USER_ID_BYTES)

  return blake3(concat([BLIND_LABEL, secret, userId]))
}

/** The 8 bytes that name a key which the node made itself. Keys from a configuration have the names that it gives them. */
export function keyIdOf (publicKey: Uint8Array): Uint8Array {
  expectLength('an X25519 public key', publicKey, KEY_BYTES)

  return blake3(concat([KID_LABEL, publicKey]), { dkLen: KID_BYTES })
}
