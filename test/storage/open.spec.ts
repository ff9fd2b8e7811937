import assert from 'node:assert/strict'
import { cp, mkdir, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { ALL, LIMITS, T0, TERMS, itemOf, keyOf } from '../../src/storage/conformance.js'
import { StoreOpenError, levelStore } from '../../src/storage/index.js'
import { AREA, DUE, dueKey, kept, mailboxOf, readDueKey, readKeyKey } from '../../src/storage/level/keys.js'
import { openError } from '../../src/storage/level/open.js'
import { FORMAT_VERSION, META, readKeyRow } from '../../src/storage/level/rows.js'
import { LevelStore } from '../../src/storage/level/store.js'
import { ANNOUNCE, bytesOf, entryOf, indexOf } from '../../src/storage/registry-conformance.js'
import { cutLastBatch } from './cut-log.js'
import { findings, withFolder } from './folder.js'

async function refused (folder: string, code: string, words: RegExp): Promise<void> {
  await assert.rejects(levelStore(folder), (err: unknown) => {
    assert.ok(err instanceof StoreOpenError, String(err))
    assert.equal(err.code, code)
    assert.match(err.message, words)
    assert.ok(err.message.includes(folder))

    return true
  })
}

async function filled (folder: string): Promise<void> {
  const store = await levelStore(folder)

  await store.mailbox.push('a', itemOf(1), LIMITS)
  await store.close()
}

async function files (folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter(name => name !== 'LOG' && name !== 'LOG.old' && name !== 'LOCK').sort()

  return Object.fromEntries(await Promise.all(names.map(async name => [name, (await readFile(join(folder, name))).toString('base64')])))
}

/** As that version left it. */
async function toFormat1 (folder: string): Promise<void> {
  const db = new ClassicLevel<Buffer, Buffer>(folder, { keyEncoding: 'buffer', valueEncoding: 'buffer' })

  for await (const [key, row] of db.iterator({ gte: Buffer.of(AREA.counter), lt: Buffer.of(AREA.due + 1) })) {
    const due = key[0] === AREA.due ? readDueKey(key) : undefined
    const queued = key[0] === AREA.key ? readKeyRow(row) : undefined

    if (key[0] === AREA.counter) {
      const isEmpty = row.readUIntBE(8, 6) === 0
      const first = row.subarray(0, 36)

      if (!isEmpty) {
        first.fill(0, 30)
      }

      await db.put(key, first)

      if (isEmpty) {
        await db.put(kept(dueKey({ kind: DUE.counter, timeMs: row.readUIntBE(30, 6), mailbox: mailboxOf(key) })), Buffer.alloc(0))
      }
    } else if (due?.kind === DUE.counter) {
      await db.del(key)
    } else if (queued?.queued === true) {
      row[18] = 0
      await db.put(key, row)
      await db.put(kept(dueKey({ kind: DUE.item, timeMs: queued.deadlineMs, mailbox: mailboxOf(key), seq: queued.seq, key: readKeyKey(key) })), Buffer.alloc(0))
    }
  }

  await db.put(META.format, Buffer.of(0, 0, 0, 1))
  await db.close()
}

describe('opening a store', () => {
  it('makes the folder with its parents, for this user only', async () => {
    await withFolder(async folder => {
      await filled(join(folder, 'deeper'))
      assert.equal((await stat(join(folder, 'deeper'))).mode & 0o777, 0o700)
    })
  })

  it('takes the rights of others from a folder that is there', async () => {
    await withFolder(async folder => {
      await mkdir(folder, { mode: 0o755 })
      await filled(folder)
      assert.equal((await stat(folder)).mode & 0o777, 0o700)
    })
  })

  it('says that another one has it open, and leaves that one alone', async () => {
    await withFolder(async folder => {
      const store = await levelStore(folder)

      await refused(folder, 'store_locked', /open in another process.*storage\.path/)
      assert.equal((await store.mailbox.push('a', itemOf(1), LIMITS)).outcome, 'stored')
      await store.close()
    })
  })

  it('says that a newer version wrote it, and leaves it as it was', async () => {
    await withFolder(async folder => {
      await filled(folder)
      const db = new ClassicLevel<Uint8Array, Uint8Array>(folder, { keyEncoding: 'buffer', valueEncoding: 'buffer' })
      await db.put(META.format, Buffer.of(0, 0, 0, FORMAT_VERSION + 1))
      await db.close()
      await refused(folder, 'store_newer', /newer version.*format 3, this one reads up to 2/)
    })
  })

  it('takes over a store of format 1, whose items each have a row for their deadline', async () => {
    await withFolder(async folder => {
      const before = await levelStore(folder)

      for (const n of [1, 2, 3]) {
        await before.mailbox.push('a', itemOf(n), LIMITS)
      }

      await before.mailbox.push('emptied', itemOf(1), LIMITS)
      await before.mailbox.ack('emptied', { upToSeq: 1 }, TERMS)
      await before.close()
      await toFormat1(folder)

      const store = await levelStore(folder)

      assert.deepEqual(await findings(store), [])
      assert.equal((await store.mailbox.ack('a', { keys: [keyOf(2)] }, TERMS)).deleted, 1)
      await store.mailbox.push('a', itemOf(4), { ...LIMITS, ttlMs: 9000 })
      await store.mailbox.push('a', itemOf(5), { ...LIMITS, ttlMs: 7000 })
      assert.deepEqual(await findings(store), [])

      for (const [ms, seqs] of [[4999, [1, 3, 4, 5]], [5000, [4, 5]], [7000, [4]], [9000, []]] as const) {
        const now = T0 + ms

        while ((await store.mailbox.expire({ ...TERMS, now })).more);

        assert.deepEqual((await store.mailbox.pull('a', { ...ALL, now })).items.map(({ seq }) => seq), seqs)
        assert.equal((await store.mailbox.stat('a')).queueLen, seqs.length)
        assert.deepEqual(await findings(store), [])
      }

      await store.close()
    })
  })

  it('opens a folder without a registry, with an empty one, and the registry leaves all other rows as they are', async () => {
    await withFolder(async folder => {
      const store = await LevelStore.open(folder)

      await store.mailbox.push('a', itemOf(1), LIMITS)
      const before = await otherRows(store)

      assert.equal(await store.db.get(META.registry), undefined)
      await store.close()
      const again = await LevelStore.open(folder)

      assert.deepEqual(again.registry.totals(), { identities: 0, presences: 0, nodes: 0 })
      await again.registry.replaceIdentity(indexOf(1), undefined, { sealed: bytesOf('one') }, { now: T0 })
      await again.registry.announce(indexOf(1), entryOf('x'), ANNOUNCE)
      await again.registry.putNode(bytesOf('node'), { value: bytesOf('v'), expiresMs: T0 + 1 }, { now: T0, maxNodes: 1 })
      await again.registry.expire({ now: T0 })
      await again.settings.set('key', bytesOf('value'))
      assert.deepEqual(await otherRows(again), before)
      await again.close()
    })
  })

  it('says that the database is not its own', async () => {
    await withFolder(async folder => {
      const db = new ClassicLevel(folder)
      await db.put('some', 'thing')
      await db.close()
      await refused(folder, 'store_damaged', /did not write/)
    })
  })

  for (const [what, damage] of [
    ['CURRENT is empty', async (folder: string) => { await truncate(join(folder, 'CURRENT')) }],
    ['CURRENT is gone', async (folder: string) => { await rm(join(folder, 'CURRENT')) }],
    ['CURRENT points nowhere', async (folder: string) => { await writeFile(join(folder, 'CURRENT'), 'MANIFEST-999999\n') }],
    ['CURRENT says something else', async (folder: string) => { await writeFile(join(folder, 'CURRENT'), 'notes\n') }],
    ['the MANIFEST is empty', async (folder: string) => { await truncate(await manifest(folder)) }],
    ['the MANIFEST is cut', async (folder: string) => { await truncate(await manifest(folder), 20) }],
    ['the MANIFEST is gone', async (folder: string) => { await rm(await manifest(folder)) }]
  ] as const) {
    it(`says that it is damaged when ${what}, and loses nothing: put right, it opens`, async () => {
      await withFolder(async folder => {
        await filled(folder)
        const copy = `${folder}-copy`
        await cp(folder, copy, { recursive: true })
        await damage(folder)
        const damaged = await files(folder)

        await refused(folder, 'store_damaged', /backup/)
        assert.deepEqual(await files(folder), damaged)

        await cp(copy, folder, { recursive: true })
        const store = await levelStore(folder)
        assert.deepEqual(store.mailbox.totals(), { items: 1, bytes: 6 })
        await store.close()
      })
    })
  }

  it('does not say that it is damaged when the system refuses a file of it', async () => {
    for (const said of ['CURRENT: Permission denied', 'MANIFEST-000004: Operation not permitted', 'LOCK: Read-only file system', '000005.ldb: Too many open files', '000005.ldb: Input/output error']) {
      const err = openError('/data', new Error('the database is not open', { cause: Object.assign(new Error(`IO error: /data/${said}`), { code: 'LEVEL_IO_ERROR' }) }))

      assert.equal(err.code, 'store_unusable', said)
      assert.ok(err.message.includes(said) && !err.message.includes('backup'), err.message)
    }
  })

  it('says what is wrong with a path that cannot be a folder', async () => {
    await withFolder(async folder => {
      await writeFile(folder, 'a file')
      await refused(folder, 'store_unusable', /cannot be used.*storage\.path/)
    })
  })

  it('begins where the making of a folder was cut off', async () => {
    await withFolder(async folder => {
      await mkdir(folder)
      await writeFile(join(folder, 'MANIFEST-000001'), 'half')
      await filled(folder)
    })
  })

  it('tells whether the last process closed it', async () => {
    await withFolder(async folder => {
      const copy = `${folder}-copy`
      const store = await levelStore(folder)

      assert.equal(store.health().uncleanStop, false)
      await store.mailbox.push('a', itemOf(1), LIMITS)
      await cp(folder, copy, { recursive: true })
      await store.close()
      const closed = await levelStore(folder)
      const killed = await levelStore(copy)
      assert.equal(closed.health().uncleanStop, false)
      assert.equal(killed.health().uncleanStop, true)
      assert.deepEqual(killed.mailbox.totals(), { items: 1, bytes: 6 })
      await closed.close()
      await killed.close()
      // until it has been looked through
      const again = await levelStore(copy)
      assert.equal(again.health().uncleanStop, true)
      assert.deepEqual(await findings(again), [])
      assert.equal(again.health().uncleanStop, true)
      assert.deepEqual(await findings(again, true), [])
      assert.equal(again.health().uncleanStop, false)
      await again.close()
      const verified = await levelStore(copy)
      assert.equal(verified.health().uncleanStop, false)
      await verified.close()
    })
  })

  it('the last batch of a log that was cut somewhere is there whole or not at all, and all before it is there', async () => {
    await withFolder(async folder => {
      // test:disk does it at every byte
      assert.ok(await cutLastBatch(folder, 211) > 20)
    })
  })
})

/** What is there but for the registry and settings. */
async function otherRows (store: LevelStore): Promise<unknown> {
  const rows = await store.db.iterator({ gte: Buffer.of(AREA.counter), lt: Buffer.of(AREA.identity) }).all()

  return [...rows, ...await store.db.getMany([META.format, META.state, META.open])]
}

async function manifest (folder: string): Promise<string> {
  return join(folder, (await readdir(folder)).find(name => name.startsWith('MANIFEST')) ?? '')
}
