import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import { lowOrder } from '../crypto/key-agreement.js'
import { expectLength } from '../crypto/expect-length.js'
import { KEY_BYTES } from '../sizes.js'
import type { KeyAgreement } from '../crypto/key-agreement.js'

/** What comes before the 32 bytes in PKCS #8 and in SubjectPublicKeyInfo (RFC 8410). */
const PRIVATE_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex')
const PUBLIC_HEAD = Buffer.from('302a300506032b656e032100', 'hex')

/** As `keyAgreement`, by OpenSSL: many times faster. */
export function nodeKeyAgreement (rawPrivateKey: Uint8Array): KeyAgreement {
  expectLength('an X25519 private key', rawPrivateKey, KEY_BYTES)
  const privateKey = createPrivateKey({ key: Buffer.concat([PRIVATE_HEAD, rawPrivateKey]), format: 'der', type: 'pkcs8' })

  return {
    publicKey: new Uint8Array(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(PUBLIC_HEAD.byteLength)),

    agree (rawPublicKey) {
      expectLength('an X25519 public key', rawPublicKey, KEY_BYTES)
      const publicKey = createPublicKey({ key: Buffer.concat([PUBLIC_HEAD, rawPublicKey]), format: 'der', type: 'spki' })

      try {
        return new Uint8Array(diffieHellman({ privateKey, publicKey }))
      } catch (err) {
        // OpenSSL gives no secret of zeros
        throw lowOrder(err)
      }
    }
  }
}
