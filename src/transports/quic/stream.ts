import { ConnectionClosedError, StreamStateError } from '@libp2p/interface'
import { AbstractStream } from '@libp2p/utils'
import { Uint8ArrayList } from 'uint8arraylist'
import { causeOf } from './native.js'
import type { NativeStream } from './native.js'
import type { AbortOptions } from '@libp2p/interface'
import type { AbstractStreamInit, SendResult } from '@libp2p/utils'

/** Bytes asked for when little comes: each pending read holds that much memory in the native half. */
const MIN_READ = 4096
/** Bytes asked for when much comes, and given to one native write. */
export const MAX_CHUNK = 65_536
/** Bytes taken ahead of the native half before `send` says that it is enough. */
const SEND_AHEAD = 2 * MAX_CHUNK

/** Keeps the streams that do not read and calls `probe` on each of them now and then. */
export interface StreamHolder {
  add (stream: QuicStream): void
  delete (stream: QuicStream): void
}

export interface QuicStreamInit extends AbstractStreamInit {
  native: NativeStream
  held: StreamHolder
}

/**
 * A stream that reads from QUIC only while there is room for it: nothing is asked for while it is paused or holds
 * unread bytes. QUIC's own windows then hold the sender, and what is unread here is never more than one chunk
 * (65,536 bytes, plus a byte for each probe).
 *
 * A reset of the peer ends it as reset, a lost connection with an error, and only a FIN is an end.
 */
export class QuicStream extends AbstractStream {
  readonly #native: NativeStream
  readonly #held: StreamHolder
  readonly #outgoing = new Uint8ArrayList()
  #flushing?: Promise<void>
  #reading = false
  #readDone = false
  #readSize = MIN_READ
  #lost?: Error

  constructor (init: QuicStreamInit) {
    super({ ...init, maxMessageSize: MAX_CHUNK })

    this.#native = init.native
    this.#held = init.held
    this.addEventListener('close', () => { this.#held.delete(this) })
    this.#fill()
  }

  override get writeBufferLength (): number {
    return super.writeBufferLength + this.#outgoing.byteLength
  }

  sendData (data: Uint8ArrayList): SendResult {
    this.#outgoing.append(data)
    this.#flushing ??= this.#flush()

    return { sentBytes: data.byteLength, canSendMore: this.#outgoing.byteLength < SEND_AHEAD }
  }

  async sendCloseWrite (options?: AbortOptions): Promise<void> {
    await this.#flushed(options?.signal)
    await this.#native.finishWrite()
  }

  async sendCloseRead (): Promise<void> {
    // Read on and drop, as the stock stream does: STOP_SENDING would make a js peer abort the other half too.
    this.#fill()
  }

  sendReset (): void {
    this.#release()
  }

  sendPause (): void {
    // A read that is under way stays; no other one follows it.
  }

  sendResume (): void {
    this.#fill()
  }

  override onRemoteReset (): void {
    if (this.status !== 'open') {
      return
    }

    this.#release()
    super.onRemoteReset()
  }

  /**
   * The connection is gone. What had arrived before is still given out, when somebody reads it, and a FIN among it
   * counts; all else ends with the error.
   */
  onConnectionLost (err: Error): void {
    this.#lost ??= err

    if (!this.#reading) {
      this.abort(this.#lost)
    }
  }

  /** Looks for a reset of the peer while nobody reads. One byte is taken when there is one. */
  probe (): void {
    if (!this.#reading) {
      this.#start(1)
    }
  }

  protected override dispatchReadBuffer (): void {
    super.dispatchReadBuffer()
    this.#fill()
  }

  #fill (): void {
    if (!this.#reading && this.#hasRoom()) {
      this.#start()
    }
  }

  #hasRoom (): boolean {
    return this.readStatus !== 'paused' && this.readBuffer.byteLength === 0
  }

  #start (probe?: number): void {
    this.#read(probe).catch(err => { this.abort(err) })
  }

  /** One read, and more of them while there is room. */
  async #read (probe?: number): Promise<void> {
    if (this.#readDone || this.status !== 'open') {
      return
    }

    this.#reading = true
    this.#held.delete(this)

    try {
      do {
        const asked = probe ?? this.#readSize
        const chunk = await this.#native.read(asked)

        if (this.status !== 'open') {
          return
        }

        if (chunk == null) {
          this.#readDone = true
          this.onRemoteCloseWrite()
          return
        }

        if (probe == null) {
          this.#adapt(chunk.byteLength)
        }

        probe = undefined
        this.onData(chunk)
      } while (this.status === 'open' && this.#hasRoom())
    } catch (err) {
      this.#readDone = true
      this.#onReadError(err)
    } finally {
      this.#reading = false

      if (this.status === 'open') {
        if (this.#lost != null) {
          this.abort(this.#lost)
        } else if (!this.#readDone) {
          this.#held.add(this)
        }
      }
    }
  }

  #adapt (got: number): void {
    if (got === this.#readSize) {
      this.#readSize = Math.min(this.#readSize * 4, MAX_CHUNK)
    } else if (got < this.#readSize / 8) {
      this.#readSize = Math.max(this.#readSize / 2, MIN_READ)
    }
  }

  #onReadError (err: unknown): void {
    if (this.status !== 'open') {
      return
    }

    if (this.#lost != null || causeOf(err) === 'lost') {
      this.#lost ??= new ConnectionClosedError('The connection was lost')
      return
    }

    // Nothing but a reset is left, whatever its message: it must never pass for an end.
    this.onRemoteReset()
  }

  /** Writes what is there in pieces, one after the other: the native half keeps no order between two of them. */
  async #flush (): Promise<void> {
    try {
      // what is sent in this turn goes together
      await null

      while (this.#outgoing.byteLength > 0) {
        const length = Math.min(this.#outgoing.byteLength, MAX_CHUNK)
        const piece = this.#outgoing.subarray(0, length)
        this.#outgoing.consume(length)
        await this.#native.write(piece)

        if (this.writableNeedsDrain && this.#outgoing.byteLength < MAX_CHUNK) {
          this.safeDispatchEvent('drain')
          // the base class goes on with its own queue in a microtask
          await null
        }
      }
    } catch (err) {
      this.#onWriteError(err)
    } finally {
      this.#flushing = undefined
    }
  }

  #onWriteError (err: unknown): void {
    this.#outgoing.consume(this.#outgoing.byteLength)

    if (this.status !== 'open') {
      return
    }

    switch (causeOf(err)) {
      case 'lost':
        this.onConnectionLost(new ConnectionClosedError('The connection was lost'))
        break
      case 'stopped':
        this.#onStopped()
        break
      default:
        this.abort(err instanceof Error ? err : new Error(String(err)))
    }
  }

  /** STOP_SENDING: the peer takes no more. Its own half may go on, or it was a reset, which the next read tells. */
  #onStopped (): void {
    if (this.#readDone) {
      this.onRemoteReset()
      return
    }

    this.#native.resetWrite().catch(() => {})
    this.writeStatus = 'closed'
    this.onRemoteCloseRead()
    // whoever waits for room finds the stream closed for writing
    this.safeDispatchEvent('drain')
    this.probe()
  }

  /** Waits until nothing is left to write; rejects when the stream ends before. */
  async #flushed (signal?: AbortSignal): Promise<void> {
    if (this.#flushing == null) {
      return
    }

    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const onClose = (): void => { reject(new StreamStateError(`The stream was ${this.status} before all was written`)) }
    const onAbort = (): void => { reject(signal?.reason) }
    this.addEventListener('close', onClose)
    signal?.addEventListener('abort', onAbort)

    try {
      signal?.throwIfAborted()
      this.#flushing.then(resolve, reject)
      await promise

      if (this.remoteReadStatus === 'closed') {
        throw new StreamStateError('The peer closed its reading half before all was written')
      }
    } finally {
      this.removeEventListener('close', onClose)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** Both halves end on the wire: RESET_STREAM after a write that is under way, STOP_SENDING after a read that is. */
  #release (): void {
    this.#outgoing.consume(this.#outgoing.byteLength)
    this.#readDone = true
    Promise.all([this.#native.resetWrite(), this.#native.stopRead()]).catch(() => {})
  }
}
