import { quic } from '@chainsafe/libp2p-quic'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { dcutr } from '@libp2p/dcutr'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import type { Libp2p, PeerId, PrivateKey, TypedEventTarget } from '@libp2p/interface'
import type { TransportManager } from '@libp2p/interface-internal'

/** A reservation that this peer holds, as the circuit relay's transport keeps it. */
export interface HeldReservation {
  relay: PeerId
  details: {
    reservation: {
      /** Unix seconds. */
      expire: bigint
    }
  }
}

/** The part of the circuit relay's transport that tells what becomes of reservations; libp2p gives it no public name. */
export interface Reservations extends TypedEventTarget<{
  /** Made, and each time it is renewed. */
  'relay:created-reservation': CustomEvent<HeldReservation>
  /** The connection to the relay closed, or the relay did not renew it. */
  'relay:removed': CustomEvent<HeldReservation>
}> {
  getReservation (relay: PeerId): { expire: bigint } | undefined
}

export type ClientLibp2p = Libp2p

export interface Client {
  readonly libp2p: ClientLibp2p
  readonly transportManager: TransportManager
  readonly reservations: Reservations
}

/** A stock js-libp2p node that can be reached through relays, started. */
export async function createClient (privateKey: PrivateKey): Promise<Client> {
  const internals = Promise.withResolvers<TransportManager>()
  const libp2p = await createLibp2p({
    privateKey,
    // a peer that listens nowhere can be called through a relay, but never be upgraded to a direct connection
    addresses: { listen: ['/ip4/0.0.0.0/tcp/0', '/ip4/0.0.0.0/udp/0/quic-v1'] },
    transports: [tcp(), quic(), webSockets(), circuitRelayTransport()],
    connectionEncrypters: [tls(), noise()],
    streamMuxers: [yamux()],
    // without it libp2p does not dial some private addresses
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: {
      // everybody who comes through the relay counts as one host, and libp2p takes five connections a second of one
      inboundConnectionThreshold: 100,
      maxIncomingPendingConnections: 100
    },
    // notices a relay that is gone without a word; slower and more patient than the default, which cuts busy links
    connectionMonitor: { pingInterval: 30_000, pingTimeout: { minTimeout: 20_000, maxTimeout: 25_000 } },
    services: {
      identify: identify(),
      ping: ping(),
      // carries out the upgrade to a direct connection
      dcutr: dcutr(),
      // a service is handed libp2p's components, and some have no other way out
      internals: (components: { transportManager: TransportManager }) => {
        internals.resolve(components.transportManager)

        return {}
      }
    }
  })
  const transportManager = await internals.promise

  return { libp2p, transportManager, reservations: reservationsOf(transportManager) }
}

function reservationsOf (transportManager: TransportManager): Reservations {
  for (const transport of transportManager.getTransports()) {
    if ('reservationStore' in transport) {
      return transport.reservationStore as Reservations
    }
  }

  throw new Error('this version of @libp2p/circuit-relay-v2 does not show its reservations')
}
