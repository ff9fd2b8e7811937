/**
 * Standard alphabet, padded, with no bit to spare and nothing else in between (RFC 4648, section 4).
 *
 * @returns nothing when it is not exactly that
 */
export function decodeBase64 (text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0

  // Node.js takes a lot: what it has passed over, or taken for an end, is missing here
  if (text.length % 4 !== 0 || bytes.byteLength !== text.length / 4 * 3 - padding || text.includes('-') || text.includes('_')) {
    return undefined
  }

  // where bits may be to spare, the one right spelling comes back as it was
  return padding === 0 || bytes.subarray(padding - 3).toString('base64') === text.slice(-4) ? bytes : undefined
}

/** The alphabet for URLs, with or without padding. */
export function decodeBase64Url (text: string): Buffer | undefined {
  const bare = text.replace(/={1,2}$/, '')
  const bytes = Buffer.from(bare, 'base64url')

  return bytes.toString('base64url') === bare && (bare === text || text.length % 4 === 0) ? bytes : undefined
}
