import { loadNative } from './quic/native.js'
import { QuicTransport } from './quic/transport.js'
import type { NativeBinding } from './quic/native.js'
import type { QuicComponents, QuicTransportInit } from './quic/transport.js'
import type * as Stock from '@chainsafe/libp2p-quic'
import type { Transport } from '@libp2p/interface'

/** Times in milliseconds, sizes in bytes. */
export interface QuicOptions extends Partial<Omit<QuicTransportInit, 'handshakeTimeout'>> {
  /** A silent peer is taken for dead after this; the peer's own value counts too, the smaller one wins. @default 20000 */
  maxIdleTimeout?: number
  /** An idle link is kept alive this often. @default 5000 */
  keepAliveInterval?: number
  /** Streams that a peer may have open on one connection. @default 1024 */
  maxConcurrentStreamLimit?: number
  /**
   * What a peer may have sent on one stream and nobody has read (the stock default is 10 MB). The other direction has no
   * option: the native half keeps up to 10 MB a connection that the peer has not acknowledged. @default 1048576
   */
  maxStreamData?: number
  /**
   * The same for all streams of a connection together. Streams that nobody reads use it up for the others, so it must be
   * larger than what one other peer can make stand still: circuits of a peer times `maxStreamData`. @default 20971520
   */
  maxConnectionData?: number
  /** Of the socket that dials; one that listens has what the system gives (net.core.rmem_default). @default 500000 */
  receiveBufferSize?: number
  /** @default 500000 */
  sendBufferSize?: number
  /** Inbound handshakes that run side by side; more of them wait for one to end. @default 256 */
  maxPendingHandshakes?: number
  /** Hears, once, that the stock transport is used and why. @default written to the libp2p logger as an error */
  onWarning?(message: string): void
}

export const quicDefaults: QuicTransportInit = {
  // has no effect in the native half of 2.1.1: a handshake ends by the idle timeout
  handshakeTimeout: 5000,
  maxIdleTimeout: 20_000,
  keepAliveInterval: 5000,
  maxConcurrentStreamLimit: 1024,
  maxStreamData: 1_048_576,
  maxConnectionData: 20_971_520,
  receiveBufferSize: 500_000,
  sendBufferSize: 500_000,
  maxPendingHandshakes: 256
}

export interface QuicSources {
  native: NativeBinding | Error
  stock: Pick<typeof Stock, 'quic'> | Error
}

const sources: QuicSources = {
  native: await loadNative(),
  stock: await import('@chainsafe/libp2p-quic').catch((err: Error) => err)
}

/**
 * QUIC for libp2p over the native half of `@chainsafe/libp2p-quic`, with two things that its own streams lack: a peer's
 * reset is told from an end, and a stream that is not read holds its sender (`pause()` works).
 *
 * When that native half is not what this leans on, the stock transport is used and one warning says so.
 *
 * @throws when neither can be loaded on this platform
 */
export function quic (options: QuicOptions = {}): (components: QuicComponents) => Transport {
  return components => createQuic(sources, components, options)
}

export function createQuic ({ native, stock }: QuicSources, components: QuicComponents, options: QuicOptions): Transport {
  const { onWarning, ...given } = options
  const init = { ...quicDefaults, ...given }

  if (!(native instanceof Error)) {
    return new QuicTransport(native, components, init)
  }

  if (stock instanceof Error) {
    throw new Error(`There is no QUIC on this platform: ${stock.message}`, { cause: stock })
  }

  const message = `QUIC falls back to the stock transport, which cannot tell a reset from an end and cannot be paused: the native half of @chainsafe/libp2p-quic cannot be used (${native.message})`

  if (onWarning != null) {
    onWarning(message)
  } else {
    components.logger.forComponent('libp2p:quic').error(message)
  }

  const { maxPendingHandshakes, ...stockOptions } = init

  return stock.quic(stockOptions)(components)
}
