import { isPrivate } from '@libp2p/utils'
import { Circuit } from '@multiformats/multiaddr-matcher'
import { isRelayed } from './watch.js'
import type { ClientLibp2p } from './libp2p.js'
import type { Connection, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

const DCUTR_PROTOCOL = '/libp2p/dcutr'

/** The direct connection with a peer as soon as there is one, or nothing when the signal aborts before. */
export async function awaitDirect (libp2p: ClientLibp2p, peer: PeerId, signal: AbortSignal): Promise<Connection | undefined> {
  const direct = (): Connection | undefined => libp2p.getConnections(peer).find(connection => !isRelayed(connection))
  const { promise, resolve } = Promise.withResolvers<void>()
  const look = (): void => {
    if (direct() != null || signal.aborted) {
      resolve()
    }
  }

  libp2p.addEventListener('connection:open', look)
  signal.addEventListener('abort', look)
  look()

  try {
    await promise
  } finally {
    libp2p.removeEventListener('connection:open', look)
    signal.removeEventListener('abort', look)
  }

  return direct()
}

/** DCUtR in js-libp2p dials public addresses only, so most often the reason is that one side has none. */
export async function whyNotDirect (libp2p: ClientLibp2p, peer: PeerId): Promise<string> {
  const { protocols, addresses } = await libp2p.peerStore.get(peer)

  if (!protocols.includes(DCUTR_PROTOCOL)) {
    return `the other peer does not speak ${DCUTR_PROTOCOL}`
  }

  const mine = libp2p.getMultiaddrs().some(isPublic)
  const theirs = addresses.some(({ multiaddr }) => isPublic(multiaddr))

  if (!mine) {
    return theirs
      ? 'this client has no public address that the other peer could dial'
      : 'neither side has a public address (as is usual on loopback and behind a NAT)'
  }

  return theirs
    ? 'both sides have public addresses, but none could be dialled (a firewall, or a NAT that gives each connection another port)'
    : 'the other peer has no public address, and could not dial this one'
}

function isPublic (addr: Multiaddr): boolean {
  return !Circuit.matches(addr) && !isPrivate(addr)
}
