import { Acks } from './acks.js'
import { Assembler, own } from './assembler.js'
import { START } from './cursor.js'
import { connectionError } from './errors.js'
import { backoffMs, withRetries } from './retry.js'
import { sleep } from './timing.js'
import { messageOf } from './message.js'
import type { MailboxItem } from '../mailbox/messages.js'
import type { GivenUpReason, WholeItem, WholeParts } from './assembler.js'
import type { FeedEvent } from './carrier.js'
import type { Context } from './context.js'
import type { MailboxMessage, SubscribeOptions } from './index.js'

/** Items of one page. */
const MAX_RUN = 256

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
  const { maxMessageBytes, maxIncompleteBytes } = context.options
  const assembler = new Assembler({ from, maxMessageBytes, maxIncompleteBytes, onGivenUp: message => { onGivenUp?.(message) } })
  const acks = new Acks(context, mailbox)

  for await (const event of readEvents(context, mailbox, assembler, options)) {
    if ('item' in event) {
      const parts = assembler.add(event.item)
      const chunks = parts == null ? undefined : await readAgain(context, mailbox, parts, options)

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
async function * readEvents (context: Context, mailbox: string, assembler: Assembler, options: ReadOptions): AsyncGenerator<FeedEvent, void> {
  const { signal } = options

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
      await waitAfter(err, context, attempt++, options)
    }
  }
}

/** @throws ClientError that is no use to try again, or the signal's reason */
async function waitAfter (err: unknown, context: Context, attempt: number, { signal, onProgress }: ReadOptions): Promise<void> {
  signal.throwIfAborted()

  const error = connectionError(err)

  if (!error.retryable) {
    throw error
  }

  const delayMs = backoffMs(context.backoff, attempt, error.retryAfterMs, context.random)

  onProgress?.({ type: 'mailbox:retrying', detail: { attempt: attempt + 1, delayMs, error } })
  await sleep(delayMs, signal)
}

/** Reads the chunks that were not kept once more. @returns undefined when one of them is gone */
async function readAgain (context: Context, mailbox: string, parts: WholeParts, options: ReadOptions): Promise<WholeItem | undefined> {
  const missing = parts.filter(part => typeof part === 'number').sort((a, b) => a - b)
  // the last one has just come
  const known = parts.find(part => typeof part !== 'number')
  const found = new Map<number, MailboxItem>()

  for (let at = 0; at < missing.length;) {
    const { reason, items } = await pullRun(context, mailbox, runOf(missing, at), options)

    if (items.length === 0) {
      options.onGivenUp?.({ messageId: known?.messageId ?? new Uint8Array(16), reason, chunks: parts.length - missing.length + found.size, chunkCount: parts.length })
      return undefined
    }

    items.forEach(item => { found.set(item.seq, item) })
    at += items.length
  }

  // at least the one that has just come
  return parts.map(part => typeof part === 'number' ? found.get(part) : part) as unknown as WholeItem
}

/** Seqs from a place on between which there is none that is not wanted. */
function runOf (seqs: readonly number[], from: number): number[] {
  let end = from + 1

  while (end < seqs.length && end - from < MAX_RUN && seqs[end] === (seqs[end - 1] ?? 0) + 1) {
    end++
  }

  return seqs.slice(from, end)
}

/** The first ones of a run, at least one unless that is gone, or not to be had for this reader. */
async function pullRun (context: Context, mailbox: string, run: readonly number[], options: ReadOptions): Promise<{ items: MailboxItem[], reason: GivenUpReason }> {
  const { signal, onProgress } = options

  for (let attempt = 1; ; attempt++) {
    try {
      const request = { mailbox, cursor: (run[0] ?? 1) - 1, maxItems: run.length, maxBytes: context.options.maxItemBytes }
      const { items } = await withRetries(async () => await context.carrier.pull(request, { signal }), context.retry('pull', 0, signal, onProgress))
      const end = run.findIndex((seq, n) => items[n]?.seq !== seq)

      return { items: items.slice(0, end === -1 ? run.length : end).map(own), reason: 'expired' }
    } catch (err) {
      // a grant may be for subscribing alone
      if (connectionError(err).code === 'not_owner') {
        return { items: [], reason: 'too_many' }
      }

      await waitAfter(err, context, attempt, options)
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
