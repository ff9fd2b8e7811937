// Browser-safe: the client shares this file with the server.

/** What is registered under a handle (specs/registry.md, 3.2). */
export interface PublicIdentity {
  /** 32 bytes. */
  userId: Uint8Array
  /** 1 to 64 bytes of UTF-8, as `normalizeUserName` leaves it or with white space around it. */
  usernameHint?: string
  /** 1 byte or more, as the two below. To prove anything it is an Ed25519 key of 32 bytes. */
  signingPublicKey: Uint8Array
  encryptionPublicKey: Uint8Array
  /** Of the application's own meaning: nobody here looks into it. */
  signature: Uint8Array
  /** Unix milliseconds; 64 bits, 1 or more. */
  createdAtMs: bigint
}

/** As JSON without white space, its fields in the order of the reference: the same identity is the same bytes. Checks nothing. */
export function encodeIdentity ({ userId, usernameHint, signingPublicKey, encryptionPublicKey, signature, createdAtMs }: PublicIdentity): Uint8Array<ArrayBuffer> {
  const fields = [
    `"user_id":"${Array.from(userId, byte => byte.toString(16).padStart(2, '0')).join('')}"`,
    `"username_hint":${JSON.stringify(usernameHint ?? null)}`,
    `"signing_public_key":[${signingPublicKey.join(',')}]`,
    `"encryption_public_key":[${encryptionPublicKey.join(',')}]`,
    `"signature":[${signature.join(',')}]`,
    `"created_at_ms":${createdAtMs}`
  ]

  return new TextEncoder().encode(`{${fields.join(',')}}`)
}
