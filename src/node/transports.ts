import { tcp } from '@libp2p/tcp'
import { ipPortToMultiaddr } from '@libp2p/utils'
import { ipGroup, proxyMatcher } from '../access/index.js'
import { boundedWebSockets, quic } from '../transports/index.js'
import { ListenError } from './listen.js'
import type { Config } from '../config/index.js'
import type { Libp2pOptions } from 'libp2p'

export type TransportFactory = NonNullable<Libp2pOptions['transports']>[number]

const MIN_STREAMS = 1024
const OTHER_STREAMS = 256
const UNLIMITED_STREAMS = 65_536
/** The native half takes 86 bytes a connection for each stream that a peer may open, at once. A peer's further streams wait. */
const UNLIMITED_QUIC_STREAMS = 4096

const QUIC_STREAM_WINDOW = 1024 * 1024
const MIN_QUIC_CONNECTION_WINDOW = 20 * QUIC_STREAM_WINDOW

/** Each waits for a connection of its own in the native half; more side by side bring nothing. */
const MAX_QUIC_HANDSHAKES = 1024

/** The transports whose address is set. @throws ListenError when the package of one is not installed */
export async function createTransports ({ network, relay }: Pick<Config, 'network' | 'relay'>): Promise<TransportFactory[]> {
  const transports: TransportFactory[] = []

  if (network.tcp_listen_addr !== '') {
    transports.push(tcp())
  }

  if (network.quic_listen_addr !== '') {
    transports.push(quic({
      maxPendingHandshakes: Math.min(network.max_pending_connections || MAX_QUIC_HANDSHAKES, MAX_QUIC_HANDSHAKES),
      // circuits that nobody reads must leave room for a peer's other streams, its refreshes above all
      maxConnectionData: Math.max(MIN_QUIC_CONNECTION_WINDOW, (relay.max_circuits_per_peer + 4) * QUIC_STREAM_WINDOW),
      maxStreamData: QUIC_STREAM_WINDOW,
      maxConcurrentStreamLimit: maxStreamsPerQuicConnection(relay)
    }))
  }

  if (network.ws_listen_addr !== '') {
    const isTrustedProxy = proxyMatcher(network.trusted_proxies)

    transports.push(boundedWebSockets({
      maxPending: network.max_pending_connections,
      maxPendingPerGroup: network.max_connections_per_ip,
      groupOf: address => {
        const addr = ipPortToMultiaddr(address, 0).encapsulate('/ws')

        return isTrustedProxy(addr) ? undefined : ipGroup(addr)
      }
    }))
  }

  if (network.webrtc_listen_addr !== '') {
    transports.push(await webRTCDirectTransport(network.webrtc_listen_addr))
  }

  return transports
}

/**
 * Circuits have limits of their own, which are answered; this one only keeps a connection from opening streams without end,
 * and leaves room for all circuits that a peer may have and for what else it asks.
 */
export function maxStreamsPerConnection ({ max_circuits_per_peer: circuits }: Config['relay']): number {
  return circuits === 0 ? UNLIMITED_STREAMS : Math.min(Math.max(MIN_STREAMS, circuits + OTHER_STREAMS), UNLIMITED_STREAMS)
}

/** With no more to spare than that: over QUIC a stream beyond the limit waits, where yamux ends the connection. */
export function maxStreamsPerQuicConnection ({ max_circuits_per_peer: circuits }: Config['relay']): number {
  return circuits === 0 ? UNLIMITED_QUIC_STREAMS : Math.min(circuits + OTHER_STREAMS, UNLIMITED_STREAMS)
}

/** An optional peer dependency: loaded only when it is switched on. */
async function webRTCDirectTransport (addr: string): Promise<TransportFactory> {
  try {
    const { webRTCDirect } = await import('@libp2p/webrtc')

    return webRTCDirect() as TransportFactory
  } catch (err) {
    throw new ListenError('network.webrtc_listen_addr', addr, 'the package @libp2p/webrtc cannot be loaded; npm install @libp2p/webrtc', { cause: err })
  }
}
