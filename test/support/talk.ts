import type { RawStream } from './raw-stream.js'

/** One stream of a protocol of framed requests, seen as requests and responses. */
export abstract class Talk<Call, Answer> {
  readonly raw: RawStream
  #nextId = 1n
  #kept: Answer[] = []
  #reading?: Promise<void>

  constructor (raw: RawStream) {
    this.raw = raw
  }

  /** Sends a request under the next id, or under the one that is given. */
  send (call: Call, id: bigint = this.#nextId++): bigint {
    this.write(call, id)
    return id
  }

  async next (ms?: number): Promise<Answer> {
    while (this.#kept.length === 0) {
      await this.#readOne(ms)
    }

    return this.#kept.shift() as Answer
  }

  /** The next response under an id; others are kept for whoever waits for them, or for later. */
  async of (id: bigint, ms?: number): Promise<Answer> {
    while (true) {
      const at = this.#kept.findIndex(response => this.idOf(response) === id)

      if (at !== -1) {
        return this.#kept.splice(at, 1)[0] as Answer
      }

      await this.#readOne(ms)
    }
  }

  async ask (call: Call): Promise<Answer> {
    return await this.of(this.send(call))
  }

  /** One for all who wait, who look at what has come then. */
  async #readOne (ms?: number): Promise<void> {
    this.#reading ??= this.raw.frame(ms)
      .then(frame => { this.#kept.push(this.read(frame)) })
      .finally(() => { this.#reading = undefined })

    await this.#reading
  }

  protected abstract write (call: Call, id: bigint): void
  protected abstract read (frame: Uint8Array): Answer
  protected abstract idOf (response: Answer): bigint
}
