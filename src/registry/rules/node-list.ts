import { blake3 } from '@noble/hashes/blake3.js'
import { ipGroupOf, isPublicHost } from '../../access/index.js'
import { RegistryError } from '../errors.js'
import { authority, parseNode } from '../nodes/address.js'
import { NodeRefusedError } from '../nodes/errors.js'
import { NodeQueue } from './node-queue.js'
import type { NodeVerifier, RegistryCounts } from '../index.js'
import type { NodeAddress } from '../nodes/address.js'
import type { NodeRow, RegistryStore } from '../../storage/index.js'

/** Looked at at the same time. */
const MAX_RUNNING = 8
/** New ones that wait to be looked at; of one caller as many as one call may name. */
const MAX_WAITING = 256
const MAX_WAITING_OF_ONE = 64
const HOUR_MS = 3600 * 1000
/** Whoever was not seen for as long is gone. */
const LISTED_MS = 24 * HOUR_MS
/** How often it is asked who is due. */
const TICK_MS = 60_000
/** Of the list, that nodes at one address may have: one in so many, and a few in any case. */
const GROUP_SHARE = 32
const MIN_OF_GROUP = 8

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
  /** What it is counted by as long as nobody has found out where it is. */
  group: string
}

interface ListedNode extends NodeToSee {
  expiresMs: number
}

/**
 * Other nodes (specs/registry.md, Part I, "nodes"). A node is seen before it is listed and every hour after that. Nodes that were found at
 * one IPv4 address, or in one IPv6 /64 (what all limits of a node count by), have one place in 32 of the list: whoever has one machine
 * and all names under a domain fills no list.
 */
export class NodeList {
  readonly #init: NodeListInit
  readonly #maxOfGroup: number
  readonly #ending = new AbortController()
  /** Listed ones that are due, and new ones. They take turns: neither keeps the other waiting for ever. */
  readonly #due = new Map<string, NodeToSee>()
  readonly #new = new NodeQueue<NodeToSee>(MAX_WAITING, MAX_WAITING_OF_ONE)
  readonly #running = new Map<string, Promise<void>>()
  /** What the store has, once it was asked for: a list of thousands takes milliseconds to read, and nobody else changes it. */
  #listed?: Promise<Map<string, ListedNode>>
  /** Who was looked at in vain, and when that was; until the next tick, of those that are not listed. */
  readonly #missed = new Map<string, number>()
  #wasDue = false
  #listing: Promise<unknown> = Promise.resolve()
  #timer?: NodeJS.Timeout

  constructor (init: NodeListInit) {
    this.#init = init
    this.#maxOfGroup = Math.max(MIN_OF_GROUP, Math.floor(init.maxNodes / GROUP_SHARE))
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
    return [...(await this.#alive()).values()].map(({ address }) => address)
  }

  /**
   * @param from who names them, as limits count callers
   * @returns how many will be looked at, or were listed where nobody looks: none that is listed, none that is not of the public
   *   internet, and none when the list is full or enough of this caller's wait
   * @throws RegistryError `invalid_input` when one of them is no address of a node: nothing was done
   */
  async add (addresses: readonly string[], from: string): Promise<number> {
    const { verifier, allowPrivate, maxNodes } = this.#init
    const nodes = addresses.map(read).filter(({ host }) => allowPrivate || isPublicHost(host)).map(toSee)
    const wanted = new Map(nodes.map(node => [node.key, node]))
    const listed = await this.#alive()
    const unknown = [...wanted.values()].filter(({ key }) => !listed.has(key) && !this.#new.has(key) && !this.#running.has(key))
    let taken = 0

    if (this.#ending.signal.aborted) {
      return 0
    }

    if (verifier == null) {
      const isListed = await Promise.all(unknown.map(async node => await this.#list(node)))

      return isListed.filter(is => is).length
    }

    for (const node of unknown) {
      const isFull = listed.size + this.#new.size >= maxNodes

      taken += !isFull && this.#new.add(from, node) ? 1 : 0
    }

    this.#next()

    return taken
  }

  /** Lets those that are due be seen again. The interval calls it; a test with its own clock may. */
  async tick (): Promise<void> {
    const now = this.#init.now()
    const listed = await this.#alive()

    for (const key of this.#missed.keys()) {
      if (!listed.has(key)) {
        this.#missed.delete(key)
      }
    }

    for (const [key, node] of listed) {
      if (this.#isDue(node, now) && !this.#running.has(key) && !this.#ending.signal.aborted) {
        this.#due.set(key, node)
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

  /** Not seen for an hour, and not looked at in vain for as long: who is gone is not asked every minute. */
  #isDue ({ key, expiresMs }: ListedNode, now: number): boolean {
    const missedMs = now - (this.#missed.get(key) ?? -Infinity)

    return expiresMs - now <= LISTED_MS - HOUR_MS && (missedMs < 0 || missedMs >= HOUR_MS)
  }

  #next (): void {
    while (this.#running.size < MAX_RUNNING) {
      const fresh = this.#wasDue ? this.#new.next() : undefined
      const due = fresh == null ? this.#nextDue() : undefined
      const node = fresh ?? due ?? this.#new.next()

      if (node == null) {
        return
      }

      this.#wasDue = due != null

      this.#running.set(node.key, this.#see(node).finally(() => {
        this.#running.delete(node.key)
        this.#next()
      }))
    }
  }

  #nextDue (): NodeToSee | undefined {
    const node = this.#due.values().next().value

    if (node != null) {
      this.#due.delete(node.key)
    }

    return node
  }

  /** Never rejects. */
  async #see (node: NodeToSee): Promise<void> {
    const { verifier, now, counts, onError } = this.#init
    const { signal } = this.#ending
    let { group } = node
    const foundAt = (ip: string): void => { group = ipGroupOf(ip) ?? group }
    const isThere = await (async () => await verifier?.verify(node.address, { signal, foundAt }) ?? true)().catch(() => false)

    if (signal.aborted) {
      return
    }

    counts.verifiedNodes++
    counts.failedNodes += isThere ? 0 : 1

    const isListed = isThere && await this.#list({ ...node, group }).catch((err: unknown) => {
      onError(err)

      return false
    })

    if (isListed) {
      this.#missed.delete(node.key)
    } else {
      this.#missed.set(node.key, now())
    }
  }

  /** One at a time, so that each is counted by the next. @returns whether it is listed then */
  async #list (node: NodeToSee): Promise<boolean> {
    const listing = this.#listing.then(async () => {
      const { store, maxNodes, now } = this.#init
      const listed = await this.#alive()
      const others = [...listed.values()].filter(({ key, group }) => key !== node.key && group === node.group)
      const at = now()
      const expiresMs = at + LISTED_MS
      const isListed = others.length < this.#maxOfGroup && await store.putNode(node.id, { value: valueOf(node), expiresMs }, { now: at, maxNodes })

      if (isListed) {
        listed.set(node.key, { ...node, expiresMs })
      }

      return isListed
    })

    this.#listing = listing.catch(() => {})

    return await listing
  }

  /** Those that are not over. */
  async #alive (): Promise<Map<string, ListedNode>> {
    this.#listed ??= this.#read()

    const listed = await this.#listed
    const now = this.#init.now()

    for (const [key, { expiresMs }] of listed) {
      if (expiresMs <= now) {
        listed.delete(key)
      }
    }

    return listed
  }

  async #read (): Promise<Map<string, ListedNode>> {
    try {
      const { store, now } = this.#init

      return new Map((await store.nodes(now())).map(row => [keyOf(row.id), { id: row.id, key: keyOf(row.id), ...readRow(row), expiresMs: row.expiresMs }]))
    } catch (err) {
      // the next one asks again
      this.#listed = undefined
      throw err
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

  return { id, key: keyOf(id), address: node.address, group: groupOf(node) }
}

/** Of what nobody has looked at: the address that stands there, else the end of the name, under which one may have all that there are. */
function groupOf ({ host: { ip, name } }: NodeAddress): string {
  return ip != null ? ipGroupOf(ip.text) ?? ip.text : name.split('.').slice(-2).join('.')
}

function keyOf (id: Uint8Array): string {
  return Buffer.from(id).toString('hex')
}

/** Neither has white space in it. */
function valueOf ({ address, group }: NodeToSee): Uint8Array {
  return Buffer.from(`${address} ${group}`)
}

/** One of an earlier version has no group. */
function readRow ({ value }: Pick<NodeRow, 'value'>): { address: string, group: string } {
  const [address = '', group = ''] = Buffer.from(value).toString().split(' ')

  return { address, group }
}
