import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { FrameBuffer, MAX_SEND_BYTES, framePrefix } from '../../src/framing.js'
import { REGISTRY_PROTOCOL, encodeRequest } from '../../src/registry/wire/requests.js'
import { decodeResponse } from '../../src/registry/wire/responses.js'
import { tls } from '../../src/security/index.js'
import type { RegistryRequest } from '../../src/registry/wire/requests.js'
import type { RegistryResponse } from '../../src/registry/wire/responses.js'
import type { Stream } from '@libp2p/interface'

const MIB = 1024 * 1024
/** Of all requests, so that an id has four bytes: 2^21 and more. */
const FIRST_ID = 1 << 21
const LAST_ID = (1 << 28) - 1
/** Field number of a failure in Response, with its wire type. */
const FAILURE = 0x12

/** A request whose id changes each time it is sent. */
export class Template {
  readonly frame: Buffer
  readonly #idAt: number

  constructor (call: Omit<RegistryRequest, 'id'>) {
    this.frame = Buffer.from(encodeRequest({ ...call, id: BigInt(FIRST_ID) }))

    // its length, then the tag of the id
    let prefix = 1

    while (framePrefix(this.frame.byteLength - prefix).byteLength !== prefix) {
      prefix++
    }

    this.#idAt = prefix + 1
  }

  withId (id: number): Buffer {
    const frame = Buffer.from(this.frame)

    for (let i = 0; i < 4; i++) {
      frame[this.#idAt + i] = (id >>> (7 * i)) & 0x7f | (i < 3 ? 0x80 : 0)
    }

    return frame
  }
}

/** One stream of /registry/1 whose answers are read no further than needed. What one tick asks for goes in one write. */
export class StreamDoor {
  readonly #stream: Stream
  readonly #frames = new FrameBuffer(16 * MIB)
  readonly #waiting = new Map<number, (frame: Uint8Array) => void>()
  readonly #fail: (err: Error) => void
  #lastId = FIRST_ID
  #unsent: Buffer[] = []
  #isScheduled = false
  /** Rejects with what the node complained about. */
  readonly failure: Promise<never>

  static async open (addr: string): Promise<StreamDoor> {
    const node = await createLibp2p({
      transports: [tcp()],
      connectionEncrypters: [tls()],
      streamMuxers: [yamux({ streamOptions: { maxStreamWindowSize: 16 * MIB, maxReadBufferLength: 32 * MIB } })],
      connectionGater: { denyDialMultiaddr: () => false },
      connectionMonitor: { enabled: false }
    })
    const connection = await node.dial(multiaddr(addr))

    return new StreamDoor(await connection.newStream(REGISTRY_PROTOCOL))
  }

  private constructor (stream: Stream) {
    const { promise, reject } = Promise.withResolvers<never>()

    this.#stream = stream
    this.#fail = reject
    this.failure = promise
    promise.catch(() => {})
    stream.addEventListener('message', ({ data }) => {
      this.#frames.append(data)
      this.#read()
    })
    stream.addEventListener('close', ({ error }) => { reject(error ?? new Error('the stream was closed')) })
    stream.addEventListener('drain', () => { this.#send() })
  }

  send (template: Template, onAnswer: (frame: Uint8Array) => void): void {
    const id = this.#lastId = this.#lastId === LAST_ID ? FIRST_ID : this.#lastId + 1

    this.#waiting.set(id, onAnswer)
    this.#unsent.push(template.withId(id))

    if (!this.#isScheduled) {
      this.#isScheduled = true
      queueMicrotask(() => {
        this.#isScheduled = false
        this.#send()
      })
    }
  }

  async ask (call: Omit<RegistryRequest, 'id'>): Promise<RegistryResponse> {
    return await Promise.race([this.failure, new Promise<RegistryResponse>(resolve => { this.send(new Template(call), frame => { resolve(decodeResponse(frame)) }) })])
  }

  #send (): void {
    if (this.#unsent.length === 0 || this.#stream.writableNeedsDrain) {
      return
    }

    const all = Buffer.concat(this.#unsent)

    this.#unsent = []

    for (let at = 0; at < all.byteLength; at += MAX_SEND_BYTES) {
      this.#stream.send(all.subarray(at, at + MAX_SEND_BYTES))
    }
  }

  #read (): void {
    for (let frame = this.#frames.next(); frame != null; frame = this.#frames.next()) {
      const { id, at } = readId(frame)
      const onAnswer = this.#waiting.get(id)

      if (frame[at] === FAILURE || onAnswer == null) {
        this.#fail(new Error(`the node answered ${JSON.stringify(decodeResponse(frame).failure)}`))
        return
      }

      this.#waiting.delete(id)
      onAnswer(frame)
    }
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
