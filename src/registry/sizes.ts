// In bytes (specs/registry.md, 4.4).
export const USER_ID_BYTES = 32
export const KEY_BYTES = 32
export const PEPPER_BYTES = 32
export const KID_BYTES = 8
export const NONCE_BYTES = 24
export const TAG_BYTES = 16
export const SIGNATURE_BYTES = 64
/** Of an identity's JSON. */
export const MAX_IDENTITY_BYTES = 65_520
export const MAX_CIPHERTEXT_BYTES = MAX_IDENTITY_BYTES + TAG_BYTES
