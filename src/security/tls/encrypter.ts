import { InvalidCryptoExchangeError, serviceCapabilities } from '@libp2p/interface'
import { HandshakeFailedError } from '../errors.js'
import { warnOnce } from '../warning.js'
import { CertificateSource } from './certificate-source.js'
import { handshake } from './handshake.js'
import { TlsMetrics } from './metrics.js'
import { holdSocket } from './raw-socket.js'
import { TlsStream } from './tls-stream.js'
import { verifyCertificate } from './verify.js'
import type { SecurityComponents, TlsInit } from '../index.js'
import type { RawSocket } from './raw-socket.js'
import type { ConnectionEncrypter, Logger, MessageStream, SecureConnectionOptions, SecuredConnection, StreamMuxerFactory } from '@libp2p/interface'

const DAY_SECONDS = 24 * 3600

/** Says in ALPN that no muxer was agreed on (libp2p/specs `connections/inlined-muxer-negotiation.md`). */
const NO_MUXER = 'libp2p'

/** See `tls` in `../index.ts`. */
export class TlsEncrypter implements ConnectionEncrypter {
  readonly protocol = '/tls/1.0.0'
  readonly [Symbol.toStringTag] = '@libp2p/tls'
  readonly [serviceCapabilities] = ['@libp2p/connection-encryption']
  readonly #components: SecurityComponents
  readonly #init: TlsInit
  readonly #log: Logger
  readonly #certificates: CertificateSource
  readonly #metrics: TlsMetrics
  #stock?: Promise<ConnectionEncrypter>

  constructor (components: SecurityComponents, init: TlsInit) {
    this.#components = components
    this.#init = init
    this.#log = components.logger.forComponent('libp2p:tls')
    this.#metrics = new TlsMetrics(components.metrics)
    this.#certificates = new CertificateSource({
      privateKey: components.privateKey,
      lifetime: (init.certificateLifetimeSeconds ?? DAY_SECONDS) * 1000,
      log: this.#log
    })
  }

  async secureInbound (connection: MessageStream, options?: SecureConnectionOptions): Promise<SecuredConnection> {
    return this.#secure(connection, true, options)
  }

  async secureOutbound (connection: MessageStream, options?: SecureConnectionOptions): Promise<SecuredConnection> {
    return this.#secure(connection, false, options)
  }

  async #secure (connection: MessageStream, isServer: boolean, options: SecureConnectionOptions = {}): Promise<SecuredConnection> {
    // before any await: nothing may be read in between
    const found = holdSocket(connection)

    if (found.kind === 'taken') {
      return this.#secureSocket(connection, found.raw, isServer, options)
    }

    if (found.kind === 'unknown') {
      warnOnce('tls', 'TLS falls back to the stock path, which costs about twice as much: a connection of @libp2p/tcp is not built as it used to be', this.#components.logger, this.#init.onWarning)
    }

    // what comes before it listens waits in the connection
    this.#stock ??= import('@libp2p/tls').then(({ tls }) => tls()(this.#components))

    const stock = await this.#stock

    return isServer ? stock.secureInbound(connection, options) : stock.secureOutbound(connection, options)
  }

  async #secureSocket (connection: MessageStream, raw: RawSocket, isServer: boolean, options: SecureConnectionOptions): Promise<SecuredConnection> {
    const metrics = isServer ? this.#metrics.server : this.#metrics.client

    try {
      const secured = await this.#performHandshake(connection, raw, isServer, options)

      metrics.secure()

      return secured
    } catch (err) {
      const error = err instanceof Error ? err : new Error(String(err))

      metrics.failed(error)
      connection.abort(error)
      throw error
    }
  }

  async #performHandshake (connection: MessageStream, raw: RawSocket, isServer: boolean, options: SecureConnectionOptions): Promise<SecuredConnection> {
    const muxers = options.skipStreamMuxerNegotiation === true ? new Map<string, StreamMuxerFactory>() : this.#components.upgrader.getStreamMuxers()
    const found = this.#certificates.get()
    const secureContext = found instanceof Promise ? await found : found

    if (connection.status !== 'open') {
      throw new HandshakeFailedError('The connection closed before the TLS handshake')
    }

    raw.takeOver()

    const socket = await handshake({
      socket: raw.socket,
      isServer,
      secureContext,
      protocols: [...muxers.keys(), NO_MUXER],
      signal: options.signal,
      onError: err => { connection.abort(err) }
    })
    const remotePeer = await verifyCertificate(socket.getPeerX509Certificate(), { now: Date.now(), expected: options.remotePeer })

    options.signal?.throwIfAborted()

    if (connection.status !== 'open') {
      throw new HandshakeFailedError('The connection closed during the TLS handshake')
    }

    const streamMuxer = agreedMuxer(socket.alpnProtocol, muxers)

    return { remotePeer, connection: new TlsStream({ connection, raw, socket }), streamMuxer }
  }
}

function agreedMuxer (protocol: string | false | null, muxers: Map<string, StreamMuxerFactory>): StreamMuxerFactory | undefined {
  if (typeof protocol !== 'string' || protocol === NO_MUXER) {
    return undefined
  }

  const muxer = muxers.get(protocol)

  if (muxer == null) {
    throw new InvalidCryptoExchangeError(`The muxer ${protocol} was agreed on and does not exist`)
  }

  return muxer
}
