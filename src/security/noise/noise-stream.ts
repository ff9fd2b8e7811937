import { Uint8ArrayList } from 'uint8arraylist'
import { SecureStream } from '../secure-stream.js'
import type { NoiseMetrics } from './metrics.js'
import type { RecordReader, RecordWriter } from './records.js'
import type { AbortOptions, MessageStream, StreamMessageEvent } from '@libp2p/interface'
import type { SendResult } from '@libp2p/utils'

export interface NoiseStreamInit {
  connection: MessageStream
  reader: RecordReader
  writer: RecordWriter
  /** Came with the handshake, and was not part of it. */
  unread: Uint8ArrayList
  metrics?: NoiseMetrics
}

/** Noise records over any connection. */
export class NoiseStream extends SecureStream {
  readonly #reader: RecordReader
  readonly #writer: RecordWriter
  readonly #metrics?: NoiseMetrics

  constructor (init: NoiseStreamInit) {
    super(init.connection)

    this.#reader = init.reader
    this.#writer = init.writer
    this.#metrics = init.metrics
    this.#onRecords(init.unread)
    this.connection.addEventListener('message', this.#onMessage)
    this.connection.addEventListener('drain', this.#onDrain)
  }

  override sendData (data: Uint8ArrayList): SendResult {
    const sentBytes = data.byteLength
    const canSendMore = this.connection.send(this.#writer.seal(data))

    this.#metrics?.encryptedPackets.increment()

    return { sentBytes, canSendMore }
  }

  override sendPause (): void {
    this.connection.pause()
  }

  override sendResume (): void {
    this.connection.resume()
  }

  override async close (options?: AbortOptions): Promise<void> {
    if (this.status === 'open') {
      // what was sent in this tick goes down first
      await Promise.resolve()
      await this.connection.close(options)
    }
  }

  protected override onConnectionClosed (): void {
    this.connection.removeEventListener('message', this.#onMessage)
    this.connection.removeEventListener('drain', this.#onDrain)
  }

  readonly #onMessage = (event: StreamMessageEvent): void => {
    this.#onRecords(event.data)
  }

  readonly #onDrain = (): void => {
    this.safeDispatchEvent('drain')
  }

  #onRecords (data: Uint8Array | Uint8ArrayList): void {
    const plaintext = new Uint8ArrayList()

    try {
      if (data instanceof Uint8Array) {
        this.#reader.read(data, plaintext)
      } else {
        for (const chunk of data) {
          this.#reader.read(chunk, plaintext)
        }
      }
    } catch (err) {
      this.#metrics?.decryptErrors.increment()
      this.abort(err instanceof Error ? err : new Error(String(err)))
      return
    }

    if (plaintext.byteLength > 0) {
      this.#metrics?.decryptedPackets.increment()
      this.onData(plaintext)
    }
  }
}
