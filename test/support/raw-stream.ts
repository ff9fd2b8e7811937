import { decodeHop, decodeStop, frame, readVarint } from './wire.js'
import { PATIENCE_MS, until, within } from './wait.js'
import type { HopMessage, StopMessage } from './wire.js'
import type { Connection, Stream } from '@libp2p/interface'

/** How a stream ended: `reset` by the remote, `aborted` here, `closed` on both sides in order, `lost` with its connection. */
export type Ending = 'reset' | 'aborted' | 'closed' | 'lost'

/** A stream seen as bytes and endings: what arrived, whether a FIN or a reset came, in the order a peer can tell. */
export class RawStream {
  readonly stream: Stream
  /** Bytes that arrived since the stream was wrapped, taken ones included. */
  received = 0
  /** Those of them that were read as frames. */
  framed = 0
  /** The remote closed its write side in order. */
  fin = false
  ending: Ending | undefined
  readonly #ended = Promise.withResolvers<Ending>()
  readonly #sink: ((chunk: Uint8Array) => void) | undefined
  #chunks: Uint8Array[] = []
  #buffered = 0
  #wake = Promise.withResolvers<void>()

  /** With a `sink`, bytes go there and are not kept. */
  constructor (stream: Stream, sink?: (chunk: Uint8Array) => void) {
    this.stream = stream
    this.#sink = sink
    stream.addEventListener('close', event => {
      this.#end(event.error == null ? (this.fin || stream.remoteWriteStatus === 'closed' ? 'closed' : 'lost') : event.local === true ? 'aborted' : 'reset')
    })
    stream.addEventListener('remoteCloseWrite', () => {
      this.fin = true
      this.#notify()
    })
    stream.addEventListener('message', event => {
      this.#take(event.data.subarray())
    })

    // what happened before anybody listened
    this.fin = stream.remoteWriteStatus === 'closed' && (stream.status === 'open' || stream.status === 'closing')

    if (stream.status === 'reset' || stream.status === 'aborted' || stream.status === 'closed') {
      this.#end(stream.status)
    }
  }

  #end (ending: Ending): void {
    this.ending ??= ending
    this.#ended.resolve(this.ending)
    this.#notify()
  }

  #take (chunk: Uint8Array): void {
    this.received += chunk.byteLength

    if (this.#sink != null) {
      this.#sink(chunk)
    } else {
      this.#chunks.push(chunk)
      this.#buffered += chunk.byteLength
    }

    this.#notify()
  }

  #notify (): void {
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }

  /** Bytes that arrived and that nobody has taken yet. */
  get pending (): Uint8Array {
    const all = new Uint8Array(this.#buffered)
    let offset = 0

    for (const chunk of this.#chunks) {
      all.set(chunk, offset)
      offset += chunk.byteLength
    }

    this.#chunks = this.#buffered > 0 ? [all] : []
    return all
  }

  #consume (count: number): Uint8Array {
    const all = this.pending
    this.#chunks = [all.subarray(count)]
    this.#buffered = all.byteLength - count
    return all.subarray(0, count)
  }

  async #until<T> (attempt: () => T | undefined, what: string, ms: number): Promise<T> {
    const deadline = performance.now() + ms

    while (true) {
      const woken = this.#wake.promise
      const result = attempt()

      if (result !== undefined) {
        return result
      }

      if ((this.ending != null || this.fin) && this.stream.readBufferLength === 0) {
        throw new StreamEndedError(`stream ended (${this.ending ?? 'fin'}) before ${what}; ${this.#buffered} bytes left`, this.ending ?? 'closed')
      }

      await within(woken, what, Math.max(1, deadline - performance.now()))
    }
  }

  /** @throws StreamEndedError when the stream ends first */
  async bytes (count: number, ms = PATIENCE_MS): Promise<Uint8Array> {
    return await this.#until(() => this.#buffered >= count ? this.#consume(count) : undefined, `${count} bytes`, ms)
  }

  /** The body of the next length-prefixed frame. @throws StreamEndedError when the stream ends first */
  async frame (ms = PATIENCE_MS): Promise<Uint8Array> {
    return await this.#until(() => {
      const prefix = readVarint(this.pending)

      if (prefix == null || this.#buffered < prefix.next + Number(prefix.value)) {
        return undefined
      }

      this.framed += prefix.next + Number(prefix.value)
      return this.#consume(prefix.next + Number(prefix.value)).subarray(prefix.next)
    }, 'a frame', ms)
  }

  async hop (ms?: number): Promise<HopMessage> {
    return decodeHop(await this.frame(ms))
  }

  async stop (ms?: number): Promise<StopMessage> {
    return decodeStop(await this.frame(ms))
  }

  /** Sends bytes as they are. False: the stream wants the caller to wait for `drain`. */
  send (bytes: Uint8Array): boolean {
    return this.stream.send(bytes)
  }

  sendFrame (body: Uint8Array): boolean {
    return this.send(frame(body))
  }

  /** Sends all of it, waiting for room. @throws StreamEndedError when the stream ends first */
  async sendAll (bytes: Uint8Array, chunkSizes: Iterable<number> = [65_536]): Promise<void> {
    let offset = 0

    while (offset < bytes.byteLength) {
      for (const size of chunkSizes) {
        if (offset >= bytes.byteLength) {
          break
        }

        await this.room()
        this.send(bytes.subarray(offset, offset + size))
        offset += size
      }
    }
  }

  /** Resolves when the stream asks for more. @throws StreamEndedError when it ends first */
  async room (ms = PATIENCE_MS): Promise<void> {
    if (!this.stream.writableNeedsDrain) {
      this.#throwIfEnded()
      return
    }

    const drained = Promise.withResolvers<void>()
    const wake = (): void => { drained.resolve() }
    this.stream.addEventListener('drain', wake)
    this.stream.addEventListener('close', wake)

    try {
      await within(drained.promise, 'room to send', ms)
    } finally {
      this.stream.removeEventListener('drain', wake)
      this.stream.removeEventListener('close', wake)
    }

    this.#throwIfEnded()
  }

  #throwIfEnded (): void {
    if (this.ending != null) {
      throw new StreamEndedError(`stream ended (${this.ending}) while sending`, this.ending)
    }
  }

  /** Closes the write side: a FIN, after what is queued. */
  async close (): Promise<void> {
    await within(this.stream.close(), 'the stream closes')
  }

  reset (): void {
    this.stream.abort(new Error('reset by the test'))
  }

  pause (): void {
    this.stream.pause()
  }

  resume (): void {
    this.stream.resume()
  }

  async finSeen (ms = PATIENCE_MS): Promise<void> {
    await until(() => this.fin || this.ending != null, () => `a FIN (status ${this.stream.status})`, ms)

    if (!this.fin) {
      throw new StreamEndedError(`stream ended (${this.ending}) without a FIN`, this.ending ?? 'lost')
    }
  }

  async ended (ms = PATIENCE_MS): Promise<Ending> {
    return await within(this.#ended.promise, `the stream ends (status ${this.stream.status}, fin ${this.fin})`, ms)
  }
}

export class StreamEndedError extends Error {
  readonly ending: Ending

  constructor (message: string, ending: Ending) {
    super(message)
    this.name = 'StreamEndedError'
    this.ending = ending
  }
}

/** A raw stream of any protocol; the counts of streams that libp2p allows by default do not hold. */
export async function openRaw (connection: Connection, protocol: string, sink?: (chunk: Uint8Array) => void): Promise<RawStream> {
  return new RawStream(await connection.newStream(protocol, {
    maxOutboundStreams: 10_000,
    runOnLimitedConnection: true,
    signal: AbortSignal.timeout(PATIENCE_MS)
  }), sink)
}
