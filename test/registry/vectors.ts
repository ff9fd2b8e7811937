import { readFileSync } from 'node:fs'

/** The parts of docs/protocol-registry-vectors.json that are not frames. Bytes are lower-case hex. */
export interface CryptoVectors {
  userIds: Array<{ name: string, userId: string }>
  envelopes: Array<{
    name: string
    pepper: string
    nodePrivateKey: string
    nodePublicKey: string
    clientPrivateKey: string
    clientPublicKey: string
    shared: string
    aeadKey: string
    blindIndex: string
    nonce: string
    kid: string
    userId: string
    plaintext: string
    ciphertext: string
  }>
  lowOrderKeys: string[]
  proofs: Array<{ name: string, call: 'register' | 'update' | 'remove' | 'announce', userId: string, identity?: string, peerId?: string, issuedMs: string, secretKey: string, publicKey: string, message: string, signature: string }>
  /** `digest` is how it begins. */
  proofsOfWork: Array<{ challenge: string, difficulty: number, solution: string, digest: string }>
}

const FILE = new URL('../../../docs/protocol-registry-vectors.json', import.meta.url)

export function readVectors (): CryptoVectors {
  return JSON.parse(readFileSync(FILE, 'utf8')) as CryptoVectors
}

export function bytesOf (hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

export function hexOf (bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
