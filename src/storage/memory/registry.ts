import { StorageError } from '../errors.js'
import { announced, checkAnnounce, checkIndex, checkNode, checkNodeId, checkNow, checkReplace, isExpected, standing } from '../registry-content.js'
import { DueHeap } from './due-heap.js'
import { DEFAULT_BUDGET_MS } from './mailbox.js'
import type { Clock } from './clock.js'
import type { AnnounceOptions, AnnounceResult, IdentityRow, NodeRow, PresenceRow, RegistryExpireOptions, RegistryStore, RegistryTotals, ReplaceOptions } from '../registry-types.js'
import type { ExpireResult } from '../types.js'

type Due = { identity: string } | { presence: string } | { node: string }

export class MemoryRegistryStore implements RegistryStore {
  readonly #clock: Clock
  readonly #identities = new Map<string, IdentityRow>()
  /** The newest first; none is empty. */
  readonly #presences = new Map<string, PresenceRow[]>()
  readonly #nodes = new Map<string, NodeRow>()
  /** What was replaced meanwhile is still in it. */
  readonly #due = new DueHeap<Due>()
  readonly #totals: RegistryTotals = { identities: 0, presences: 0, nodes: 0 }
  #closed = false

  constructor (clock: Clock) {
    this.#clock = clock
  }

  async identity (index: Uint8Array, now: number): Promise<IdentityRow | undefined> {
    this.#checkOpen()
    checkIndex(index, now)
    const row = standing(this.#identities.get(textOf(index)), this.#clock.at(now))

    return row == null ? undefined : copyOf(row)
  }

  async replaceIdentity (index: Uint8Array, expected: Uint8Array | undefined, next: IdentityRow | undefined, { now, dropPresence = false }: ReplaceOptions): Promise<boolean> {
    this.#checkOpen()
    checkReplace(index, next, now)
    const text = textOf(index)
    const time = this.#clock.goOn(now)

    if (!isExpected(standing(this.#identities.get(text), time), expected)) {
      return false
    }

    const stands = standing(next, time)

    this.#setIdentity(text, stands)

    if (dropPresence || stands == null || stands.forgetAtMs != null) {
      this.#setPresence(text, [])
    }

    return true
  }

  async announce (index: Uint8Array, entry: PresenceRow, options: AnnounceOptions): Promise<AnnounceResult> {
    this.#checkOpen()
    checkAnnounce(index, entry, options)
    const { identity } = options
    const text = textOf(index)
    const now = this.#clock.goOn(options.now)

    if (identity != null) {
      if (!isExpected(standing(this.#identities.get(text), now), identity.expected)) {
        return { outcome: 'changed', expiresMs: 0 }
      }

      if (identity.next != null) {
        this.#setIdentity(text, { sealed: identity.next })
      }
    }

    const { entries, ...result } = announced(this.#presences.get(text) ?? [], copyOfEntry(entry), { ...options, now }, this.#totals.presences)

    if (entries != null) {
      this.#setPresence(text, entries)
      this.#due.push(entry.expiresMs, { presence: text })
    }

    return result
  }

  async presence (index: Uint8Array, now: number): Promise<PresenceRow[]> {
    this.#checkOpen()
    checkIndex(index, now)

    return this.#alive(textOf(index), this.#clock.at(now)).map(copyOfEntry)
  }

  async forgetPresence (index: Uint8Array): Promise<number> {
    this.#checkOpen()
    checkIndex(index)

    return this.#setPresence(textOf(index), [])
  }

  async nodes (now: number): Promise<NodeRow[]> {
    this.#checkOpen()
    checkNow(now)
    const time = this.#clock.at(now)

    return [...this.#nodes.values()]
      .filter(({ expiresMs }) => expiresMs > time)
      .map(({ id, value, expiresMs }) => ({ id: id.slice(), value: value.slice(), expiresMs }))
      .sort((a, b) => Buffer.compare(a.id, b.id))
  }

  async putNode (id: Uint8Array, { value, expiresMs }: Omit<NodeRow, 'id'>, options: { now: number, maxNodes: number }): Promise<boolean> {
    this.#checkOpen()
    checkNode(id, { value, expiresMs }, options)
    const text = textOf(id)
    const now = this.#clock.goOn(options.now)

    if (!this.#nodes.has(text) && this.#nodes.size >= options.maxNodes) {
      return false
    }

    if (expiresMs > now) {
      this.#nodes.set(text, { id: Uint8Array.from(id), value: Uint8Array.from(value), expiresMs })
      this.#due.push(expiresMs, { node: text })
    } else {
      this.#nodes.delete(text)
    }

    return true
  }

  async removeNode (id: Uint8Array): Promise<boolean> {
    this.#checkOpen()
    checkNodeId(id)

    return this.#nodes.delete(textOf(id))
  }

  async expire ({ now, budgetMs = DEFAULT_BUDGET_MS }: RegistryExpireOptions): Promise<ExpireResult> {
    this.#checkOpen()
    checkNow(now)
    const time = this.#clock.goOn(now)
    const end = performance.now() + budgetMs
    let removed = 0

    for (let due = this.#due.pop(time); due != null; due = this.#due.pop(time)) {
      removed += this.#collect(due, time)

      if (performance.now() >= end) {
        return { removed, more: this.#due.isDue(time) }
      }
    }

    return { removed, more: false }
  }

  totals (): RegistryTotals {
    return { ...this.#totals, nodes: this.#nodes.size }
  }

  close (): void {
    this.#closed = true
  }

  /** What is counted, and what is there. */
  counts (): { counted: RegistryTotals, found: RegistryTotals } {
    return {
      counted: this.totals(),
      found: {
        identities: [...this.#identities.values()].filter(({ forgetAtMs }) => forgetAtMs == null).length,
        presences: [...this.#presences.values()].reduce((sum, entries) => sum + entries.length, 0),
        nodes: this.#nodes.size
      }
    }
  }

  /** @returns how many things were there and are not any more */
  #collect (due: Due, now: number): number {
    if ('presence' in due) {
      const alive = this.#alive(due.presence, now)

      return this.#setPresence(due.presence, alive) - alive.length
    }

    if ('node' in due) {
      const node = this.#nodes.get(due.node)

      return node != null && node.expiresMs <= now && this.#nodes.delete(due.node) ? 1 : 0
    }

    const row = this.#identities.get(due.identity)

    return row != null && standing(row, now) == null && this.#identities.delete(due.identity) ? 1 : 0
  }

  #setIdentity (text: string, row: IdentityRow | undefined): void {
    const before = this.#identities.get(text)

    this.#totals.identities += (isCounted(row) ? 1 : 0) - (isCounted(before) ? 1 : 0)

    if (row == null) {
      this.#identities.delete(text)
      return
    }

    this.#identities.set(text, copyOf(row))

    if (row.forgetAtMs != null) {
      this.#due.push(row.forgetAtMs, { identity: text })
    }
  }

  /** @returns how many there were */
  #setPresence (text: string, entries: PresenceRow[]): number {
    const before = this.#presences.get(text)?.length ?? 0

    this.#totals.presences += entries.length - before

    if (entries.length === 0) {
      this.#presences.delete(text)
    } else {
      this.#presences.set(text, entries)
    }

    return before
  }

  #alive (text: string, now: number): PresenceRow[] {
    return (this.#presences.get(text) ?? []).filter(({ expiresMs }) => expiresMs > now)
  }

  #checkOpen (): void {
    if (this.#closed) {
      throw new StorageError('the store is closed')
    }
  }
}

function isCounted (row: IdentityRow | undefined): boolean {
  return row != null && row.forgetAtMs == null
}

function copyOf ({ sealed, forgetAtMs }: IdentityRow): IdentityRow {
  return forgetAtMs == null ? { sealed: Uint8Array.from(sealed) } : { sealed: Uint8Array.from(sealed), forgetAtMs }
}

function copyOfEntry ({ id, atMs, expiresMs, sealed }: PresenceRow): PresenceRow {
  return { id: Uint8Array.from(id), atMs, expiresMs, sealed: Uint8Array.from(sealed) }
}

function textOf (bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
