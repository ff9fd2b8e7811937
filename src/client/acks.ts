import { MAX_ACK_KEYS } from '../mailbox/messages.js'
import { withRetries } from './retry.js'
import type { Acked, ChunkKey } from './carrier.js'
import type { Context } from './context.js'

interface Waiting {
  readonly keys: ChunkKey[]
  readonly resolve: () => void
  readonly reject: (err: unknown) => void
}

/** Acks of messages of one mailbox: what is asked for while one is under way goes together in the next. */
export class Acks {
  readonly #context: Context
  readonly #mailbox: string
  #waiting: Waiting[] = []
  #isRunning = false

  constructor (context: Context, mailbox: string) {
    this.#context = context
    this.#mailbox = mailbox
  }

  /** Resolves when the chunks are gone. @throws ClientError */
  async ack (keys: ChunkKey[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()

    this.#waiting.push({ keys, resolve, reject })

    if (!this.#isRunning) {
      this.#isRunning = true
      // what this tick asks for goes together
      queueMicrotask(() => { this.#run().catch(() => {}) })
    }

    await promise
  }

  async #run (): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#take()

      try {
        await ackKeys(this.#context, this.#mailbox, batch.flatMap(({ keys }) => keys), this.#context.signal())
        batch.forEach(({ resolve }) => { resolve() })
      } catch (err) {
        batch.forEach(({ reject }) => { reject(err) })
      }
    }

    // at once: whoever waited for an ack may be about to ask for the next
    this.#isRunning = false
  }

  /** At least one, and no more than go in one request. */
  #take (): Waiting[] {
    let count = 0
    let keys = 0

    for (const waiting of this.#waiting) {
      keys += waiting.keys.length

      if (count > 0 && keys > MAX_ACK_KEYS) {
        break
      }

      count++
    }

    return this.#waiting.splice(0, count)
  }
}

/** Any number of keys, in as many requests as it takes. */
export async function ackKeys (context: Context, mailbox: string, keys: ChunkKey[], signal: AbortSignal): Promise<Acked> {
  const sum = { deleted: 0, missing: 0, remaining: 0 }

  for (let at = 0; at === 0 || at < keys.length; at += MAX_ACK_KEYS) {
    const part = keys.slice(at, at + MAX_ACK_KEYS)
    const { deleted, missing, remaining } = await withRetries(async () => await context.carrier.ack({ mailbox, keys: part }, { signal }), context.retry('ack', 0, signal))

    sum.deleted += deleted
    sum.missing += missing
    sum.remaining = remaining
  }

  return sum
}
