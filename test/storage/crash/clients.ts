import assert from 'node:assert/strict'
import { multiaddr } from '@multiformats/multiaddr'
import { Talk, codeOf, idOf } from '../../mailbox/rig.js'
import { createClientNode } from '../../support/nodes.js'
import { MAILBOX } from '../../support/mailbox-wire.js'
import { openRaw } from '../../support/raw-stream.js'
import { REGISTRY_PROTOCOL } from '../../../src/registry/index.js'
import { Talk as RegistryTalk } from '../../registry/service-rig.js'
import { MAILBOXES, requestOf } from './ledger.js'
import { REGISTRY_WRITERS } from './registry-book.js'
import { registryWriter } from './registry-calls.js'
import { goneWith, untilGone } from './unanswered.js'
import type { Fields } from '../../support/mailbox-wire.js'
import type { ClientNode } from '../../support/nodes.js'
import type { Ledger, Sent } from './ledger.js'
import type { RegistryBook } from './registry-book.js'
import type { Connection, PeerId } from '@libp2p/interface'

const WRITERS = 32
const NODES = 4

/** 32 writers and a reader a mailbox, and 8 writers to the registry, on connections of four peers. */
export class Clients {
  readonly #ledger: Ledger
  readonly #book: RegistryBook
  readonly #nodes: ClientNode[]
  /** The push of each writer that has no answer yet. */
  readonly #pending: Array<Sent | undefined> = []

  static async create (ledger: Ledger, book: RegistryBook): Promise<Clients> {
    return new Clients(ledger, book, await Promise.all(Array.from({ length: NODES }, async () => await createClientNode())))
  }

  private constructor (ledger: Ledger, book: RegistryBook, nodes: ClientNode[]) {
    this.#ledger = ledger
    this.#book = book
    this.#nodes = nodes
  }

  /** Connects, and resolves at the first answers to a push and to the registry, to what ends when the node does. */
  async start (addr: string): Promise<{ ended: Promise<void> }> {
    const answered = Promise.all([this.#ledger.nextPushed(), this.#book.nextAnswered()])
    const connections = await Promise.all(this.#nodes.map(async node => await node.dial(multiaddr(addr))))
    const connectionOf = (index: number): Connection => {
      const connection = connections[index % NODES]

      assert.ok(connection != null)

      return connection
    }
    const open = async (index: number): Promise<Talk> => new Talk(await openRaw(connectionOf(index), MAILBOX))

    this.#book.offer()

    const registryWriters = Array.from({ length: REGISTRY_WRITERS }, async (_, index) => {
      await this.#until(async () => {
        await registryWriter(this.#book, index, this.#peerIdOf(index), new RegistryTalk(await openRaw(connectionOf(index), REGISTRY_PROTOCOL)))
      })
    })
    const writers = Array.from({ length: WRITERS }, async (_, index) => { await this.#until(async () => { await this.#write(index, await open(index)) }) })
    const readers = MAILBOXES.map(async (mailbox, index) => { await this.#until(async () => { await this.#read(mailbox, await open(index)) }) })

    const ended = Promise.all([...writers, ...readers, ...registryWriters]).then(() => {})

    await Promise.race([answered, ended])

    return { ended }
  }

  async stop (): Promise<void> {
    await Promise.all(this.#nodes.map(async node => { await node.stop() }))
  }

  async #write (index: number, talk: Talk): Promise<void> {
    while (true) {
      const sent = this.#pending[index] ??= this.#ledger.create()

      sent.attempts++
      this.#ledger.onPushed(sent, await ask(talk, { push: requestOf(sent) }, 'pushed'))
      this.#pending[index] = undefined
    }
  }

  /** Pulls from the start, and acks half of it by keys, or now and then all of it. */
  async #read (mailbox: string, talk: Talk): Promise<void> {
    while (true) {
      const { items, pageEnd } = await talk.pull({ mailbox, maxItems: 64 })
      const page = items.map(item => this.#ledger.onItem(mailbox, item))
      const seqs = page.map(({ seq }) => seq)

      assert.deepEqual(seqs, [...seqs].sort((a, b) => a - b), `${mailbox} is out of order`)

      const isWhole = Math.random() < 0.05
      const acked = isWhole ? this.#ledger.upTo(mailbox, Number(pageEnd.nextCursor ?? 0n)) : page.filter(() => Math.random() < 0.5)
      const certain = acked.filter(({ acking, ttlSeconds }) => !acking && ttlSeconds === 0)

      for (const sent of acked) {
        sent.acking = true
      }

      const ack: Fields = isWhole ? { mailbox, upToSeq: Number(pageEnd.nextCursor ?? 0n) } : { mailbox, keys: acked.map(({ n }) => ({ messageId: idOf(n) })) }
      const { deleted = 0n } = await ask(talk, { ack }, 'acked')

      assert.ok(Number(deleted) >= certain.length, `${mailbox}: an ack of ${certain.length} that were there deleted ${String(deleted)}`)
      this.#ledger.onAcked(acked)
    }
  }

  #peerIdOf (index: number): PeerId {
    const node = this.#nodes[index % NODES]

    assert.ok(node != null)

    return node.peerId
  }

  async #until (call: () => Promise<void>): Promise<void> {
    await untilGone(call, err => { this.#ledger.failed(err) })
  }
}

async function ask (talk: Talk, call: Fields, answer: string): Promise<Fields> {
  const response = await talk.ask(call)

  if (response.failure != null) {
    goneWith(codeOf(response), answer)
  }

  return response[answer] as Fields
}
