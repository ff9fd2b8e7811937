import { CODE_P2P, CODE_P2P_CIRCUIT, multiaddr } from '@multiformats/multiaddr'
import { equals } from 'uint8arrays/equals'
import { MAILBOX_PROTOCOL } from '../../mailbox/messages.js'
import { connectionError } from '../errors.js'
import { Shared } from '../shared.js'
import { Deadline } from '../timing.js'
import { Calls } from './calls.js'
import type { ClientLibp2p } from '../index.js'
import type { Connection, PeerId, Stream } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

export interface LinkInit {
  libp2p: ClientLibp2p
  /** Addresses of one node, or its PeerId. */
  node: PeerId | Multiaddr[]
  maxFrameBytes: number
  timeoutMs: number
}

const MAX_GRANTS = 64

interface Ready {
  readonly connection: Connection
  readonly calls: Calls
}

/**
 * The connection with the node, and the stream for calls on it: made when first needed, again when it is over. Grants are shown on it
 * before anything else is asked. A connection that did not answer is not taken again: libp2p may not have noticed that it is dead.
 */
export class Link {
  readonly #init: LinkInit
  #grants: Array<{ envelope: Uint8Array<ArrayBuffer>, expiresMs: number }> = []
  readonly #connecting = new Shared<Ready>(async signal => await this.#connect(signal))
  #ready?: Ready
  #suspect?: Connection
  #isClosed = false

  constructor (init: LinkInit) {
    this.#init = init
  }

  /** @throws MailboxClientError, or the signal's reason */
  async calls (signal: AbortSignal): Promise<Calls> {
    return (await this.#join(signal)).calls
  }

  /** One more stream on the same connection. */
  async open (signal: AbortSignal): Promise<Stream> {
    const { connection } = await this.#join(signal)

    return await this.#openStream(connection, signal)
  }

  /** What shall be shown on each new connection until it is over, in Unix milliseconds. The last 64 are kept: a node takes no more. */
  remember (envelope: Uint8Array<ArrayBuffer>, expiresMs: number): void {
    const others = this.#grants.filter(known => known.expiresMs > Date.now() && !equals(known.envelope, envelope))

    this.#grants = [...others, { envelope, expiresMs }].slice(-MAX_GRANTS)
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

  async #join (signal: AbortSignal): Promise<Ready> {
    signal.throwIfAborted()

    return this.#ready ?? await this.#connecting.join(signal)
  }

  async #connect (signal: AbortSignal): Promise<Ready> {
    const deadline = new Deadline(this.#init.timeoutMs, signal)

    try {
      const connection = await this.#dial(deadline.signal)
      const stream = await this.#openStream(connection, deadline.signal)
      const calls: Calls = new Calls({ stream, maxFrameBytes: this.#init.maxFrameBytes, timeoutMs: this.#init.timeoutMs, onEnd: () => { this.#lost(calls, connection) } })

      try {
        // the node answers in any order, but a call is looked at after those that came before
        await Promise.all(this.#grants.map(async ({ envelope }) => { await this.#show(calls, envelope, deadline.signal) }))
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

  /** One that the node does not take any more shows in the calls it was for. */
  async #show (calls: Calls, envelope: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void> {
    try {
      await calls.call({ grant: { envelope } }, 'granted', signal)
    } catch (err) {
      if (calls.error != null || signal.aborted || connectionError(err).retryable) {
        throw err
      }
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
      return await connection.newStream(MAILBOX_PROTOCOL, { signal: deadline.signal, runOnLimitedConnection: true })
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

  #lost (calls: Calls, connection: Connection): void {
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
