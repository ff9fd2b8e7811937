import { RecordEnvelope } from '@libp2p/peer-record'
import { equals } from 'uint8arrays/equals'
import { enigma_mailbox_v1 as pb } from './pb/mailbox.js'
import type { PeerId, PrivateKey, Record } from '@libp2p/interface'

// Browser-safe: the client shares this file with the server.

export const DOMAIN = 'enigma-mailbox-grant'
export const PAYLOAD_TYPE = new TextEncoder().encode('/enigma/mailbox/grant/1')

/** From the node's clock when it is presented. */
export const MAX_GRANT_MS = 30 * 24 * 3600 * 1000

/** What an owner may let somebody do; the numbers are those of `GrantRecord.verbs`. */
export const VERBS = { pull: 1, ack: 2, subscribe: 3, stat: 4 } as const

export type Verb = keyof typeof VERBS

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
    return equals(this.#payload, other.marshal())
  }
}

/** The bytes of `Grant.envelope`, signed by the mailbox's owner (RFC 0002 of libp2p/specs). */
export async function sealGrant (init: GrantInit, owner: PrivateKey): Promise<Uint8Array<ArrayBuffer>> {
  const envelope = await RecordEnvelope.seal(new GrantRecord(init), owner)

  return Uint8Array.from(envelope.marshal())
}
