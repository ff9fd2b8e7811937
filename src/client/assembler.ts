import { hexOf, ownBytes } from './bytes.js'
import { formatCursor, parseCursor } from './cursor.js'
import { protocolError } from './errors.js'
import type { MailboxItem } from '../mailbox/messages.js'

/** Chunks of one message, in the order of their index. */
export type WholeItem = readonly [MailboxItem, ...MailboxItem[]]

/** The same, where a number is the seq of a chunk that was not kept and has to be read again. */
export type WholeParts = ReadonlyArray<MailboxItem | number>

export type GivenUpReason = 'too_large' | 'too_many' | 'expired'

export interface GivenUp {
  readonly messageId: Uint8Array
  readonly reason: GivenUpReason
  readonly chunks: number
  readonly chunkCount: number
}

export interface AssemblerInit {
  /** Where to begin: a cursor. */
  from: string
  /** Of one message, in bytes. */
  maxMessageBytes: number
  /** What is kept of messages that are not whole, in bytes. */
  maxIncompleteBytes: number
  onGivenUp: (message: GivenUp) => void
}

interface Incomplete {
  readonly key: string
  readonly messageId: Uint8Array
  readonly firstSeq: number
  /** A number is the seq of a chunk that was not kept. */
  readonly chunks: Map<number, MailboxItem | number>
  readonly chunkCount: number
  /** Of the chunk that expires first. */
  deadlineMs: number
  /** Of all its bodies. */
  bytes: number
  /** What its kept chunks cost. */
  keptBytes: number
}

/** Ids of messages that were given up, so that what still comes of them does not begin them anew. */
const MAX_GIVEN_UP = 1024
/** What the place of a message and of a chunk costs, in bytes: 128 MiB are those of more chunks than a node lets wait in a mailbox. */
const MESSAGE_COST = 512
const CHUNK_COST = 64
/** What a kept chunk costs beside its body. */
const ITEM_COST = 512
/** How often those that have expired are looked for, in milliseconds of the node's clock. */
const EXPIRY_STEP_MS = 1000

/**
 * Joins chunks in whatever order they come. What is whole is given at its last chunk. Anybody may begin messages that never end, so what is
 * kept of them has a bound, and beyond it they must not cost others theirs: of those that began first only the places of their chunks are
 * kept, which are read again when the message is whole. It is given up when it expires, or when the places alone are too many. Chunks that
 * were given up stay in the mailbox.
 */
export class Assembler {
  readonly #init: AssemblerInit
  /** In the order in which they began. */
  readonly #incomplete = new Map<string, Incomplete>()
  /** Those of which chunks are kept. */
  readonly #kept = new Map<string, Incomplete>()
  readonly #givenUp = new Set<string>()
  /** From the cursor: up to where all that is whole was given before. */
  #given: number
  #seq: number
  /** What the incomplete ones cost. */
  #bytes = 0
  /** The latest time of the node's clock that is known. */
  #nodeMs = 0
  #nextExpiryMs = Infinity
  #lookedForExpiryMs = -Infinity

  constructor (init: AssemblerInit) {
    const { seq, after } = parseCursor(init.from)

    this.#init = init
    this.#given = seq
    this.#seq = after
  }

  /** After which item to read on. */
  get seq (): number {
    return this.#seq
  }

  /** The last item that was ever given, here or before the cursor. */
  get reached (): number {
    return Math.max(this.#seq, this.#given)
  }

  /** The node's store is another one: from its start. What came in part never becomes whole. */
  restart (): void {
    this.#seq = 0
    this.#given = 0
    this.#incomplete.clear()
    this.#kept.clear()
    this.#bytes = 0
  }

  /** From here on nothing that was given comes again, and nothing that was not is left out. */
  get cursor (): string {
    const [first] = this.#incomplete.values()

    return formatCursor({ seq: this.reached, after: Math.min(this.#seq, (first?.firstSeq ?? Infinity) - 1) })
  }

  /**
   * Takes the next item. @returns the message that is whole with it
   *
   * @throws ClientError `protocol_error` for what no node sends
   */
  add (item: MailboxItem): WholeParts | undefined {
    if (item.seq <= this.#seq || item.messageId.byteLength !== 16 || item.chunkIndex >= item.chunkCount) {
      throw protocolError('an item is out of order or malformed')
    }

    this.#seq = item.seq
    this.#nodeMs = Math.max(this.#nodeMs, item.arrivalMs)

    const whole = item.chunkCount === 1 ? [own(item)] : this.#join(keyOf(item), own(item))

    // what was whole by then was given before
    return item.seq <= this.#given ? undefined : whole
  }

  #join (key: string, item: MailboxItem): WholeParts | undefined {
    if (this.#givenUp.has(key)) {
      return undefined
    }

    const message = this.#incomplete.get(key) ?? this.#begin(key, item)

    if (!message.chunks.has(item.chunkIndex)) {
      const bytes = item.body.byteLength

      message.chunks.set(item.chunkIndex, item)
      message.bytes += bytes
      message.keptBytes += bytes + ITEM_COST
      message.deadlineMs = Math.min(message.deadlineMs, item.deadlineMs)
      this.#nextExpiryMs = Math.min(this.#nextExpiryMs, item.deadlineMs)
      this.#bytes += bytes + ITEM_COST + CHUNK_COST
      this.#kept.set(key, message)
    }

    if (message.bytes > this.#init.maxMessageBytes) {
      this.#giveUp(message, 'too_large')
      return undefined
    }

    if (message.chunks.size === message.chunkCount) {
      this.#forget(message)

      return [...message.chunks].sort(([a], [b]) => a - b).map(([, chunk]) => chunk)
    }

    this.#makeRoom()

    return undefined
  }

  #begin (key: string, { messageId, seq, chunkCount, deadlineMs }: MailboxItem): Incomplete {
    const message = { key, messageId, firstSeq: seq, chunks: new Map(), chunkCount, deadlineMs, bytes: 0, keptBytes: 0 }

    this.#incomplete.set(key, message)
    this.#bytes += MESSAGE_COST

    return message
  }

  #makeRoom (): void {
    const { maxIncompleteBytes } = this.#init

    if (this.#nodeMs >= this.#nextExpiryMs && this.#nodeMs >= this.#lookedForExpiryMs + EXPIRY_STEP_MS) {
      this.#dropExpired()
    }

    for (const message of this.#kept.values()) {
      if (this.#bytes <= maxIncompleteBytes) {
        return
      }

      this.#dropBodies(message)
    }

    for (const message of this.#incomplete.values()) {
      if (this.#bytes <= maxIncompleteBytes) {
        return
      }

      this.#giveUp(message, 'too_many')
    }
  }

  #dropExpired (): void {
    this.#lookedForExpiryMs = this.#nodeMs
    this.#nextExpiryMs = Infinity

    for (const message of this.#incomplete.values()) {
      if (message.deadlineMs <= this.#nodeMs) {
        this.#giveUp(message, 'expired')
      } else {
        this.#nextExpiryMs = Math.min(this.#nextExpiryMs, message.deadlineMs)
      }
    }
  }

  /** Keeps the places of the chunks alone. */
  #dropBodies (message: Incomplete): void {
    for (const [index, chunk] of message.chunks) {
      message.chunks.set(index, typeof chunk === 'number' ? chunk : chunk.seq)
    }

    this.#bytes -= message.keptBytes
    message.keptBytes = 0
    this.#kept.delete(message.key)
  }

  #giveUp (message: Incomplete, reason: GivenUpReason): void {
    const { key, messageId, chunks, chunkCount } = message

    this.#forget(message)
    this.#givenUp.add(key)

    for (const oldest of this.#givenUp) {
      if (this.#givenUp.size <= MAX_GIVEN_UP) {
        break
      }

      this.#givenUp.delete(oldest)
    }

    this.#init.onGivenUp({ messageId, reason, chunks: chunks.size, chunkCount })
  }

  #forget (message: Incomplete): void {
    this.#incomplete.delete(message.key)
    this.#kept.delete(message.key)
    this.#bytes -= message.keptBytes + MESSAGE_COST + message.chunks.size * CHUNK_COST
  }
}

/** With another count it is another message: whoever knows an id cannot spoil the message by it. */
function keyOf ({ messageId, chunkCount }: MailboxItem): string {
  return `${hexOf(messageId)}/${chunkCount}`
}

/** With bytes that keep nothing else alive. */
export function own (item: MailboxItem): MailboxItem {
  return { ...item, messageId: ownBytes(item.messageId), body: ownBytes(item.body) }
}
