import { InvalidCryptoExchangeError, serviceCapabilities } from '@libp2p/interface'
import { noise as stockNoise } from '@libp2p/noise'
import { HandshakeFailedError } from '../errors.js'
import { warnOnce } from '../warning.js'
import { HandshakeCrypto } from './crypto.js'
import { HandshakeStream } from './handshake-stream.js'
import { noiseMetrics, shareCounters } from './metrics.js'
import { NoiseStream } from './noise-stream.js'
import { RecordKey } from './record-key.js'
import { RecordReader, RecordWriter } from './records.js'
import { rememberSignature } from './signing-key.js'
import type { NoiseInit, OnWarning, SecurityComponents } from '../index.js'
import type { NoiseMetrics } from './metrics.js'
import type { ConnectionEncrypter, MessageStream, Metrics, SecureConnectionOptions, SecuredConnection } from '@libp2p/interface'
import type { KeyPair, NoiseExtensions } from '@libp2p/noise'
import type { KeyObject } from 'node:crypto'

type Stock = typeof stockNoise

/** The handshake of `@libp2p/noise` with our crypto, and a record layer of our own under the keys that come out of it. */
export class NoiseEncrypter implements ConnectionEncrypter<NoiseExtensions> {
  readonly protocol = '/noise'
  readonly [Symbol.toStringTag] = '@libp2p/noise'
  readonly [serviceCapabilities] = ['@libp2p/connection-encryption', '@libp2p/noise']
  readonly #components: SecurityComponents
  readonly #init: Omit<NoiseInit, 'onWarning'>
  readonly #onWarning?: OnWarning
  readonly #stock: Stock
  readonly #metrics?: NoiseMetrics
  readonly #privateKeys = new WeakMap<Uint8Array, KeyObject>()
  readonly #staticKey: KeyPair
  /** Set when the stock handshake does not give its keys away as it used to. */
  #fallback?: ConnectionEncrypter<NoiseExtensions>

  constructor (components: SecurityComponents, { onWarning, ...init }: NoiseInit, stock: Stock = stockNoise) {
    const crypto = new HandshakeCrypto(this.#privateKeys)
    const metrics = components.metrics == null ? undefined : shareCounters(components.metrics)

    // the private key is looked up by the identity of these very bytes, which every handshake is given
    this.#staticKey = init.staticNoiseKey == null ? crypto.generateX25519KeyPair() : crypto.generateX25519KeyPairFromSeed(init.staticNoiseKey)
    this.#init = { ...init, staticNoiseKey: this.#staticKey.privateKey }
    this.#onWarning = onWarning
    this.#stock = stock
    this.#metrics = metrics == null ? undefined : noiseMetrics(metrics)
    this.#components = {
      peerId: components.peerId,
      privateKey: rememberSignature(components.privateKey),
      logger: components.logger,
      // a node makes its encrypters before its upgrader
      get upgrader () { return components.upgrader },
      // the stock encrypter registers counters and nothing else
      metrics: metrics as Metrics | undefined
    }
  }

  async secureInbound (connection: MessageStream, options?: SecureConnectionOptions): Promise<SecuredConnection<NoiseExtensions>> {
    return this.#secure(connection, 'secureInbound', options)
  }

  async secureOutbound (connection: MessageStream, options?: SecureConnectionOptions): Promise<SecuredConnection<NoiseExtensions>> {
    return this.#secure(connection, 'secureOutbound', options)
  }

  async #secure (connection: MessageStream, side: 'secureInbound' | 'secureOutbound', options?: SecureConnectionOptions): Promise<SecuredConnection<NoiseExtensions>> {
    if (this.#fallback != null) {
      return this.#fallback[side](connection, options)
    }

    const crypto = new HandshakeCrypto(this.#privateKeys, this.#staticKey)
    const handshake = this.#stock({ ...this.#init, crypto })(this.#components)
    const stream = new HandshakeStream(connection)

    try {
      const result = await handshake[side](stream, options)
      const unread = stream.detach()
      const [first, second] = crypto.split ?? this.#fallBack()
      const [sending, receiving] = side === 'secureOutbound' ? [first, second] : [second, first]

      if (connection.status !== 'open') {
        throw new HandshakeFailedError('The connection closed during the handshake')
      }

      return {
        ...result,
        connection: new NoiseStream({
          connection,
          reader: new RecordReader(new RecordKey(receiving)),
          writer: new RecordWriter(new RecordKey(sending)),
          unread,
          metrics: this.#metrics
        })
      }
    } catch (err) {
      stream.detach()
      throw err
    }
  }

  /** This connection is lost, since nothing but the stock record layer could go on with it. */
  #fallBack (): never {
    this.#fallback = this.#stock(this.#init)(this.#components)
    warnOnce('noise', 'Noise falls back to the stock record layer, which costs about twice as much: the handshake of @libp2p/noise does not derive its keys as it used to', this.#components.logger, this.#onWarning)

    throw new InvalidCryptoExchangeError('The keys of the handshake are not known')
  }
}
