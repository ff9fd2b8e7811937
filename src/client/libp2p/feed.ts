import { encodeRequest } from '../../mailbox/messages.js'
import { decodeResponse } from '../../mailbox/responses.js'
import { failureError, ClientError, protocolError } from '../errors.js'
import { channelError } from './calls.js'
import { Channel } from './channel.js'
import type { FeedEvent } from '../carrier.js'
import type { MailboxResponse } from '../../mailbox/messages.js'
import type { Stream } from '@libp2p/interface'

export interface FeedInit {
  stream: Stream
  mailbox: string
  cursor: number
  maxFrameBytes: number
  timeoutMs: number
  /** A node that has said nothing for so long is asked whether it is there. */
  keepAliveMs: number
}

const SUBSCRIBE_ID = 1n
/** Items that may be on their way or wait here. */
const MIN_CREDIT = 2
const FIRST_CREDIT = 16
const MAX_CREDIT = 256
/** What they shall come to, by the size of those that came; beyond it no more is read. */
const WAITING_BYTES = 4 * 1024 * 1024

/**
 * One subscription on a stream of its own. Credit follows what is read: at most 256 items, and no more than come to some 4 MiB by their
 * mean size, wait here. When more comes, the stream is held.
 */
export class Feed {
  readonly #channel: Channel
  readonly #init: FeedInit
  readonly #timer: ReturnType<typeof setInterval>
  readonly #waiting: FeedEvent[] = []
  #waitingBytes = 0
  /** What the node may still send. */
  #credit = FIRST_CREDIT
  #meanBytes = 0
  #nextId = SUBSCRIBE_ID + 1n
  #openPing?: bigint
  #isCaughtUp = false
  #isHeld = false
  #error?: ClientError
  #onChange?: () => void

  constructor (init: FeedInit) {
    this.#init = init
    this.#channel = new Channel({
      stream: init.stream,
      maxFrameBytes: init.maxFrameBytes,
      onFrame: this.#onFrame,
      onEnd: err => { this.#end(err == null ? new ClientError('unreachable', 'the node ended the subscription') : channelError(err)) }
    })
    this.#timer = setInterval(this.#onTimer, Math.min(init.keepAliveMs, init.timeoutMs) / 2)
    this.#channel.send([encodeRequest({ id: SUBSCRIBE_ID, subscribe: { mailbox: init.mailbox, cursor: BigInt(init.cursor), credit: FIRST_CREDIT } })])
  }

  /** @throws ClientError, or the signal's reason */
  async * read (signal: AbortSignal): AsyncGenerator<FeedEvent, void> {
    // also while nobody reads
    const onAbort = (): void => { this.close() }

    signal.addEventListener('abort', onAbort, { once: true })

    try {
      while (true) {
        signal.throwIfAborted()

        const event = this.#waiting.shift()

        if (event != null) {
          this.#taken(event)
          yield event
        } else if (this.#error != null) {
          throw this.#error
        } else {
          await new Promise<void>(resolve => { this.#onChange = resolve })
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.close()
    }
  }

  close (): void {
    if (this.#error == null) {
      this.#channel.abort(new Error('the subscription was ended'))
      this.#end(new ClientError('closed', 'the subscription was ended'))
    }
  }

  readonly #onFrame = (frame: Uint8Array): void => {
    try {
      this.#take(decodeResponse(frame))
    } catch (err) {
      this.#fail(err instanceof ClientError ? err : protocolError('what came is no response', { cause: err }))
    }
  }

  #take ({ id, failure, item, caughtUp, description }: MailboxResponse): void {
    if (id === this.#openPing && (description != null || failure != null)) {
      this.#openPing = undefined
    } else if (failure != null && (id === 0n || id === SUBSCRIBE_ID)) {
      throw failureError(failure)
    } else if (id !== SUBSCRIBE_ID) {
      throw protocolError('an answer came to no request')
    } else if (item != null) {
      if (this.#credit === 0) {
        throw protocolError('more items came than there was credit for')
      }

      this.#credit--
      this.#meanBytes = this.#meanBytes === 0 ? item.body.byteLength : (7 * this.#meanBytes + item.body.byteLength) / 8
      this.#add({ item }, item.body.byteLength)
    } else if (caughtUp != null) {
      if (this.#isCaughtUp) {
        throw protocolError('the node caught up twice')
      }

      this.#isCaughtUp = true
      this.#add({ caughtUp: true }, 0)
    } else {
      throw protocolError('the answer is to another call')
    }
  }

  #add (event: FeedEvent, bytes: number): void {
    this.#waiting.push(event)
    this.#waitingBytes += bytes

    if (this.#waitingBytes >= WAITING_BYTES) {
      this.#isHeld = true
      this.#channel.hold()
    }

    this.#onChange?.()
  }

  #taken (event: FeedEvent): void {
    if (!('item' in event)) {
      return
    }

    this.#waitingBytes -= event.item.body.byteLength

    if (this.#isHeld && this.#waitingBytes < WAITING_BYTES / 2) {
      this.#isHeld = false
      this.#channel.release()
    }

    const wanted = Math.max(MIN_CREDIT, Math.min(MAX_CREDIT, Math.floor(WAITING_BYTES / Math.max(1, this.#meanBytes))))
    const given = this.#credit + this.#waiting.length

    // in few frames
    if (this.#error == null && given <= wanted / 2) {
      this.#credit += wanted - given
      this.#channel.send([encodeRequest({ id: this.#nextId++, credit: { subscription: SUBSCRIBE_ID, items: wanted - given } })])
    }
  }

  /** The other end may be gone without a word. While this end does not read, nothing can be said about that. */
  readonly #onTimer = (): void => {
    const silentMs = performance.now() - this.#channel.lastByteAt
    const { keepAliveMs, timeoutMs } = this.#init

    if (this.#isHeld) {
      this.#channel.lastByteAt = performance.now()
    } else if (this.#openPing != null && silentMs > keepAliveMs + timeoutMs) {
      this.#fail(new ClientError('timed_out', `the node says nothing within ${timeoutMs} ms`))
    } else if (this.#openPing == null && silentMs > keepAliveMs) {
      this.#openPing = this.#nextId++
      this.#channel.send([encodeRequest({ id: this.#openPing, describe: {} })])
    }
  }

  #fail (err: ClientError): void {
    this.#channel.abort(err)
    this.#end(err)
  }

  #end (err: ClientError): void {
    if (this.#error == null) {
      this.#error = err
      clearInterval(this.#timer)
      this.#onChange?.()
    }
  }
}
