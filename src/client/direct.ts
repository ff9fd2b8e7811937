import { MailboxError, toMailboxError } from '../mailbox/errors.js'
import { decodeRequest, encodeResponse, MAILBOX_PROTOCOL, maxRequestBytes, RequestError } from '../mailbox/messages.js'
import { parseName } from '../mailbox/names.js'
import { ownBytes } from './bytes.js'
import { ClientError } from './errors.js'
import { Channel } from './libp2p/channel.js'
import { utf8Length } from './text.js'
import type { MailboxPush, MailboxRequest, MailboxResponse } from '../mailbox/messages.js'
import type { InboxMessage } from './inbox.js'
import type { ClientLibp2p } from './index.js'
import type { Connection, PeerId, Stream } from '@libp2p/interface'

export interface DirectServerInit {
  libp2p: ClientLibp2p
  maxDirectBytes: number
  maxDirectStreams: number
  maxDirectInflightBytes: number
  directFrameMs: number
  acceptFrom?: (peer: PeerId) => boolean
  /** @returns false when it was handled before */
  onMessage: (message: InboxMessage) => Promise<boolean>
}

const MAX_STREAMS_PER_CONNECTION = 8
const MAX_KIND_BYTES = 256
const SWEEP_MS = 1000
/** Answers of a stream whose other end takes none. */
const MAX_WAITING_BYTES = 64 * 1024

interface DirectStream {
  readonly channel: Channel
  readonly from: PeerId
  /** Of the frame that is worked on. */
  working: number
  /** Since when a frame has begun to come, on the monotonic clock. */
  begunAt?: number
}

/**
 * Serves `Push` and `Describe` of /enigma/mailbox/1 for this peer alone: one request at a time on each stream, which is held meanwhile.
 * A push is answered when the handler is done. Strangers may call: all that they can make grow has a bound.
 */
export class DirectServer {
  readonly #init: DirectServerInit
  readonly #streams = new Set<DirectStream>()
  #sweep?: ReturnType<typeof setInterval>
  #isHandling = false

  constructor (init: DirectServerInit) {
    this.#init = init
  }

  /** @throws ClientError `invalid_argument` when the libp2p node serves this protocol already */
  async start (): Promise<void> {
    try {
      await this.#init.libp2p.handle(MAILBOX_PROTOCOL, this.#onStream, { maxInboundStreams: MAX_STREAMS_PER_CONNECTION, runOnLimitedConnection: true })
      this.#isHandling = true
    } catch (err) {
      throw new ClientError('invalid_argument', 'this libp2p node serves /enigma/mailbox/1 already, by another inbox or a mailbox server: use direct: false', { cause: err })
    }
  }

  /** What is worked on is answered nobody any more, so its sender queues it; the handler may still be at it. */
  async stop (): Promise<void> {
    if (this.#isHandling) {
      this.#isHandling = false
      await this.#init.libp2p.unhandle(MAILBOX_PROTOCOL)
    }

    for (const stream of [...this.#streams]) {
      this.#end(stream, 'the inbox was closed')
    }
  }

  readonly #onStream = (stream: Stream, connection: Connection): void => {
    const from = connection.remotePeer

    if (this.#init.acceptFrom?.(from) === false || !this.#makeRoom()) {
      stream.abort(new Error('not taken directly'))
      return
    }

    const direct: DirectStream = {
      from,
      working: 0,
      channel: new Channel({
        stream,
        maxFrameBytes: maxRequestBytes(this.#init.maxDirectBytes),
        onFrame: frame => { this.#onFrame(direct, frame) },
        onEnd: () => { this.#forget(direct) },
        onBytes: () => { this.#onBytes(direct) }
      })
    }

    this.#streams.add(direct)
    this.#sweep ??= setInterval(this.#onSweep, SWEEP_MS)
  }

  /** Ends the stream that has said nothing for longest. */
  #makeRoom (): boolean {
    if (this.#streams.size < this.#init.maxDirectStreams) {
      return true
    }

    const [idlest] = [...this.#streams].filter(({ working }) => working === 0).sort((a, b) => a.channel.lastByteAt - b.channel.lastByteAt)

    if (idlest == null) {
      return false
    }

    this.#end(idlest, 'another stream takes the place of this one')

    return true
  }

  #onBytes (stream: DirectStream): void {
    stream.begunAt ??= performance.now()

    while (this.#bytes() > this.#init.maxDirectInflightBytes) {
      const heaviest = this.#heaviest()

      this.#end(heaviest ?? stream, 'too much is on its way in')

      if (heaviest == null) {
        return
      }
    }
  }

  #bytes (): number {
    return [...this.#streams].reduce((sum, stream) => sum + bytesOf(stream), 0)
  }

  /** Of the peer that has most on its way, the stream with most: who waits with much keeps nobody else out. */
  #heaviest (): DirectStream | undefined {
    const peers = new Map<string, number>()
    const weight = ({ from }: DirectStream): number => peers.get(from.toString()) ?? 0

    for (const stream of this.#streams) {
      peers.set(stream.from.toString(), weight(stream) + bytesOf(stream))
    }

    return [...this.#streams].filter(({ channel }) => channel.buffered > 0).sort((a, b) => weight(b) - weight(a) || bytesOf(b) - bytesOf(a))[0]
  }

  #onFrame (stream: DirectStream, frame: Uint8Array): void {
    stream.working = frame.byteLength
    // goes on when it is answered
    stream.channel.hold()
    this.#answer(stream, frame).catch(() => { this.#end(stream, 'the inbox failed') }).finally(() => {
      stream.working = 0
      stream.begunAt = stream.channel.buffered > 0 ? performance.now() : undefined
      stream.channel.release()
    })
  }

  async #answer (stream: DirectStream, frame: Uint8Array): Promise<void> {
    let request: MailboxRequest

    try {
      request = decodeRequest(frame)
    } catch (err) {
      this.#send(stream, err instanceof RequestError ? err.id : 0n, { failure: failureOf(new MailboxError('invalid_input', 'not a request')) })
      return
    }

    try {
      if (request.push != null) {
        const isNew = await this.#push(request.push, stream.from)

        this.#send(stream, request.id, { pushed: { stored: isNew, duplicate: !isNew, differs: false, seq: 0, queueLen: 0, queueBytes: 0, deadlineMs: 0 } })
      } else if (request.describe != null) {
        this.#send(stream, request.id, { description: { maxMessageBytes: this.#init.maxDirectBytes, maxPullItems: 0, maxPullBytes: 0, messageTtlSeconds: 0, dedupeSeconds: 0, ownerProof: '', agent: '' } })
      } else if (request.cancel == null && request.credit == null) {
        throw new MailboxError('unknown_call', 'a peer takes pushes for itself only')
      }
    } catch (err) {
      this.#send(stream, request.id, { failure: failureOf(toMailboxError(err)) })
    }
  }

  async #push ({ mailbox, messageId, chunkCount, kind, sentMs, body }: MailboxPush, from: PeerId): Promise<boolean> {
    if (parseName(mailbox).peerId?.equals(this.#init.libp2p.peerId) !== true) {
      throw new MailboxError('not_owner', 'this is another peer')
    }

    if (messageId.byteLength !== 16 || chunkCount !== 1 || kind === '' || utf8Length(kind) > MAX_KIND_BYTES) {
      throw new MailboxError('invalid_input', 'no message that is taken directly')
    }

    if (body.byteLength > this.#init.maxDirectBytes) {
      throw new MailboxError('message_too_large', 'the message is larger than is taken directly')
    }

    try {
      return await this.#init.onMessage({ messageId: ownBytes(messageId), kind, body: ownBytes(body), sentMs: Number(sentMs), from })
    } catch (err) {
      // what the handler says is not for strangers
      throw new MailboxError('internal_error', 'the recipient could not handle it', { cause: err })
    }
  }

  #send (stream: DirectStream, id: bigint, result: Omit<MailboxResponse, 'id'>): void {
    stream.channel.send([encodeResponse({ id, ...result })])

    if (stream.channel.outbox.waiting > MAX_WAITING_BYTES) {
      this.#end(stream, 'the other end takes no answers')
    }
  }

  readonly #onSweep = (): void => {
    for (const stream of [...this.#streams]) {
      if (stream.working === 0 && stream.begunAt != null && performance.now() - stream.begunAt > this.#init.directFrameMs) {
        this.#end(stream, 'a frame did not come to its end in time')
      }
    }
  }

  #end (stream: DirectStream, reason: string): void {
    stream.channel.abort(new Error(reason))
    this.#forget(stream)
  }

  #forget (stream: DirectStream): void {
    this.#streams.delete(stream)

    if (this.#streams.size === 0) {
      clearInterval(this.#sweep)
      this.#sweep = undefined
    }
  }
}

function bytesOf ({ channel, working }: DirectStream): number {
  return channel.buffered + working
}

function failureOf ({ code, message, retryAfterMs }: MailboxError): NonNullable<MailboxResponse['failure']> {
  return { code, message, retryAfterMs, details: new Map() }
}
