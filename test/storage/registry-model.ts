import assert from 'node:assert/strict'
import fc from 'fast-check'
import { T0 } from '../../src/storage/conformance.js'
import { bytesOf, indexOf } from '../../src/storage/registry-conformance.js'
import type { ModelRunInit } from './model.js'
import type { AnnounceOptions, AnnounceResult, IdentityRow, RegistryTotals, Store } from '../../src/storage/index.js'

// A model that is as plain as can be: three lists, and texts in place of bytes.

interface ModelIdentity { index: number, sealed: string, forgetAtMs?: number }
interface ModelEntry { index: number, id: string, atMs: number, expiresMs: number, sealed: string }
interface ModelNode { id: string, expiresMs: number }

export class RegistryModel {
  now = T0
  floor = 0
  identities: ModelIdentity[] = []
  /** In the order in which they were stored. */
  entries: ModelEntry[] = []
  list: ModelNode[] = []

  tick (): number {
    this.floor = this.time()

    return this.floor
  }

  time (): number {
    return Math.max(this.floor, this.now)
  }

  identity (index: number, now = this.time()): ModelIdentity | undefined {
    return this.identities.find(row => row.index === index && (row.forgetAtMs ?? Infinity) > now)
  }

  replace (index: number, expected: string | undefined, next: Omit<ModelIdentity, 'index'> | undefined, dropPresence: boolean): boolean {
    const now = this.tick()

    if (this.identity(index)?.sealed !== expected) {
      return false
    }

    const stays = next != null && (next.forgetAtMs ?? Infinity) > now

    this.identities = this.identities.filter(row => row.index !== index).concat(stays ? [{ index, ...next }] : [])

    if (!stays || next.forgetAtMs != null || dropPresence) {
      this.entries = this.entries.filter(entry => entry.index !== index)
    }

    return true
  }

  announce (entry: ModelEntry, { maxEntries, maxTotal }: Omit<AnnounceOptions, 'now'>, identity?: { expected: string | undefined, next?: string }): AnnounceResult {
    const now = this.tick()

    if (identity != null) {
      if (this.identity(entry.index)?.sealed !== identity.expected) {
        return { outcome: 'changed', expiresMs: 0 }
      }

      if (identity.next != null) {
        this.identities = this.identities.filter(row => row.index !== entry.index).concat([{ index: entry.index, sealed: identity.next }])
      }
    }

    const same = this.presence(entry.index).find(({ id }) => id === entry.id)
    const newer = this.presence(entry.index).filter(({ id, atMs }) => id !== entry.id && atMs > entry.atMs)

    const crowded = newer.length >= maxEntries ? newer[0] : undefined

    if (entry.expiresMs <= now || crowded != null || (same != null && same.atMs > entry.atMs)) {
      return { outcome: 'older', expiresMs: (same ?? crowded ?? entry).expiresMs }
    }

    const before = this.entries
    const others = before.filter(({ index }) => index !== entry.index)
    const own = [entry, ...this.presence(entry.index).filter(other => other !== same)].sort((a, b) => b.atMs - a.atMs).slice(0, maxEntries)

    if (others.length + own.length > Math.max(maxTotal, before.length)) {
      return { outcome: 'full', expiresMs: 0 }
    }

    this.entries = [...own, ...others]

    return { outcome: 'stored', expiresMs: entry.expiresMs }
  }

  /** The newest first; of those of one time, the one that was stored last. */
  presence (index: number): ModelEntry[] {
    const now = this.time()

    return this.entries.filter(entry => entry.index === index && entry.expiresMs > now).sort((a, b) => b.atMs - a.atMs)
  }

  forget (index: number): number {
    const before = this.entries.length

    this.entries = this.entries.filter(entry => entry.index !== index)

    return before - this.entries.length
  }

  nodes (): ModelNode[] {
    const now = this.time()

    return this.list.filter(({ expiresMs }) => expiresMs > now).sort((a, b) => a.id < b.id ? -1 : 1)
  }

  putNode (node: ModelNode, maxNodes: number): boolean {
    const now = this.tick()

    if (this.list.length >= maxNodes && this.list.every(({ id }) => id !== node.id)) {
      return false
    }

    this.list = this.list.filter(({ id }) => id !== node.id).concat(node.expiresMs > now ? [node] : [])

    return true
  }

  removeNode (id: string): boolean {
    const before = this.list.length

    this.list = this.list.filter(node => node.id !== id)

    return this.list.length < before
  }

  expire (): number {
    const now = this.tick()
    const size = (): number => this.identities.length + this.entries.length + this.list.length
    const before = size()

    this.identities = this.identities.filter(({ forgetAtMs = Infinity }) => forgetAtMs > now)
    this.entries = this.entries.filter(({ expiresMs }) => expiresMs > now)
    this.list = this.list.filter(({ expiresMs }) => expiresMs > now)

    return before - size()
  }

  totals (): RegistryTotals {
    return { identities: this.identities.filter(({ forgetAtMs }) => forgetAtMs == null).length, presences: this.entries.length, nodes: this.list.length }
  }
}

export interface RealRegistry {
  store: Store
  /** Closes it and opens it again; undefined where that would forget everything. */
  restart?: () => Promise<Store>
}

type Command = fc.AsyncCommand<RegistryModel, RealRegistry>

const INDEXES = [1, 2, 3] as const

function command (text: string, run: (model: RegistryModel, real: RealRegistry) => Promise<void>): Command {
  return { check: () => true, run, toString: () => text }
}

function sealedOf (text: string | undefined): Uint8Array | undefined {
  return text == null ? undefined : bytesOf(text)
}

function textOf (bytes: Uint8Array): string {
  return Buffer.from(bytes).toString()
}

/** Few indexes, ids and times, so that they meet. `right`: what was read is what is expected. */
export function registryCommands (): Array<fc.Arbitrary<Command>> {
  const index = fc.constantFrom(...INDEXES)
  const sealed = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
  const right = fc.boolean()
  const inMs = fc.integer({ min: -5, max: 60 })
  const expectedOf = (model: RegistryModel, isRight: boolean, at: number, other: string): string | undefined => isRight ? model.identity(at)?.sealed : other

  return [
    fc.record({ index, right, sealed, other: sealed, kind: fc.constantFrom('identity', 'identity', 'tombstone', 'nothing'), forgetInMs: inMs, dropPresence: fc.boolean() })
      .map(call => command(`replace ${JSON.stringify(call)}`, async (model, { store: { registry } }) => {
        const expected = expectedOf(model, call.right, call.index, call.other)
        const forgetAtMs = call.kind === 'tombstone' ? model.now + call.forgetInMs : undefined
        const next = call.kind === 'nothing' ? undefined : { sealed: call.sealed, forgetAtMs }
        const row: IdentityRow | undefined = next == null ? undefined : { sealed: bytesOf(next.sealed), forgetAtMs }
        const actual = await registry.replaceIdentity(indexOf(call.index), sealedOf(expected), row, { now: model.now, dropPresence: call.dropPresence })

        assert.equal(actual, model.replace(call.index, expected, next, call.dropPresence))
      })),
    fc.record({ index, id: fc.constantFrom('x', 'y', 'z', 'xx'), agoMs: fc.integer({ min: -5, max: 10 }), forMs: inMs, sealed, maxEntries: fc.integer({ min: 1, max: 3 }), maxTotal: fc.integer({ min: 1, max: 6 }), judged: fc.constantFrom('not', 'right', 'wrong'), next: fc.option(sealed, { nil: undefined }) })
      .map(call => command(`announce ${JSON.stringify(call)}`, async (model, { store: { registry } }) => {
        const entry = { index: call.index, id: call.id, atMs: model.now - call.agoMs, expiresMs: model.now + call.forMs, sealed: call.sealed }
        const limits = { maxEntries: call.maxEntries, maxTotal: call.maxTotal }
        const expected = expectedOf(model, call.judged === 'right', call.index, call.sealed)
        const identity = call.judged === 'not' ? undefined : { expected, next: call.next }
        const actual = await registry.announce(indexOf(call.index), { id: bytesOf(entry.id), atMs: entry.atMs, expiresMs: entry.expiresMs, sealed: bytesOf(entry.sealed) }, {
          ...limits, now: model.now, identity: identity == null ? undefined : { expected: sealedOf(identity.expected), next: sealedOf(identity.next) }
        })

        assert.deepEqual(actual, model.announce(entry, limits, identity))
      })),
    index.map(call => command(`look at ${call}`, async (model, { store }) => { await assertIndex(model, store, call) })),
    index.map(call => command(`forget ${call}`, async (model, { store: { registry } }) => {
      assert.equal(await registry.forgetPresence(indexOf(call)), model.forget(call))
    })),
    fc.record({ id: fc.constantFrom('m', 'n', 'mn'), inMs, maxNodes: fc.integer({ min: 1, max: 3 }) })
      .map(call => command(`node ${JSON.stringify(call)}`, async (model, { store: { registry } }) => {
        const expiresMs = model.now + call.inMs

        assert.equal(await registry.putNode(bytesOf(call.id), { value: bytesOf(`of ${call.id}`), expiresMs }, { now: model.now, maxNodes: call.maxNodes }), model.putNode({ id: call.id, expiresMs }, call.maxNodes))
      })),
    fc.constantFrom('m', 'n', 'mn').map(id => command(`no node ${id}`, async (model, { store: { registry } }) => {
      assert.equal(await registry.removeNode(bytesOf(id)), model.removeNode(id))
    })),
    fc.integer({ min: -30, max: 40 }).map(step => command(`clock ${step}`, async model => { model.now += step })),
    fc.boolean().map(isRight => command(`expire${isRight ? ', the clock is right' : ''}`, async (model, { store }) => {
      let removed = 0
      let more = true

      while (more) {
        const slice = await store.registry.expire({ now: model.now })
        removed += slice.removed
        more = slice.more
      }

      assert.equal(removed, model.expire())

      if (isRight) {
        while ((await store.mailbox.expire({ now: model.now, dedupeMs: 0, counterMs: 1, setBack: true })).more);
        model.floor = model.now
      }
    })),
    fc.constant(command('restart', async (_, real) => { real.store = await real.restart?.() ?? real.store }))
  ]
}

async function assertIndex (model: RegistryModel, { registry }: Store, index: number): Promise<void> {
  const row = await registry.identity(indexOf(index), model.now)
  const expected = model.identity(index)

  assert.deepEqual(row == null ? undefined : [textOf(row.sealed), row.forgetAtMs], expected == null ? undefined : [expected.sealed, expected.forgetAtMs])
  assert.deepEqual((await registry.presence(indexOf(index), model.now)).map(({ id, atMs, expiresMs, sealed }) => [textOf(id), atMs, expiresMs, textOf(sealed)]), model.presence(index).map(({ id, atMs, expiresMs, sealed }) => [id, atMs, expiresMs, sealed]))
}

/** What must hold after any run: contents, totals and every row. */
export async function assertSameRegistry (model: RegistryModel, store: Store): Promise<void> {
  for (const index of INDEXES) {
    await assertIndex(model, store, index)
  }

  assert.deepEqual((await store.registry.nodes(model.now)).map(({ id, value, expiresMs }) => [textOf(id), textOf(value), expiresMs]), model.nodes().map(({ id, expiresMs }) => [id, `of ${id}`, expiresMs]))
  assert.deepEqual(store.registry.totals(), model.totals())

  for await (const finding of store.verify()) {
    assert.fail(finding.message)
  }
}

export async function runRegistryModel ({ runs, open }: Pick<ModelRunInit, 'runs' | 'open'>): Promise<void> {
  await fc.assert(fc.asyncProperty(fc.commands(registryCommands(), { maxCommands: 40 }), async run => {
    const { store, restart, dispose } = await open()
    const model = new RegistryModel()
    const real: RealRegistry = { store, restart }

    try {
      await fc.asyncModelRun(() => ({ model, real }), run)
      await assertSameRegistry(model, real.store)
    } finally {
      await real.store.close()
      await dispose()
    }
  }), { numRuns: runs })
}
