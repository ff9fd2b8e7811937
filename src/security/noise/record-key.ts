import { createSecretKey } from 'node:crypto'
import { asCrypto } from '@libp2p/noise/crypto'
import { open, sealInto } from './crypto.js'
import type { KeyObject } from 'node:crypto'

/** Up to here WebAssembly is done before OpenSSL has set up a cipher: half the time for a window update of 12 bytes. */
const SMALL_BYTES = 300
const NOTHING = new Uint8Array()

/** One direction's key, imported once for OpenSSL. */
export class RecordKey {
  readonly #bytes: Uint8Array
  readonly #key: KeyObject

  constructor (bytes: Uint8Array) {
    this.#bytes = bytes
    this.#key = createSecretKey(bytes)
  }

  /** Writes ciphertext and tag to `target` at `offset`. */
  sealInto (target: Buffer, offset: number, nonce: Uint8Array, plaintext: Uint8Array): void {
    if (plaintext.byteLength > SMALL_BYTES) {
      sealInto(target, offset, this.#key, nonce, plaintext)
    } else {
      target.set(asCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, NOTHING, this.#bytes).subarray(), offset)
    }
  }

  /** @throws when `parts` and `tag` were not sealed with this key and nonce */
  open (nonce: Uint8Array, parts: Uint8Array[], tag: Uint8Array): Uint8Array[] {
    const size = parts.reduce((sum, part) => sum + part.byteLength, 0)

    if (size > SMALL_BYTES) {
      return open(this.#key, nonce, parts, tag)
    }

    return [asCrypto.chaCha20Poly1305Decrypt(Buffer.concat([...parts, tag]), nonce, NOTHING, this.#bytes).subarray()]
  }
}
