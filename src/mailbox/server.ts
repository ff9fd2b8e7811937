import { CallServer, InflightBudget } from '../calls/index.js'
import { BOUNDS } from './bounds.js'
import { CallCounts } from './call-counts.js'
import { MailboxRules } from './mailbox.js'
import { MAILBOX_PROTOCOL, maxRequestBytes } from './messages.js'
import { ShownGrants } from './shown-grants.js'
import { MailboxStream } from './stream.js'
import type { Bounds } from './bounds.js'
import type { MailboxServer, MailboxServerComponents, MailboxServerInit } from './index.js'
import type { MailboxCall } from './open-calls.js'
import type { MailboxConnection } from './stream.js'
import type { Connection, Logger } from '@libp2p/interface'

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
  readonly #server: CallServer<MailboxConnection, MailboxStream, MailboxCall>
  readonly #log: Logger

  constructor (components: MailboxServerComponents, init: MailboxServerInit, internals: MailboxServerInternals = {}) {
    const bounds = { ...BOUNDS, ...internals.bounds }
    const now = internals.monotonic ?? (() => performance.now())

    this.#log = components.logger.forComponent('enigma:mailbox')
    this.mailbox = new MailboxRules({ ...init, onError: err => { this.#log.error('collection failed - %e', err) } })

    const { maxMessageBytes, maxInflightBytes } = this.mailbox.options

    this.inflight = new InflightBudget(maxInflightBytes)
    this.#outgoing = new InflightBudget(maxInflightBytes)
    this.#server = new CallServer({
      protocol: MAILBOX_PROTOCOL,
      registrar: components.registrar,
      log: this.#log,
      maxRequestBytes: maxRequestBytes(maxMessageBytes),
      maxUnpausedBytes: maxMessageBytes + bounds.unpausableSlackBytes,
      bounds,
      incoming: this.inflight,
      outgoing: this.#outgoing,
      limiter: init.limiter,
      isExemptFromIpLimits: connection => init.isExemptFromIpLimits?.(connection) ?? false,
      canPause: internals.canPause,
      now,
      connect: (state): MailboxConnection => ({ ...state, grants: new ShownGrants(bounds.grants) }),
      serve: (stream, connection): MailboxStream => new MailboxStream({
        stream,
        connection,
        mailbox: this.mailbox,
        calls: this.calls.libp2p,
        bounds,
        now,
        wallNow: () => this.mailbox.now,
        log: this.#log,
        isShuttingDown: () => !this.#server.isStarted
      })
    })
  }

  readonly [Symbol.toStringTag] = 'enigma-node/mailbox-server'

  async start (): Promise<void> {
    if (!this.#server.isStarted) {
      this.mailbox.start()
      await this.#server.start()
    }
  }

  async stop (): Promise<void> {
    if (this.#server.isStarted) {
      await this.#server.stop()
      await this.mailbox.stop()
    }
  }

  stats (): ReturnType<MailboxServer['stats']> {
    const { handlers } = this.#server
    const subscriptions = handlers.reduce((sum, stream) => sum + stream.subscriptions, 0)

    return { streams: handlers.length, subscriptions, inflightBytes: this.inflight.used, outgoingBytes: this.#outgoing.used, counts: this.mailbox.counts }
  }

  /** Ends what has taken too long. The interval calls it; a test with its own clock may. */
  readonly sweep = (): void => { this.#server.sweep() }
}
