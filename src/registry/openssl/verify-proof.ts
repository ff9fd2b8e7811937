import { createPublicKey, verify } from 'node:crypto'
import { proofMessage } from '../crypto/proof.js'
import { KEY_BYTES, SIGNATURE_BYTES } from '../sizes.js'
import type { ProofSubject } from '../crypto/proof.js'

/** What comes before the 32 bytes in SubjectPublicKeyInfo (RFC 8410). */
const PUBLIC_HEAD = Buffer.from('302a300506032b6570032100', 'hex')

const P = (1n << 255n) - 19n

/** y of the eight points of small order, without the sign of x. */
const SMALL_ORDER_Y = new Set([
  0n,
  1n,
  P - 1n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd83d3d706a17c7n
])

/**
 * Whether this key signed this, strictly: the key is a point in its one encoding, neither it nor the signature's point is of small
 * order, and what OpenSSL asks holds (s below the group's order, the equation without the cofactor). Keys and signatures of other
 * lengths prove nothing.
 *
 * @throws InvalidRegistryInputError as `proofMessage`
 */
export function verifyProof (subject: ProofSubject, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.byteLength !== SIGNATURE_BYTES || publicKey.byteLength !== KEY_BYTES || isWeak(publicKey) || isWeak(signature.subarray(0, KEY_BYTES))) {
    return false
  }

  const key = createPublicKey({ key: Buffer.concat([PUBLIC_HEAD, publicKey]), format: 'der', type: 'spki' })

  return verify(null, proofMessage(subject), key, signature)
}

function isWeak (point: Uint8Array): boolean {
  const y = BigInt(`0x${Buffer.from(point).reverse().toString('hex')}`) & ((1n << 255n) - 1n)

  return y >= P || SMALL_ORDER_Y.has(y)
}
