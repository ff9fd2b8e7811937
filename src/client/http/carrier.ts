import { RecordEnvelope } from '@libp2p/peer-record'
import { fromString } from 'uint8arrays/from-string'
import { toString } from 'uint8arrays/to-string'
import { enigma_mailbox_v1 as pb } from '../../mailbox/pb/mailbox.js'
import { hexOf } from '../bytes.js'
import { ClientError, protocolError } from '../errors.js'
import { Fields } from './fields.js'
import { HttpCalls } from './calls.js'
import { Proof } from './proof.js'
import { parseUrl } from './url.js'
import type { MailboxDescription, MailboxItem, MailboxPush } from '../../mailbox/messages.js'
import type { Acked, CallOptions, Carrier, ChunkKey, FeedEvent, PageEnd, PushedChunk, Stats } from '../carrier.js'
import type { PeerId, PrivateKey } from '@libp2p/interface'

export interface HttpCarrierInit {
  url: string
  privateKey?: PrivateKey
  /** Whom the node must prove to be. */
  node?: PeerId
  fetch?: typeof fetch
  timeoutMs: number
  keepAliveMs: number
  /** Of one item's body, in bytes. */
  maxItemBytes: number
}

const MIB = 1024 * 1024
/** Of bodies in a page, as nodes come; around them there are names. */
const PAGE_BYTES = 8 * MIB
const AROUND_BYTES = MIB
/** A node lets a poll wait so long. */
const MAX_WAIT_MS = 30_000
/** In one request. */
const MAX_GRANTS = 8

/** The calls over HTTP; a subscription is a long poll after the other. */
export class HttpCarrier implements Carrier {
  readonly #calls: HttpCalls
  readonly #waitMs: number
  #grants: Array<{ text: string, expiresMs: number }> = []

  /** @throws ClientError `invalid_argument` */
  constructor ({ url, privateKey, node, fetch: ownFetch, timeoutMs, keepAliveMs, maxItemBytes }: HttpCarrierInit) {
    const base = parseUrl(url)

    this.#waitMs = Math.min(MAX_WAIT_MS, keepAliveMs)
    this.#calls = new HttpCalls({
      url: base.href,
      proof: privateKey == null ? undefined : new Proof({ privateKey, host: base.host, node }),
      fetch: ownFetch,
      timeoutMs,
      maxAnswerBytes: Math.ceil(4 / 3 * Math.max(maxItemBytes, PAGE_BYTES)) + AROUND_BYTES
    })
  }

  async push ({ mailbox, messageId, chunkIndex, chunkCount, kind, totalLen, sentMs, ttlSeconds, body }: MailboxPush, { signal }: CallOptions): Promise<PushedChunk> {
    const answer = new Fields(await this.#calls.call('push', {
      json: JSON.stringify({
        recipient: mailbox,
        message_id: uuidOf(messageId),
        ciphertext_b64: toString(body, 'base64pad'),
        meta: { kind, total_len: Number(totalLen), chunk_index: chunkIndex, chunk_count: chunkCount, sent_ms: Number(sentMs) },
        ...(ttlSeconds === 0 ? {} : { ttl_seconds: ttlSeconds })
      }),
      signal
    }))

    return {
      stored: answer.flag('stored'),
      duplicate: answer.flag('duplicate'),
      differs: answer.flag('differs'),
      seq: answer.number('seq'),
      queueLen: answer.number('queue_len'),
      queueBytes: answer.number('queue_bytes'),
      deadlineMs: answer.number('deadline_ms')
    }
  }

  /** `maxBytes` is the node's business here. */
  async pull ({ mailbox, cursor, maxItems }: { mailbox: string, cursor: number, maxItems: number }, { signal }: CallOptions): Promise<{ items: MailboxItem[], end: PageEnd }> {
    return await this.#pull({ recipient: mailbox, max: maxItems, ...cursorOf(mailbox, cursor) }, cursor, signal)
  }

  async ack ({ mailbox, keys, upToSeq = 0 }: { mailbox: string, keys?: ChunkKey[], upToSeq?: number }, { signal }: CallOptions): Promise<Acked> {
    const what = upToSeq > 0
      ? { up_to: cursorText(mailbox, upToSeq) }
      : { ack: (keys ?? []).map(({ messageId, chunkIndex }) => ({ message_id: uuidOf(messageId), chunk_index: chunkIndex })) }
    const answer = new Fields(await this.#owners('ack', { recipient: mailbox, ...what }, signal))

    return { deleted: answer.number('deleted'), missing: answer.number('missing'), remaining: answer.number('remaining') }
  }

  async stat (mailbox: string, { signal }: CallOptions): Promise<Stats> {
    const answer = new Fields(await this.#owners('stat', { recipient: mailbox }, signal))

    return {
      queueLen: answer.number('queue_len'),
      queueBytes: answer.number('queue_bytes'),
      oldestMs: answer.number('oldest_ms'),
      newestMs: answer.number('newest_ms'),
      nextSeq: answer.number('next_seq'),
      maxQueueLen: answer.number('max_queue_len'),
      maxQueueBytes: answer.number('max_queue_bytes')
    }
  }

  async describe ({ signal }: CallOptions): Promise<MailboxDescription> {
    const answer = new Fields(await this.#calls.call('openapi.json', { signal })).object('x-enigma-mailbox')

    return {
      maxMessageBytes: answer.number('max_message_bytes'),
      maxPullItems: answer.number('max_pull_items'),
      maxPullBytes: answer.number('max_pull_bytes'),
      messageTtlSeconds: answer.number('message_ttl_seconds'),
      dedupeSeconds: answer.number('dedupe_seconds'),
      ownerProof: answer.text('owner_proof'),
      agent: answer.text('agent')
    }
  }

  /** Goes with each call from now on, until it is over: what the node says of it shows there. */
  async grant (envelope: Uint8Array<ArrayBuffer>): Promise<number> {
    const { expiresMs } = readGrant(envelope)
    const text = toString(envelope, 'base64url')

    this.#grants = [...this.#grants.filter(grant => grant.text !== text), { text, expiresMs }].slice(-MAX_GRANTS)

    return expiresMs
  }

  async * subscribe ({ mailbox, cursor }: { mailbox: string, cursor: number }, { signal }: CallOptions): AsyncGenerator<FeedEvent, void> {
    let isCaughtUp = false

    for (let at = cursor; ;) {
      const { items, end } = await this.#pull({ recipient: mailbox, ...cursorOf(mailbox, at), ...(isCaughtUp ? { wait_ms: this.#waitMs } : {}) }, at, signal, isCaughtUp ? this.#waitMs : 0)

      for (const item of items) {
        at = item.seq
        yield { item }
      }

      if (!isCaughtUp && !end.more) {
        isCaughtUp = true
        yield { caughtUp: true }
      }
    }
  }

  circuitTo (): undefined {
    return undefined
  }

  async close (): Promise<void> {
    // connections are those of fetch
  }

  async #pull (body: Record<string, unknown>, cursor: number, signal: AbortSignal, waitMs = 0): Promise<{ items: MailboxItem[], end: PageEnd }> {
    const answer = new Fields(await this.#owners('pull', body, signal, waitMs))
    const items = answer.list('items').map(itemOf)
    let last = cursor

    for (const { seq } of items) {
      if (seq <= last) {
        throw protocolError('the page is out of order')
      }

      last = seq
    }

    return { items, end: { nextCursor: BigInt(last), more: !answer.isNull('next_cursor'), remainingEstimate: answer.number('remaining_estimate') } }
  }

  async #owners (path: string, body: Record<string, unknown>, signal: AbortSignal, waitMs = 0): Promise<unknown> {
    this.#grants = this.#grants.filter(({ expiresMs }) => expiresMs > Date.now())

    const headers: Record<string, string> = this.#grants.length === 0 ? {} : { 'enigma-grant': this.#grants.map(({ text }) => text).join(', ') }

    return await this.#calls.call(path, { json: JSON.stringify(body), headers, proves: 'if-asked', waitMs, signal })
  }
}

function readGrant (envelope: Uint8Array<ArrayBuffer>): pb.GrantRecord {
  try {
    return pb.GrantRecord.decode(RecordEnvelope.createFromProtobuf(envelope).payload)
  } catch (err) {
    throw new ClientError('invalid_input', 'not a signed envelope of a grant', { cause: err })
  }
}

function itemOf (fields: Fields): MailboxItem {
  const meta = fields.object('meta')

  return {
    seq: fields.number('seq'),
    messageId: bytesOf(fields.text('message_id').replaceAll('-', ''), 'base16'),
    chunkIndex: meta.number('chunk_index'),
    chunkCount: meta.number('chunk_count'),
    kind: meta.text('kind'),
    totalLen: meta.bigint('total_len'),
    sentMs: meta.bigint('sent_ms'),
    arrivalMs: fields.number('arrival_ms'),
    deadlineMs: fields.number('deadline_ms'),
    body: bytesOf(fields.text('ciphertext_b64'), 'base64pad')
  }
}

function bytesOf (text: string, encoding: 'base16' | 'base64pad'): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(fromString(text, encoding))
  } catch (err) {
    throw protocolError('an item cannot be read', { cause: err })
  }
}

function uuidOf (bytes: Uint8Array): string {
  return hexOf(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** A cursor of the HTTP door carries seq - 1. */
function cursorText (mailbox: string, seq: number): string {
  return toString(new TextEncoder().encode(`${mailbox}:${String(seq - 1).padStart(20, '0')}`), 'base64pad')
}

function cursorOf (mailbox: string, seq: number): { cursor?: string } {
  return seq === 0 ? {} : { cursor: cursorText(mailbox, seq) }
}
