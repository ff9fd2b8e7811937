import { createHash, timingSafeEqual } from 'node:crypto'
import { EnigmaError } from '../errors.js'
import { MAX_AUTH_MESSAGE_BYTES } from './messages.js'
import { Present } from './pb/auth.js'

/** What the example configuration ships: everybody knows it. */
export const PUBLISHED_TOKEN = 'CHANGE_ME_IN_PRODUCTION'

/** A token that may not be a server's secret. The message does not hold it. */
export class InvalidTokenError extends EnigmaError {
  constructor (reason: string) {
    super('invalid_token', `The auth token ${reason}`)
  }
}

/**
 * Makes the comparison with the secret. It takes as long for a wrong token as for the right one: digests of equal length are
 * compared, and nothing is kept of the secret itself. An empty token is never right.
 *
 * @throws InvalidTokenError when the secret is empty, the published default, or too long to be presented
 */
export function tokenCheck (secret: string): (token: string) => boolean {
  if (secret.trim() === '') {
    throw new InvalidTokenError('is empty')
  }

  if (secret === PUBLISHED_TOKEN) {
    throw new InvalidTokenError('is the published default, which everybody knows')
  }

  if (Present.encode({ token: secret }).byteLength > MAX_AUTH_MESSAGE_BYTES) {
    throw new InvalidTokenError(`does not fit into a message of ${MAX_AUTH_MESSAGE_BYTES} bytes`)
  }

  const expected = digest(secret)

  return token => timingSafeEqual(digest(token), expected) && token !== ''
}

function digest (text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest()
}
