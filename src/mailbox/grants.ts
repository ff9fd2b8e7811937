import { RecordEnvelope } from '@libp2p/peer-record'
import { peerIdFromMultihash, peerIdFromPublicKey } from '@libp2p/peer-id'
import * as Digest from 'multiformats/hashes/digest'
import { MailboxError } from './errors.js'
import { parseName } from './names.js'
import { enigma_mailbox_v1 as pb } from './pb/mailbox.js'
import type { MailboxName } from './names.js'
import type { PeerId, PrivateKey, PublicKey, Record } from '@libp2p/interface'

const DOMAIN = 'enigma-mailbox-grant'
const PAYLOAD_TYPE = new TextEncoder().encode('/enigma/mailbox/grant/1')

/** From the node's clock when it is presented. */
export const MAX_GRANT_MS = 30 * 24 * 3600 * 1000

/** More is no envelope of an honest owner. */
const MAX_ENVELOPE_BYTES = 4096
const MAX_VERBS = 64

/** What an owner may let somebody do; the numbers are those of `GrantRecord.verbs`. */
export const VERBS = { pull: 1, ack: 2, subscribe: 3, stat: 4 } as const

export type Verb = keyof typeof VERBS

/** A grant whose signature was checked. Whether the signer owns the mailbox is for the rules to say. */
export interface Grant {
  readonly mailbox: MailboxName
  readonly signer: PublicKey
  readonly grantee: PeerId
  readonly verbs: ReadonlySet<number>
  /** Unix milliseconds. */
  readonly expiresMs: number
}

export interface GrantInit {
  mailbox: string
  grantee: PeerId
  verbs: readonly Verb[]
  /** Unix milliseconds. */
  expiresMs: number
}

class GrantRecord implements Record {
  readonly domain = DOMAIN
  readonly codec = PAYLOAD_TYPE
  readonly #payload: Uint8Array

  constructor (init: GrantInit) {
    this.#payload = pb.GrantRecord.encode({
      mailbox: init.mailbox,
      grantee: Uint8Array.from(init.grantee.toMultihash().bytes),
      verbs: init.verbs.map(verb => VERBS[verb]),
      expiresMs: init.expiresMs
    })
  }

  marshal (): Uint8Array {
    return this.#payload
  }

  equals (other: Record): boolean {
    return Buffer.from(this.#payload).equals(other.marshal())
  }
}

/** The bytes of `Grant.envelope`, signed by the mailbox's owner (RFC 0002 of libp2p/specs). */
export async function sealGrant (init: GrantInit, owner: PrivateKey): Promise<Uint8Array<ArrayBuffer>> {
  const envelope = await RecordEnvelope.seal(new GrantRecord(init), owner)

  return Uint8Array.from(envelope.marshal())
}

/** @throws MailboxError `invalid_input` for wrong bytes, signature, domain, type or time */
export async function openGrant (envelope: Uint8Array, now: number): Promise<Grant> {
  if (envelope.byteLength > MAX_ENVELOPE_BYTES) {
    throw new MailboxError('invalid_input', `a grant is ${MAX_ENVELOPE_BYTES} bytes at most`)
  }

  let opened: RecordEnvelope
  let record: pb.GrantRecord
  let grantee: PeerId

  try {
    opened = await RecordEnvelope.openAndCertify(envelope, DOMAIN)
    record = pb.GrantRecord.decode(opened.payload, { limits: { verbs: MAX_VERBS } })
    grantee = peerIdFromMultihash(Digest.decode(record.grantee))
  } catch (err) {
    throw new MailboxError('invalid_input', 'not a signed envelope of a grant', { cause: err })
  }

  if (!Buffer.from(PAYLOAD_TYPE).equals(opened.payloadType)) {
    throw new MailboxError('invalid_input', 'the envelope is of another type')
  }

  if (record.expiresMs > now + MAX_GRANT_MS) {
    throw new MailboxError('invalid_input', 'a grant is for 30 days at most')
  }

  return { mailbox: parseName(record.mailbox), signer: opened.publicKey, grantee, verbs: new Set(record.verbs), expiresMs: record.expiresMs }
}

export function isPeerOf (key: PublicKey, peer: PeerId): boolean {
  return peerIdFromPublicKey(key).equals(peer)
}
