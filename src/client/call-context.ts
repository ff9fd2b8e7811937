import { ClientError } from './errors.js'
import { Pacer } from './pacer.js'
import type { PacerInit } from './pacer.js'
import type { Retrying } from './progress.js'
import type { Backoff, RetryOptions } from './retry.js'

export interface CallContextInit<Carrier, Group extends string> {
  carrier: Carrier
  /** The node's groups of limits, each of which is paced alone. */
  groups: readonly Group[]
  pace: PacerInit
  backoff: Backoff
  /** 0 to 1. @default Math.random */
  random?: () => number
}

/** What the calls of one client have in common: the way to the node, when it ends, how calls are paced and tried again. */
export class CallContext<Carrier extends { close (): Promise<void> }, Group extends string> {
  readonly carrier: Carrier
  readonly backoff: Backoff
  readonly random: () => number
  readonly #closing = new AbortController()
  readonly #pacers: Readonly<Record<Group, Pacer>>

  constructor ({ carrier, groups, pace, backoff, random = Math.random }: CallContextInit<Carrier, Group>) {
    this.carrier = carrier
    this.backoff = backoff
    this.random = random
    // one for each
    this.#pacers = Object.fromEntries(groups.map(group => [group, new Pacer(pace)])) as Record<Group, Pacer>
  }

  /** The caller's signal, and the end of the client. @throws the signal's reason, or ClientError `closed` */
  signal (signal?: AbortSignal): AbortSignal {
    const any = AbortSignal.any(signal == null ? [this.#closing.signal] : [signal, this.#closing.signal])

    any.throwIfAborted()

    return any
  }

  /** @param bytes of the body that is sent */
  retryOptions (group: Group, bytes: number, signal: AbortSignal, onRetry?: (retrying: Retrying) => void): RetryOptions {
    return { backoff: this.backoff, pacer: this.#pacers[group], bytes, signal, random: this.random, onRetry }
  }

  async close (): Promise<void> {
    this.#closing.abort(new ClientError('closed', 'the client was closed'))
    await this.carrier.close()
  }
}
