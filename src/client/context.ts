import { CallContext } from './call-context.js'
import { ClientError } from './errors.js'
import { backoffOf } from './options.js'
import { withRetries } from './retry.js'
import { Shared } from './shared.js'
import type { MailboxDescription } from '../mailbox/messages.js'
import type { Carrier } from './carrier.js'
import type { ClientOptions } from './options.js'
import type { OnProgress } from './progress.js'
import type { RetryOptions } from './retry.js'

export type CallGroup = 'push' | 'pull' | 'ack' | 'other'

/** What the parts of one mailbox client have in common. */
export class Context extends CallContext<Carrier, CallGroup> {
  readonly options: ClientOptions
  #description?: MailboxDescription
  readonly #describing = new Shared<MailboxDescription>(async signal => await this.describe(signal, event => { this.#watching.forEach(onProgress => { onProgress(event) }) }))
  /** Those who wait for what is asked once. */
  readonly #watching = new Set<OnProgress>()

  constructor (carrier: Carrier, options: ClientOptions) {
    super({ carrier, groups: ['push', 'pull', 'ack', 'other'], pace: { maxCalls: options.maxCalls, maxBytes: options.maxInflightBytes }, backoff: backoffOf(options) })
    this.options = options
  }

  retry (group: CallGroup, bytes: number, signal: AbortSignal, onProgress?: OnProgress): RetryOptions {
    return this.retryOptions(group, bytes, signal, detail => { onProgress?.({ type: 'mailbox:retrying', detail }) })
  }

  /** What the node offers: asked once, however many want to know. */
  async description (signal: AbortSignal, onProgress: OnProgress = () => {}): Promise<MailboxDescription> {
    if (this.#description != null) {
      return this.#description
    }

    const failed = new AbortController()
    // what one caller's throws is no other caller's
    const watch: OnProgress = event => {
      try {
        onProgress(event)
      } catch (err) {
        failed.abort(err)
      }
    }

    this.#watching.add(watch)

    try {
      return await this.#describing.join(AbortSignal.any([signal, failed.signal]))
    } finally {
      this.#watching.delete(watch)
    }
  }

  /** The same, asked now. */
  async describe (signal: AbortSignal, onProgress?: OnProgress): Promise<MailboxDescription> {
    const description = await withRetries(async () => await this.carrier.describe({ signal }), this.retry('other', 0, signal, onProgress))

    if (description.maxMessageBytes < 1) {
      throw new ClientError('protocol_error', 'the node takes no message of any size')
    }

    this.#description = description

    return description
  }
}
