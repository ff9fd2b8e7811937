import { setTimeout as delay } from 'node:timers/promises'
import type { RawStream } from './raw-stream.js'

/** Sends `total` bytes as fast as the stream takes them, and says how far it is. Byte i is i modulo 251. */
export class Flood {
  /** Bytes that the stream has taken. */
  sent = 0
  failure: Error | undefined
  readonly done: Promise<void>
  #stopped = false

  constructor (raw: RawStream, total: number, chunk = 65_536) {
    this.done = this.#run(raw, total, chunk).catch((err: unknown) => { this.failure = err instanceof Error ? err : new Error(String(err)) })
  }

  async #run (raw: RawStream, total: number, chunk: number): Promise<void> {
    while (this.sent < total && !this.#stopped) {
      await raw.room(600_000)
      const size = Math.min(chunk, total - this.sent)
      raw.send(patterned(this.sent, size))
      this.sent += size
      // the event loop belongs to the relay, too
      await new Promise<void>(resolve => { setImmediate(resolve) })
    }
  }

  stop (): void {
    this.#stopped = true
  }

  /** Resolves when nothing more has been taken for `ms`: the sender is held, or through. */
  async held (ms = 400): Promise<void> {
    let last = -1

    while (last !== this.sent) {
      last = this.sent
      await delay(ms)
    }
  }
}

export function patterned (offset: number, size: number): Uint8Array {
  const out = new Uint8Array(size)

  for (let i = 0; i < size; i++) {
    out[i] = (offset + i) % 251
  }

  return out
}

/** Checks the bytes of a flood as they come, keeping none. */
export class FloodCheck {
  received = 0
  /** Offset of the first byte that is not the one that was sent. */
  wrongAt: number | undefined

  take (chunk: Uint8Array): void {
    for (let i = 0; i < chunk.byteLength && this.wrongAt == null; i++) {
      if (chunk[i] !== (this.received + i) % 251) {
        this.wrongAt = this.received + i
      }
    }

    this.received += chunk.byteLength
  }
}
