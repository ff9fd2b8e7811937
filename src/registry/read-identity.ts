import { equals } from 'uint8arrays/equals'
import { JsonDecimal, JsonError, parseJsonText } from '../json/text.js'
import { normalizeUserName } from './crypto/user-id.js'
import { RegistryError } from './errors.js'
import { MAX_IDENTITY_BYTES, USER_ID_BYTES } from './sizes.js'
import type { JsonValue } from '../json/text.js'
import type { PublicIdentity } from './identity.js'

// Browser-safe: the client shares this file with the server.

const HEX_64 = /^[0-9a-fA-F]{64}$/
const MAX_U64 = (1n << 64n) - 1n
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * An identity's JSON, read strictly: no unknown fields, none twice, whole numbers, bytes as arrays of 0 to 255.
 *
 * @throws RegistryError `invalid_input`, whose message names a field and nothing of its value
 */
export function readIdentity (json: Uint8Array): PublicIdentity {
  if (json.byteLength > MAX_IDENTITY_BYTES) {
    throw invalid(`an identity has ${MAX_IDENTITY_BYTES} bytes at most`)
  }

  const { user_id: userId, username_hint: hint = null, signing_public_key: signing, encryption_public_key: encryption, signature, created_at_ms: created, ...others } = readObject(json)

  if (Object.keys(others).length > 0) {
    throw invalid('the identity has a field that is not known')
  }

  if (typeof userId !== 'string' || !HEX_64.test(userId)) {
    throw invalid('invalid user id hex')
  }

  if (hint !== null && typeof hint !== 'string') {
    throw invalid('username_hint is no text')
  }

  return {
    userId: Uint8Array.from({ length: USER_ID_BYTES }, (_, at) => parseInt(userId.slice(2 * at, 2 * at + 2), 16)),
    ...(hint == null ? {} : { usernameHint: hint }),
    signingPublicKey: readBytes('signing_public_key', signing),
    encryptionPublicKey: readBytes('encryption_public_key', encryption),
    signature: readBytes('signature', signature),
    createdAtMs: readU64('created_at_ms', created)
  }
}

/**
 * The same, of whoever has this user id, and within the rules for identities (specs/registry.md, 3.2).
 *
 * @throws RegistryError `invalid_input`
 */
export function readIdentityOf (userId: Uint8Array, json: Uint8Array): PublicIdentity {
  const identity = readIdentity(json)

  if (!equals(identity.userId, userId)) {
    throw invalid('handle does not match identity')
  }

  if (!isWithinRules(identity)) {
    throw invalid('identity')
  }

  return identity
}

/** Whether an identity of the right shape may be registered. */
export function isWithinRules ({ usernameHint, signingPublicKey, encryptionPublicKey, signature, createdAtMs }: PublicIdentity): boolean {
  return signingPublicKey.byteLength > 0 && encryptionPublicKey.byteLength > 0 && signature.byteLength > 0 && createdAtMs > 0n && (usernameHint == null || isUserName(usernameHint))
}

function isUserName (text: string): boolean {
  try {
    normalizeUserName(text)
    return true
  } catch {
    return false
  }
}

function readObject (json: Uint8Array): { [key: string]: JsonValue } {
  let value: JsonValue

  try {
    value = parseJsonText(utf8.decode(json))
  } catch (err) {
    throw invalid(err instanceof JsonError ? err.message : 'the identity is not UTF-8', err)
  }

  if (value == null || typeof value !== 'object' || Array.isArray(value) || value instanceof JsonDecimal) {
    throw invalid('the identity is no object')
  }

  return value
}

function readBytes (name: string, value: JsonValue | undefined): Uint8Array {
  if (!Array.isArray(value) || !value.every(byte => typeof byte === 'number' && byte >= 0 && byte <= 255)) {
    throw invalid(`${name} is no array of bytes`)
  }

  return Uint8Array.from(value as number[])
}

function readU64 (name: string, value: JsonValue | undefined): bigint {
  if ((typeof value !== 'number' && typeof value !== 'bigint') || value < 0 || value > MAX_U64) {
    throw invalid(`${name} is no unsigned number of 64 bits`)
  }

  return BigInt(value)
}

function invalid (message: string, cause?: unknown): RegistryError {
  return new RegistryError('invalid_input', message, { cause })
}
