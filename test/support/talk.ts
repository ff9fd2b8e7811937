import type { RawStream } from './raw-stream.js'

/** One stream of a protocol of framed requests, seen as requests and responses. */
export abstract class Talk<Call, Answer> {
  readonly raw: RawStream
  #nextId = 1n
  #kept: Answer[] = []

  constructor (raw: RawStream) {
    this.raw = raw
  }

  /** Sends a request under the next id, or under the one that is given. */
  send (call: Call, id: bigint = this.#nextId++): bigint {
    this.write(call, id)
    return id
  }

  async next (ms?: number): Promise<Answer> {
    return this.#kept.shift() ?? this.read(await this.raw.frame(ms))
  }

  /** The next response under an id; others are kept for later. */
  async of (id: bigint, ms?: number): Promise<Answer> {
    const at = this.#kept.findIndex(response => this.idOf(response) === id)

    if (at !== -1) {
      return this.#kept.splice(at, 1)[0] as Answer
    }

    while (true) {
      const response = this.read(await this.raw.frame(ms))

      if (this.idOf(response) === id) {
        return response
      }

      this.#kept.push(response)
    }
  }

  async ask (call: Call): Promise<Answer> {
    return await this.of(this.send(call))
  }

  protected abstract write (call: Call, id: bigint): void
  protected abstract read (frame: Uint8Array): Answer
  protected abstract idOf (response: Answer): bigint
}
