import { Acks } from './acks.js'
import { Assembler } from './assembler.js'
import { START } from './cursor.js'
import { connectionError } from './errors.js'
import { backoffMs } from './retry.js'
import { backoffOf } from './options.js'
import { sleep } from './timing.js'
import { messageOf } from './message.js'
import type { FeedEvent } from './carrier.js'
import type { Context } from './context.js'
import type { MailboxMessage, SubscribeOptions } from './index.js'

export interface ReadOptions extends Omit<SubscribeOptions, 'signal'> {
  signal: AbortSignal
  /** Ends when all that was stored has been given. */
  isStoredOnly: boolean
}

/**
 * Whole messages, each once and in order, over as many connections as it takes. What has come of incomplete messages is kept from one
 * connection to the next.
 */
export async function * readMessages (context: Context, mailbox: string, options: ReadOptions): AsyncGenerator<MailboxMessage, void> {
  const { from = START, onCaughtUp, onGivenUp, isStoredOnly } = options
  const { maxMessageBytes, maxIncomplete, maxIncompleteBytes } = context.options
  const assembler = new Assembler({ from, maxMessageBytes, maxIncomplete, maxIncompleteBytes, onGivenUp: message => { onGivenUp?.(message) } })
  const acks = new Acks(context, mailbox)

  for await (const event of readEvents(context, mailbox, assembler, options)) {
    if ('item' in event) {
      const chunks = assembler.add(event.item)

      if (chunks != null) {
        yield messageOf(chunks, assembler.cursor, acks)
      }
    } else {
      onCaughtUp?.({ cursor: assembler.cursor })

      if (isStoredOnly) {
        return
      }
    }
  }
}

/** Subscribes again whenever a subscription ends with what may be tried again. */
async function * readEvents (context: Context, mailbox: string, assembler: Assembler, { signal, onProgress }: ReadOptions): AsyncGenerator<FeedEvent, void> {
  for (let attempt = 1; ;) {
    try {
      if (assembler.reached > 0 && await isAhead(context, mailbox, assembler.reached, signal)) {
        assembler.restart()
      }

      for await (const event of context.carrier.subscribe({ mailbox, cursor: assembler.seq }, { signal })) {
        attempt = 'item' in event ? 1 : attempt
        yield event
      }
    } catch (err) {
      signal.throwIfAborted()

      const error = connectionError(err)

      if (!error.retryable) {
        throw error
      }

      const delayMs = backoffMs(backoffOf(context.options), attempt++, error.retryAfterMs, context.random)

      onProgress?.({ type: 'mailbox:retrying', detail: { attempt, delayMs, error } })
      await sleep(delayMs, signal)
    }
  }
}

/** A node whose store was lost or put back counts anew: what it stores up to an old cursor would never be seen. */
async function isAhead (context: Context, mailbox: string, seq: number, signal: AbortSignal): Promise<boolean> {
  try {
    return (await context.carrier.stat(mailbox, { signal })).nextSeq <= seq
  } catch (err) {
    // a grant may be for subscribing alone
    if (connectionError(err).code === 'not_owner') {
      return false
    }

    throw err
  }
}
