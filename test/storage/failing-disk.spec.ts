import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { ALL, LIMITS, T0, TERMS, itemOf, keyOf } from '../../src/storage/conformance.js'
import { AREA } from '../../src/storage/level/keys.js'
import { openDb } from '../../src/storage/level/open.js'
import { LevelStore } from '../../src/storage/level/store.js'
import { ANNOUNCE, bytesOf, entryOf, indexOf } from '../../src/storage/registry-conformance.js'
import { findings, withFolder } from './folder.js'
import type { Db } from '../../src/storage/level/db.js'
import type { Opened } from '../../src/storage/level/open.js'
import type { StoreHealth } from '../../src/storage/index.js'

type Write = (...batch: unknown[]) => Promise<void>

/** The real engine behind a disk that does as it is told, at the one call that writes batches. */
class Disk {
  /** Each write asks; `before` fails without writing, `after` writes and then says that it failed. */
  plan: (count: number) => 'before' | 'after' | undefined = () => undefined
  canOpen = true
  writes = 0
  opens = 0
  compactions = 0
  /** A write waits for it. */
  gate: Promise<void> = Promise.resolve()
  /** A compaction waits for it. */
  compactorGate: Promise<void> = Promise.resolve()

  readonly open = async (path: string): Promise<Opened> => {
    if (!this.canOpen) {
      throw new Error('no space left on device')
    }

    const opened = await openDb(path)
    const write = opened.db.writeRows.bind(opened.db) as Write

    const compact = opened.db.compactRange.bind(opened.db) as Write

    this.opens++
    opened.db.compactRange = (async (...range: unknown[]) => {
      this.compactions++
      await this.compactorGate
      await compact(...range)
    }) as unknown as Db['compactRange']
    opened.db.writeRows = async rows => { await this.#write(write, [rows]) }

    return opened
  }

  async #write (write: Write, batch: unknown[]): Promise<void> {
    const plan = this.plan(++this.writes)

    await this.gate

    if (plan !== 'before') {
      await write(...batch)
    }

    if (plan != null) {
      throw new Error('IO error: fdatasync: Input/output error')
    }
  }
}

async function withDisk (test: (store: LevelStore, disk: Disk, folder: string) => Promise<void>): Promise<void> {
  await withFolder(async folder => {
    const disk = new Disk()
    const store = await LevelStore.open(folder, {}, { open: disk.open })

    try {
      await test(store, disk, folder)
    } finally {
      await store.close()
    }
  })
}

async function healthy (store: LevelStore): Promise<void> {
  while (store.health().state !== 'ready') {
    await delay(5)
  }
}

const storageError = { code: 'storage_error', retryable: true }

describe('a store on a failing disk', () => {
  it('answers storage_error, opens the engine again, and goes on without a gap in seq', async () => {
    await withDisk(async (store, disk) => {
      const states: Array<StoreHealth['state']> = []
      store.addEventListener('health', ({ detail }) => { states.push(detail.state) })
      await store.mailbox.push('a', itemOf(1), LIMITS)
      disk.plan = () => 'before'
      const failed = store.mailbox.push('a', itemOf(2), LIMITS)

      await assert.rejects(failed, storageError)
      disk.plan = () => undefined
      await assert.rejects(store.mailbox.push('a', itemOf(3), LIMITS), storageError)
      await assert.rejects(store.mailbox.pull('a', ALL), storageError)
      await healthy(store)
      assert.deepEqual(states, ['reopening', 'ready'])
      assert.equal(store.stats().failures, 1)
      assert.equal((await store.mailbox.push('a', itemOf(2), LIMITS)).seq, 2)
      assert.deepEqual((await store.mailbox.pull('a', ALL)).items.map(({ seq }) => seq), [1, 2])
      assert.deepEqual(await findings(store), [])
    })
  })

  it('a push that failed and is there all the same is a duplicate when it is tried again', async () => {
    await withDisk(async (store, disk) => {
      disk.plan = count => count === 1 ? 'after' : undefined
      await assert.rejects(store.mailbox.push('a', itemOf(1), LIMITS), storageError)
      await healthy(store)
      assert.deepEqual(await store.mailbox.push('a', itemOf(1), LIMITS), { outcome: 'duplicate', differs: false, seq: 1, deadlineMs: T0 + 5000, queueLen: 1, queueBytes: 6 })
      assert.deepEqual(store.mailbox.totals(), { items: 1, bytes: 6 })
      assert.deepEqual(await findings(store), [])
    })
  })

  it('fails all that rests on a failed batch, and nothing of it shows', async () => {
    await withDisk(async (store, disk) => {
      const { promise, resolve } = Promise.withResolvers<undefined>()
      disk.gate = promise
      disk.plan = count => count === 1 ? 'before' : undefined
      const calls = [
        store.mailbox.push('a', itemOf(1), LIMITS),
        (async () => {
          // made while the first one is being written: a duplicate of it, and an ack
          while (disk.writes === 0) { await delay(1) }
          const late = [store.mailbox.push('a', itemOf(1), LIMITS), store.mailbox.ack('a', { keys: [keyOf(1)] }, TERMS), store.mailbox.push('a', itemOf(9, new Uint8Array(900_000)), LIMITS)]
          await delay(20)
          resolve(undefined)
          return await Promise.all((await Promise.allSettled(late)).map(async ({ status }) => { assert.equal(status, 'rejected') }))
        })()
      ]

      await assert.rejects(Promise.all([calls[0]]), storageError)
      await calls[1]
      await healthy(store)
      assert.deepEqual(store.mailbox.totals(), { items: 0, bytes: 0 })
      assert.equal((await store.mailbox.stat('a')).nextSeq, 1)
    })
  })

  it('tries until the engine opens, settles every call meanwhile, and can be closed meanwhile', async () => {
    await withDisk(async (store, disk) => {
      disk.plan = count => count === 2 ? 'before' : undefined
      await store.mailbox.push('a', itemOf(1), LIMITS)
      disk.canOpen = false
      await assert.rejects(store.mailbox.push('a', itemOf(2), LIMITS), storageError)
      await delay(120)
      assert.equal(store.health().state, 'reopening')
      assert.match(store.health().reason ?? '', /no space left/)
      await assert.rejects(store.mailbox.ack('a', { upToSeq: 1 }, TERMS), storageError)
      disk.canOpen = true
      await healthy(store)
      assert.deepEqual((await store.mailbox.pull('a', ALL)).items.map(({ seq }) => seq), [1])
      disk.canOpen = false
      disk.plan = () => 'before'
      await assert.rejects(store.mailbox.push('a', itemOf(2), LIMITS), storageError)
      await store.close()
      await assert.rejects(store.mailbox.push('a', itemOf(2), LIMITS), storageError)
    })
  })

  it('under load with every tenth write failing, what was answered is there once, in order, and all else can be tried again', async () => {
    await withDisk(async (store, disk) => {
      disk.plan = count => count % 10 === 0 ? (count % 20 === 0 ? 'after' : 'before') : undefined
      const answered = new Set<number>()
      const one = async (n: number): Promise<void> => {
        while (!answered.has(n)) {
          try {
            await store.mailbox.push(`m${n % 3}`, itemOf(n, new Uint8Array(n % 50 === 0 ? 400_000 : 10)), LIMITS)
            answered.add(n)
          } catch (err) {
            assert.equal((err as { code?: string }).code, 'storage_error')
            await delay(5)
          }
        }
      }

      await Promise.all(Array.from({ length: 16 }, async (_, loop) => {
        for (let n = loop; n < 400; n += 16) {
          await one(n)
        }
      }))
      disk.plan = () => undefined
      await healthy(store)
      const seen: number[] = []

      for (const mailbox of ['m0', 'm1', 'm2']) {
        const { items } = await store.mailbox.pull(mailbox, ALL)
        assert.deepEqual(items.map(({ seq }) => seq), items.map((_, index) => index + 1))
        seen.push(...items.map(({ messageId }) => new DataView(messageId.buffer, messageId.byteOffset).getUint32(12)))
      }

      assert.deepEqual(seen.sort((a, b) => a - b), Array.from({ length: 400 }, (_, n) => n))
      assert.ok(disk.opens > 2)
      assert.deepEqual(await findings(store), [])
    })
  })

  it('below min_free_bytes pushes get storage_full, all else goes on, and it heals by itself', async () => {
    await withFolder(async folder => {
      let free = 1000
      let now = 0
      let asked = 0
      const store = await LevelStore.open(folder, { minFreeBytes: 500 }, { now: () => now, free: async () => { asked++; return free } })

      await store.mailbox.push('a', itemOf(1), LIMITS)
      free = 499
      now = 1000
      await assert.rejects(store.mailbox.push('a', itemOf(2), LIMITS), { code: 'storage_full', retryable: true })
      assert.equal(store.health().state, 'full')
      assert.equal((await store.mailbox.push('a', itemOf(1), LIMITS)).outcome, 'duplicate')
      assert.equal((await store.mailbox.pull('a', ALL)).items.length, 1)
      assert.equal((await store.mailbox.ack('a', { keys: [keyOf(1)] }, TERMS)).deleted, 1)
      free = 100_000
      await assert.rejects(store.mailbox.push('a', itemOf(2), LIMITS), { code: 'storage_full' })
      assert.equal(asked, 2)
      now = 2000
      assert.equal((await store.mailbox.push('a', itemOf(2), LIMITS)).outcome, 'stored')
      assert.equal(store.health().state, 'ready')
      assert.equal(asked, 3)
      await store.close()
    })
  })

  it('below min_free_bytes the registry takes nothing more; what is there can be read, removed and collected, and settings have room', async () => {
    await withFolder(async folder => {
      let free = 100_000
      let now = 0
      const store = await LevelStore.open(folder, { minFreeBytes: 500 }, { now: () => now, free: async () => free })
      const { registry, settings } = store
      const node = { value: bytesOf('v'), expiresMs: T0 + 5000 }
      const nodes = { now: T0, maxNodes: 9 }
      const full = { code: 'storage_full', retryable: true }

      await registry.replaceIdentity(indexOf(1), undefined, { sealed: bytesOf('one') }, nodes)
      await registry.replaceIdentity(indexOf(2), undefined, { sealed: bytesOf('two') }, nodes)
      await registry.announce(indexOf(1), entryOf('x'), ANNOUNCE)
      await registry.putNode(bytesOf('node'), node, nodes)
      free = 499
      now = 1000
      await assert.rejects(registry.replaceIdentity(indexOf(3), undefined, { sealed: bytesOf('three') }, nodes), full)
      await assert.rejects(registry.replaceIdentity(indexOf(1), bytesOf('one'), { sealed: bytesOf('new') }, nodes), full)
      await assert.rejects(registry.announce(indexOf(1), entryOf('y'), { ...ANNOUNCE, identity: { expected: bytesOf('one'), next: bytesOf('new') } }), full)
      await assert.rejects(registry.putNode(bytesOf('other'), node, nodes), full)
      assert.equal(store.health().state, 'full')
      // what stores nothing is answered as ever
      assert.equal(await registry.replaceIdentity(indexOf(1), undefined, { sealed: bytesOf('new') }, nodes), false)
      assert.equal((await registry.announce(indexOf(1), entryOf('x', T0 - 1), ANNOUNCE)).outcome, 'older')
      assert.equal((await registry.announce(indexOf(1), entryOf('y'), { ...ANNOUNCE, maxTotal: 1 })).outcome, 'full')
      assert.equal(Buffer.from((await registry.identity(indexOf(1), T0))?.sealed ?? []).toString(), 'one')
      assert.equal((await registry.presence(indexOf(1), T0)).length, 1)
      await settings.set('key', bytesOf('value'))
      assert.equal(await registry.replaceIdentity(indexOf(1), bytesOf('one'), { sealed: bytesOf('gone'), forgetAtMs: T0 + 5000 }, nodes), true)
      assert.equal(await registry.replaceIdentity(indexOf(2), bytesOf('two'), undefined, nodes), true)
      assert.deepEqual(registry.totals(), { identities: 0, presences: 0, nodes: 1 })
      assert.equal((await registry.expire({ now: T0 + 5000 })).removed, 2)
      free = 100_000
      now = 2000
      assert.equal(await registry.replaceIdentity(indexOf(3), undefined, { sealed: bytesOf('three') }, nodes), true)
      assert.deepEqual(await findings(store), [])
      await store.close()
    })
  })

  it('a change of the registry whose write failed is not done, or was and is found so when it is tried again', async () => {
    await withDisk(async (store, disk) => {
      const { registry } = store
      const at = { now: T0 }

      await registry.replaceIdentity(indexOf(1), undefined, { sealed: bytesOf('one') }, at)
      await registry.announce(indexOf(1), entryOf('x'), ANNOUNCE)

      for (const [plan, stands] of [['before', 'one'], ['after', 'two']] as const) {
        disk.plan = () => plan
        const update = registry.replaceIdentity(indexOf(1), bytesOf('one'), { sealed: bytesOf('two') }, at)
        const calls = [registry.announce(indexOf(1), entryOf('y', T0 + 1), ANNOUNCE), registry.putNode(bytesOf('node'), { value: bytesOf('v'), expiresMs: T0 + 5000 }, { now: T0, maxNodes: 1 })]

        await assert.rejects(update, storageError)
        await Promise.all(calls.map(async call => { await assert.rejects(call, storageError) }))
        disk.plan = () => undefined
        await assert.rejects(registry.identity(indexOf(1), T0), storageError)
        await healthy(store)
        assert.equal(Buffer.from((await registry.identity(indexOf(1), T0))?.sealed ?? []).toString(), stands)
        assert.deepEqual(registry.totals(), { identities: 1, presences: plan === 'before' ? 1 : 2, nodes: plan === 'before' ? 0 : 1 })
        assert.deepEqual(await findings(store), [])
      }

      assert.equal(await registry.replaceIdentity(indexOf(1), bytesOf('one'), { sealed: bytesOf('two') }, at), false)
      assert.equal((await registry.announce(indexOf(1), entryOf('y', T0 + 1), ANNOUNCE)).outcome, 'stored')
      assert.deepEqual(registry.totals(), { identities: 1, presences: 2, nodes: 1 })
    })
  })

  it('judges a change by those that are still being written', async () => {
    await withDisk(async (store, disk) => {
      const { registry } = store
      const at = { now: T0 }
      const [one, two] = [bytesOf('one'), bytesOf('two')]
      /** The second one is made into a batch while the first one is being written. */
      const inTurn = async (...calls: Array<() => Promise<unknown>>): Promise<unknown[]> => {
        const { promise, resolve } = Promise.withResolvers<void>()
        const made: Array<Promise<unknown>> = []

        disk.gate = promise

        for (const call of calls) {
          const { writes } = disk

          made.push(call())

          while (made.length === 1 && disk.writes === writes) { await delay(1) }
        }

        await delay(20)
        resolve()

        return await Promise.all(made)
      }
      const replace = (expected?: Uint8Array, next?: Uint8Array) => async () => await registry.replaceIdentity(indexOf(1), expected, next == null ? undefined : { sealed: next }, at)

      assert.deepEqual(await inTurn(replace(undefined, one), replace(one, two)), [true, true])
      assert.deepEqual(await inTurn(replace(two), replace(two, one), replace(undefined, one)), [true, false, true])
      await inTurn(async () => await registry.announce(indexOf(1), entryOf('x'), ANNOUNCE), async () => await registry.announce(indexOf(1), entryOf('y'), ANNOUNCE))
      assert.equal((await registry.presence(indexOf(1), T0)).length, 2)
      assert.deepEqual(registry.totals(), { identities: 1, presences: 2, nodes: 0 })
      assert.deepEqual(await findings(store), [])
    })
  })

  it('collects what was being written while it looked, the next time', async () => {
    await withDisk(async (store, disk) => {
      const { registry } = store
      const { promise, resolve } = Promise.withResolvers<void>()

      await registry.announce(indexOf(1), entryOf('x', T0, { expiresMs: T0 + 10 }), ANNOUNCE)
      disk.gate = promise
      const { writes } = disk
      const written = registry.announce(indexOf(2), entryOf('x', T0, { expiresMs: T0 + 5 }), ANNOUNCE)

      while (disk.writes === writes) { await delay(1) }
      const expired = registry.expire({ now: T0 + 10 })
      // it has read: its own step waits behind the write
      await delay(50)
      resolve()
      assert.equal((await written).outcome, 'stored')
      assert.equal((await expired).removed, 1)
      assert.deepEqual(await findings(store), [])
      assert.equal((await registry.expire({ now: T0 + 10 })).removed, 1)
    })
  })

  it('begins no compaction without room, nor goes on with one once a write has failed', async () => {
    await withFolder(async folder => {
      const disk = new Disk()
      const late = { ...TERMS, dedupeMs: 0, now: T0 + 5000 }
      const held = Promise.withResolvers<void>()
      let free = 1000
      let now = 0
      const store = await LevelStore.open(folder, { minFreeBytes: 500 }, { open: disk.open, compactor: { mailboxBytes: 1 }, now: () => now, free: async () => free })
      const collected = async (n: number): Promise<void> => {
        await store.mailbox.push('a', itemOf(n), { ...LIMITS, now: T0 + 5000 * n })
        free = n === 1 ? 499 : 100_000
        now += 1000
        assert.equal((await store.mailbox.expire({ ...late, now: T0 + 5000 * (n + 1) })).removed, 1)
      }

      await collected(1)
      assert.equal(disk.compactions, 0)
      free = 100_000
      now += 1000
      disk.compactorGate = held.promise
      await collected(2)
      assert.equal(disk.compactions, 1)
      disk.plan = () => 'before'
      await assert.rejects(store.mailbox.push('a', itemOf(3), LIMITS), storageError)
      disk.plan = () => undefined
      held.resolve()
      await healthy(store)
      // as long as a compaction of nothing takes, and many times that
      await delay(50)
      assert.equal(disk.compactions, 1)
      await store.close()
    })
  })

  it('pieces of a body that failed half-way are gone when it is opened again', async () => {
    await withDisk(async (store, disk) => {
      disk.plan = count => count === 3 ? 'before' : undefined
      await assert.rejects(store.mailbox.push('a', itemOf(1, new Uint8Array(4_000_000)), LIMITS), storageError)
      await healthy(store)
      assert.deepEqual(await store.db.keys({ gte: Buffer.of(AREA.piece) }).all(), [])
      assert.equal((await store.mailbox.push('a', itemOf(1, new Uint8Array(4_000_000)), LIMITS)).seq, 1)
    })
  })
})
