import { AlreadyStartedError, InvalidMultiaddrError } from '@libp2p/interface'
import { getNetConfig, getThinWaistAddresses } from '@libp2p/utils'
import { TypedEventEmitter, setMaxListeners } from 'main-event'
import { EnigmaError } from '../../errors.js'
import { QuicConnection } from './connection.js'
import { quicMuxer } from './muxer.js'
import { remotePeerOf } from './remote-peer.js'
import type { NativeBinding, NativeConnection, NativeServer, PreparedConfig } from './native.js'
import type { ComponentLogger, CreateListenerOptions, Listener, ListenerEvents, Logger } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** The UDP address cannot be listened on. The code is `address_in_use` or `listen_failed`. */
export class QuicListenError extends EnigmaError {}

export interface QuicListenerInit extends CreateListenerOptions {
  binding: NativeBinding
  config: PreparedConfig
  logger: ComponentLogger
  /** Handshakes that run side by side; others wait in the native half. */
  maxPendingHandshakes: number
}

export class QuicListener extends TypedEventEmitter<ListenerEvents> implements Listener {
  readonly #init: QuicListenerInit
  readonly #log: Logger
  readonly #connections = new Set<QuicConnection>()
  readonly #shutdown = new AbortController()
  #server?: NativeServer
  #addr?: Multiaddr
  #port = 0

  constructor (init: QuicListenerInit) {
    super()

    this.#init = init
    this.#log = init.logger.forComponent('libp2p:quic:listener')
    setMaxListeners(Infinity, this.#shutdown.signal)
  }

  async listen (addr: Multiaddr): Promise<void> {
    if (this.#addr != null) {
      throw new AlreadyStartedError('The listener listens already')
    }

    const { type, host, port } = getNetConfig(addr)

    if ((type !== 'ip4' && type !== 'ip6') || port == null) {
      throw new InvalidMultiaddrError(`Cannot listen on ${addr}: it has no IP address and UDP port`)
    }

    try {
      this.#server = new this.#init.binding.Server(this.#init.config, host, port)
    } catch (err) {
      const reason = err instanceof Error ? err.message : String(err)
      throw new QuicListenError(/in use/i.test(reason) ? 'address_in_use' : 'listen_failed', `Cannot listen on ${addr}: ${reason}`, { cause: err })
    }

    this.#addr = addr
    this.#port = this.#server.port()

    for (let i = 0; i < this.#init.maxPendingHandshakes; i++) {
      this.#accept(this.#server).catch(err => { this.#log.error('could not close - %e', err) })
    }

    this.safeDispatchEvent('listening')
  }

  getAddrs (): Multiaddr[] {
    if (this.#addr == null || this.#server == null) {
      return []
    }

    return getThinWaistAddresses(this.#addr, this.#port).map(addr => addr.encapsulate('/quic-v1'))
  }

  updateAnnounceAddrs (): void {}

  /** Cuts what came in through it and frees the port. */
  async close (): Promise<void> {
    const server = this.#server

    if (server == null) {
      return
    }

    this.#server = undefined
    this.#shutdown.abort()

    for (const connection of [...this.#connections]) {
      connection.abort(new EnigmaError('listener_closed', 'The listener was closed'))
    }

    await server.abort()
    this.safeDispatchEvent('close')
  }

  /** Takes one connection after the other. Several of these run at once, or one stalled handshake would hold all others. */
  async #accept (server: NativeServer): Promise<void> {
    while (this.#server === server) {
      try {
        const native = await server.inboundConnection()
        this.#upgrade(native).catch(err => { this.#log.error('could not refuse a connection - %e', err) })
      } catch (err) {
        if (err instanceof Error && err.message === 'server closed') {
          break
        }

        this.#log('handshake failed - %e', err)
      }
    }

    if (this.#server === server) {
      this.#log.error('the UDP endpoint on %a ended by itself', this.#addr)
      await this.close()
    }
  }

  async #upgrade (native: NativeConnection): Promise<void> {
    let connection: QuicConnection | undefined

    try {
      connection = new QuicConnection({
        native,
        direction: 'inbound',
        log: this.#init.logger.forComponent(`libp2p:quic:connection:${native.id()}:inbound`)
      })
      const opened = connection

      this.#connections.add(opened)
      opened.addEventListener('close', () => { this.#connections.delete(opened) })

      // asks the connection manager and the gater, as for every other transport
      await this.#init.upgrader.upgradeInbound(opened, {
        skipEncryption: true,
        skipProtection: true,
        remotePeer: remotePeerOf(opened),
        muxerFactory: quicMuxer(opened),
        signal: this.#shutdown.signal
      })
    } catch (err) {
      this.#log('inbound connection refused - %e', err)

      if (connection == null) {
        native.abort()
      } else {
        connection.abort(err instanceof Error ? err : new Error(String(err)))
      }
    }
  }
}
