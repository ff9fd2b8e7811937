import { encodeIdentity } from '../../registry/index.js'
import { base64Bytes, hexBytes } from './spellings.js'
import type { Proof, ProofOfWork, RegistryCaller, SealedEnvelope } from '../../registry/index.js'
import type { CallContext } from '../endpoint.js'
import type { EnvelopeBody, IdentityBody, ProofBody } from './schemas.js'

// What several calls have in them, as the rules take it. Bytes in a wrong spelling are left empty, for the rules to refuse.

export const POW_HEADER = 'x-enigma-pow'

export function envelopeOf ({ kid, sender_pubkey: senderPublicKey, nonce, ciphertext }: EnvelopeBody): SealedEnvelope {
  return { kid: hexBytes(kid), senderPublicKey: hexBytes(senderPublicKey), nonce: hexBytes(nonce), ciphertext: base64Bytes(ciphertext) }
}

export function proofOf (proof: ProofBody | null | undefined): Proof | undefined {
  return proof == null ? undefined : { signature: hexBytes(proof.signature), issuedMs: BigInt(proof.issued_ms) }
}

/** The bytes that the reference makes of it. */
export function identityJsonOf (identity: IdentityBody): Uint8Array {
  return encodeIdentity({
    userId: hexBytes(identity.user_id),
    usernameHint: identity.username_hint ?? undefined,
    signingPublicKey: Uint8Array.from(identity.signing_public_key),
    encryptionPublicKey: Uint8Array.from(identity.encryption_public_key),
    signature: Uint8Array.from(identity.signature),
    createdAtMs: BigInt(identity.created_at_ms)
  })
}

export function callerOf ({ caller: { peerId }, remote: { group }, headers }: CallContext): RegistryCaller {
  return { peerId, group, proofOfWork: proofOfWorkOf(headers[POW_HEADER]) }
}

/** `<challenge>:<solution>`; a solution may hold colons (specs/registry.md, 4.3). */
function proofOfWorkOf (header: string | string[] | undefined): ProofOfWork | undefined {
  const text = header == null ? '' : String(header)
  const colon = text.indexOf(':')

  return colon < 1 || colon === text.length - 1 ? undefined : { challenge: text.slice(0, colon), solution: text.slice(colon + 1) }
}
