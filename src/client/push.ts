import { utf8Length } from './text.js'
import { ClientError } from './errors.js'
import { withRetries } from './retry.js'
import type { MailboxPush } from '../mailbox/messages.js'
import type { PushedChunk } from './carrier.js'
import type { Context } from './context.js'
import type { PushOptions, PushResult } from './index.js'

const MAX_NAME_BYTES = 256
const MAX_CHUNKS = 2 ** 32 - 1

type Options = PushOptions & { signal: AbortSignal }

/** What the node takes is asked once, and again when it refuses a size: it may have been started with another limit. */
export async function pushMessage (context: Context, mailbox: string, body: Uint8Array, options: Options): Promise<PushResult> {
  const template = templateOf(mailbox, body, options)
  const { maxMessageBytes } = await context.description(options.signal, options.onProgress)

  try {
    return await pushAs(context, template, body, maxMessageBytes, options)
  } catch (err) {
    if (!(err instanceof ClientError && err.code === 'message_too_large')) {
      throw err
    }

    const now = await context.describe(options.signal, options.onProgress)

    // chunks of two sizes do not make one message
    if (now.maxMessageBytes >= maxMessageBytes || body.byteLength > maxMessageBytes) {
      throw err
    }

    return await pushAs(context, template, body, now.maxMessageBytes, options)
  }
}

async function pushAs (context: Context, template: MailboxPush, body: Uint8Array, maxMessageBytes: number, options: Options): Promise<PushResult> {
  const chunkCount = Math.max(1, Math.ceil(body.byteLength / maxMessageBytes))

  if (chunkCount > MAX_CHUNKS) {
    throw new ClientError('invalid_argument', 'the message has too many chunks')
  }

  const answers = await pushChunks(context, { ...template, chunkCount }, body, maxMessageBytes, options)
  // the one that was answered last tells the mailbox's state
  const last = answers.reduce((a, b) => b.seq >= a.seq ? b : a)
  const deadlines = answers.map(({ deadlineMs }) => deadlineMs).filter(deadlineMs => deadlineMs > 0)

  return {
    messageId: template.messageId,
    stored: answers.some(({ stored }) => stored),
    duplicate: answers.every(({ duplicate }) => duplicate),
    differs: answers.some(({ differs }) => differs),
    chunkCount,
    queueLen: last.queueLen,
    queueBytes: last.queueBytes,
    deadlineMs: deadlines.length === 0 ? 0 : Math.min(...deadlines)
  }
}

/** Fields of all chunks of a message. @throws ClientError `invalid_argument` */
export function templateOf (mailbox: string, body: Uint8Array, { kind = 'opaque', ttlSeconds = 0, messageId = newMessageId(), sentMs = Date.now() }: PushOptions): MailboxPush {
  if (!isName(mailbox) || !isName(kind)) {
    throw new ClientError('invalid_argument', `a mailbox and a kind are 1 to ${MAX_NAME_BYTES} bytes of UTF-8`)
  }

  if (messageId.byteLength !== 16) {
    throw new ClientError('invalid_argument', 'a message id is 16 bytes')
  }

  if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds < 0 || !Number.isSafeInteger(sentMs) || sentMs < 0) {
    throw new ClientError('invalid_argument', 'ttlSeconds and sentMs are whole numbers of 0 or more')
  }

  return { mailbox, messageId: Uint8Array.from(messageId), chunkIndex: 0, chunkCount: 1, kind, totalLen: BigInt(body.byteLength), sentMs: BigInt(sentMs), ttlSeconds, body: new Uint8Array(0) }
}

/** 16 random bytes. */
export function newMessageId (): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(16))
}

/** As many at once as the pacer lets through; the first failure ends the others. */
async function pushChunks (context: Context, template: MailboxPush, body: Uint8Array, chunkBytes: number, { signal, onProgress }: Options): Promise<PushedChunk[]> {
  const { chunkCount } = template
  const answers: PushedChunk[] = []
  const failed = new AbortController()
  const anySignal = chunkCount === 1 ? signal : AbortSignal.any([signal, failed.signal])
  let next = 0
  let bytes = 0

  const worker = async (): Promise<void> => {
    while (next < chunkCount) {
      const chunkIndex = next++
      const part = body.subarray(chunkIndex * chunkBytes, (chunkIndex + 1) * chunkBytes)
      // never a SharedArrayBuffer: it could not be sent
      const push = { ...template, chunkIndex, body: part as Uint8Array<ArrayBuffer> }

      answers.push(await withRetries(async () => await context.carrier.push(push, { signal: anySignal }), context.retry('push', part.byteLength, anySignal, onProgress)))
      bytes += part.byteLength
      onProgress?.({ type: 'mailbox:chunk-stored', detail: { chunks: answers.length, chunkCount, bytes, totalBytes: body.byteLength } })
    }
  }

  try {
    await Promise.all(Array.from({ length: Math.min(chunkCount, context.options.maxCalls) }, worker))
  } catch (err) {
    failed.abort(err)
    throw err
  }

  return answers
}

function isName (text: string): boolean {
  const bytes = utf8Length(text)

  return bytes >= 1 && bytes <= MAX_NAME_BYTES && text.isWellFormed()
}
