import { fromString } from 'uint8arrays/from-string'
import { toString } from 'uint8arrays/to-string'

// Browser-safe: the client shares this file with the server.

/** libp2p/specs http/peer-id-auth.md */
export const SCHEME = 'libp2p-PeerID'

/** An RSA key and its signature have room in it. */
const MAX_HEADER_BYTES = 8192
const PARAM = /\s*([a-z-]+)\s*=\s*(?:"([^"\\]*)"|([^\s",]+))\s*(?:,|(?=\s[a-z])|$)/gy

/** Whether a header is of this scheme; the name of a scheme has no case (RFC 9110, 11.1). */
export function isPeerIdScheme (header: string): boolean {
  return new RegExp(`^${SCHEME}(?: |$)`, 'i').test(header)
}

/**
 * The parameters of a header of this scheme.
 *
 * @returns nothing for one that is malformed, too long, or has a parameter twice
 */
export function parseParams (header: string): Map<string, string> | undefined {
  if (header.length > MAX_HEADER_BYTES || !isPeerIdScheme(header)) {
    return undefined
  }

  const text = header.slice(SCHEME.length)
  const params = new Map<string, string>()

  PARAM.lastIndex = 0

  while (PARAM.lastIndex < text.length) {
    const match = PARAM.exec(text)
    const name = match?.[1] ?? ''

    if (match == null || params.has(name)) {
      return undefined
    }

    params.set(name, match[2] ?? match[3] ?? '')
  }

  return params
}

export function formatParams (params: Readonly<Record<string, string>>): string {
  return `${SCHEME} ${Object.entries(params).map(([name, value]) => `${name}="${value}"`).join(', ')}`
}

/** The alphabet for URLs; padding may be left out. */
export function decodeBytes (text: string | undefined): Uint8Array | undefined {
  try {
    return text == null ? undefined : fromString(text.replace(/=+$/, ''), 'base64url')
  } catch {
    return undefined
  }
}

export function encodeBytes (bytes: Uint8Array): string {
  return toString(bytes, 'base64urlpad')
}

/** 32 random bytes as text. */
export function newChallenge (): string {
  return encodeBytes(crypto.getRandomValues(new Uint8Array(32)))
}
