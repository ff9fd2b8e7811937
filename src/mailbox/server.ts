import { callerOf } from '../access/index.js'
import { legCanPause } from '../transports/can-pause.js'
import { BOUNDS } from './bounds.js'
import { CallCounts } from './call-counts.js'
import { InflightBudget } from './inflight.js'
import { MailboxRules } from './mailbox.js'
import { MAILBOX_PROTOCOL } from './messages.js'
import { ShownGrants } from './shown-grants.js'
import { MailboxStream } from './stream.js'
import type { Bounds } from './bounds.js'
import type { CallGroup, LimiterVerdict } from '../access/index.js'
import type { MailboxServer, MailboxServerComponents, MailboxServerInit } from './index.js'
import type { ConnectionState } from './stream.js'
import type { Connection, Logger, Stream } from '@libp2p/interface'

const ALLOWED: LimiterVerdict = { allowed: true }

/** What a test may hold in its hand. */
export interface MailboxServerInternals {
  bounds?: Partial<Bounds>
  /** Monotonic, in milliseconds. @default performance.now */
  monotonic?: () => number
  /** @default legCanPause */
  canPause?: (connection: Connection) => boolean
}

/** See `mailboxServer` in `index.ts`. */
export class DefaultMailboxServer implements MailboxServer {
  readonly mailbox: MailboxRules
  readonly inflight: InflightBudget
  readonly calls: MailboxServer['calls'] = { libp2p: new CallCounts(), http: new CallCounts() }
  /** Of answers that wait to be sent: as much as may come in. */
  readonly #outgoing: InflightBudget
  readonly #components: MailboxServerComponents
  readonly #init: MailboxServerInit
  readonly #bounds: Bounds
  readonly #now: () => number
  readonly #canPause: (connection: Connection) => boolean
  readonly #log: Logger
  readonly #connections = new WeakMap<Connection, ConnectionState>()
  readonly #streams = new Set<MailboxStream>()
  #sweep?: NodeJS.Timeout
  #isStarted = false
  #onLastStream?: () => void

  constructor (components: MailboxServerComponents, init: MailboxServerInit, internals: MailboxServerInternals = {}) {
    this.#components = components
    this.#init = init
    this.#bounds = { ...BOUNDS, ...internals.bounds }
    this.#now = internals.monotonic ?? (() => performance.now())
    this.#canPause = internals.canPause ?? legCanPause
    this.#log = components.logger.forComponent('enigma:mailbox')
    this.mailbox = new MailboxRules({ ...init, onError: err => { this.#log.error('collection failed - %e', err) } })
    this.inflight = new InflightBudget(this.mailbox.options.maxInflightBytes)
    this.#outgoing = new InflightBudget(this.mailbox.options.maxInflightBytes)
  }

  readonly [Symbol.toStringTag] = 'enigma-node/mailbox-server'

  async start (): Promise<void> {
    if (this.#isStarted) {
      return
    }

    this.#isStarted = true
    this.mailbox.start()
    this.#sweep = setInterval(this.sweep, this.#bounds.sweepMs)
    this.#sweep.unref()
    await this.#components.registrar.handle(MAILBOX_PROTOCOL, this.#onStream, {
      maxInboundStreams: this.#bounds.streams,
      runOnLimitedConnection: true
    })
  }

  async stop (): Promise<void> {
    if (!this.#isStarted) {
      return
    }

    this.#isStarted = false
    await this.#components.registrar.unhandle(MAILBOX_PROTOCOL)
    await this.#endStreams()
    clearInterval(this.#sweep)
    await this.mailbox.stop()
  }

  stats (): ReturnType<MailboxServer['stats']> {
    let subscriptions = 0

    for (const stream of this.#streams) {
      subscriptions += stream.subscriptions
    }

    return { streams: this.#streams.size, subscriptions, inflightBytes: this.inflight.used, outgoingBytes: this.#outgoing.used, counts: this.mailbox.counts }
  }

  /** Ends what has taken too long. The interval calls it; a test with its own clock may. */
  readonly sweep = (): void => {
    for (const stream of [...this.#streams]) {
      stream.sweep()
    }

    if (this.#outgoing.isFull) {
      this.#longestStuck()?.reset('the memory for answers is full, and this stream takes nothing')
    }
  }

  readonly #onStream = (stream: Stream, connection: Connection): void => {
    const mailboxStream: MailboxStream = new MailboxStream({
      stream,
      connection: this.#stateOf(connection),
      mailbox: this.mailbox,
      calls: this.calls.libp2p,
      bounds: this.#bounds,
      now: this.#now,
      wallNow: () => this.mailbox.now,
      log: this.#log,
      isShuttingDown: () => !this.#isStarted,
      onEnd: () => {
        this.#streams.delete(mailboxStream)

        if (this.#streams.size === 0) {
          this.#onLastStream?.()
        }
      }
    })

    this.#streams.add(mailboxStream)
    mailboxStream.start()
  }

  #stateOf (connection: Connection): ConnectionState {
    const known = this.#connections.get(connection)

    if (known != null) {
      return known
    }

    const { limiter, isExemptFromIpLimits } = this.#init
    const caller = callerOf(connection, isExemptFromIpLimits?.(connection) ?? false)
    const state: ConnectionState = {
      peerId: connection.remotePeer,
      grants: new ShownGrants(this.#bounds.grants),
      incoming: this.inflight.share(),
      outgoing: this.#outgoing.share(),
      canPause: this.#canPause(connection),
      charge: (group: CallGroup) => limiter?.charge(caller, group) ?? ALLOWED
    }

    this.#connections.set(connection, state)

    return state
  }

  #longestStuck (): MailboxStream | undefined {
    let since = this.#now() - this.#bounds.stuckShortMs
    let longest: MailboxStream | undefined

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
    const timer = setTimeout(resolve, this.#bounds.drainMs)

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
