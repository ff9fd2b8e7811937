import crypto from 'node:crypto'
import type { ICryptoInterface, KeyPair } from '@libp2p/noise'
import type { KeyObject } from 'node:crypto'
import type { Uint8ArrayList } from 'uint8arraylist'

export const TAG_BYTES = 16
const CIPHER = 'chacha20-poly1305'
const KEY_BYTES = 32
const PRIVATE_KEY_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex')
const PUBLIC_KEY_PREFIX = Buffer.from('302a300506032b656e032100', 'hex')

/** The types ask for a length, which CCM alone needs. */
const UNUSED = { plaintextLength: 0 }

type Bytes = Uint8Array | Uint8ArrayList

/** Opens what `sealInto` sealed. `parts` is the ciphertext without its tag. @throws when it was not sealed so */
export function open (key: KeyObject, nonce: Uint8Array, parts: Iterable<Uint8Array>, tag: Uint8Array, ad?: Uint8Array): Uint8Array[] {
  const decipher = crypto.createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
  const output: Uint8Array[] = []

  decipher.setAuthTag(tag)

  if (ad != null && ad.byteLength > 0) {
    decipher.setAAD(ad, UNUSED)
  }

  for (const part of parts) {
    output.push(decipher.update(part))
  }

  decipher.final()

  return output
}

/** Writes ciphertext and tag to `target` at `offset`. */
export function sealInto (target: Buffer, offset: number, key: KeyObject, nonce: Uint8Array, plaintext: Uint8Array, ad?: Uint8Array): void {
  const cipher = crypto.createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })

  if (ad != null && ad.byteLength > 0) {
    cipher.setAAD(ad, UNUSED)
  }

  target.set(cipher.update(plaintext), offset)
  cipher.final()
  target.set(cipher.getAuthTag(), offset + plaintext.byteLength)
}

/** What the stock handshake needs, by node:crypto; keys that come as bytes are imported once. */
export class HandshakeCrypto implements ICryptoInterface {
  readonly #secrets = new WeakMap<Uint8Array, KeyObject>()
  readonly #privateKeys: WeakMap<Uint8Array, KeyObject>
  readonly #staticKey?: KeyPair
  #split?: [Uint8Array, Uint8Array]

  /** `privateKeys` and `staticKey` are what an earlier one made, so that the static key is imported once. */
  constructor (privateKeys = new WeakMap<Uint8Array, KeyObject>(), staticKey?: KeyPair) {
    this.#privateKeys = privateKeys
    this.#staticKey = staticKey
  }

  /**
   * The two keys of `Split()`, initiator's sending key first: it is the one derivation from empty input (Noise, 5.2).
   * There is none before the handshake is over.
   */
  get split (): [Uint8Array, Uint8Array] | undefined {
    return this.#split
  }

  // the stock code takes these as functions of their own, so they are bound

  readonly hashSHA256 = (data: Bytes): Uint8Array => crypto.createHash('sha256').update(data.subarray()).digest()

  readonly getHKDF = (ck: Uint8Array, ikm: Uint8Array): [Uint8Array, Uint8Array, Uint8Array] => {
    const temporary = hmac(ck, ikm)
    const first = hmac(temporary, Buffer.of(1))
    const second = hmac(temporary, Buffer.concat([first, Buffer.of(2)]))
    const third = hmac(temporary, Buffer.concat([second, Buffer.of(3)]))

    if (ikm.byteLength === 0) {
      this.#split = [first, second]
    }

    return [first, second, third]
  }

  readonly generateX25519KeyPair = (): KeyPair => this.#keyPair(crypto.generateKeyPairSync('x25519').privateKey)

  readonly generateX25519KeyPairFromSeed = (seed: Uint8Array): KeyPair => {
    return this.#staticKey?.privateKey === seed ? this.#staticKey : this.#keyPair(importPrivateKey(seed), seed)
  }

  readonly generateX25519SharedKey = (privateKey: Bytes, publicKey: Bytes): Uint8Array => {
    const own = privateKey.subarray()
    let imported = this.#privateKeys.get(own)

    if (imported == null) {
      imported = importPrivateKey(own)
      this.#privateKeys.set(own, imported)
    }

    return crypto.diffieHellman({ privateKey: imported, publicKey: importPublicKey(publicKey.subarray()) })
  }

  readonly chaCha20Poly1305Encrypt = (plaintext: Bytes, nonce: Uint8Array, ad: Uint8Array, k: Uint8Array): Uint8Array => {
    const output = Buffer.allocUnsafeSlow(plaintext.byteLength + TAG_BYTES)

    sealInto(output, 0, this.#secret(k), nonce, plaintext.subarray(), ad)

    return output
  }

  readonly chaCha20Poly1305Decrypt = (ciphertext: Bytes, nonce: Uint8Array, ad: Uint8Array, k: Uint8Array): Uint8Array => {
    const bytes = ciphertext.subarray()

    if (bytes.byteLength < TAG_BYTES) {
      throw new Error('Ciphertext is shorter than its tag')
    }

    const text = bytes.subarray(0, bytes.byteLength - TAG_BYTES)

    return Buffer.concat(open(this.#secret(k), nonce, [text], bytes.subarray(text.byteLength), ad))
  }

  #secret (k: Uint8Array): KeyObject {
    let key = this.#secrets.get(k)

    if (key == null) {
      key = crypto.createSecretKey(k)
      this.#secrets.set(k, key)
    }

    return key
  }

  #keyPair (privateKey: KeyObject, seed?: Uint8Array): KeyPair {
    const bytes = seed ?? privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-KEY_BYTES)

    this.#privateKeys.set(bytes, privateKey)

    return {
      privateKey: bytes,
      publicKey: crypto.createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).subarray(-KEY_BYTES)
    }
  }
}

function hmac (key: Uint8Array, data: Uint8Array): Buffer {
  return crypto.createHmac('sha256', key).update(data).digest()
}

function importPrivateKey (bytes: Uint8Array): KeyObject {
  return crypto.createPrivateKey({ key: Buffer.concat([PRIVATE_KEY_PREFIX, bytes]), type: 'pkcs8', format: 'der' })
}

function importPublicKey (bytes: Uint8Array): KeyObject {
  return crypto.createPublicKey({ key: Buffer.concat([PUBLIC_KEY_PREFIX, bytes]), type: 'spki', format: 'der' })
}
