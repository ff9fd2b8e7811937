import { ConnectionClosedError, MuxerClosedError } from '@libp2p/interface'
import { AbstractStreamMuxer } from '@libp2p/utils'
import { QuicStream } from './stream.js'
import { withSignal } from './with-signal.js'
import type { QuicConnection } from './connection.js'
import type { NativeStream } from './native.js'
import type { StreamHolder } from './stream.js'
import type { AbortOptions, CreateStreamOptions, EventHandler, MessageStreamDirection, StreamMuxer, StreamMuxerEvents, StreamMuxerFactory } from '@libp2p/interface'

/** `connection.multiplexer` of this transport's connections. The stock transport says `quic`. */
export const QUIC_MUXER = 'quic-paced'

/** Milliseconds after which a reset is noticed on a stream that nobody reads. */
const PROBE_INTERVAL = 250

/** Streams of one QUIC connection. */
export class QuicMuxer extends AbstractStreamMuxer<QuicStream> {
  readonly #connection: QuicConnection
  readonly #held: HeldStreams
  /** Streams that were asked for by callers who gave up. */
  readonly #unclaimed = new Set<Promise<NativeStream>>()
  #accepting = false

  constructor (connection: QuicConnection) {
    super(connection, { protocol: QUIC_MUXER, name: 'quic' })

    this.#connection = connection
    this.#held = new HeldStreams()
  }

  override addEventListener<K extends keyof StreamMuxerEvents<QuicStream>> (type: K, listener: EventHandler<StreamMuxerEvents<QuicStream>[K]> | null, options?: boolean | AddEventListenerOptions): void
  override addEventListener (type: string, listener: EventHandler<Event>, options?: boolean | AddEventListenerOptions): void
  override addEventListener (type: string, listener: EventHandler<Event>, options?: boolean | AddEventListenerOptions): void {
    super.addEventListener(type, listener, options)

    // Until somebody takes them streams wait in the native half, as many as the peer may open.
    if (type === 'stream' && !this.#accepting) {
      this.#accepting = true
      this.#accept().catch(err => { this.abort(err) })
    }
  }

  async onCreateStream (options: CreateStreamOptions): Promise<QuicStream> {
    const native = await this.#open(options.signal)

    if (this.status !== 'open') {
      release(native)
      throw new MuxerClosedError()
    }

    return this.#wrap(native, 'outbound', options)
  }

  onData (): void {
    throw new MuxerClosedError('Bytes travel on the streams of a QUIC connection')
  }

  /** Closes the streams' writing halves within the signal's time. What then is open ends with the connection. */
  override async close (options?: AbortOptions): Promise<void> {
    if (this.status !== 'open') {
      return
    }

    this.status = 'closing'
    await Promise.all([...this.streams].map(async stream => {
      try {
        await stream.close(options)
      } catch (err) {
        stream.abort(err instanceof Error ? err : new MuxerClosedError())
      }
    }))
    this.status = 'closed'
  }

  override onTransportClosed (err?: Error): void {
    this.status = 'closed'

    for (const stream of [...this.streams]) {
      stream.onConnectionLost(err ?? new ConnectionClosedError('The connection was closed'))
    }
  }

  /**
   * Waits while the peer allows no more streams. Asking cannot be taken back, so what somebody no longer waits for goes to
   * the next who asks: there are never more questions than there were callers at once.
   */
  async #open (signal?: AbortSignal): Promise<NativeStream> {
    const [left] = this.#unclaimed
    const opening = left ?? this.#connection.native.outboundStream()
    this.#unclaimed.delete(opening)

    try {
      return await withSignal(opening, signal)
    } catch (err) {
      if (signal?.aborted === true) {
        this.#unclaimed.add(opening)
        opening.then(native => {
          if (this.#unclaimed.delete(opening)) {
            release(native)
          }
        }, () => { this.#unclaimed.delete(opening) })
      }

      throw err
    }
  }

  async #accept (): Promise<void> {
    try {
      while (this.status === 'open') {
        await this.#connection.whenResumed()

        const native = await this.#connection.native.inboundStream()

        if (this.status !== 'open') {
          release(native)
          return
        }

        this.onRemoteStream(this.#wrap(native, 'inbound'))
      }
    } catch (err) {
      // the connection is over; it tells the reason itself
      this.log.trace('no more streams - %e', err)
    }
  }

  #wrap (native: NativeStream, direction: MessageStreamDirection, options?: CreateStreamOptions): QuicStream {
    // RFC 9000, 2.1: the two low bits are the direction of the bytes (0: both) and who opened it (0: the dialler)
    const openedByDialler = direction === this.#connection.direction
    const id = `${Number(native.id()) * 4 + (openedByDialler ? 0 : 1)}`

    return new QuicStream({
      ...this.streamOptions,
      ...options,
      id,
      direction,
      native,
      held: this.#held,
      protocol: '',
      log: this.log.newScope(`${direction}:${id}`)
    })
  }
}

/** Probes streams that do not read, as long as there are any. */
class HeldStreams implements StreamHolder {
  readonly #streams = new Set<QuicStream>()
  #timer?: NodeJS.Timeout

  add (stream: QuicStream): void {
    this.#streams.add(stream)
    this.#timer ??= setInterval(() => { this.#probe() }, PROBE_INTERVAL).unref()
  }

  delete (stream: QuicStream): void {
    this.#streams.delete(stream)
  }

  #probe (): void {
    if (this.#streams.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
      return
    }

    for (const stream of [...this.#streams]) {
      stream.probe()
    }
  }
}

/** A stream that nobody wants any more. */
function release (native: NativeStream): void {
  Promise.all([native.resetWrite(), native.stopRead()]).catch(() => {})
}

export function quicMuxer (connection: QuicConnection): StreamMuxerFactory {
  return {
    protocol: QUIC_MUXER,
    createStreamMuxer: (): StreamMuxer => new QuicMuxer(connection)
  }
}
