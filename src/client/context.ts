import { MailboxClientError } from './errors.js'
import { backoffOf } from './options.js'
import { Pacer } from './pacer.js'
import { withRetries } from './retry.js'
import type { MailboxDescription } from '../mailbox/messages.js'
import type { Carrier } from './carrier.js'
import type { ClientOptions } from './options.js'
import type { OnProgress } from './progress.js'
import type { RetryOptions } from './retry.js'

/** The node's groups of limits, each of which is paced alone. */
export type CallGroup = 'push' | 'pull' | 'ack' | 'other'

/** What the parts of one client have in common. */
export class Context {
  readonly carrier: Carrier
  readonly options: ClientOptions
  readonly random: () => number
  readonly #closing = new AbortController()
  readonly #pacers: Record<CallGroup, Pacer>
  #description?: MailboxDescription

  constructor (carrier: Carrier, options: ClientOptions, random: () => number = Math.random) {
    const { maxCalls, maxInflightBytes: maxBytes } = options

    this.carrier = carrier
    this.options = options
    this.random = random
    this.#pacers = {
      push: new Pacer({ maxCalls, maxBytes }),
      pull: new Pacer({ maxCalls, maxBytes }),
      ack: new Pacer({ maxCalls, maxBytes }),
      other: new Pacer({ maxCalls, maxBytes })
    }
  }

  get isClosed (): boolean {
    return this.#closing.signal.aborted
  }

  /** The caller's signal, and the end of the client. @throws the signal's reason, or MailboxClientError `closed` */
  signal (signal?: AbortSignal): AbortSignal {
    const any = AbortSignal.any(signal == null ? [this.#closing.signal] : [signal, this.#closing.signal])

    any.throwIfAborted()

    return any
  }

  retry (group: CallGroup, bytes: number, signal: AbortSignal, onProgress?: OnProgress): RetryOptions {
    return { backoff: backoffOf(this.options), pacer: this.#pacers[group], bytes, signal, random: this.random, onProgress }
  }

  /** What the node offers: asked once. */
  async description (signal: AbortSignal, onProgress?: OnProgress): Promise<MailboxDescription> {
    this.#description ??= await this.describe(signal, onProgress)

    return this.#description
  }

  /** The same, asked now. */
  async describe (signal: AbortSignal, onProgress?: OnProgress): Promise<MailboxDescription> {
    const description = await withRetries(async () => await this.carrier.describe({ signal }), this.retry('other', 0, signal, onProgress))

    if (description.maxMessageBytes < 1) {
      throw new MailboxClientError('protocol_error', 'the node takes no message of any size')
    }

    this.#description = description

    return description
  }

  async close (): Promise<void> {
    this.#closing.abort(new MailboxClientError('closed', 'the client was closed'))
    await this.carrier.close()
  }
}
