import { RecordEnvelope } from '@libp2p/peer-record'
import { peerIdFromMultihash, peerIdFromPublicKey } from '@libp2p/peer-id'
import * as Digest from 'multiformats/hashes/digest'
import { equals } from 'uint8arrays/equals'
import { MailboxError } from './errors.js'
import { DOMAIN, MAX_GRANT_MS, PAYLOAD_TYPE } from './grant-record.js'
import { parseName } from './names.js'
import { enigma_mailbox_v1 as pb } from './pb/mailbox.js'
import type { MailboxName } from './names.js'
import type { PeerId, PublicKey } from '@libp2p/interface'

/** More is no envelope of an honest owner. */
const MAX_ENVELOPE_BYTES = 4096
const MAX_VERBS = 64

/** A grant whose signature was checked. Whether the signer owns the mailbox is for the rules to say. */
export interface Grant {
  readonly mailbox: MailboxName
  readonly signer: PublicKey
  readonly grantee: PeerId
  readonly verbs: ReadonlySet<number>
  /** Unix milliseconds. */
  readonly expiresMs: number
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

  if (!equals(PAYLOAD_TYPE, opened.payloadType)) {
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
