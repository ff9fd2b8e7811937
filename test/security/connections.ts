import { once } from 'node:events'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { defaultLogger } from '@libp2p/logger'
import { noise as stockNoise } from '@libp2p/noise'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { tcp } from '@libp2p/tcp'
import { tls as stockTls } from '@libp2p/tls'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { Uint8ArrayList } from 'uint8arraylist'
import { noise, tls } from '../../src/security/index.js'
import type { SecurityComponents } from '../../src/security/index.js'
import type { ConnectionEncrypter, Listener, MessageStream, MultiaddrConnection, PrivateKey, SecureConnectionOptions, SecuredConnection, StreamCloseEvent, StreamMuxerFactory, Transport, Upgrader } from '@libp2p/interface'

export type Maker = (components: SecurityComponents) => ConnectionEncrypter

export const OURS: Record<string, Maker> = { tls: tls(), noise: noise() }
export const STOCK: Record<string, Maker> = { tls: stockTls(), noise: stockNoise() }

export async function components (privateKey?: PrivateKey, muxers: StreamMuxerFactory[] = [yamux()()]): Promise<SecurityComponents> {
  const key = privateKey ?? await generateKeyPair('Ed25519')
  const factories = new Map(muxers.map(muxer => [muxer.protocol, muxer]))

  return {
    peerId: peerIdFromPrivateKey(key),
    privateKey: key,
    logger: defaultLogger(),
    // what encrypters ask of it
    upgrader: { getStreamMuxers: () => factories } as unknown as Upgrader
  }
}

export interface Pair {
  dialled: MultiaddrConnection
  accepted: MultiaddrConnection
}

/** Plain connections of `@libp2p/tcp` over loopback, and what ends them. */
export class Wire {
  readonly #transport: Transport
  readonly #listener: Listener
  readonly #accepted: Array<(connection: MultiaddrConnection) => void> = []
  readonly #open: MultiaddrConnection[] = []

  constructor (inactivityTimeout?: number) {
    this.#transport = tcp({ inboundSocketInactivityTimeout: inactivityTimeout, outboundSocketInactivityTimeout: inactivityTimeout })({ logger: defaultLogger() })
    this.#listener = this.#transport.createListener({
      upgrader: {
        upgradeInbound: async (connection: MultiaddrConnection) => {
          this.#open.push(connection)
          this.#accepted.shift()?.(connection)
        }
      } as unknown as Upgrader
    })
  }

  async pair (): Promise<Pair> {
    if (this.#listener.getAddrs().length === 0) {
      await this.#listener.listen(multiaddr('/ip4/127.0.0.1/tcp/0'))
    }

    const { promise, resolve } = Promise.withResolvers<MultiaddrConnection>()
    const dialling = Promise.withResolvers<MultiaddrConnection>()
    const [addr] = this.#listener.getAddrs()

    this.#accepted.push(resolve)

    if (addr == null) {
      throw new Error('The listener has no address')
    }

    await this.#transport.dial(addr, {
      signal: AbortSignal.timeout(10_000),
      upgrader: {
        upgradeOutbound: async (connection: MultiaddrConnection) => { dialling.resolve(connection) }
      } as unknown as Upgrader
    })

    const dialled = await dialling.promise

    this.#open.push(dialled)

    return { dialled, accepted: await promise }
  }

  async stop (): Promise<void> {
    for (const connection of this.#open) {
      connection.abort(new Error('The test is over'))
    }

    await this.#listener.close()
  }
}

export interface Secured {
  client: SecuredConnection
  server: SecuredConnection
}

export async function secure ({ dialled, accepted }: Pair, client: ConnectionEncrypter, server: ConnectionEncrypter, options: { client?: SecureConnectionOptions, server?: SecureConnectionOptions } = {}): Promise<Secured> {
  const signal = AbortSignal.timeout(20_000)
  const [clientSide, serverSide] = await Promise.all([
    client.secureOutbound(dialled, { signal, ...options.client }),
    server.secureInbound(accepted, { signal, ...options.server })
  ])

  return { client: clientSide, server: serverSide }
}

/** Waits for back-pressure as a well-behaved sender does. */
export async function sendAll (stream: MessageStream, chunks: Iterable<Uint8Array | Uint8ArrayList>): Promise<void> {
  for (const chunk of chunks) {
    if (!stream.send(chunk)) {
      await room(stream, 30_000)
    }
  }
}

/** Waits until the stream takes more; not by `onDrain()`, whose promise stays resolved after the first time. */
export async function room (stream: MessageStream, timeoutMs: number): Promise<void> {
  if (stream.writableNeedsDrain) {
    await once(stream, 'drain', { signal: AbortSignal.timeout(timeoutMs) })
  }
}

/** Resolves with the first `bytes` that arrive. */
export async function receive (stream: MessageStream, bytes: number): Promise<Uint8Array> {
  const received = new Uint8ArrayList()
  const { promise, resolve, reject } = Promise.withResolvers<void>()

  stream.addEventListener('message', event => {
    received.append(event.data)

    if (received.byteLength >= bytes) {
      resolve()
    }
  })
  stream.addEventListener('close', event => {
    reject(event.error ?? new Error(`Closed after ${received.byteLength} of ${bytes} bytes`))
  })

  if (bytes > 0) {
    await promise
  }

  return received.subarray()
}

export async function closed (stream: MessageStream): Promise<StreamCloseEvent> {
  return new Promise(resolve => { stream.addEventListener('close', resolve, { once: true }) })
}

/** Resolves when `condition` holds. */
export async function until (condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 20_000

  while (!condition()) {
    if (Date.now() > end) {
      throw new Error(`Never: ${what}`)
    }

    await new Promise(resolve => setImmediate(resolve))
  }
}

/** The same numbers from the same seed. */
export function randomSource (seed: number): () => number {
  let state = seed

  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0

    return state / 2 ** 32
  }
}

/** `bytes` cut into pieces of random sizes up to `max`, some of them lists. */
export function * randomChunks (bytes: Uint8Array, max: number, random: () => number): Generator<Uint8Array | Uint8ArrayList> {
  for (let offset = 0; offset < bytes.byteLength;) {
    const size = 1 + Math.floor(max * random() ** 4)
    const chunk = bytes.subarray(offset, offset + size)
    const middle = Math.floor(chunk.byteLength * random())

    yield random() < 0.5 ? chunk : new Uint8ArrayList(chunk.subarray(0, middle), chunk.subarray(middle))
    offset += size
  }
}
