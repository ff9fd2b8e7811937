import assert from 'node:assert/strict'
import { StorageError } from './errors.js'
import { T0, all, makeUsing, range } from './conformance-tools.js'
import type { ConformanceRunner, ConformanceSubject } from './conformance-tools.js'
import type { AnnounceOptions, IdentityRow, PresenceRow, RegistryStore, Store } from './index.js'

export const ANNOUNCE: AnnounceOptions = { now: T0, maxEntries: 8, maxTotal: 1000 }

/** An index that ends with the bytes of `n`. */
export function indexOf (n: number): Uint8Array {
  const index = new Uint8Array(32)
  new DataView(index.buffer).setUint32(28, n)

  return index
}

export function bytesOf (text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** An entry of five seconds that says where it is from. */
export function entryOf (id: string, atMs = T0, more: Partial<PresenceRow> = {}): PresenceRow {
  return { id: bytesOf(id), atMs, expiresMs: atMs + 5000, sealed: bytesOf(`${id} at ${atMs}`), ...more }
}

/** What any engine must do for a registry and for settings. */
export function registryConformance (name: string, makeSubject: () => Promise<ConformanceSubject>, runner: ConformanceRunner): void {
  const { describe } = runner
  const { using, withStore } = makeUsing(makeSubject, runner)
  const at = { now: T0 }
  const [a, b] = [indexOf(1), indexOf(2)]
  const [one, two] = [bytesOf('one'), bytesOf('two')]

  describe(`the registry of a store: ${name}`, () => {
    describe('identities', () => {
      withStore('gives back what was put, byte by byte, and nothing where nothing was', async ({ registry }) => {
        const sealed = range(0, 999).map(n => n % 256)

        assert.equal(await registry.identity(a, T0), undefined)
        assert.equal(await registry.replaceIdentity(a, undefined, { sealed: Uint8Array.from(sealed) }, at), true)
        assert.deepEqual(await identityText(registry, a), [sealed, undefined])
        assert.equal(await registry.identity(b, T0), undefined)
        assert.deepEqual(registry.totals(), { identities: 1, presences: 0, nodes: 0 })
      })

      withStore('keeps bytes of its own: the caller may reuse the memory when the call is settled', async ({ registry }) => {
        const memory = new Uint8Array(64).fill(7)

        await registry.replaceIdentity(memory.subarray(0, 32), undefined, { sealed: memory.subarray(32) }, at)
        const index = memory.slice(0, 32)
        memory.fill(9)
        const row = await registry.identity(index, T0)

        assert.deepEqual([...row?.sealed ?? []], new Array(32).fill(7))
        row?.sealed.fill(3)
        assert.deepEqual(await identityText(registry, index), [new Array(32).fill(7), undefined])
      })

      withStore('puts another in place of the one that was read, and of no other', async ({ registry }) => {
        assert.equal(await registry.replaceIdentity(a, one, { sealed: two }, at), false)
        assert.equal(await registry.replaceIdentity(a, undefined, { sealed: one }, at), true)
        assert.equal(await registry.replaceIdentity(a, undefined, { sealed: two }, at), false)
        assert.equal(await registry.replaceIdentity(a, bytesOf('on'), { sealed: two }, at), false)
        assert.equal(await registry.replaceIdentity(a, bytesOf('one '), undefined, at), false)
        assert.deepEqual(await identityText(registry, a), [[...one], undefined])
        assert.equal(await registry.replaceIdentity(a, one, { sealed: two }, at), true)
        assert.deepEqual(await identityText(registry, a), [[...two], undefined])
        assert.equal(registry.totals().identities, 1)
        assert.equal(await registry.replaceIdentity(a, two, undefined, at), true)
        assert.equal(await registry.identity(a, T0), undefined)
        assert.equal(registry.totals().identities, 0)
      })

      withStore('64 who put one there at once: one does, and what it put stands', async ({ registry }) => {
        const rows = range(1, 64).map(n => ({ sealed: bytesOf(`of ${n}`) }))
        const done = await Promise.all(rows.map(async row => await registry.replaceIdentity(a, undefined, row, at)))

        assert.deepEqual(done, [true, ...new Array(63).fill(false)])
        assert.deepEqual(await identityText(registry, a), [[...bytesOf('of 1')], undefined])
        assert.equal(registry.totals().identities, 1)
      })

      withStore('of an update and a removal that read the same one is done', async ({ registry }) => {
        await Promise.all(range(1, 40).map(async n => await registry.replaceIdentity(indexOf(n), undefined, { sealed: one }, at)))
        const done = await Promise.all(range(1, 40).map(async n => {
          const nexts = n % 2 === 0 ? [{ sealed: two }, undefined] : [undefined, { sealed: two }]

          return await Promise.all(nexts.map(async next => await registry.replaceIdentity(indexOf(n), one, next, at)))
        }))

        assert.ok(done.every(([first, second]) => first === true && second === false))
        assert.equal(registry.totals().identities, 20)
      })

      withStore('calls on one index take effect in their order', async ({ registry }) => {
        const rows = range(1, 100).map(n => bytesOf(`number ${n}`))
        const done = await Promise.all(rows.map(async (sealed, n) => await registry.replaceIdentity(a, rows[n - 1], { sealed }, at)))

        assert.ok(done.every(result => result))
        assert.deepEqual(await identityText(registry, a), [[...bytesOf('number 100')], undefined])
      })

      withStore('a tombstone is told until its time, and at its time there is nothing', async ({ registry }) => {
        const tombstone: IdentityRow = { sealed: two, forgetAtMs: T0 + 100 }

        await registry.replaceIdentity(a, undefined, { sealed: one }, at)
        assert.equal(await registry.replaceIdentity(a, one, tombstone, at), true)
        assert.deepEqual(registry.totals(), { identities: 0, presences: 0, nodes: 0 })
        assert.deepEqual(await identityText(registry, a, T0 + 99), [[...two], T0 + 100])
        assert.equal(await registry.replaceIdentity(a, undefined, { sealed: one }, { now: T0 + 99 }), false)
        assert.equal(await registry.identity(a, T0 + 100), undefined)
        // it had been read, and its time came
        assert.equal(await registry.replaceIdentity(a, two, { sealed: one }, { now: T0 + 100 }), false)
        assert.equal(await registry.replaceIdentity(a, undefined, { sealed: one }, { now: T0 + 100 }), true)
        assert.equal(await expireAll(registry, T0 + 1000), 0)
        assert.deepEqual(await identityText(registry, a, T0 + 1000), [[...one], undefined])
        assert.equal(registry.totals().identities, 1)
      })

      withStore('an identity takes the place of a tombstone that was read', async ({ registry }) => {
        await registry.replaceIdentity(a, undefined, { sealed: two, forgetAtMs: T0 + 100 }, at)
        assert.equal(await registry.replaceIdentity(a, two, { sealed: one }, at), true)
        assert.equal(await expireAll(registry, T0 + 100), 0)
        assert.deepEqual(await identityText(registry, a, T0 + 100), [[...one], undefined])
      })

      withStore('a tombstone whose time is over already leaves nothing', async ({ registry }) => {
        await registry.replaceIdentity(a, undefined, { sealed: one }, at)
        assert.equal(await registry.replaceIdentity(a, one, { sealed: two, forgetAtMs: T0 }, at), true)
        assert.equal(await registry.identity(a, 0), undefined)
        assert.equal(await expireAll(registry, T0 + 1), 0)
      })

      withStore('an identity that goes takes its presence along, in one step', async ({ registry }) => {
        for (const [n, next] of [[1, undefined], [2, { sealed: two, forgetAtMs: T0 + 100 }], [3, { sealed: two }]] as const) {
          await registry.replaceIdentity(indexOf(n), undefined, { sealed: one }, at)
          await registry.announce(indexOf(n), entryOf('x'), ANNOUNCE)
          assert.equal(await registry.replaceIdentity(indexOf(n), two, next, at), false)
          assert.equal((await registry.presence(indexOf(n), T0)).length, 1)
          assert.equal(await registry.replaceIdentity(indexOf(n), one, next, at), true)
          assert.equal((await registry.presence(indexOf(n), T0)).length, n === 3 ? 1 : 0)
        }

        assert.deepEqual(registry.totals(), { identities: 1, presences: 1, nodes: 0 })
        assert.equal(await registry.replaceIdentity(indexOf(3), two, { sealed: one }, { now: T0, dropPresence: true }), true)
        assert.deepEqual(registry.totals(), { identities: 1, presences: 0, nodes: 0 })
      })
    })

    describe('presence', () => {
      withStore('gives back entries, the newest first, whoever is registered', async ({ registry }) => {
        const sealed = Uint8Array.from(range(0, 255))

        assert.deepEqual(await registry.presence(a, T0), [])
        assert.deepEqual(await registry.announce(a, entryOf('x', T0 - 2, { sealed }), ANNOUNCE), { outcome: 'stored', expiresMs: T0 + 4998 })
        await registry.announce(a, entryOf('y', T0), ANNOUNCE)
        await registry.announce(a, entryOf('z', T0 - 1), ANNOUNCE)
        await registry.announce(b, entryOf('x', T0), ANNOUNCE)
        assert.deepEqual(await presenceText(registry, a), ['y at 0', 'z at -1', 'x at -2'])
        const [, , x] = await registry.presence(a, T0)

        assert.ok(x != null)
        assert.deepEqual({ ...x, id: [...x.id], sealed: [...x.sealed] }, { id: [120], atMs: T0 - 2, expiresMs: T0 + 4998, sealed: [...sealed] })
        assert.equal(registry.totals().presences, 4)
      })

      withStore('one entry an id: a newer one replaces it, an older one never does', async ({ registry }) => {
        await registry.announce(a, entryOf('x', T0), ANNOUNCE)
        assert.deepEqual(await registry.announce(a, entryOf('x', T0 - 1, { expiresMs: T0 + 90_000 }), ANNOUNCE), { outcome: 'older', expiresMs: T0 + 5000 })
        assert.deepEqual(await registry.announce(a, entryOf('x', T0, { sealed: bytesOf('same time') }), ANNOUNCE), { outcome: 'stored', expiresMs: T0 + 5000 })
        assert.deepEqual(await presenceText(registry, a), ['x at 0'])
        assert.deepEqual(await registry.announce(a, entryOf('x', T0 + 1), ANNOUNCE), { outcome: 'stored', expiresMs: T0 + 5001 })
        assert.deepEqual(await presenceText(registry, a), ['x at 1'])
        // the ids themselves are told apart
        await registry.announce(a, entryOf('x\0', T0), ANNOUNCE)
        assert.deepEqual(await presenceText(registry, a), ['x at 1', 'x\0 at 0'])
        assert.equal(registry.totals().presences, 2)
      })

      withStore('keeps the newest of an index, and an entry that is older than all of a full one is older', async ({ registry }) => {
        for (const n of range(1, 8)) {
          assert.equal((await registry.announce(a, entryOf(`e${n}`, T0 + 10 * n), ANNOUNCE)).outcome, 'stored')
        }

        assert.deepEqual(await registry.announce(a, entryOf('late', T0 + 9), ANNOUNCE), { outcome: 'older', expiresMs: T0 + 5080 })
        // not older than the oldest: it takes its place
        assert.equal((await registry.announce(a, entryOf('new', T0 + 10), ANNOUNCE)).outcome, 'stored')
        assert.deepEqual(await presenceText(registry, a), ['e8 at 80', 'e7 at 70', 'e6 at 60', 'e5 at 50', 'e4 at 40', 'e3 at 30', 'e2 at 20', 'new at 10'])
        assert.equal((await registry.announce(a, entryOf('e2', T0 + 90), ANNOUNCE)).outcome, 'stored')
        assert.equal(registry.totals().presences, 8)
        // fewer are wanted than are there
        assert.equal((await registry.announce(a, entryOf('last', T0 + 99), { ...ANNOUNCE, maxEntries: 2 })).outcome, 'stored')
        assert.deepEqual(await presenceText(registry, a), ['last at 99', 'e2 at 90'])
        assert.equal(registry.totals().presences, 2)
      })

      withStore('the last entry of all that fits passes, the next does not, but for one that replaces', async ({ registry }) => {
        const three = { ...ANNOUNCE, maxEntries: 2, maxTotal: 3 }

        await registry.announce(a, entryOf('x', T0 + 1), three)
        await registry.announce(a, entryOf('y', T0 + 2), three)
        assert.equal((await registry.announce(b, entryOf('x'), three)).outcome, 'stored')
        assert.deepEqual(await registry.announce(b, entryOf('y'), three), { outcome: 'full', expiresMs: 0 })
        assert.equal((await registry.announce(indexOf(3), entryOf('x'), three)).outcome, 'full')
        assert.equal((await registry.announce(b, entryOf('x', T0 + 5), three)).outcome, 'stored')
        // it pushes one of its own out
        assert.equal((await registry.announce(a, entryOf('z', T0 + 5), three)).outcome, 'stored')
        assert.equal(registry.totals().presences, 3)
        assert.equal(await registry.forgetPresence(b), 1)
        assert.equal((await registry.announce(indexOf(3), entryOf('x'), three)).outcome, 'stored')
      })

      withStore('64 racing for the last place: one gets it', async ({ registry }) => {
        const results = await Promise.all(range(1, 64).map(async n => await registry.announce(indexOf(n), entryOf('x'), { ...ANNOUNCE, maxTotal: 1 })))

        assert.deepEqual(results.map(({ outcome }) => outcome), ['stored', ...new Array(63).fill('full')])
      })

      withStore('an entry is there until it is over; then its own index has room at once, the others when it is collected', async ({ registry }) => {
        const tight = { ...ANNOUNCE, maxEntries: 1, maxTotal: 1 }
        const late = { ...tight, now: T0 + 5000 }

        await registry.announce(a, entryOf('x'), tight)
        assert.equal((await registry.presence(a, T0 + 4999)).length, 1)
        assert.equal((await registry.presence(a, T0 + 5000)).length, 0)
        assert.equal((await registry.announce(b, entryOf('x', T0 + 4999), late)).outcome, 'full')
        // it is older than the one that is over
        assert.equal((await registry.announce(a, entryOf('y', T0 - 1, { expiresMs: T0 + 5001 }), late)).outcome, 'stored')
        assert.equal(await expireAll(registry, T0 + 5001), 1)
        assert.equal((await registry.announce(b, entryOf('x', T0 + 4999), { ...late, now: T0 + 5001 })).outcome, 'stored')
      })

      withStore('what is over already is not stored', async ({ registry }) => {
        assert.deepEqual(await registry.announce(a, entryOf('x', T0 - 5000), ANNOUNCE), { outcome: 'older', expiresMs: T0 })
        await registry.announce(a, entryOf('x', T0 - 9000, { expiresMs: T0 + 7 }), ANNOUNCE)
        assert.deepEqual(await registry.announce(a, entryOf('x', T0 - 5000), ANNOUNCE), { outcome: 'older', expiresMs: T0 + 7 })
        assert.equal(registry.totals().presences, 1)
      })

      withStore('is judged by the identity that was read, and spends what it brings whatever becomes of the entry', async ({ registry }) => {
        const announce = async (entry: PresenceRow, identity: AnnounceOptions['identity'], maxTotal = 1): Promise<unknown> => (await registry.announce(a, entry, { ...ANNOUNCE, maxTotal, identity })).outcome

        assert.equal(await announce(entryOf('x'), { expected: one }), 'changed')
        assert.equal(await announce(entryOf('x'), { expected: undefined }), 'stored')
        await registry.replaceIdentity(a, undefined, { sealed: one }, at)
        assert.equal(await announce(entryOf('x', T0 + 1), { expected: undefined }), 'changed')
        assert.equal(await announce(entryOf('x', T0 + 1), { expected: one }), 'stored')
        assert.equal(await announce(entryOf('x', T0 + 2), { expected: two, next: one }), 'changed')
        assert.equal(await announce(entryOf('x', T0 + 2), { expected: one, next: two }), 'stored')
        assert.equal(await announce(entryOf('x', T0), { expected: two, next: bytesOf('three') }), 'older')
        assert.equal(await announce(entryOf('y', T0 + 2), { expected: bytesOf('three'), next: bytesOf('four') }), 'full')
        assert.deepEqual(await identityText(registry, a), [[...bytesOf('four')], undefined])
        assert.deepEqual(await presenceText(registry, a), ['x at 2'])
        assert.deepEqual(registry.totals(), { identities: 1, presences: 1, nodes: 0 })
      })

      withStore('forgets all entries of one index', async ({ registry }) => {
        await Promise.all(['x', 'y'].map(async id => await registry.announce(a, entryOf(id), ANNOUNCE)))
        await registry.announce(b, entryOf('x'), ANNOUNCE)
        assert.equal(await registry.forgetPresence(a), 2)
        assert.equal(await registry.forgetPresence(a), 0)
        assert.deepEqual(await registry.presence(a, T0), [])
        assert.deepEqual(await presenceText(registry, b), ['x at 0'])
        assert.equal(await expireAll(registry, T0 + 5000), 1)
        assert.equal(registry.totals().presences, 0)
      })
    })

    describe('nodes', () => {
      const put = async (registry: RegistryStore, id: string, expiresMs = T0 + 5000, now = T0): Promise<boolean> => await registry.putNode(bytesOf(id), { value: bytesOf(`value of ${id}`), expiresMs }, { now, maxNodes: 3 })
      const ids = async (registry: RegistryStore, now = T0): Promise<string[]> => (await registry.nodes(now)).map(({ id }) => textOf(id))

      withStore('lists those that are not over, by their ids', async ({ registry }) => {
        for (const id of ['http://b', 'http://a', 'x'.repeat(256)]) {
          assert.equal(await put(registry, id, id === 'http://a' ? T0 + 1 : T0 + 5000), true)
        }

        assert.deepEqual(await ids(registry), ['http://a', 'http://b', 'x'.repeat(256)])
        assert.deepEqual(await ids(registry, T0 + 1), ['http://b', 'x'.repeat(256)])
        const node = (await registry.nodes(T0))[1]

        assert.deepEqual(node == null ? undefined : [textOf(node.value), node.expiresMs], ['value of http://b', T0 + 5000])
      })

      withStore('takes as many as there may be, and replaces those that are there', async ({ registry }) => {
        assert.deepEqual(await Promise.all(['a', 'b', 'c', 'd'].map(async id => await put(registry, id))), [true, true, true, false])
        assert.equal(await put(registry, 'a', T0 + 9000), true)
        assert.equal(await registry.removeNode(bytesOf('b')), true)
        assert.equal(await registry.removeNode(bytesOf('b')), false)
        assert.equal(await put(registry, 'd'), true)
        assert.equal(registry.totals().nodes, 3)
        // over and not yet collected
        assert.equal(await put(registry, 'e', T0 + 9000, T0 + 5000), false)
        assert.equal(await expireAll(registry, T0 + 5000), 2)
        assert.deepEqual(await ids(registry, T0 + 5000), ['a'])
        assert.equal(await put(registry, 'e', T0 + 9000, T0 + 5000), true)
        assert.equal(registry.totals().nodes, 2)
      })

      withStore('one that is over already is none', async ({ registry }) => {
        await put(registry, 'a')
        assert.equal(await put(registry, 'a', T0), true)
        assert.equal(await put(registry, 'b', T0), true)
        assert.equal(registry.totals().nodes, 0)
      })
    })

    describe('time', () => {
      withStore('collects what is over, in slices, and no more', async ({ registry }) => {
        const many = { ...ANNOUNCE, maxTotal: 10_000 }

        await Promise.all(range(1, 600).map(async n => {
          await registry.announce(indexOf(n), entryOf('x', T0, { expiresMs: T0 + (n <= 400 ? 100 : 101) }), many)
          await registry.announce(indexOf(n), entryOf('y', T0, { expiresMs: T0 + 200 }), many)
          await registry.putNode(bytesOf(`node ${n}`), { value: one, expiresMs: T0 + (n <= 300 ? 100 : 101) }, { now: T0, maxNodes: 600 })
          await registry.replaceIdentity(indexOf(n), undefined, n % 3 === 0 ? { sealed: one } : { sealed: two, forgetAtMs: T0 + (n <= 150 ? 100 : 101) }, at)
        }))
        assert.deepEqual(registry.totals(), { identities: 200, presences: 400, nodes: 600 })
        await Promise.all(range(1, 600).map(async n => {
          await registry.announce(indexOf(n), entryOf('x', T0, { expiresMs: T0 + (n <= 400 ? 100 : 101) }), many)
          await registry.announce(indexOf(n), entryOf('y', T0, { expiresMs: T0 + 200 }), many)
        }))
        assert.deepEqual(registry.totals(), { identities: 200, presences: 1200, nodes: 600 })
        let removed = 0
        let more = true

        while (more) {
          const slice = await registry.expire({ now: T0 + 100, budgetMs: 1 })
          removed += slice.removed
          more = slice.more
        }

        assert.equal(removed, 400 + 300 + 100)
        assert.deepEqual(registry.totals(), { identities: 200, presences: 800, nodes: 300 })
        assert.deepEqual(await registry.expire({ now: T0 + 100 }), { removed: 0, more: false })
        assert.equal(await expireAll(registry, T0 + 101), 200 + 300 + 300)
        assert.equal(await expireAll(registry, T0 + 200), 600)
        assert.deepEqual(registry.totals(), { identities: 200, presences: 0, nodes: 0 })
      })

      withStore('collects nothing of what was replaced or refreshed meanwhile', async ({ registry }) => {
        for (const n of range(0, 9)) {
          await registry.announce(a, entryOf('x', T0 + 1000 * n), ANNOUNCE)
          await registry.putNode(one, { value: two, expiresMs: T0 + 5000 + 1000 * n }, { now: T0, maxNodes: 1 })
        }

        assert.equal(await expireAll(registry, T0 + 13_999), 0)
        assert.equal(await expireAll(registry, T0 + 14_000), 2)
      })

      withStore('a clock that steps back brings nothing back', async store => {
        const { registry } = store

        await registry.announce(a, entryOf('x'), ANNOUNCE)
        await registry.replaceIdentity(a, undefined, { sealed: one, forgetAtMs: T0 + 5000 }, at)
        await registry.announce(a, entryOf('x'), ANNOUNCE)
        await registry.putNode(one, { value: one, expiresMs: T0 + 5000 }, { now: T0 + 5000, maxNodes: 5 })
        assert.equal(store.clockFloorMs, T0 + 5000)
        assert.equal(await registry.identity(a, T0), undefined)
        assert.deepEqual(await registry.presence(a, T0), [])
        assert.deepEqual(await registry.nodes(T0), [])
        assert.equal((await registry.announce(b, entryOf('x'), ANNOUNCE)).outcome, 'older')
        assert.equal(await expireAll(registry, T0), 2)
      })

      withStore('expire moves the clock on, also where there is nothing to collect', async store => {
        await store.registry.expire({ now: T0 + 1 })
        assert.equal(store.clockFloorMs, T0 + 1)
        assert.equal(await store.registry.putNode(one, { value: one, expiresMs: T0 + 1 }, { now: T0, maxNodes: 5 }), true)
        assert.deepEqual(await store.registry.nodes(T0), [])
      })

      withStore('a read leaves the clock as it is', async store => {
        await store.registry.announce(a, entryOf('x'), ANNOUNCE)
        assert.deepEqual(await store.registry.presence(a, T0 + 5000), [])
        await store.registry.identity(a, T0 + 5000)
        await store.registry.nodes(T0 + 5000)
        assert.equal((await store.registry.presence(a, T0)).length, 1)
        assert.equal(store.clockFloorMs, T0)
      })

      withStore('after a clock that was ahead was set back, what is stored then goes at its time', async store => {
        const { registry } = store
        const year = 31_536_000_000

        await registry.announce(a, entryOf('x', T0 + year), { ...ANNOUNCE, now: T0 + year })
        assert.equal(await expireAll(registry, T0 + year + 5000), 1)

        while ((await store.mailbox.expire({ dedupeMs: 0, counterMs: 1, now: T0, setBack: true })).more);

        assert.equal(store.clockFloorMs, T0)
        await registry.announce(a, entryOf('x'), ANNOUNCE)
        assert.equal((await registry.presence(a, T0 + 4999)).length, 1)
        assert.equal(await expireAll(registry, T0 + 5000), 1)
      })
    })

    describe('settings', () => {
      withStore('gives back what was set last, by name', async ({ settings }) => {
        const large = Uint8Array.from(range(1, 65_536).map(n => n % 251))

        assert.equal(await settings.get('pepper'), undefined)
        await settings.set('pepper', one)
        await settings.set('pepper', large)
        await settings.set('p', new Uint8Array())
        assert.ok(Buffer.from(await settings.get('pepper') ?? []).equals(large))
        assert.deepEqual([...await settings.get('p') ?? [1]], [])
        ;(await settings.get('pepper'))?.fill(0)
        assert.ok(Buffer.from(await settings.get('pepper') ?? []).equals(large))
      })

      withStore('of many that set what is not there the first one does, and all get what it set', async ({ settings }) => {
        const values = await Promise.all(range(1, 20).map(async n => await settings.setIfAbsent('key', bytesOf(`value ${n}`))))

        assert.deepEqual(new Set(values.map(textOf)), new Set(['value 1']))
        await settings.set('key', two)
        assert.equal(textOf(await settings.setIfAbsent('key', one)), 'two')
      })
    })

    describe('as a whole', () => {
      withStore('refuses what its types do not hold, and goes on', async ({ registry, settings }) => {
        const refused = async (...calls: Array<Promise<unknown>>): Promise<void> => {
          for (const result of await Promise.allSettled(calls)) {
            assert.ok(result.status === 'rejected')
            assert.equal((result.reason as { code?: string }).code, 'invalid_input')
          }
        }

        for (const index of [new Uint8Array(31), new Uint8Array(33), new Uint8Array()]) {
          await refused(registry.identity(index, T0), registry.replaceIdentity(index, undefined, undefined, at), registry.announce(index, entryOf('x'), ANNOUNCE), registry.presence(index, T0), registry.forgetPresence(index))
        }

        for (const now of [NaN, -1, 2 ** 48, 0.5]) {
          await refused(registry.identity(a, now), registry.replaceIdentity(a, undefined, undefined, { now }), registry.announce(a, entryOf('x'), { ...ANNOUNCE, now }), registry.presence(a, now), registry.nodes(now), registry.putNode(one, { value: one, expiresMs: T0 }, { now, maxNodes: 1 }), registry.expire({ now }))
        }

        await refused(...[new Uint8Array(), new Uint8Array(131_073)].map(async sealed => await registry.replaceIdentity(a, undefined, { sealed }, at)))
        await refused(registry.replaceIdentity(a, undefined, { sealed: one, forgetAtMs: 2 ** 48 }, at), registry.announce(a, entryOf('x'), { ...ANNOUNCE, identity: { expected: undefined, next: new Uint8Array() } }))
        await refused(...[{ id: new Uint8Array() }, { id: new Uint8Array(33) }, { atMs: -1 }, { expiresMs: NaN }, { sealed: new Uint8Array() }, { sealed: new Uint8Array(8193) }].map(async wrong => await registry.announce(a, entryOf('x', T0, wrong), ANNOUNCE)))
        await refused(...[{ maxEntries: 0 }, { maxEntries: 65 }, { maxTotal: 0 }].map(async wrong => await registry.announce(a, entryOf('x'), { ...ANNOUNCE, ...wrong })))
        await refused(...[0, 257].map(async length => await registry.removeNode(new Uint8Array(length))))
        await refused(registry.putNode(one, { value: new Uint8Array(4097), expiresMs: T0 }, { now: T0, maxNodes: 1 }), registry.putNode(one, { value: one, expiresMs: T0 }, { now: T0, maxNodes: 0 }))
        await refused(settings.get(''), settings.get('x'.repeat(65)), settings.set('\ud800', one), settings.set('x', new Uint8Array(65_537)), settings.setIfAbsent('x', new Uint8Array(65_537)))
        assert.deepEqual(registry.totals(), { identities: 0, presences: 0, nodes: 0 })
      })

      withStore('takes the largest of everything', async ({ registry }) => {
        await registry.replaceIdentity(a, undefined, { sealed: new Uint8Array(131_072).fill(1) }, at)
        await Promise.all(range(0, 63).map(async n => await registry.announce(a, { id: new Uint8Array(32).fill(n), atMs: T0 + n, expiresMs: 2 ** 48 - 1, sealed: new Uint8Array(8192).fill(n) }, { ...ANNOUNCE, maxEntries: 64 })))
        assert.equal((await registry.identity(a, T0))?.sealed.byteLength, 131_072)
        assert.deepEqual((await registry.presence(a, T0)).map(({ sealed }) => [sealed.byteLength, sealed[8191]]), range(0, 63).reverse().map(n => [8192, n]))
      })

      withStore('finds nothing to mend after all kinds of calls', async store => {
        await fill(store)
        await expireAll(store.registry, T0 + 2000)
        assert.deepEqual(await all(store.verify()), [])
      })

      withStore('settles every call when it is closed, and refuses later ones', async store => {
        const { registry, settings } = store
        const calls = [registry.replaceIdentity(a, undefined, { sealed: one }, at), registry.announce(a, entryOf('x'), ANNOUNCE), registry.putNode(one, { value: one, expiresMs: T0 + 1 }, { now: T0, maxNodes: 1 }), settings.set('x', one)]
        const closed = store.close()

        await Promise.all(calls)
        await closed

        for (const call of [registry.identity(a, T0), registry.replaceIdentity(a, undefined, undefined, at), registry.announce(a, entryOf('x'), ANNOUNCE), registry.presence(a, T0), registry.forgetPresence(a), registry.nodes(T0), registry.putNode(one, { value: one, expiresMs: T0 }, { now: T0, maxNodes: 1 }), registry.removeNode(one), registry.expire(at), settings.get('x'), settings.set('x', one), settings.setIfAbsent('x', one)]) {
          await assert.rejects(call, (err: unknown) => err instanceof StorageError && err.code === 'storage_error')
        }
      })

      using('is the same after it was closed and opened', async (store, subject) => {
        if (!subject.persistent) {
          return
        }

        await fill(store)
        const before = await contents(store)

        await store.close()
        const again = await subject.open()

        assert.deepEqual(await contents(again), before)
        assert.deepEqual(await all(again.verify()), [])
        // all but the five identities
        assert.equal(await expireAll(again.registry, T0 + 100_000), before.totals.presences + before.totals.nodes + 5)
        assert.deepEqual(again.registry.totals(), { identities: 5, presences: 0, nodes: 0 })

        return again
      })
    })
  })
}

/** Five identities, five tombstones, presence of ten, five nodes, a setting. */
async function fill ({ registry, settings }: Store): Promise<void> {
  for (const n of range(1, 10)) {
    await registry.replaceIdentity(indexOf(n), undefined, { sealed: bytesOf(`identity ${n}`) }, { now: T0 })

    if (n % 2 === 0) {
      await registry.replaceIdentity(indexOf(n), bytesOf(`identity ${n}`), { sealed: bytesOf(`tombstone ${n}`), forgetAtMs: T0 + 10_000 * n }, { now: T0 })
    }

    for (const id of ['x', 'y', 'x', 'z'].slice(0, n)) {
      await registry.announce(indexOf(n), entryOf(id, T0 + n * id.charCodeAt(0)), { ...ANNOUNCE, maxEntries: 2 })
    }

    await registry.putNode(indexOf(n % 5), { value: bytesOf(`node ${n}`), expiresMs: T0 + 7000 + n }, { now: T0, maxNodes: 9 })
  }

  await settings.set('some', bytesOf('thing'))
}

async function contents ({ registry, settings }: Store): Promise<{ rows: unknown[], totals: ReturnType<RegistryStore['totals']> }> {
  const rows = await Promise.all(range(0, 11).map(async n => [await identityText(registry, indexOf(n)), await presenceText(registry, indexOf(n))]))

  return { rows: [...rows, (await registry.nodes(T0)).map(({ id, value, expiresMs }) => [[...id], textOf(value), expiresMs]), textOf(await settings.get('some'))], totals: registry.totals() }
}

async function identityText (registry: RegistryStore, index: Uint8Array, now = T0): Promise<[number[], number | undefined] | undefined> {
  const row = await registry.identity(index, now)

  return row == null ? undefined : [[...row.sealed], row.forgetAtMs]
}

/** `<id> at <milliseconds after T0>` */
async function presenceText (registry: RegistryStore, index: Uint8Array): Promise<string[]> {
  return (await registry.presence(index, T0)).map(({ id, atMs }) => `${textOf(id)} at ${atMs - T0}`)
}

function textOf (bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes)
}

async function expireAll (registry: RegistryStore, now: number): Promise<number> {
  let removed = 0

  while (true) {
    const slice = await registry.expire({ now })
    removed += slice.removed

    if (!slice.more) {
      return removed
    }
  }
}
