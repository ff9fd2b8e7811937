import { MAX_ACK_KEYS } from '../../mailbox/index.js'
import { HttpError } from '../errors.js'
import { Base64Pieces, decodeBase64 } from '../../json/base64.js'
import { parseUuid } from './uuid.js'
import { ackAnswer, pullAnswer, pushAnswer, statAnswer } from './answers.js'
import { parseCursor } from './cursor.js'
import { pullOrWait } from './wait.js'
import type { Mailbox } from '../../mailbox/index.js'
import type { LongText } from '../../json/long-text.js'
import type { Page } from '../../storage/index.js'
import type { CallContext } from '../endpoint.js'
import type { MailboxCounters } from './counters.js'
import type { AckBody, PullBody, PushBody, StatBody } from './schemas.js'

/** White space as Rust has it, which is the reference's (specs/mailbox.md, §9, 3). */
const NOT_BLANK = /[^\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

export interface MailboxCallsInit {
  mailbox: Mailbox
  counters: MailboxCounters
}

/** The calls of enigma-relay, and those beside them: from a body of the right shape to the text of an answer. */
export class MailboxCalls {
  readonly #mailbox: Mailbox
  readonly #counters: MailboxCounters
  readonly #maxMessageBytes: number
  readonly #maxPullBytes: number

  constructor ({ mailbox, counters }: MailboxCallsInit) {
    this.#mailbox = mailbox
    this.#counters = counters
    this.#maxMessageBytes = mailbox.describe().maxMessageBytes
    this.#maxPullBytes = mailbox.describe().maxPullBytes
  }

  async push ({ recipient, message_id: id, ciphertext_b64: ciphertext, meta, ttl_seconds: ttlSeconds }: PushBody, context: CallContext): Promise<string> {
    const messageId = uuidOf(id)

    this.#counters.pushTotal++
    checkRecipient(recipient)

    if (meta.chunk_count === 0) {
      throw invalid('chunk_count must be positive')
    }

    if (meta.chunk_index >= meta.chunk_count) {
      throw invalid('chunk_index out of range')
    }

    if (!NOT_BLANK.test(meta.kind)) {
      throw invalid('kind required')
    }

    const body = typeof ciphertext === 'string' ? decodeBase64(ciphertext) : await decodeLong(ciphertext, context)

    if (body == null) {
      throw invalid('invalid base64')
    }

    if (body.byteLength > this.#maxMessageBytes) {
      throw new HttpError('invalid_input', 'message too large', { details: { code: 'message_too_large', max_message_bytes: String(this.#maxMessageBytes) } })
    }

    const pushed = await this.#mailbox.push({
      mailbox: recipient,
      messageId,
      chunkIndex: meta.chunk_index,
      chunkCount: meta.chunk_count,
      kind: meta.kind,
      totalLen: BigInt(meta.total_len),
      sentMs: BigInt(meta.sent_ms),
      ttlSeconds: safe(ttlSeconds ?? 0),
      body
    })

    this.#counters.pushStored += pushed.stored ? 1 : 0
    this.#counters.duplicates += pushed.duplicate ? 1 : 0
    context.outcome = pushed.duplicate ? 'duplicate' : 'ok'

    return pushAnswer(pushed)
  }

  async pull ({ recipient, cursor, max, wait_ms: waitMs }: PullBody, context: CallContext): Promise<string> {
    this.#counters.pullTotal++
    checkRecipient(recipient)

    if (max != null && max < 1) {
      throw invalid('max must be positive')
    }

    const request = { mailbox: recipient, cursor: cursor == null ? 0 : parseCursor(cursor, recipient), maxItems: safe(max ?? 0) }
    const pull = async (): Promise<Page> => await context.page(async () => await this.#mailbox.pull(request, context.caller), this.#maxPullBytes)
    const page = waitMs == null || waitMs === 0 ? await pull() : await pullOrWait(pull, onStored => this.#mailbox.watch(recipient, onStored), waitMs, context.signal())

    return pullAnswer(recipient, cursor ?? null, page)
  }

  async ack ({ recipient, ack, up_to: upTo }: AckBody, { caller }: CallContext): Promise<string> {
    if ((ack == null) === (upTo == null)) {
      throw invalid('either ack or up_to is required')
    }

    if (ack != null && ack.length > MAX_ACK_KEYS) {
      throw invalid(`ack has ${MAX_ACK_KEYS} entries at most`)
    }

    const keys = ack?.map(({ message_id: id, chunk_index: chunkIndex }) => ({ messageId: uuidOf(id), chunkIndex }))

    this.#counters.ackTotal++
    checkRecipient(recipient)

    const acked = await this.#mailbox.ack({ mailbox: recipient, keys, upToSeq: upTo == null ? 0 : parseCursor(upTo, recipient) }, caller)

    this.#counters.ackDeleted += acked.deleted

    return ackAnswer(acked)
  }

  async stat ({ recipient }: StatBody, { caller }: CallContext): Promise<string> {
    checkRecipient(recipient)

    return statAnswer(await this.#mailbox.stat(recipient, caller))
  }
}

async function decodeLong (text: LongText, context: CallContext): Promise<Buffer | undefined> {
  const decoding = new Base64Pieces(text)

  await context.work(() => decoding.step())

  return decoding.bytes
}

function checkRecipient (recipient: string): void {
  if (!NOT_BLANK.test(recipient)) {
    throw invalid('recipient required')
  }
}

/** What the reference takes for part of a body's shape: it is looked at before anything is counted. */
function uuidOf (id: string): Buffer {
  const bytes = parseUuid(id)

  if (bytes == null) {
    throw invalid('message_id is not a UUID')
  }

  return bytes
}

function invalid (message: string): HttpError {
  return new HttpError('invalid_input', message)
}

/** What is more than any bound of the rules is cut by them. */
function safe (value: number | bigint): number {
  return typeof value === 'bigint' ? Number.MAX_SAFE_INTEGER : value
}
