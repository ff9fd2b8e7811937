import { hkdfSync } from 'node:crypto'
import { blake3 } from '@noble/hashes/blake3.js'
import { concat } from 'uint8arrays/concat'
import { blindIndex } from '../crypto/envelope.js'
import { expectLength } from '../crypto/expect-length.js'
import { EnvelopeError } from '../errors.js'
import { NONCE_BYTES, TAG_BYTES, USER_ID_BYTES } from '../sizes.js'
import { open, randomNonce, seal } from './xchacha.js'

const SECRET_BYTES = 32
const INFO = 'enigma-node registry rows v1'
const utf8 = new TextEncoder()
const ROW_LABEL = utf8.encode('enigma-node:registry:row:v1')
const OWNER_LABEL = utf8.encode('enigma-node:registry:owner:v1')
const ENTRY_LABEL = utf8.encode('enigma-node:registry:entry:v1')

/**
 * How rows of the registry lie on disk (specs/registry.md, Part I, "blind index"): under an index that only the node can make of a user
 * id, and sealed under a key that it needs the user id for. Its secret is made of the node's private key, which is not in the data
 * folder, and of nothing that a client knows.
 */
export class RowSeal {
  readonly #secret: Uint8Array

  /** `privateKey`: the node's, as its raw bytes. */
  constructor (privateKey: Uint8Array) {
    this.#secret = new Uint8Array(hkdfSync('sha256', privateKey, new Uint8Array(0), INFO, SECRET_BYTES))
  }

  /** 32 bytes that stand for the node whose rows they are, and tell nothing else. */
  get owner (): Uint8Array {
    return blake3(concat([OWNER_LABEL, this.#secret]))
  }

  /** 32 bytes. @throws InvalidRegistryInputError unless the user id has 32 bytes */
  index (userId: Uint8Array): Uint8Array {
    return blindIndex(this.#secret, userId)
  }

  /** 32 bytes that stand for one announcer of a user: its PeerId as multihash bytes, or none. */
  entryId (userId: Uint8Array, peerId: Uint8Array): Uint8Array {
    expectLength('a user id', userId, USER_ID_BYTES)

    return blake3(concat([ENTRY_LABEL, this.#secret, userId, peerId]))
  }

  /** `area` tells rows of one user apart: none opens as one of another area. The result is 40 bytes longer than what goes in. */
  seal (area: string, userId: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const nonce = randomNonce()

    return Buffer.concat([nonce, ...seal(this.#key(userId), nonce, utf8.encode(area), plaintext)])
  }

  /** @throws EnvelopeError when it is no row of this area, user and node, or was altered */
  open (area: string, userId: Uint8Array, row: Uint8Array): Uint8Array {
    if (row.byteLength < NONCE_BYTES + TAG_BYTES) {
      throw new EnvelopeError('a row of the registry is too short')
    }

    try {
      return open(this.#key(userId), row.subarray(0, NONCE_BYTES), utf8.encode(area), row.subarray(NONCE_BYTES))
    } catch (err) {
      throw new EnvelopeError('a row of the registry cannot be opened', { cause: err })
    }
  }

  #key (userId: Uint8Array): Uint8Array {
    expectLength('a user id', userId, USER_ID_BYTES)

    return blake3(concat([ROW_LABEL, this.#secret, userId]))
  }
}
