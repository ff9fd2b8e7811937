const HYPHENATED = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const BARE = /^[0-9a-f]{32}$/i
const URN = 'urn:uuid:'

/** The 16 bytes of a UUID of any version: with hyphens, as 32 hex, in braces or as a URN (specs/mailbox.md, §1.1). */
export function parseUuid (text: string): Buffer | undefined {
  if (text.length === 36) {
    return HYPHENATED.test(text) ? fromHyphenated(text) : undefined
  }

  if (text.length === 32) {
    return BARE.test(text) ? Buffer.from(text, 'hex') : undefined
  }

  const inner = text.startsWith(URN) ? text.slice(URN.length) : text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1) : ''

  return HYPHENATED.test(inner) ? fromHyphenated(inner) : undefined
}

/** Lower case with hyphens. */
export function formatUuid (bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')

  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

function fromHyphenated (text: string): Buffer {
  return Buffer.from(text.slice(0, 8) + text.slice(9, 13) + text.slice(14, 18) + text.slice(19, 23) + text.slice(24), 'hex')
}
