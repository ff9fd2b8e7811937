import { quic } from '@chainsafe/libp2p-quic'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { webRTCDirect } from '@libp2p/webrtc'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { relayServer } from '../../src/relay/index.js'
import { quic as pausableQuic } from '../../src/transports/index.js'
import type { RelayServer, RelayServerInit } from '../../src/relay/index.js'
import type { ConnectionGater, Libp2p, PrivateKey } from '@libp2p/interface'
import type { Ping } from '@libp2p/ping'
import type { Libp2pOptions } from 'libp2p'

/** Every way to a relay: a transport and, where the transport has none of its own, the security on it. */
export const CARRIERS = ['tcp-tls', 'tcp-noise', 'quic', 'ws', 'webrtc-direct'] as const
export type Carrier = typeof CARRIERS[number]

const LISTEN: Record<Carrier, string> = {
  'tcp-tls': '/ip4/127.0.0.1/tcp/0',
  'tcp-noise': '/ip4/127.0.0.1/tcp/0',
  quic: '/ip4/127.0.0.1/udp/0/quic-v1',
  ws: '/ip4/127.0.0.1/tcp/0/ws',
  'webrtc-direct': '/ip4/127.0.0.1/udp/0/webrtc-direct'
}

type TransportFactory = NonNullable<Libp2pOptions['transports']>[number]
type EncrypterFactory = NonNullable<Libp2pOptions['connectionEncrypters']>[number]

/** A transport other than the stock one, for whoever wants to see the relay on it. */
export type Transports = Partial<Record<'tcp' | 'quic' | 'ws' | 'webrtc-direct', TransportFactory>>

function transportOf (carrier: Carrier, others: Transports = {}): TransportFactory {
  switch (carrier) {
    case 'tcp-tls':
    case 'tcp-noise': return others.tcp ?? tcp()
    case 'quic': return others.quic ?? quic({ handshakeTimeout: 10_000 })
    case 'ws': return others.ws ?? webSockets()
    case 'webrtc-direct': return others['webrtc-direct'] ?? webRTCDirect()
  }
}

function encryptersOf (carrier: Carrier): EncrypterFactory[] {
  return carrier === 'tcp-noise' ? [noise()] : carrier === 'tcp-tls' ? [tls()] : [tls(), noise()]
}

function unique<T> (values: T[]): T[] {
  return [...new Set(values)]
}

/** Nothing here throttles: what a test sees refused, the relay refused (`specs/circuit-relay.md` §3.6). */
const unthrottled: Libp2pOptions['connectionManager'] = {
  maxConnections: 10_000,
  maxIncomingPendingConnections: 10_000,
  inboundConnectionThreshold: Infinity,
  maxParallelDials: 1_000,
  maxDialQueueLength: 10_000,
  inboundUpgradeTimeout: 20_000,
  dialTimeout: 60_000,
  addressDialTimeout: 60_000,
  connectionCloseTimeout: 2_000,
  reconnectRetries: 0
}

export const KIB = 1024
export const MIB = 1024 * KIB

/** A paused yamux stream holds its sender only when its window fits the read buffer (§3.5, E30). */
export const RELAY_WINDOW_BYTES = MIB

export interface RelayNodeOptions {
  /** Where it listens; on QUIC with the package's own transport. @default ['tcp-tls', 'tcp-noise'] on one port */
  carriers?: readonly Carrier[]
  /** In place of the loopback addresses of `carriers`. */
  listen?: string[]
  /** Given out beside the listening addresses. */
  announce?: string[]
  /** It can also dial and listen through other relays. */
  circuit?: boolean
  privateKey?: PrivateKey
  transports?: Transports
  connectionGater?: ConnectionGater
}

export type RelayNode = Libp2p<{ relay: RelayServer, ping: Ping }>

export async function createRelayNode (init: RelayServerInit = {}, options: RelayNodeOptions = {}): Promise<RelayNode> {
  const carriers = options.carriers ?? ['tcp-tls', 'tcp-noise']

  return await createLibp2p({
    ...(options.privateKey == null ? {} : { privateKey: options.privateKey }),
    ...(options.connectionGater == null ? {} : { connectionGater: options.connectionGater }),
    addresses: {
      listen: options.listen ?? unique(carriers.map(carrier => LISTEN[carrier])),
      appendAnnounce: options.announce ?? []
    },
    transports: [
      ...unique(carriers.map(carrier => carrier === 'tcp-noise' ? 'tcp-tls' : carrier)).map(carrier => transportOf(carrier, { quic: pausableQuic(), ...options.transports })),
      ...(options.circuit === true ? [circuitRelayTransport()] : [])
    ],
    connectionEncrypters: [tls(), noise()],
    streamMuxers: [yamux({
      maxInboundStreams: 10_000,
      maxOutboundStreams: 10_000,
      streamOptions: { maxStreamWindowSize: RELAY_WINDOW_BYTES, maxReadBufferLength: 2 * RELAY_WINDOW_BYTES }
    })],
    connectionManager: unthrottled,
    connectionMonitor: { enabled: false },
    services: { identify: identify(), ping: ping({ maxInboundStreams: 1_000, maxOutboundStreams: 1_000 }), relay: relayServer(init) }
  })
}

export interface ClientOptions {
  carrier?: Carrier
  /** Loads the stock Circuit Relay v2 client. */
  circuit?: boolean
  listen?: string[]
  privateKey?: PrivateKey
  transports?: Transports
}

export type ClientNode = Libp2p<{ ping: Ping }>

/** A stock node whose limits do not get in a test's way. Its windows are small, so that a stream it pauses holds the sender. */
export async function createClientNode (options: ClientOptions = {}): Promise<ClientNode> {
  const carrier = options.carrier ?? 'tcp-tls'

  return await createLibp2p({
    ...(options.privateKey == null ? {} : { privateKey: options.privateKey }),
    addresses: { listen: options.listen ?? [] },
    transports: [
      transportOf(carrier, options.transports),
      ...(options.circuit === true ? [circuitRelayTransport({ maxInboundStopStreams: 10_000, maxOutboundStopStreams: 10_000 })] : [])
    ],
    connectionEncrypters: encryptersOf(carrier),
    streamMuxers: [yamux({
      maxInboundStreams: 10_000,
      maxOutboundStreams: 10_000,
      streamOptions: { maxStreamWindowSize: 256 * KIB, maxReadBufferLength: 4 * MIB }
    })],
    connectionManager: unthrottled,
    connectionMonitor: { enabled: false },
    services: { identify: identify(), ping: ping({ maxInboundStreams: 1_000, maxOutboundStreams: 1_000 }) }
  })
}
