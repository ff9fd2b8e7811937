import { CODE_P2P, CODE_P2P_CIRCUIT, multiaddr } from '@multiformats/multiaddr'
import { connectionError } from '../errors.js'
import { Shared } from '../shared.js'
import { Deadline } from '../timing.js'
import { Calls } from './calls.js'
import type { ClientLibp2p } from '../index.js'
import type { AnyResponse, ClientProtocol } from './protocol.js'
import type { Connection, PeerId, Stream } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

export interface LinkInit<Call, Response extends AnyResponse> {
  protocol: ClientProtocol<Call, Response>
  libp2p: ClientLibp2p
  /** Addresses of one node, or its PeerId. */
  node: PeerId | Multiaddr[]
  maxFrameBytes: number
  timeoutMs: number
  /** What is asked on each new stream of calls before anything else. */
  greet?: (calls: Calls<Call, Response>, signal: AbortSignal) => Promise<void>
}

interface Ready<Call, Response extends AnyResponse> {
  readonly connection: Connection
  readonly calls: Calls<Call, Response>
}

/**
 * The connection with the node, and the stream for calls on it: made when first needed, again when it is over. A connection that did
 * not answer is not taken again: libp2p may not have noticed that it is dead.
 */
export class Link<Call, Response extends AnyResponse> {
  readonly #init: LinkInit<Call, Response>
  readonly #connecting = new Shared<Ready<Call, Response>>(async signal => await this.#connect(signal))
  #ready?: Ready<Call, Response>
  #suspect?: Connection
  #isClosed = false

  constructor (init: LinkInit<Call, Response>) {
    this.#init = init
  }

  /** @throws ClientError, or the signal's reason */
  async calls (signal: AbortSignal): Promise<Calls<Call, Response>> {
    return (await this.#join(signal)).calls
  }

  /** One more stream on the same connection. */
  async open (signal: AbortSignal): Promise<Stream> {
    const { connection } = await this.#join(signal)

    return await this.#openStream(connection, signal)
  }

  /** Where the node relays to a peer. */
  circuitTo (peer: PeerId): Multiaddr | undefined {
    const { node } = this.#init
    const addr = this.#ready == null ? (Array.isArray(node) ? node[0] : undefined) : withPeerId(this.#ready.connection)

    if (addr == null || !addr.getComponents().some(({ code }) => code === CODE_P2P) || addr.getComponents().some(({ code }) => code === CODE_P2P_CIRCUIT)) {
      return undefined
    }

    return multiaddr(`${addr}/p2p-circuit/p2p/${peer}`)
  }

  async close (): Promise<void> {
    this.#isClosed = true
    await this.#ready?.calls.close()
  }

  async #join (signal: AbortSignal): Promise<Ready<Call, Response>> {
    signal.throwIfAborted()

    return this.#ready ?? await this.#connecting.join(signal)
  }

  async #connect (signal: AbortSignal): Promise<Ready<Call, Response>> {
    const { protocol, maxFrameBytes, timeoutMs, greet } = this.#init
    const deadline = new Deadline(timeoutMs, signal)

    try {
      const connection = await this.#dial(deadline.signal)
      const stream = await this.#openStream(connection, deadline.signal)
      const calls: Calls<Call, Response> = new Calls({ stream, protocol, maxFrameBytes, timeoutMs, onEnd: () => { this.#lost(calls, connection) } })

      try {
        await greet?.(calls, deadline.signal)
      } catch (err) {
        await calls.close()
        throw err
      }

      if (this.#isClosed) {
        await calls.close()
      }

      if (calls.error != null) {
        throw calls.error
      }

      this.#ready = { connection, calls }

      return this.#ready
    } catch (err) {
      throw connectionError(err)
    } finally {
      deadline.clear()
    }
  }

  async #dial (signal: AbortSignal): Promise<Connection> {
    const { libp2p, node } = this.#init
    const connection = await libp2p.dial(node, { signal })

    if (connection !== this.#suspect) {
      return connection
    }

    return await libp2p.dial(node, { signal, force: true })
  }

  async #openStream (connection: Connection, signal: AbortSignal): Promise<Stream> {
    const deadline = new Deadline(this.#init.timeoutMs, signal)

    try {
      return await connection.newStream(this.#init.protocol.id, { signal: deadline.signal, runOnLimitedConnection: true })
    } catch (err) {
      const error = connectionError(err)

      if (error.code !== 'unsupported' && !signal.aborted) {
        this.#suspect = connection
        this.#ready = this.#ready?.connection === connection ? undefined : this.#ready
      }

      throw error
    } finally {
      deadline.clear()
    }
  }

  #lost (calls: Calls<Call, Response>, connection: Connection): void {
    if (!calls.hasAnswered || calls.error?.code === 'timed_out') {
      this.#suspect = connection
    }

    if (this.#ready?.calls === calls) {
      this.#ready = undefined
    }
  }
}

function withPeerId ({ remoteAddr, remotePeer }: Connection): Multiaddr {
  return remoteAddr.getComponents().some(({ code }) => code === CODE_P2P) ? remoteAddr : remoteAddr.encapsulate(`/p2p/${remotePeer}`)
}
