import { FrameBuffer, MAX_SEND_BYTES, framePrefix } from '../../src/framing.js'
import { MAILBOX_PROTOCOL, encodeRequest } from '../../src/mailbox/messages.js'
import { decodeResponse } from '../../src/mailbox/responses.js'
import { writeMessageId } from './protocol.js'
import type { MailboxRequest, MailboxResponse } from '../../src/mailbox/messages.js'
import type { Connection, Stream } from '@libp2p/interface'

/** Of all requests, so that an id has four bytes: 2^21 and more. */
const FIRST_ID = 1 << 21
const LAST_ID = (1 << 28) - 1
const PUSH_HEAD_BYTES = 5
/** Field numbers of Response with their wire type, as in `proto/mailbox.proto`. */
const TAG = { failure: 0x12, pushed: 0x1a, item: 0x22, caughtUp: 0x3a }
const STORED = 0x08

/** What an answer is, without decoding what is not needed. */
export interface Answer {
  isItem: boolean
  /** Bytes of the frame. */
  bytes: number
  decode: () => MailboxResponse
}

type OnAnswer = (answer: Answer) => void

/**
 * One stream of /enigma/mailbox/1. It does as little as it can for an answer, so that two cores show what the node costs: pushes are
 * copies of one frame with another id in it, and of answers only the head is read.
 */
export class Caller {
  readonly #stream: Stream
  readonly #frames = new FrameBuffer(64 * 1024 * 1024)
  readonly #waiting = new Map<number, OnAnswer>()
  readonly #failed: (err: Error) => void
  #lastId = FIRST_ID
  #unsent: Uint8Array[] = []
  /** Rejects with what the node complained about. */
  readonly failure: Promise<never>

  static async open (connection: Connection): Promise<Caller> {
    return new Caller(await connection.newStream(MAILBOX_PROTOCOL, { maxOutboundStreams: 1000 }))
  }

  constructor (stream: Stream) {
    const { promise, reject } = Promise.withResolvers<never>()

    this.#stream = stream
    this.#failed = reject
    this.failure = promise
    promise.catch(() => {})
    stream.addEventListener('message', ({ data }) => {
      this.#frames.append(data)
      this.#read()
    })
    stream.addEventListener('close', ({ error }) => { reject(error ?? new Error('the stream was closed')) })
    stream.addEventListener('drain', () => { this.#send() })
  }

  request (call: Omit<MailboxRequest, 'id'>, onAnswer: OnAnswer): number {
    const id = this.#nextId(onAnswer)

    this.send(encodeRequest({ ...call, id: BigInt(id) }))

    return id
  }

  async ask (call: Omit<MailboxRequest, 'id'>): Promise<MailboxResponse> {
    return await Promise.race([this.failure, new Promise<MailboxResponse>(resolve => { this.request(call, ({ decode }) => { resolve(decode()) }) })])
  }

  /** Ids of pushes that are to be written to one frame after the other. */
  push (template: PushTemplate, frames: Buffer, offset: number, number: number, onAnswer: OnAnswer): void {
    template.write(frames, offset, this.#nextId(onAnswer), number)
  }

  send (data: Uint8Array): void {
    for (let at = 0; at < data.byteLength; at += MAX_SEND_BYTES) {
      this.#unsent.push(data.subarray(at, at + MAX_SEND_BYTES))
    }

    this.#send()
  }

  #nextId (onAnswer: OnAnswer): number {
    const id = this.#lastId = this.#lastId === LAST_ID ? FIRST_ID : this.#lastId + 1

    this.#waiting.set(id, onAnswer)

    return id
  }

  #send (): void {
    while (this.#unsent.length > 0 && !this.#stream.writableNeedsDrain) {
      this.#stream.send(this.#unsent.shift() as Uint8Array)
    }
  }

  #read (): void {
    for (let frame = this.#frames.next(); frame != null; frame = this.#frames.next()) {
      const { id, at } = readId(frame)
      const tag = frame[at]
      const onAnswer = this.#waiting.get(id)
      const whole = frame

      if (tag === TAG.failure || (tag === TAG.pushed && frame[at + 2] !== STORED) || onAnswer == null) {
        this.#failed(new Error(`the node answered ${JSON.stringify(decodeResponse(frame), (_, value: unknown) => typeof value === 'bigint' ? String(value) : value)}`))
        return
      }

      if (tag !== TAG.item && tag !== TAG.caughtUp) {
        this.#waiting.delete(id)
      }

      onAnswer({ isItem: tag === TAG.item, bytes: frame.byteLength, decode: () => decodeResponse(whole) })
    }
  }
}

/** A Push to one mailbox, of which only the ids change. */
export class PushTemplate {
  readonly #frame: Buffer
  readonly #idAt: number
  readonly #messageIdAt: number

  constructor (mailbox: string, body: Uint8Array) {
    const messageId = Buffer.alloc(16, 0xa5)

    this.#frame = Buffer.from(encodeRequest({ id: BigInt(FIRST_ID), push: { mailbox, messageId, chunkIndex: 0, chunkCount: 1, kind: 'opaque', totalLen: BigInt(body.byteLength), sentMs: BigInt(Date.now()), ttlSeconds: 0, body: new Uint8Array(body) } }))
    this.#idAt = framePrefix(this.#frame.byteLength - PUSH_HEAD_BYTES).byteLength + 1
    this.#messageIdAt = this.#frame.indexOf(messageId)
  }

  get byteLength (): number {
    return this.#frame.byteLength
  }

  write (target: Buffer, offset: number, id: number, number: number): void {
    target.set(this.#frame, offset)

    for (let i = 0; i < 4; i++) {
      target[offset + this.#idAt + i] = (id >>> (7 * i)) & 0x7f | (i < 3 ? 0x80 : 0)
    }

    writeMessageId(target, offset + this.#messageIdAt, number)
  }
}

function readId (frame: Uint8Array): { id: number, at: number } {
  let id = 0
  let at = 1

  for (let shift = 0; ; shift += 7) {
    const byte = frame[at++] ?? 0

    id |= (byte & 0x7f) << shift

    if (byte < 0x80) {
      return { id, at }
    }
  }
}
