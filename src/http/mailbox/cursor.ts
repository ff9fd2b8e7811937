import { HttpError } from '../errors.js'
import { decodeBase64 } from '../../json/base64.js'
import { parseName } from '../../mailbox/index.js'

/** base64 of `<recipient>:<seq - 1 as 20 digits>`: enigma-relay counts from 0 (specs/mailbox.md, §1.5). */
export function formatCursor (recipient: string, seq: number): string {
  return Buffer.from(`${recipient}:${String(seq - 1).padStart(20, '0')}`).toString('base64')
}

const U64_MAX = 2n ** 64n - 1n

/**
 * The seq that a cursor means; one that is beyond all seqs is cut to the largest number.
 *
 * @throws HttpError `invalid_input`
 */
export function parseCursor (text: string, recipient: string): number {
  const decoded = decodeBase64(text)?.toString('utf8') ?? ''
  // a recipient may hold colons
  const colon = decoded.lastIndexOf(':')
  const digits = decoded.slice(colon + 1)

  if (colon < 1 || !/^\+?\d{1,40}$/.test(digits) || BigInt(digits.replace('+', '')) > U64_MAX) {
    throw new HttpError('invalid_input', 'invalid cursor')
  }

  if (canonical(decoded.slice(0, colon)) !== parseName(recipient).canonical) {
    throw new HttpError('invalid_input', 'cursor recipient mismatch')
  }

  const seq = BigInt(digits.replace('+', '')) + 1n

  return seq > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(seq)
}

function canonical (recipient: string): string | undefined {
  try {
    return parseName(recipient).canonical
  } catch {
    return undefined
  }
}
