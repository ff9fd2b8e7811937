import { hexOf, ownBytes } from './bytes.js'
import { formatCursor, parseCursor } from './cursor.js'
import { protocolError } from './errors.js'
import type { MailboxItem } from '../mailbox/messages.js'

/** Chunks of one message, in the order of their index. */
export type WholeItem = readonly [MailboxItem, ...MailboxItem[]]

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
  /** Messages of which some chunks have come, and their bytes together. */
  maxIncomplete: number
  maxIncompleteBytes: number
  onGivenUp: (message: GivenUp) => void
}

interface Incomplete {
  readonly key: string
  readonly firstSeq: number
  readonly chunks: Map<number, MailboxItem>
  readonly chunkCount: number
  readonly deadlineMs: number
  bytes: number
}

/** Ids of messages that were given up, so that what still comes of them does not begin them anew. */
const MAX_GIVEN_UP = 1024

/**
 * Joins chunks in whatever order they come. What is whole is given at its last chunk. Incomplete messages are held within bounds: the one
 * that began first is given up when there is no room, and each one when it expires. Chunks that were given up stay in the mailbox.
 */
export class Assembler {
  readonly #init: AssemblerInit
  /** In the order in which they began. */
  readonly #incomplete = new Map<string, Incomplete>()
  readonly #givenUp = new Set<string>()
  /** From the cursor: up to where all that is whole was given before, and the first chunks of what was not. */
  #given: number
  readonly #firsts: Set<number>
  #seq: number
  #bytes = 0
  /** The latest time of the node's clock that is known. */
  #nodeMs = 0

  constructor (init: AssemblerInit) {
    const { seq, firsts } = parseCursor(init.from)

    this.#init = init
    this.#given = seq
    this.#firsts = new Set(firsts)
    this.#seq = Math.min(seq, ...firsts.map(first => first - 1))
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
    this.#firsts.clear()
    this.#incomplete.clear()
    this.#bytes = 0
  }

  /** From here on nothing that was given comes again, and nothing that was not is left out. */
  get cursor (): string {
    const notBegun = [...this.#firsts].filter(first => first > this.#seq)

    return formatCursor({ seq: this.reached, firsts: [...[...this.#incomplete.values()].map(({ firstSeq }) => firstSeq), ...notBegun] })
  }

  /**
   * Takes the next item. @returns the message that is whole with it
   *
   * @throws MailboxClientError `protocol_error` for what no node sends
   */
  add (item: MailboxItem): WholeItem | undefined {
    if (item.seq <= this.#seq || item.messageId.byteLength !== 16 || item.chunkIndex >= item.chunkCount) {
      throw protocolError('an item is out of order or malformed')
    }

    this.#seq = item.seq
    this.#nodeMs = Math.max(this.#nodeMs, item.arrivalMs)

    const key = keyOf(item)

    if (item.seq <= this.#given && !this.#firsts.has(item.seq) && !this.#incomplete.has(key)) {
      return undefined
    }

    return item.chunkCount === 1 ? [own(item)] : this.#join(key, own(item))
  }

  #join (key: string, item: MailboxItem): WholeItem | undefined {
    if (this.#givenUp.has(key)) {
      return undefined
    }

    let message = this.#incomplete.get(key)

    if (message == null) {
      message = { key, firstSeq: item.seq, chunks: new Map(), chunkCount: item.chunkCount, deadlineMs: item.deadlineMs, bytes: 0 }
      this.#incomplete.set(key, message)
    }

    if (!message.chunks.has(item.chunkIndex)) {
      message.chunks.set(item.chunkIndex, item)
      message.bytes += item.body.byteLength
      this.#bytes += item.body.byteLength
    }

    if (message.bytes > this.#init.maxMessageBytes) {
      this.#giveUp(message, 'too_large')
      return undefined
    }

    if (message.chunks.size === message.chunkCount) {
      this.#forget(message)

      // as many as there are indices below chunkCount
      return [...message.chunks.values()].sort((a, b) => a.chunkIndex - b.chunkIndex) as unknown as WholeItem
    }

    this.#makeRoom()

    return undefined
  }

  #makeRoom (): void {
    const { maxIncomplete, maxIncompleteBytes } = this.#init

    for (const message of this.#incomplete.values()) {
      if (message.deadlineMs <= this.#nodeMs) {
        this.#giveUp(message, 'expired')
      }
    }

    for (const message of this.#incomplete.values()) {
      if (this.#incomplete.size <= maxIncomplete && this.#bytes <= maxIncompleteBytes) {
        return
      }

      this.#giveUp(message, 'too_many')
    }
  }

  #giveUp (message: Incomplete, reason: GivenUpReason): void {
    const [first] = message.chunks.values()

    this.#forget(message)
    this.#givenUp.add(message.key)

    for (const oldest of this.#givenUp) {
      if (this.#givenUp.size <= MAX_GIVEN_UP) {
        break
      }

      this.#givenUp.delete(oldest)
    }

    if (first != null) {
      this.#init.onGivenUp({ messageId: first.messageId, reason, chunks: message.chunks.size, chunkCount: message.chunkCount })
    }
  }

  #forget (message: Incomplete): void {
    this.#incomplete.delete(message.key)
    this.#bytes -= message.bytes
  }
}

/** With another count it is another message: whoever knows an id cannot spoil the message by it. */
function keyOf ({ messageId, chunkCount }: MailboxItem): string {
  return `${hexOf(messageId)}/${chunkCount}`
}

function own (item: MailboxItem): MailboxItem {
  return { ...item, messageId: ownBytes(item.messageId), body: ownBytes(item.body) }
}
