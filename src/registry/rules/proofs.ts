import { RegistryError } from '../errors.js'
import { verifyProof } from '../openssl/verify-proof.js'
import type { ProofSubject } from '../crypto/proof.js'
import type { Proof } from '../index.js'

/** From the node's clock, on either side: a proof that far away is still taken. */
export const PROOF_WINDOW_MS = 5 * 60 * 1000

/** What a proof has to be about, but for its own time. */
export type ProvenSubject = Omit<ProofSubject, 'issuedMs'>

/** Whether the signature is this key's, about this. Says nothing of the time. */
export function isSignedBy (key: Uint8Array, subject: ProvenSubject, { signature, issuedMs }: Proof): boolean {
  return verifyProof({ ...subject, issuedMs }, signature, key)
}

/** @throws RegistryError `unauthorized` unless there is a proof, made by this key about this and at about this time */
export function requireProof (proof: Proof | undefined, key: Uint8Array, subject: ProvenSubject, { now, lastProofMs }: { now: number, lastProofMs: bigint }): Proof {
  if (proof == null || !isSignedBy(key, subject, proof)) {
    throw new RegistryError('unauthorized', proof == null ? 'a proof by the handle\'s signing key is missing' : 'the proof does not hold')
  }

  if (proof.issuedMs < BigInt(now - PROOF_WINDOW_MS) || proof.issuedMs > BigInt(now + PROOF_WINDOW_MS)) {
    throw untimely('the proof is of another time', lastProofMs, now)
  }

  return proof
}

/** @throws RegistryError `unauthorized` unless the proof is later than the last one */
export function requireLater ({ issuedMs }: Proof, { now, lastProofMs }: { now: number, lastProofMs: bigint }): void {
  if (issuedMs <= lastProofMs) {
    throw untimely('the proof is no later than the last one', lastProofMs, now)
  }
}

/** For whoever has the key, but not the right time. */
function untimely (message: string, lastProofMs: bigint, now: number): RegistryError {
  return new RegistryError('unauthorized', message, { details: { issued_after_ms: String(lastProofMs), now_ms: String(now) } })
}
