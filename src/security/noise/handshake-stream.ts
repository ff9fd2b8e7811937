import { AbstractMessageStream } from '@libp2p/utils'
import { Uint8ArrayList } from 'uint8arraylist'
import type { AbortOptions, MessageStream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'
import type { SendResult } from '@libp2p/utils'

/**
 * Stands between the stock handshake and the connection, so that what the handshake leaves behind can be taken off again:
 * the stock record layer, which the handshake puts on top, never sees a byte.
 */
export class HandshakeStream extends AbstractMessageStream {
  readonly #connection: MessageStream
  readonly #unread = new Uint8ArrayList()

  constructor (connection: MessageStream) {
    super({
      log: connection.log,
      inactivityTimeout: connection.inactivityTimeout,
      maxReadBufferLength: connection.maxReadBufferLength,
      direction: connection.direction
    })

    this.#connection = connection
    connection.addEventListener('message', this.#onMessage)
    connection.addEventListener('drain', this.#onDrain)
    connection.addEventListener('close', this.#onClose)
  }

  /** Lets go of the connection. Returns what came after the handshake. */
  detach (): Uint8ArrayList {
    this.#connection.removeEventListener('message', this.#onMessage)
    this.#connection.removeEventListener('drain', this.#onDrain)
    this.#connection.removeEventListener('close', this.#onClose)

    return this.#unread
  }

  /** Called once, when the handshake has read what it wants. */
  override unshift (data: Uint8Array | Uint8ArrayList): void {
    this.#unread.append(data)
  }

  override sendData (data: Uint8ArrayList): SendResult {
    return { sentBytes: data.byteLength, canSendMore: this.#connection.send(data.subarray()) }
  }

  override sendReset (err: Error): void {
    this.#connection.abort(err)
  }

  override sendPause (): void {
    this.#connection.pause()
  }

  override sendResume (): void {
    this.#connection.resume()
  }

  override async close (options?: AbortOptions): Promise<void> {
    await this.#connection.close(options)
  }

  readonly #onMessage = (event: StreamMessageEvent): void => {
    this.onData(event.data)
  }

  readonly #onDrain = (): void => {
    this.safeDispatchEvent('drain')
  }

  readonly #onClose = (event: StreamCloseEvent): void => {
    if (event.error == null) {
      this.onTransportClosed()
    } else if (event.local === true) {
      this.abort(event.error)
    } else {
      this.onRemoteReset()
    }
  }
}
