import { once } from 'node:events'
import { SecureStream } from '../secure-stream.js'
import type { RawSocket } from './raw-socket.js'
import type { AbortOptions, MessageStream } from '@libp2p/interface'
import type { SendResult } from '@libp2p/utils'
import type { TLSSocket } from 'node:tls'
import type { Uint8ArrayList } from 'uint8arraylist'

/** What may wait in the socket before senders are told to. */
const MAX_UNSENT_BYTES = 256 * 1024

export interface TlsStreamInit {
  connection: MessageStream
  raw: RawSocket
  /** After the handshake; it reports its errors to `connection` already. */
  socket: TLSSocket
}

/** TLS on the socket of `connection`, which keeps what a connection is: address, time-out, close and abort. */
export class TlsStream extends SecureStream {
  readonly #raw: RawSocket
  readonly #socket: TLSSocket

  constructor ({ connection, raw, socket }: TlsStreamInit) {
    super(connection)

    this.#raw = raw
    this.#socket = socket

    raw.onSendClose(async options => this.#end(options), () => socket.writableEnded)
    socket.on('data', this.#onData)
    socket.on('drain', this.#onDrain)
    socket.once('end', this.#onEnd)
  }

  override sendData (data: Uint8ArrayList): SendResult {
    const sentBytes = data.byteLength

    // one writev; put together in JavaScript the pieces would be garbage, and their collection a fifth of all
    this.#socket.cork()

    for (const piece of data) {
      this.#socket.write(piece)
    }

    this.#socket.uncork()

    // when more waits than a socket's own mark of 64 KiB it emits drain, whoever is told
    return { sentBytes, canSendMore: this.#socket.writableLength < MAX_UNSENT_BYTES }
  }

  override sendPause (): void {
    this.#socket.pause()
  }

  override sendResume (): void {
    this.#socket.resume()
  }

  override async close (options?: AbortOptions): Promise<void> {
    if (this.status === 'open') {
      // what was sent in this tick goes down first
      await Promise.resolve()
      await this.connection.close(options)
    }
  }

  protected override onConnectionClosed (): void {
    this.#socket.off('data', this.#onData)
    this.#socket.off('drain', this.#onDrain)
    this.#socket.off('end', this.#onEnd)

    // an aborted one is about to be reset
    if (this.connection.status !== 'aborted') {
      this.#socket.destroy()
    }
  }

  /** Sends what is left, says so to the remote, and waits until the socket is gone. */
  async #end (options?: AbortOptions): Promise<void> {
    const { socket } = this.#raw

    if (!socket.destroyed) {
      this.#socket.destroySoon()
      await once(socket, 'close', options)
    }
  }

  readonly #onData = (chunk: Uint8Array): void => {
    this.onData(chunk)
  }

  readonly #onDrain = (): void => {
    this.safeDispatchEvent('drain')
  }

  /** The remote sends no more, and in libp2p a connection does not stay half open: it has gone. */
  readonly #onEnd = (): void => {
    this.#socket.destroy()
  }
}
