import { RecordEnvelope } from '@libp2p/peer-record'
import { ReservationVoucher } from './pb/circuit.js'
import type { PeerId, PrivateKey, Record } from '@libp2p/interface'

/** circuit-v2.md, "Reservation Vouchers": a statement, signed by the relay, that it serves the peer. */
class ReservationVoucherRecord implements Record {
  readonly domain = 'libp2p-relay-rsvp'
  /** Multicodec libp2p-relay-rsvp (0x0302), as the specification and all implementations spell it. */
  readonly codec = Uint8Array.of(0x03, 0x02)
  readonly #payload: Uint8Array

  constructor (relay: PeerId, peer: PeerId, expiration: bigint) {
    this.#payload = ReservationVoucher.encode({ relay: relay.toMultihash().bytes, peer: peer.toMultihash().bytes, expiration })
  }

  marshal (): Uint8Array {
    return this.#payload
  }

  equals (other: Record): boolean {
    const theirs = other.marshal()

    return theirs.byteLength === this.#payload.byteLength && theirs.every((byte, i) => byte === this.#payload[i])
  }
}

export interface VoucherInit {
  relay: PeerId
  peer: PeerId
  /** Unix seconds. */
  expiration: bigint
  privateKey: PrivateKey
}

/** The marshalled signed envelope. */
export async function sealVoucher (init: VoucherInit): Promise<Uint8Array<ArrayBuffer>> {
  const envelope = await RecordEnvelope.seal(new ReservationVoucherRecord(init.relay, init.peer, init.expiration), init.privateKey)

  return Uint8Array.from(envelope.marshal())
}
