import { callerOf } from '../access/index.js'
import { legCanPause } from '../transports/can-pause.js'
import { CallStream } from './stream.js'
import type { Limiter, LimiterVerdict } from '../access/index.js'
import type { CallBounds } from './bounds.js'
import type { CallConnection, CallHandler, OpenRequest } from './index.js'
import type { InflightBudget } from './inflight.js'
import type { Connection, Logger, Stream } from '@libp2p/interface'
import type { Registrar } from '@libp2p/interface-internal'

export interface CallServerInit<State extends CallConnection, Handler extends CallHandler<Request>, Request extends OpenRequest> {
  protocol: string
  registrar: Registrar
  log: Logger
  /** Of a request, in bytes and without its prefix. */
  maxRequestBytes: number
  /** What may wait, unread, of a stream that cannot be paused. */
  maxUnpausedBytes: number
  bounds: CallBounds
  /** Of requests on their way in. */
  incoming: InflightBudget
  /** Of answers that wait to be sent. */
  outgoing: InflightBudget
  /** Asked for each request. @default none */
  limiter?: Pick<Limiter, 'charge'>
  /** Connections that are counted by PeerId (behind a trusted proxy). @default none */
  isExemptFromIpLimits? (connection: Connection): boolean
  /** @default legCanPause */
  canPause?: (connection: Connection) => boolean
  /** Monotonic, in milliseconds. */
  now: () => number
  /** Once a connection: what its streams share beside what all protocols do. */
  connect: (state: CallConnection, connection: Connection) => State
  /** Once a stream. */
  serve: (stream: CallStream<Request>, connection: State) => Handler
}

const ALLOWED: LimiterVerdict = { allowed: true }

/** Serves a protocol of framed requests and answers over libp2p, relayed connections included. */
export class CallServer<State extends CallConnection, Handler extends CallHandler<Request>, Request extends OpenRequest> {
  readonly #init: CallServerInit<State, Handler, Request>
  readonly #connections = new WeakMap<Connection, State>()
  readonly #streams = new Set<CallStream<Request, Handler>>()
  #sweep?: NodeJS.Timeout
  #isStarted = false
  #onLastStream?: () => void

  constructor (init: CallServerInit<State, Handler, Request>) {
    this.#init = init
  }

  get isStarted (): boolean {
    return this.#isStarted
  }

  /** Of the streams that are open. */
  get handlers (): Handler[] {
    return [...this.#streams].map(({ handler }) => handler)
  }

  async start (): Promise<void> {
    const { bounds, protocol, registrar } = this.#init

    this.#isStarted = true
    this.#sweep = setInterval(this.sweep, bounds.sweepMs)
    this.#sweep.unref()
    await registrar.handle(protocol, this.#onStream, { maxInboundStreams: bounds.streams, runOnLimitedConnection: true })
  }

  /** Takes nothing more, and lets what is under way be answered. */
  async stop (): Promise<void> {
    const { protocol, registrar } = this.#init

    this.#isStarted = false
    await registrar.unhandle(protocol)
    await this.#endStreams()
    clearInterval(this.#sweep)
  }

  /** Ends what has taken too long. The interval calls it; a test with its own clock may. */
  readonly sweep = (): void => {
    for (const stream of [...this.#streams]) {
      stream.sweep()
    }

    for (let stuck = this.#longestStuck(); stuck != null && this.#init.outgoing.isFull; stuck = this.#longestStuck()) {
      stuck.reset('the memory for answers is full, and this stream takes nothing')
    }
  }

  readonly #onStream = (stream: Stream, connection: Connection): void => {
    const { maxRequestBytes, maxUnpausedBytes, serve, bounds, now, log } = this.#init
    const state = this.#stateOf(connection)
    const callStream = new CallStream<Request, Handler>({
      stream,
      connection: state,
      maxRequestBytes,
      maxUnpausedBytes,
      serve: calls => serve(calls, state),
      bounds,
      now,
      log,
      isShuttingDown: () => !this.#isStarted,
      onEnd: () => {
        this.#streams.delete(callStream)

        if (this.#streams.size === 0) {
          this.#onLastStream?.()
        }
      }
    })

    this.#streams.add(callStream)
    callStream.start()
  }

  #stateOf (connection: Connection): State {
    const known = this.#connections.get(connection)

    if (known != null) {
      return known
    }

    const { limiter, isExemptFromIpLimits, canPause = legCanPause, incoming, outgoing, connect } = this.#init
    const caller = callerOf(connection, isExemptFromIpLimits?.(connection) ?? false)
    const state = connect({
      peerId: connection.remotePeer,
      caller,
      incoming: incoming.share(),
      outgoing: outgoing.share(),
      canPause: canPause(connection),
      charge: group => limiter?.charge(caller, group) ?? ALLOWED
    }, connection)

    this.#connections.set(connection, state)

    return state
  }

  #longestStuck (): CallStream<Request, Handler> | undefined {
    const { bounds, now } = this.#init
    let since = now() - bounds.stuckShortMs
    let longest: CallStream<Request, Handler> | undefined

    for (const stream of this.#streams) {
      if (stream.stuckSince != null && stream.stuckSince <= since) {
        since = stream.stuckSince
        longest = stream
      }
    }

    return longest
  }

  /** Lets what is under way be answered. */
  async #endStreams (): Promise<void> {
    if (this.#streams.size === 0) {
      return
    }

    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, this.#init.bounds.drainMs)

    this.#onLastStream = resolve

    for (const stream of [...this.#streams]) {
      stream.shutDown()
    }

    await promise
    clearTimeout(timer)
    this.#onLastStream = undefined

    for (const stream of [...this.#streams]) {
      stream.reset('the node stops')
    }
  }
}
