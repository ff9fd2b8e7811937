import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey } from '@libp2p/interface'

/**
 * Ed25519 in libp2p's encoding (libp2p/specs peer-ids, "Keys"): `Type` = 1, then 64 bytes of `Data`, secret before public.
 * Encoders are deterministic there, so every right file is these four bytes and 64 more.
 */
const ED25519_HEAD = Uint8Array.of(0x08, 0x01, 0x12, 0x40)
const SECRET_BYTES = 32
const FILE_BYTES = ED25519_HEAD.length + 64

const OTHER_TYPES: Readonly<Record<number, string>> = { 0: 'RSA', 2: 'secp256k1', 3: 'ECDSA' }

/** Why the bytes are no Ed25519 private key, as the end of a sentence that begins with the file. */
export interface NotAKey {
  readonly problem: string
}

function startsWith (bytes: Uint8Array, head: Uint8Array): boolean {
  return head.every((byte, i) => bytes[i] === byte)
}

function describe (bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, 16)).toString('latin1').trimStart()

  if (bytes.length === 0) {
    return 'is empty'
  }
  if (startsWith(bytes, ED25519_HEAD)) {
    return `is ${bytes.length < FILE_BYTES ? 'cut off' : 'longer than a key'}: ${bytes.length} bytes instead of ${FILE_BYTES}`
  }
  if (text.startsWith('-----BEGIN')) {
    return 'is a PEM file, not a key in libp2p\'s protobuf encoding'
  }
  if (text.startsWith('{')) {
    return 'is JSON, not a key in libp2p\'s protobuf encoding'
  }
  if (/^(CAES|CAAS|CAIS|CAMS)/.test(text)) {
    return 'is a key as base64 text; it must be the decoded bytes'
  }
  if (bytes[0] === 0x08 && bytes[1] === 0x01 && bytes[2] === 0x12 && bytes[3] === 0x20) {
    return 'holds a public key; the private one is needed'
  }

  const other = bytes[0] === 0x08 && bytes[2] === 0x12 ? OTHER_TYPES[bytes[1] ?? -1] : undefined

  if (other != null) {
    return `holds a key of type ${other}; this node needs Ed25519`
  }
  if (bytes.length === 32 || bytes.length === 64) {
    return `holds ${bytes.length} bare bytes, not a key in libp2p's protobuf encoding`
  }

  return 'is not a private key in libp2p\'s protobuf encoding'
}

/** Strict: one encoding a key, and the public half must be the secret's own. */
export async function decodeIdentity (bytes: Uint8Array): Promise<Ed25519PrivateKey | NotAKey> {
  if (bytes.length !== FILE_BYTES || !startsWith(bytes, ED25519_HEAD)) {
    return { problem: describe(bytes) }
  }

  const secret = bytes.subarray(ED25519_HEAD.length, ED25519_HEAD.length + SECRET_BYTES)
  const key = await generateKeyPairFromSeed('Ed25519', Uint8Array.from(secret))

  if (Buffer.compare(key.raw, bytes.subarray(ED25519_HEAD.length)) !== 0) {
    return { problem: 'is damaged: its public half does not belong to its private half' }
  }

  return key
}
