import { AbstractMessageStream } from '@libp2p/utils'
import type { MessageStream, StreamCloseEvent } from '@libp2p/interface'

/** As much goes down without waiting for the rest of the tick. */
const GATHER_BYTES = 64 * 1024

/**
 * The plaintext side of an encrypted connection. What is sent in one tick goes down in one `sendData`, in a microtask, so
 * that it is below before whoever sent it goes on to close the connection. `sendData` takes all it is given: nothing stays
 * here when the connection below is closed, and `writableNeedsDrain` only tells senders to wait.
 */
export abstract class SecureStream extends AbstractMessageStream {
  protected readonly connection: MessageStream
  #scheduled = false

  constructor (connection: MessageStream) {
    super({
      log: connection.log,
      inactivityTimeout: connection.inactivityTimeout,
      maxReadBufferLength: connection.maxReadBufferLength,
      direction: connection.direction
    })

    this.connection = connection
    connection.addEventListener('close', this.#onConnectionClose, { once: true })
  }

  override sendReset (err: Error): void {
    this.connection.abort(err)
  }

  protected override processSendQueue (): boolean {
    if (this.writeBuffer.byteLength >= GATHER_BYTES) {
      return this.#flush()
    }

    if (!this.#scheduled && this.writeBuffer.byteLength > 0) {
      this.#scheduled = true
      queueMicrotask(this.#flushScheduled)
    }

    return !this.writableNeedsDrain
  }

  /** The connection below is over, whoever ended it. Runs before anyone above hears of it. */
  protected abstract onConnectionClosed (): void

  #flush (): boolean {
    this.writableNeedsDrain = false

    return super.processSendQueue()
  }

  readonly #flushScheduled = (): void => {
    this.#scheduled = false

    if (this.writeBuffer.byteLength === 0) {
      return
    }

    try {
      this.#flush()
    } catch (err) {
      // sendData threw and the stream is aborted with what it threw
      this.log('sending failed - %e', err)
    }
  }

  /** The close reason of the connection below is ours too. */
  readonly #onConnectionClose = (event: StreamCloseEvent): void => {
    this.onConnectionClosed()

    if (event.error == null) {
      this.onTransportClosed()
    } else if (event.local === true) {
      this.abort(event.error)
    } else {
      this.onRemoteReset()
    }
  }
}
