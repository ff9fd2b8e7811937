import { blake3 } from '@noble/hashes/blake3.js'
import { isPublicHost } from '../../access/index.js'
import { RegistryError } from '../errors.js'
import { authority, parseNode } from '../nodes/address.js'
import { NodeRefusedError } from '../nodes/errors.js'
import type { NodeVerifier, RegistryCounts } from '../index.js'
import type { NodeAddress } from '../nodes/address.js'
import type { RegistryStore } from '../../storage/index.js'

/** Looked at at the same time. */
const MAX_RUNNING = 8
/** New ones that wait to be looked at. */
const MAX_WAITING = 256
const HOUR_MS = 3600 * 1000
/** Whoever was not seen for as long is gone. */
const LISTED_MS = 24 * HOUR_MS
/** How often it is asked who is due. */
const TICK_MS = 60_000

export interface NodeListInit {
  store: RegistryStore
  verifier?: NodeVerifier
  /** Addresses that are not of the public internet, too. */
  allowPrivate: boolean
  maxNodes: number
  /** Unix milliseconds. */
  now: () => number
  counts: Pick<RegistryCounts, 'verifiedNodes' | 'failedNodes'>
  onError: (err: unknown) => void
}

interface NodeToSee {
  /** 32 bytes: one for each host or peer, however its address is spelled. */
  id: Uint8Array
  key: string
  address: string
}

/** Other nodes (specs/registry.md, Part I, "nodes"). A node is seen before it is listed and every hour after that. */
export class NodeList {
  readonly #init: NodeListInit
  readonly #ending = new AbortController()
  /** Listed ones that are due go before new ones: who sends many keeps nobody from being seen again. */
  readonly #due = new Map<string, NodeToSee>()
  readonly #new = new Map<string, NodeToSee>()
  readonly #running = new Map<string, Promise<void>>()
  #timer?: NodeJS.Timeout

  constructor (init: NodeListInit) {
    this.#init = init
  }

  start (): void {
    this.#timer ??= setInterval(() => { this.tick().catch(this.#init.onError) }, TICK_MS).unref()
  }

  /** Resolves when nobody is looked at any more. */
  async stop (): Promise<void> {
    clearInterval(this.#timer)
    this.#ending.abort(new Error('the node stops'))
    this.#due.clear()
    this.#new.clear()
    await Promise.all(this.#running.values())
  }

  async addresses (): Promise<string[]> {
    const rows = await this.#init.store.nodes(this.#init.now())

    return rows.map(({ value }) => Buffer.from(value).toString())
  }

  /**
   * @returns how many will be looked at, or are listed at once where nobody looks: none that is listed, none that is not of the public
   *   internet, and none when the list is full
   * @throws RegistryError `invalid_input` when one of them is no address of a node: nothing was done
   */
  async add (addresses: readonly string[]): Promise<number> {
    const nodes = addresses.map(read).filter(({ host }) => this.#init.allowPrivate || isPublicHost(host)).map(toSee)
    const wanted = new Map(nodes.map(node => [node.key, node]))
    const listed = new Set((await this.#init.store.nodes(this.#init.now())).map(({ id }) => keyOf(id)))
    let taken = 0

    for (const node of wanted.values()) {
      const isKnown = listed.has(node.key) || this.#new.has(node.key) || this.#running.has(node.key)
      const isFull = listed.size + this.#new.size >= this.#init.maxNodes || this.#new.size >= MAX_WAITING

      if (!isKnown && !isFull && !this.#ending.signal.aborted) {
        this.#new.set(node.key, node)
        taken++
      }
    }

    this.#next()

    // without a verifier there is nothing to wait for
    if (this.#init.verifier == null) {
      await this.idle()
    }

    return taken
  }

  /** Lets those that are due be seen again. The interval calls it; a test with its own clock may. */
  async tick (): Promise<void> {
    const now = this.#init.now()

    for (const { id, value, expiresMs } of await this.#init.store.nodes(now)) {
      const key = keyOf(id)

      if (expiresMs - now <= LISTED_MS - HOUR_MS && !this.#running.has(key) && !this.#ending.signal.aborted) {
        this.#due.set(key, { id, key, address: Buffer.from(value).toString() })
      }
    }

    this.#next()
  }

  /** Resolves when nobody waits and nobody is looked at. */
  async idle (): Promise<void> {
    while (this.#running.size > 0) {
      await Promise.all(this.#running.values())
    }
  }

  #next (): void {
    for (const queue of [this.#due, this.#new]) {
      for (const [key, node] of queue) {
        if (this.#running.size >= MAX_RUNNING) {
          return
        }

        queue.delete(key)
        this.#running.set(key, this.#see(node).finally(() => {
          this.#running.delete(key)
          this.#next()
        }))
      }
    }
  }

  /** Never rejects. */
  async #see ({ id, address }: NodeToSee): Promise<void> {
    const { store, verifier, maxNodes, now, counts, onError } = this.#init
    const { signal } = this.#ending
    const isThere = await (async () => await verifier?.verify(address, { signal }) ?? true)().catch(() => false)

    if (signal.aborted) {
      return
    }

    counts.verifiedNodes++
    counts.failedNodes += isThere ? 0 : 1

    if (isThere) {
      const at = now()

      await store.putNode(id, { value: Buffer.from(address), expiresMs: at + LISTED_MS }, { now: at, maxNodes }).catch(onError)
    }
  }
}

/** @throws RegistryError `invalid_input` */
function read (text: string): NodeAddress {
  try {
    return parseNode(text)
  } catch (err) {
    throw err instanceof NodeRefusedError ? new RegistryError('invalid_input', 'node', { cause: err }) : err
  }
}

/** An origin or a peer is one node, whatever stands beside it: or one host could fill the list. */
function toSee (node: NodeAddress): NodeToSee {
  const id = blake3(Buffer.from(node.kind === 'http' ? `${node.isTls ? 'https' : 'http'}://${authority(node.host)}:${node.port}` : node.peerId))

  return { id, key: keyOf(id), address: node.address }
}

function keyOf (id: Uint8Array): string {
  return Buffer.from(id).toString('hex')
}
