import { KeyObject, createPrivateKey, createPublicKey, diffieHellman, subtle } from 'node:crypto'
import { lowOrder } from '../crypto/key-agreement.js'
import { expectLength } from '../crypto/expect-length.js'
import { KEY_BYTES } from '../sizes.js'
import type { KeyAgreement } from '../crypto/key-agreement.js'

/** What comes before the 32 bytes in PKCS #8 and in SubjectPublicKeyInfo (RFC 8410). */
const PRIVATE_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex')
const PUBLIC_HEAD = Buffer.from('302a300506032b656e032100', 'hex')

/** From 23.11 on: an older one leaves the callback alone, and gives the secret at once. */
const HAS_CALLBACK = diffieHellman.length > 1

export interface NodeKeyAgreement extends KeyAgreement {
  /** As `agree`, on a thread of libuv's pool where this Node.js can do that. */
  agreeAside (publicKey: Uint8Array): Promise<Uint8Array>
}

/** As `keyAgreement`, by OpenSSL: many times faster. `hasCallback`: for tests. */
export function nodeKeyAgreement (rawPrivateKey: Uint8Array, hasCallback = HAS_CALLBACK): NodeKeyAgreement {
  expectLength('an X25519 private key', rawPrivateKey, KEY_BYTES)
  const privateKey = createPrivateKey({ key: Buffer.concat([PRIVATE_HEAD, rawPrivateKey]), format: 'der', type: 'pkcs8' })

  function agree (rawPublicKey: Uint8Array): Uint8Array {
    expectPublicKey(rawPublicKey)
    const publicKey = createPublicKey({ key: Buffer.concat([PUBLIC_HEAD, rawPublicKey]), format: 'der', type: 'spki' })

    try {
      return new Uint8Array(diffieHellman({ privateKey, publicKey }))
    } catch (err) {
      // OpenSSL gives no secret of zeros
      throw lowOrder(err)
    }
  }

  async function agreeAside (rawPublicKey: Uint8Array): Promise<Uint8Array> {
    if (!hasCallback) {
      return agree(rawPublicKey)
    }

    expectPublicKey(rawPublicKey)
    // a quarter of what `createPublicKey` takes in Node.js 24, which looks four times for what else its argument might be
    const publicKey = KeyObject.from(await subtle.importKey('raw', Uint8Array.from(rawPublicKey), 'X25519', true, []))

    return await new Promise((resolve, reject) => {
      diffieHellman({ privateKey, publicKey }, (err, secret) => {
        if (err == null) {
          resolve(secret)
        } else {
          reject(lowOrder(err))
        }
      })
    })
  }

  return { publicKey: new Uint8Array(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(PUBLIC_HEAD.byteLength)), agree, agreeAside }
}

function expectPublicKey (publicKey: Uint8Array): void {
  expectLength('an X25519 public key', publicKey, KEY_BYTES)
}
