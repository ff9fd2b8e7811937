import { CallContext } from './call-context.js'
import { ClientError } from './errors.js'
import { backoffOf } from './options.js'
import { withRetries } from './retry.js'
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

  constructor (carrier: Carrier, options: ClientOptions) {
    super({ carrier, groups: ['push', 'pull', 'ack', 'other'], pace: { maxCalls: options.maxCalls, maxBytes: options.maxInflightBytes }, backoff: backoffOf(options) })
    this.options = options
  }

  retry (group: CallGroup, bytes: number, signal: AbortSignal, onProgress?: OnProgress): RetryOptions {
    return this.retryOptions(group, bytes, signal, detail => { onProgress?.({ type: 'mailbox:retrying', detail }) })
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
      throw new ClientError('protocol_error', 'the node takes no message of any size')
    }

    this.#description = description

    return description
  }
}
