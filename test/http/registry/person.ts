import { ed25519 } from '@noble/curves/ed25519.js'
import { ephemeralKeyAgreement } from '../../../src/registry/crypto/key-agreement.js'
import { openEnvelope, sealEnvelope } from '../../../src/registry/crypto/envelope.js'
import { signProof } from '../../../src/registry/crypto/proof.js'
import { userIdOf } from '../../../src/registry/crypto/user-id.js'
import { encodeIdentity } from '../../../src/registry/index.js'
import type { KeyAgreement } from '../../../src/registry/crypto/key-agreement.js'
import type { ProvenCall } from '../../../src/registry/crypto/proof.js'
import type { Keys, PublicIdentity } from '../../../src/registry/index.js'

/** An envelope as it goes over HTTP. */
export interface EnvelopeJson { kid: string, sender_pubkey: string, nonce: string, ciphertext: string }

export interface ProofJson { signature: string, issued_ms: number }

export interface ProofOptions {
  /** The identity that is sealed beside it. */
  identity?: PublicIdentity
  /** Multihash bytes. */
  peerId?: Uint8Array
  issuedMs?: number
}

/** Somebody with a handle and a signing key, as a client of the registry has it. */
export class Person {
  readonly userId: Uint8Array
  readonly secretKey = ed25519.utils.randomSecretKey()
  #issuedMs = 0

  constructor (name: string) {
    this.userId = userIdOf(name)
  }

  get handle (): string {
    return Buffer.from(this.userId).toString('hex')
  }

  identity (more: Partial<PublicIdentity> = {}): PublicIdentity {
    return {
      userId: this.userId,
      usernameHint: 'somebody',
      signingPublicKey: ed25519.getPublicKey(this.secretKey),
      encryptionPublicKey: Uint8Array.of(4, 5, 6),
      signature: Uint8Array.of(7, 8, 9),
      createdAtMs: 1n,
      ...more
    }
  }

  /** The body of /register. */
  register (keys: Keys, identity = this.identity()): { handle: string, envelope: EnvelopeJson } {
    return { handle: this.handle, envelope: seal(keys, this.userId, encodeIdentity(identity)) }
  }

  /** Each is later than the last. */
  proof (call: ProvenCall, { identity, peerId, issuedMs = Math.max(this.#issuedMs + 1, Date.now()) }: ProofOptions = {}): ProofJson {
    const subject = { call, userId: this.userId, identity: identity == null ? undefined : encodeIdentity(identity), peerId, issuedMs: BigInt(issuedMs) }

    this.#issuedMs = issuedMs

    return { signature: Buffer.from(signProof(subject, this.secretKey)).toString('hex'), issued_ms: issuedMs }
  }
}

/** Any bytes, sealed to the node's active key as /register has it. */
export function seal ({ keys, pepper }: Keys, userId: Uint8Array, plaintext: Uint8Array): EnvelopeJson {
  const key = keys.find(({ active }) => active)

  if (key == null) {
    throw new Error('the node has no active key')
  }

  const sealed = sealEnvelope(plaintext, { own: ephemeralKeyAgreement(), pepper, userId, to: key.publicKey, kid: key.kid })

  return {
    kid: Buffer.from(sealed.kid).toString('hex'),
    sender_pubkey: Buffer.from(sealed.senderPublicKey).toString('hex'),
    nonce: Buffer.from(sealed.nonce).toString('hex'),
    ciphertext: Buffer.from(sealed.ciphertext).toString('base64')
  }
}

/** What an answer of /resolve holds, for whoever has the key that was asked with. */
export function open ({ pepper }: Pick<Keys, 'pepper'>, userId: Uint8Array, own: KeyAgreement, { kid, sender_pubkey: sender, nonce, ciphertext }: EnvelopeJson): string {
  const envelope = { kid: Buffer.from(kid, 'hex'), senderPublicKey: Buffer.from(sender, 'hex'), nonce: Buffer.from(nonce, 'hex'), ciphertext: Buffer.from(ciphertext, 'base64') }

  return Buffer.from(openEnvelope(envelope, { own, pepper, userId })).toString()
}

/** As the reference has it in the body of /sync. */
export function identityJson (identity: PublicIdentity): Record<string, unknown> {
  return JSON.parse(Buffer.from(encodeIdentity(identity)).toString()) as Record<string, unknown>
}
