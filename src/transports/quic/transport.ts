import { lookup } from 'node:dns/promises'
import { privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { InvalidMultiaddrError, UnexpectedPeerError, serviceCapabilities, transportSymbol } from '@libp2p/interface'
import { getNetConfig } from '@libp2p/utils'
import { QUIC_V1 } from '@multiformats/multiaddr-matcher'
import { QuicConnection } from './connection.js'
import { QuicListener } from './listener.js'
import { quicMuxer } from './muxer.js'
import { peerIn, remotePeerOf } from './remote-peer.js'
import { withSignal } from './with-signal.js'
import type { NativeBinding, NativeClient, NativeConfig, PreparedConfig } from './native.js'
import type { ComponentLogger, Connection, CreateListenerOptions, DialTransportOptions, Listener, PrivateKey, Startable, Transport } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

export interface QuicComponents {
  privateKey: PrivateKey
  logger: ComponentLogger
}

export interface QuicTransportInit extends Omit<NativeConfig, 'privateKeyProto'> {
  maxPendingHandshakes: number
}

export class QuicTransport implements Transport, Startable {
  readonly [Symbol.toStringTag] = 'quic'
  readonly [transportSymbol] = true
  readonly [serviceCapabilities] = ['@libp2p/transport']

  readonly #binding: NativeBinding
  readonly #components: QuicComponents
  readonly #init: QuicTransportInit
  readonly #config: PreparedConfig
  /** Opened by the first dial of its family. */
  readonly #clients = new Map<0 | 1, NativeClient>()

  constructor (binding: NativeBinding, components: QuicComponents, init: QuicTransportInit) {
    const { maxPendingHandshakes, ...config } = init

    this.#binding = binding
    this.#components = components
    this.#init = init
    this.#config = new binding.QuinnConfig({ ...config, privateKeyProto: privateKeyToProtobuf(components.privateKey) })
  }

  start (): void {}

  stop (): void {
    for (const client of this.#clients.values()) {
      client.abort()
    }

    this.#clients.clear()
  }

  listenFilter (addrs: Multiaddr[]): Multiaddr[] {
    return addrs.filter(addr => QUIC_V1.exactMatch(addr))
  }

  dialFilter (addrs: Multiaddr[]): Multiaddr[] {
    return this.listenFilter(addrs)
  }

  createListener (options: CreateListenerOptions): Listener {
    return new QuicListener({
      upgrader: options.upgrader,
      binding: this.#binding,
      config: this.#config,
      logger: this.#components.logger,
      maxPendingHandshakes: this.#init.maxPendingHandshakes
    })
  }

  async dial (addr: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    options.signal.throwIfAborted()

    const { host, port, family } = await resolve(addr)
    const native = await withSignal(this.#client(family).outboundConnection(host, port), options.signal, late => { late.abort() })
    const connection = new QuicConnection({
      native,
      direction: 'outbound',
      log: this.#components.logger.forComponent(`libp2p:quic:connection:${native.id()}:outbound`)
    })

    try {
      const remotePeer = remotePeerOf(connection)
      const expected = peerIn(addr)

      if (expected?.equals(remotePeer) === false) {
        throw new UnexpectedPeerError(`Dialled ${expected} and reached ${remotePeer}`)
      }

      return await options.upgrader.upgradeOutbound(connection, {
        skipEncryption: true,
        skipProtection: true,
        remotePeer,
        muxerFactory: quicMuxer(connection),
        signal: options.signal
      })
    } catch (err) {
      connection.abort(err instanceof Error ? err : new Error(String(err)))
      throw err
    }
  }

  #client (family: 0 | 1): NativeClient {
    let client = this.#clients.get(family)

    if (client == null) {
      client = new this.#binding.Client(this.#config, family)
      this.#clients.set(family, client)
    }

    return client
  }
}

async function resolve (addr: Multiaddr): Promise<{ host: string, port: number, family: 0 | 1 }> {
  const { type, host, port } = getNetConfig(addr)

  if (port == null) {
    throw new InvalidMultiaddrError(`There is no UDP port in ${addr}`)
  }

  switch (type) {
    case 'ip4': return { host, port, family: 0 }
    case 'ip6': return { host, port, family: 1 }
    default: {
      const found = await lookup(host, { family: type === 'dns4' ? 4 : type === 'dns6' ? 6 : 0 })
      return { host: found.address, port, family: found.family === 4 ? 0 : 1 }
    }
  }
}
