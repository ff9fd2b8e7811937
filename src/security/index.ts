import { NoiseEncrypter } from './noise/encrypter.js'
import { TlsEncrypter } from './tls/encrypter.js'
import type { ComponentLogger, ConnectionEncrypter, Metrics, PeerId, PrivateKey, Upgrader } from '@libp2p/interface'
import type { NoiseExtensions, NoiseInit as StockNoiseInit } from '@libp2p/noise'

/** What both encrypters need of a libp2p node; the same as the stock ones. */
export interface SecurityComponents {
  peerId: PeerId
  privateKey: PrivateKey
  logger: ComponentLogger
  upgrader: Upgrader
  metrics?: Metrics
}

/** Hears, once a process, that a dependency is not what this leans on and that the stock path is used. */
export type OnWarning = (message: string) => void

export interface TlsInit {
  /** A new certificate is made when the one in use is this old; open connections keep theirs. @default 86400 */
  certificateLifetimeSeconds?: number
  /** @default written to the libp2p logger as an error */
  onWarning?: OnWarning
}

export interface NoiseInit extends Omit<StockNoiseInit, 'crypto'> {
  /** @default written to the libp2p logger as an error */
  onWarning?: OnWarning
}

/**
 * TLS 1.3 for libp2p (`/tls/1.0.0`, libp2p/specs `tls/tls.md`), interchangeable with `@libp2p/tls` on the wire and in a
 * node. On a connection of `@libp2p/tcp` OpenSSL sits on the real socket, and one certificate serves all handshakes;
 * everything else (WebSocket, WebRTC, private networks) goes the stock way.
 */
export function tls (init: TlsInit = {}): (components: SecurityComponents) => ConnectionEncrypter {
  return components => new TlsEncrypter(components, init)
}

/**
 * Noise XX for libp2p (`/noise`, libp2p/specs `noise/README.md`), interchangeable with `@libp2p/noise` on the wire and in
 * a node. The handshake is the stock one; records are sealed with node:crypto under keys imported once a connection, what
 * is sent in one tick shares records, and each send is one write, on every transport.
 */
export function noise (init: NoiseInit = {}): (components: SecurityComponents) => ConnectionEncrypter<NoiseExtensions> {
  return components => new NoiseEncrypter(components, init)
}
