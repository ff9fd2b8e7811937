import { InvalidMultiaddrError } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** The PeerId in an address, if there is one. */
export function peerIn (addr: Multiaddr): PeerId | undefined {
  const value = addr.getComponents().findLast(component => component.name === 'p2p')?.value

  return value == null ? undefined : peerIdFromString(value)
}

/** The PeerId that the handshake has proven; the native half writes it into the remote address. */
export function remotePeerOf (connection: { remoteAddr: Multiaddr }): PeerId {
  const peer = peerIn(connection.remoteAddr)

  if (peer == null) {
    throw new InvalidMultiaddrError(`There is no PeerId in ${connection.remoteAddr}`)
  }

  return peer
}
