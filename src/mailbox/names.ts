import { peerIdFromMultihash } from '@libp2p/peer-id'
import { LRUCache } from 'lru-cache'
import { base58btc } from 'multiformats/bases/base58'
import { bases, CID } from 'multiformats/basics'
import * as Digest from 'multiformats/hashes/digest'
import { MailboxError } from './errors.js'
import type { PeerId } from '@libp2p/interface'

// Browser-safe: the client shares this file with the server.

/** Of UTF-8. */
export const MAX_NAME_BYTES = 256

/** Names whose canonical form is remembered: some 8 MiB when full. */
const MAX_REMEMBERED = 16_384

const HANDLE = /^[0-9a-f]{64}$/i
const LIBP2P_KEY = 0x72
const SHA256 = 0x12

/** A mailbox as the rules know it (design.md, "Identity and ownership"). */
export interface MailboxName {
  /** What the store calls it: one text for all spellings of one mailbox. */
  readonly canonical: string
  /** Set when it is the mailbox of a peer. */
  readonly peerId?: PeerId
  /** 64 hex: it may be somebody's identity in the registry. */
  readonly isHandle: boolean
}

const decoders = new Map(Object.values(bases)
  // the identity base takes any text that begins with NUL
  .filter(({ prefix }) => prefix !== '\0')
  .map(({ prefix, decoder }) => [prefix as string, decoder]))

const utf8 = new TextEncoder()
const remembered = new LRUCache<string, MailboxName>({ max: MAX_REMEMBERED })

/**
 * 64 hex in any case is one mailbox, and so is a PeerId in base58btc and as a libp2p-key CIDv1 in any multibase; any other text is a
 * mailbox of its own, byte by byte.
 *
 * @throws MailboxError `invalid_input` unless it is 1 to 256 bytes of UTF-8
 */
export function parseName (text: string): MailboxName {
  const known = remembered.get(text)

  if (known != null) {
    return known
  }

  // a character has at least one byte: the length is looked at before anything that takes time
  if (text.length === 0 || text.length > MAX_NAME_BYTES || utf8.encode(text).byteLength > MAX_NAME_BYTES || !text.isWellFormed()) {
    throw new MailboxError('invalid_input', `a mailbox is named by 1 to ${MAX_NAME_BYTES} bytes of UTF-8`)
  }

  const name = parse(text)

  remembered.set(text, name)

  return name
}

function parse (text: string): MailboxName {
  if (HANDLE.test(text)) {
    return { canonical: text.toLowerCase(), isHandle: true }
  }

  const peerId = parsePeerId(text)

  return peerId == null ? { canonical: text, isHandle: false } : { canonical: peerId.toString(), peerId, isHandle: false }
}

function parsePeerId (text: string): PeerId | undefined {
  try {
    if (text.startsWith('1') || text.startsWith('Qm')) {
      return keyPeerId(base58btc.baseDecode(text))
    }

    // a prefix may be a character of two units
    const decoder = decoders.get(String.fromCodePoint(text.codePointAt(0) ?? 0))

    if (decoder == null) {
      return undefined
    }

    const cid = CID.decode(decoder.decode(text))

    return cid.version === 1 && cid.code === LIBP2P_KEY ? keyPeerId(cid.multihash.bytes) : undefined
  } catch {
    return undefined
  }
}

/** A PeerId that a key can have: an identity multihash of a key, or a SHA-256 one. */
function keyPeerId (bytes: Uint8Array): PeerId | undefined {
  const multihash = Digest.decode(bytes)
  const peerId = peerIdFromMultihash(multihash)

  return multihash.code === SHA256 || peerId.publicKey != null ? peerId : undefined
}
