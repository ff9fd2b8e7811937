import { VERSION } from '../version.js'
import { MailboxClock } from './clock.js'
import { Collector } from '../collector.js'
import { MailboxError, toMailboxError } from './errors.js'
import { MAX_ACK_KEYS } from './messages.js'
import { parseName } from './names.js'
import { mailboxOptions } from './options.js'
import { Owners } from './owners.js'
import { Subscription } from './subscription.js'
import { Watchers } from './watchers.js'
import type { AckRequest, Mailbox, MailboxCaller, MailboxCounts, MailboxDescription, MailboxRulesInit, MailboxStatistics, PullRequest, Pushed, PushRequest, SubscribeRequest } from './index.js'
import type { Grant } from './grants.js'
import type { MailboxName } from './names.js'
import type { MailboxOptions } from './options.js'
import type { AckResult, ExpireResult, Page, PushResult, Store, Terms } from '../storage/index.js'

const MESSAGE_ID_BYTES = 16
const MAX_KIND_BYTES = 256

/** See `Mailbox` in `index.ts`. */
export class MailboxRules implements Mailbox {
  readonly options: MailboxOptions
  readonly #store: Store
  readonly #clock: MailboxClock
  readonly #owners: Owners
  readonly #watchers = new Watchers()
  readonly #collector: Collector
  readonly counts: MailboxCounts = { storedItems: 0, storedBytes: 0, readItems: 0, readBytes: 0, ackedItems: 0, collectedItems: 0, collections: 0, failedCollections: 0 }
  #isStarted = false

  /** @throws InvalidMailboxOptionError */
  constructor (init: MailboxRulesInit) {
    this.options = mailboxOptions(init)
    this.#store = init.store
    this.#clock = new MailboxClock({ floorMs: () => init.store.clockFloorMs, wall: init.now, monotonic: init.monotonic })
    this.#owners = new Owners({ ownerProof: this.options.ownerProof, identities: init.identities, clock: this.#clock })
    this.#collector = new Collector({
      intervalMs: this.options.gcIntervalSeconds * 1000,
      expire: this.#expire,
      // whoever has no credit and waits for the end of what is stored
      onCollected: () => { this.#watchers.tellAll('removed') },
      onError: init.onError ?? (() => {}),
      onRun: failed => {
        this.counts.collections++
        this.counts.failedCollections += failed ? 1 : 0
      }
    })
  }

  start (): void {
    if (!this.#isStarted) {
      this.#isStarted = true
      this.#store.addEventListener('health', this.#onHealth)
      this.#collector.start()
    }
  }

  async stop (): Promise<void> {
    if (this.#isStarted) {
      this.#isStarted = false
      this.#store.removeEventListener('health', this.#onHealth)
      await this.#collector.stop()
    }
  }

  get collected (): number {
    return this.counts.collectedItems
  }

  get now (): number {
    return this.#clock.now()
  }

  /** Not `async`: what is checked and handed to the store here is in the order of the calls, with one promise less a push. */
  push (request: PushRequest): Promise<Pushed> {
    const { ttlSeconds, dedupeSeconds, maxQueueItems, maxQueueBytes } = this.options
    let name: MailboxName

    try {
      name = parseName(request.mailbox)
      this.#checkPush(request)
    } catch (err) {
      return Promise.reject(err)
    }

    const ttl = request.ttlSeconds == null || request.ttlSeconds === 0 ? ttlSeconds : Math.min(request.ttlSeconds, ttlSeconds)

    const options = {
      now: this.#clock.now(),
      dedupeMs: dedupeSeconds * 1000,
      counterMs: (ttlSeconds + dedupeSeconds) * 1000,
      ttlMs: ttl * 1000,
      maxItems: maxQueueItems,
      maxBytes: maxQueueBytes
    }

    const bytes = request.body.byteLength

    return this.#store.mailbox.push(name.canonical, request, options)
      .then(result => this.#pushed(name, bytes, result), rethrow)
  }

  async pull (request: PullRequest, caller: MailboxCaller): Promise<Page> {
    const { maxPullItems, maxPullBytes } = this.options
    const name = parseName(request.mailbox)

    checkWhole('cursor', request.cursor)
    await this.#owners.authorize(name, 'pull', caller)

    return this.#pull(name, request.cursor, within(request.maxItems, maxPullItems), within(request.maxBytes, maxPullBytes))
  }

  async ack ({ mailbox, keys, upToSeq }: AckRequest, caller: MailboxCaller): Promise<AckResult> {
    const name = parseName(mailbox)

    if (keys != null && keys.length > 0 && upToSeq != null && upToSeq > 0) {
      throw new MailboxError('invalid_input', 'an ack has either keys or a seq')
    }

    checkKeys(keys ?? [])
    checkWhole('seq', upToSeq ?? 0)
    await this.#owners.authorize(name, 'ack', caller)

    try {
      if ((keys == null || keys.length === 0) && (upToSeq == null || upToSeq === 0)) {
        return { deleted: 0, missing: 0, remaining: (await this.#store.mailbox.stat(name.canonical)).queueLen }
      }

      const selection = upToSeq != null && upToSeq > 0 ? { upToSeq } : { keys: keys ?? [] }
      const acked = await this.#store.mailbox.ack(name.canonical, selection, this.#terms())

      this.counts.ackedItems += acked.deleted

      if (acked.deleted > 0) {
        this.#watchers.tell(name.canonical, 'removed')
      }

      return acked
    } catch (err) {
      throw toMailboxError(err)
    }
  }

  async stat (mailbox: string, caller: MailboxCaller): Promise<MailboxStatistics> {
    const name = parseName(mailbox)

    await this.#owners.authorize(name, 'stat', caller)

    try {
      const stats = await this.#store.mailbox.stat(name.canonical)

      return { ...stats, maxQueueLen: this.options.maxQueueItems, maxQueueBytes: this.options.maxQueueBytes }
    } catch (err) {
      throw toMailboxError(err)
    }
  }

  async subscribe (request: SubscribeRequest, caller: MailboxCaller): Promise<Subscription> {
    const name = parseName(request.mailbox)

    checkWhole('cursor', request.cursor)
    await this.#owners.authorize(name, 'subscribe', caller)

    return new Subscription({
      cursor: request.cursor,
      onReady: request.onReady,
      watch: onChange => this.#watchers.add(name.canonical, onChange),
      pull: async (cursor, maxItems, maxBytes) => {
        await this.#owners.authorize(name, 'subscribe', caller)

        return this.#pull(name, cursor, maxItems, maxBytes)
      }
    })
  }

  async isAuthorized (mailbox: string, verb: 'pull' | 'subscribe', caller: MailboxCaller): Promise<boolean> {
    try {
      await this.#owners.authorize(parseName(mailbox), verb, caller)
      return true
    } catch (err) {
      if (err instanceof MailboxError && err.code === 'not_owner') {
        return false
      }

      throw err
    }
  }

  watch (mailbox: string, onStored: () => void): () => void {
    return this.#watchers.add(parseName(mailbox).canonical, change => {
      if (change === 'stored') {
        onStored()
      }
    })
  }

  async acceptGrant (envelope: Uint8Array, peerId: MailboxCaller['peerId']): Promise<Grant> {
    return this.#owners.accept(envelope, peerId)
  }

  describe (): MailboxDescription {
    const { maxMessageBytes, maxPullItems, maxPullBytes, ttlSeconds, dedupeSeconds, ownerProof } = this.options

    return { maxMessageBytes, maxPullItems, maxPullBytes, messageTtlSeconds: ttlSeconds, dedupeSeconds, ownerProof, agent: `enigma-node/${VERSION}` }
  }

  async #pull (name: MailboxName, cursor: number, maxItems: number, maxBytes: number): Promise<Page> {
    try {
      const page = await this.#store.mailbox.pull(name.canonical, { cursor, maxItems, maxBytes, now: this.#clock.wallMs })

      this.counts.readItems += page.items.length
      this.counts.readBytes += page.items.reduce((sum, { body }) => sum + body.byteLength, 0)

      return page
    } catch (err) {
      throw toMailboxError(err)
    }
  }

  #pushed (name: MailboxName, bytes: number, { outcome, differs, seq, deadlineMs, queueLen, queueBytes }: PushResult): Pushed {
    if (outcome === 'quota_exceeded') {
      throw new MailboxError('quota_exceeded', 'the mailbox is full')
    }

    if (outcome === 'stored') {
      this.counts.storedItems++
      this.counts.storedBytes += bytes
      this.#watchers.tell(name.canonical, 'stored')
    }

    return { stored: outcome === 'stored', duplicate: outcome === 'duplicate', differs, seq, deadlineMs, queueLen, queueBytes }
  }

  #checkPush ({ messageId, chunkIndex, chunkCount, kind, body, ttlSeconds }: PushRequest): void {
    const { maxMessageBytes } = this.options

    checkMessageId(messageId)

    if (!(Number.isInteger(chunkCount) && chunkCount >= 1 && chunkCount <= 0xffff_ffff)) {
      throw new MailboxError('invalid_input', 'chunk_count is 1 or more')
    }

    checkChunkIndex(chunkIndex)

    if (chunkIndex >= chunkCount) {
      throw new MailboxError('invalid_input', 'chunk_index is less than chunk_count')
    }

    if (kind.length === 0 || kind.length > MAX_KIND_BYTES || !kind.isWellFormed() || Buffer.byteLength(kind) > MAX_KIND_BYTES) {
      throw new MailboxError('invalid_input', `kind is 1 to ${MAX_KIND_BYTES} bytes of UTF-8`)
    }

    checkWhole('ttl_seconds', ttlSeconds ?? 0)

    if (body.byteLength > maxMessageBytes) {
      throw new MailboxError('message_too_large', `a body is ${maxMessageBytes} bytes at most`, { details: { max_message_bytes: String(maxMessageBytes) } })
    }
  }

  #terms (): Terms {
    const { dedupeSeconds, ttlSeconds } = this.options

    return { now: this.#clock.wallMs, dedupeMs: dedupeSeconds * 1000, counterMs: (ttlSeconds + dedupeSeconds) * 1000 }
  }

  readonly #expire = async (): Promise<ExpireResult> => {
    const expired = await this.#store.mailbox.expire({ ...this.#terms(), setBack: this.#clock.isSetBack() })

    this.counts.collectedItems += expired.removed

    return expired
  }

  /** After a reopening, pushes whose answer was an error may be stored. */
  readonly #onHealth = (): void => {
    const { state } = this.#store.health()

    if (state === 'ready' || state === 'full') {
      this.#watchers.tellAll('stored')
    }
  }
}

function rethrow (err: unknown): never {
  throw toMailboxError(err)
}

/** 0, or more than the node's own: the node's own. */
function within (wanted: number | undefined, own: number): number {
  return wanted == null || wanted === 0 ? own : Math.min(wanted, own)
}

function checkKeys (keys: NonNullable<AckRequest['keys']>): void {
  if (keys.length > MAX_ACK_KEYS) {
    throw new MailboxError('invalid_input', `an ack has ${MAX_ACK_KEYS} keys at most`)
  }

  for (const { messageId, chunkIndex } of keys) {
    checkMessageId(messageId)
    checkChunkIndex(chunkIndex)
  }
}

function checkMessageId (messageId: Uint8Array): void {
  if (messageId.byteLength !== MESSAGE_ID_BYTES) {
    throw new MailboxError('invalid_input', `message_id is ${MESSAGE_ID_BYTES} bytes`)
  }
}

function checkChunkIndex (chunkIndex: number): void {
  if (!(Number.isInteger(chunkIndex) && chunkIndex >= 0 && chunkIndex <= 0xffff_ffff)) {
    throw new MailboxError('invalid_input', 'chunk_index is an unsigned number of 32 bits')
  }
}

function checkWhole (what: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new MailboxError('invalid_input', `${what} is a whole number, 0 or more`)
  }
}
