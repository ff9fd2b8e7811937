import assert from 'node:assert/strict'
import { idOf } from '../../mailbox/rig.js'
import type { Fields } from '../../support/mailbox-wire.js'

export const MAILBOXES = Array.from({ length: 8 }, (_, index) => `m${index}`)

/** One message, from its first push on. */
export interface Sent {
  readonly mailbox: string
  readonly n: number
  readonly size: number
  /** 0: it outlives the test. */
  readonly ttlSeconds: number
  /** Unix milliseconds: its deadline is not before this and `ttlSeconds`. */
  readonly sentMs: number
  attempts: number
  answered: boolean
  /** 0: nobody has said it yet. */
  seq: number
  /** An ack was sent. */
  acking: boolean
  /** And answered. */
  acked: boolean
  /** What was found in the store after the last kill; undefined: not looked at since it was sent. */
  present: boolean | undefined
}

/** What the clients of a node know: what they sent, and what they were answered. Throws where an answer cannot be right. */
export class Ledger {
  /** Until its ack is answered, or until it is over and gone. */
  readonly #living = new Map<string, Sent>()
  #next = 0
  pushed = 0
  acked = 0
  expired = 0
  retriesStored = 0
  retriesDuplicate = 0
  readonly #failures: unknown[] = []
  #woken = Promise.withResolvers<void>()

  get size (): number {
    return this.#living.size
  }

  /** What a client found out and could not throw to whoever looks. */
  failed (err: unknown): void {
    this.#failures.push(err)
  }

  throwFailures (): void {
    if (this.#failures.length > 0) {
      throw this.#failures[0]
    }
  }

  create (): Sent {
    const n = this.#next++
    const sent: Sent = {
      mailbox: MAILBOXES[n % MAILBOXES.length] ?? '',
      n,
      size: n % 97 === 0 ? 300_000 + n % 1_700_000 : n % 13 === 0 ? 20_000 : 100,
      ttlSeconds: n % 5 === 0 ? 1 + n % 3 : 0,
      sentMs: Date.now(),
      attempts: 0,
      answered: false,
      seq: 0,
      acking: false,
      acked: false,
      present: undefined
    }

    this.#living.set(textOf(sent.mailbox, n), sent)

    return sent
  }

  /** A push was answered. */
  onPushed (sent: Sent, { stored, duplicate, differs, ...pushed }: Fields): void {
    const seq = Number(pushed.seq ?? 0n)
    const what = `push ${sent.n} of ${sent.mailbox}, attempt ${sent.attempts} after ${Date.now() - sent.sentMs} ms`

    assert.ok(differs == null, `${what}: its own retry is another message`)

    if (stored != null) {
      assert.notEqual(sent.present, true, `${what}: stored though it was there after the kill`)
      this.retriesStored += sent.attempts > 1 ? 1 : 0
    } else {
      assert.ok(duplicate != null && sent.attempts > 1, `${what}: a duplicate of nothing`)
      // after ack or deadline a duplicate has no seq any more
      assert.ok(seq > 0 || sent.acking || isOver(sent), `${what}: a duplicate that is not queued`)
      assert.ok(seq === 0 || sent.present !== false, `${what}: it was lost and came back`)
      this.retriesDuplicate++
    }

    this.#saw(sent, seq, what)
    sent.answered = true
    this.pushed++
    this.#woken.resolve()
  }

  /** Resolves when a push is answered. */
  async nextPushed (): Promise<void> {
    this.#woken = Promise.withResolvers()
    await this.#woken.promise
  }

  /** An item of a page. */
  onItem (mailbox: string, item: Fields): Sent {
    const n = numberOf(item.messageId as Uint8Array)
    const sent = this.found(mailbox, n, Number(item.seq))
    const body = item.body as Uint8Array

    assert.ok(body.byteLength === sent.size && body.every(byte => byte === (n & 0xff)), `the body of ${n} is another`)

    return sent
  }

  /** Something is in a mailbox: it must be known, and not be acked. */
  found (mailbox: string, n: number, seq: number): Sent {
    const sent = this.#living.get(textOf(mailbox, n))

    assert.ok(sent != null && !sent.acked, `${n} is in ${mailbox}, and was acked, or over and gone, or never sent`)
    this.#saw(sent, seq, `${n} in ${mailbox}`)

    return sent
  }

  /** An ack of these was answered. */
  onAcked (acked: readonly Sent[]): void {
    for (const sent of acked) {
      sent.acked = true
      this.acked++
      this.#living.delete(textOf(sent.mailbox, sent.n))
    }
  }

  /** All that is known to lie up to a seq. */
  upTo (mailbox: string, seq: number): Sent[] {
    return [...this.#living.values()].filter(sent => sent.mailbox === mailbox && sent.seq > 0 && sent.seq <= seq)
  }

  /** After a kill, with the texts of what is in the store. What may be gone and is gone is forgotten. */
  compare (present: ReadonlySet<string>): void {
    for (const [text, sent] of this.#living) {
      sent.present = present.has(text)

      if (!sent.present) {
        const mayBeGone = sent.acking || isOver(sent)

        assert.ok(!sent.answered || mayBeGone, `${sent.n} of ${sent.mailbox} was answered and is not there`)
        assert.ok(sent.seq === 0 || mayBeGone, `${sent.n} of ${sent.mailbox} was pulled and is not there`)

        if (sent.answered) {
          this.expired += sent.acking ? 0 : 1
          this.#living.delete(text)
        }
      }
    }
  }

  #saw (sent: Sent, seq: number, what: string): void {
    assert.ok(sent.seq === 0 || seq === 0 || sent.seq === seq, `${what}: seq ${seq}, before ${sent.seq}`)
    sent.seq ||= seq
  }
}

export function textOf (mailbox: string, n: number): string {
  return `${mailbox} ${n}`
}

export function numberOf (messageId: Uint8Array): number {
  return new DataView(messageId.buffer, messageId.byteOffset).getUint32(12)
}

export function requestOf ({ mailbox, n, size, ttlSeconds }: Sent): Fields {
  return { mailbox, messageId: idOf(n), chunkCount: 1, kind: 'opaque', totalLen: size, sentMs: n, ttlSeconds, body: new Uint8Array(size).fill(n & 0xff) }
}

function isOver ({ ttlSeconds, sentMs }: Sent): boolean {
  return ttlSeconds > 0 && Date.now() >= sentMs + ttlSeconds * 1000
}
