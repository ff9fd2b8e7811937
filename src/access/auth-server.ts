import '../exact-uint64.js'
import { PeerSet } from '@libp2p/peer-collections'
import { raceSignal } from 'race-signal'
import { frame } from '../framing.js'
import { Attempts } from './attempts.js'
import { ipGroup } from './ip-group.js'
import { AUTH_PROTOCOL, AuthProtocolError, readMessage } from './messages.js'
import { Present, Verdict } from './pb/auth.js'
import type { AccessControl, AuthServer, AuthServerComponents } from './index.js'
import type { Connection, Logger, Stream } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

const DEFAULT_TIMEOUT_MS = 10_000

/** How long a connection that is ended for wrong tokens may take to send what it has left. */
const CLOSE_TIMEOUT_MS = 1_000

/** A client needs one. */
const MAX_INBOUND_STREAMS = 2

const MAX_WRONG_PER_CONNECTION = 3

const MAX_ATTEMPTS_PER_WINDOW = 10
const ATTEMPT_WINDOW_MS = 60_000

/** Addresses whose attempts are remembered: about 3 MiB when full. */
const MAX_ADDRESSES = 16_384

export interface AuthRules {
  access: AccessControl
  isRight: (token: string) => boolean
  isTrustedProxy: (ma: Multiaddr) => boolean
  timeoutMs?: number
  now?: () => number
}

/** See `authServer` in `index.ts`. */
export class DefaultAuthServer implements AuthServer {
  readonly #access: AccessControl
  readonly #components: AuthServerComponents
  readonly #isRight: (token: string) => boolean
  readonly #isTrustedProxy: (ma: Multiaddr) => boolean
  readonly #timeoutMs: number
  readonly #attempts: Attempts
  readonly #log: Logger
  /** Wrong tokens by connection. */
  readonly #wrong = new WeakMap<Connection, number>()
  /** Whom this server granted; each has an open direct connection. */
  readonly #granted = new PeerSet()
  readonly #streams = new Set<Stream>()
  #isStarted = false

  constructor (components: AuthServerComponents, init: AuthRules) {
    this.#access = init.access
    this.#components = components
    this.#isRight = init.isRight
    this.#isTrustedProxy = init.isTrustedProxy
    this.#timeoutMs = init.timeoutMs ?? DEFAULT_TIMEOUT_MS
    this.#attempts = new Attempts({
      max: MAX_ATTEMPTS_PER_WINDOW,
      windowMs: ATTEMPT_WINDOW_MS,
      maxKeys: MAX_ADDRESSES,
      now: init.now ?? (() => performance.now())
    })
    this.#log = components.logger.forComponent('enigma:auth')
  }

  async start (): Promise<void> {
    if (this.#isStarted) {
      return
    }

    this.#isStarted = true
    this.#components.events.addEventListener('connection:close', this.#onConnectionClose)
    await this.#components.registrar.handle(AUTH_PROTOCOL, this.#onStream, { maxInboundStreams: MAX_INBOUND_STREAMS })
  }

  async stop (): Promise<void> {
    if (!this.#isStarted) {
      return
    }

    this.#isStarted = false
    await this.#components.registrar.unhandle(AUTH_PROTOCOL)

    for (const stream of this.#streams) {
      stream.abort(new AuthProtocolError('the server stops'))
    }

    // nobody listens any more for the ends of the connections that these hold for
    this.#components.events.removeEventListener('connection:close', this.#onConnectionClose)

    for (const peer of this.#granted) {
      this.#access.revoke(peer)
    }

    this.#granted.clear()
  }

  readonly #onStream = async (stream: Stream, connection: Connection): Promise<void> => {
    const signal = AbortSignal.timeout(this.#timeoutMs)
    this.#streams.add(stream)

    try {
      const { token } = Present.decode(await readMessage(stream, signal))

      stream.send(frame(Verdict.encode({ granted: this.#judge(token, connection), expires: 0n })))
      await stream.close({ signal })

      if ((this.#wrong.get(connection) ?? 0) >= MAX_WRONG_PER_CONNECTION) {
        await this.#end(connection)
      } else if (stream.status !== 'closed') {
        await raceSignal(new Promise(resolve => { stream.addEventListener('close', resolve, { once: true }) }), signal)
      }
    } catch (err) {
      stream.abort(err instanceof Error ? err : new AuthProtocolError('failed', { cause: err }))
    } finally {
      this.#streams.delete(stream)
    }
  }

  /** One step without a wait: what is found out about the connection still holds when the grant is given. */
  #judge (token: string, connection: Connection): boolean {
    const { remotePeer, remoteAddr } = connection
    const isOver = connection.status !== 'open' || !this.#isStarted

    // who is not to be authorised learns nothing about the token
    if (isOver || !connection.direct || this.#access.isDeniedPeer(remotePeer)) {
      return false
    }

    const wrong = this.#wrong.get(connection) ?? 0
    const group = this.#isTrustedProxy(remoteAddr) ? undefined : ipGroup(remoteAddr)

    if (wrong >= MAX_WRONG_PER_CONNECTION || !this.#attempts.take(group ?? remotePeer.toString())) {
      return false
    }

    if (!this.#isRight(token)) {
      this.#wrong.set(connection, wrong + 1)
      return false
    }

    this.#granted.add(remotePeer)
    this.#access.grant(remotePeer)

    return true
  }

  async #end (connection: Connection): Promise<void> {
    this.#log('ending connection %s after %d wrong tokens', connection.id, MAX_WRONG_PER_CONNECTION)

    try {
      await connection.close({ signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS) })
    } catch {
      connection.abort(new AuthProtocolError('too many wrong tokens'))
    }
  }

  readonly #onConnectionClose = ({ detail: closed }: CustomEvent<Connection>): void => {
    const peer = closed.remotePeer

    if (!this.#granted.has(peer)) {
      return
    }

    // the connection manager may hear of the end after us
    const isLast = !this.#components.connectionManager.getConnections(peer).some(({ id, direct }) => direct && id !== closed.id)

    if (isLast) {
      this.#granted.delete(peer)
      this.#access.revoke(peer)
    }
  }
}
