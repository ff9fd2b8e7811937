import { createCipheriv, createDecipheriv, createSecretKey, randomFillSync } from 'node:crypto'
import { hchacha } from '@noble/ciphers/chacha.js'
import { KEY_BYTES, NONCE_BYTES, TAG_BYTES } from '../sizes.js'
import type { KeyObject } from 'node:crypto'

// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): HChaCha20 of the key and 16 bytes of the nonce is the key of OpenSSL's ChaCha20-Poly1305,
// whose nonce are four zeros and the other 8.

const CIPHER = 'chacha20-poly1305'
const OPTIONS = { authTagLength: TAG_BYTES }
const IV_BYTES = 12
const HEAD_BYTES = 16
/** "expand 32-byte k" */
const SIGMA = Uint32Array.of(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574)
/** Made in one go: the call costs more than the bytes. */
const NONCES = 64

let nonces = new Uint8Array(0)
let nextNonce = 0

/** 24 random bytes. */
export function randomNonce (): Uint8Array<ArrayBuffer> {
  if (nextNonce === nonces.byteLength) {
    nonces = randomFillSync(new Uint8Array(NONCES * NONCE_BYTES))
    nextNonce = 0
  }

  nextNonce += NONCE_BYTES

  return nonces.subarray(nextNonce - NONCE_BYTES, nextNonce)
}

/** `aad` is authenticated with it. @returns what was sealed, in parts: as many bytes as went in, and the tag of 16 */
export function seal (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): [ciphertext: Buffer, tag: Buffer] {
  const cipher = createCipheriv(CIPHER, subkey(key, nonce), ivOf(nonce), OPTIONS).setAAD(aad, { plaintextLength: plaintext.byteLength })
  const ciphertext = cipher.update(plaintext)

  cipher.final()

  return [ciphertext, cipher.getAuthTag()]
}

/** @throws Error when it was sealed with other keys, nonces or `aad`, or was altered, or is shorter than a tag */
export function open (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Buffer {
  const end = sealed.byteLength - TAG_BYTES
  const decipher = createDecipheriv(CIPHER, subkey(key, nonce), ivOf(nonce), OPTIONS).setAAD(aad, { plaintextLength: end }).setAuthTag(sealed.subarray(end))
  const plaintext = decipher.update(sealed.subarray(0, end))

  decipher.final()

  return plaintext
}

/** As an object: a cipher looks twice for what else bytes might be. */
function subkey (key: Uint8Array, nonce: Uint8Array): KeyObject {
  const words = new Uint32Array(KEY_BYTES / 4)

  hchacha(SIGMA, wordsOf(key, KEY_BYTES), wordsOf(nonce, HEAD_BYTES), words)

  return createSecretKey(new Uint8Array(words.buffer))
}

function ivOf (nonce: Uint8Array): Uint8Array {
  const iv = new Uint8Array(IV_BYTES)

  iv.set(nonce.subarray(HEAD_BYTES), IV_BYTES - (NONCE_BYTES - HEAD_BYTES))

  return iv
}

/** Of the first so many bytes, in the machine's order: `hchacha` sees to the rest. */
function wordsOf (bytes: Uint8Array, length: number): Uint32Array {
  return new Uint32Array(Uint8Array.from(bytes.subarray(0, length)).buffer)
}
