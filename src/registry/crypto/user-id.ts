import { blake3 } from '@noble/hashes/blake3.js'
import { concat } from 'uint8arrays/concat'
import { InvalidRegistryInputError } from '../errors.js'
import { trimWhiteSpace } from '../white-space.js'

const MAX_NAME_BYTES = 64
const CONTROL = /\p{Cc}/u
const utf8 = new TextEncoder()
const LABEL = utf8.encode('enigma:user_id:v1')

/**
 * The 32 bytes that stand for a user name (specs/registry.md, 3.1). Case counts, white space around it does not.
 *
 * @throws InvalidRegistryInputError unless it is a name
 */
export function userIdOf (userName: string): Uint8Array {
  return blake3(concat([LABEL, utf8.encode(normalizeUserName(userName))]))
}

/**
 * Without the white space around it.
 *
 * @throws InvalidRegistryInputError when a control character is in it, or not 1 to 64 bytes of UTF-8 are left
 */
export function normalizeUserName (userName: string): string {
  const name = trimWhiteSpace(userName)

  if (!userName.isWellFormed() || CONTROL.test(userName) || name.length === 0 || name.length > MAX_NAME_BYTES || utf8.encode(name).byteLength > MAX_NAME_BYTES) {
    throw new InvalidRegistryInputError(`a user name is 1 to ${MAX_NAME_BYTES} bytes of UTF-8 without control characters`)
  }

  return name
}
