import { CODE_P2P } from '@multiformats/multiaddr'
import { isPublicAddr, isRelayed } from '../access/index.js'
import type { PeerId } from '@libp2p/interface'
import type { AddressManager } from '@libp2p/interface-internal'
import type { Multiaddr } from '@multiformats/multiaddr'

/** go and rust refuse messages over 4096 bytes, so the list stays short (circuit-v2.md, "Reservation"; contract). */
export const MAX_RESERVATION_ADDRS = 16

export interface ReservationAddrs {
  /** Announced ones first, each ending in /p2p/<relay> and none relayed. */
  addrs: Multiaddr[]
  /** There is at least one public address. */
  hasPublic: boolean
}

/**
 * The addresses that a reservation gives out: public ones, or the others when there is no public one (or when private
 * ones are wanted too), at most 16.
 */
export function reservationAddrs (addressManager: Pick<AddressManager, 'getAddressesWithMetadata'>, relay: PeerId, advertisePrivateAddrs: boolean): ReservationAddrs {
  const candidates = addressManager.getAddressesWithMetadata()
    // what is bound here or was announced by the operator needs no verification by others
    .filter(({ type, verified }) => type === 'announce' || type === 'transport' || verified)
    .filter(({ multiaddr }) => !isRelayed(multiaddr))
    .sort((a, b) => Number(b.type === 'announce') - Number(a.type === 'announce'))
    .map(({ multiaddr }) => withPeer(multiaddr, relay))

  const unique = [...new Map(candidates.map(addr => [addr.toString(), addr])).values()]
  const publicAddrs = unique.filter(isPublicAddr)
  const hasPublic = publicAddrs.length > 0

  return {
    addrs: (hasPublic && !advertisePrivateAddrs ? publicAddrs : unique).slice(0, MAX_RESERVATION_ADDRS),
    hasPublic
  }
}

function withPeer (addr: Multiaddr, peer: PeerId): Multiaddr {
  return addr.getComponents().at(-1)?.code === CODE_P2P ? addr : addr.encapsulate(`/p2p/${peer}`)
}
