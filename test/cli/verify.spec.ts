import assert from 'node:assert/strict'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { LIMITS, T0, itemOf } from '../../src/storage/conformance.js'
import { AREA, counterKey, kept } from '../../src/storage/level/keys.js'
import { LevelStore } from '../../src/storage/level/store.js'
import { META, counterRow } from '../../src/storage/level/rows.js'
import { ANNOUNCE, bytesOf, entryOf, indexOf } from '../../src/storage/registry-conformance.js'
import { registryStateRow } from '../../src/storage/level/registry-rows.js'
import { Home } from './command.js'
import type { Db } from '../../src/storage/level/db.js'

const NAME = 'a name that is nobody\'s business'
/** What `filled` leaves. */
const HELD = '3 items of 600012 bytes, 1 identity, 2 entries of presence, 1 node'

describe('relay-server verify', () => {
  let home: Home
  let folder: string

  beforeEach(async () => {
    home = await Home.make()
    folder = join(home.path, '.meshnet', 'data')
  })

  afterEach(async () => {
    await home.remove()
  })

  /** Three items, of which one is large, something of each kind of the registry's, and what then happens to their rows. */
  async function filled (damage: (db: Db) => Promise<void> = async () => {}): Promise<void> {
    const store = await LevelStore.open(folder)

    await store.mailbox.push(NAME, itemOf(1), LIMITS)
    await store.mailbox.push(NAME, itemOf(2), LIMITS)
    await store.mailbox.push(NAME, itemOf(3, new Uint8Array(600_000)), LIMITS)
    await store.registry.replaceIdentity(indexOf(1), undefined, { sealed: bytesOf('one') }, { now: T0 })
    await store.registry.announce(indexOf(1), entryOf('x'), ANNOUNCE)
    await store.registry.announce(indexOf(2), entryOf('x'), ANNOUNCE)
    await store.registry.putNode(bytesOf('node'), { value: bytesOf('its value'), expiresMs: T0 + 5000 }, { now: T0, maxNodes: 1 })
    await damage(store.db)
    await store.close()
  }

  it('says that counters equal contents, and exits 0', async () => {
    await filled()
    assert.deepEqual(await home.run(['verify']), { code: 0, stdout: `${folder}: ${HELD}; counters equal contents, and nothing is out of place\n`, stderr: '' })
  })

  it('names what is wrong and changes nothing with --dry-run; puts it right without; then all is well', async () => {
    await filled(async db => {
      await db.put(kept(counterKey(Buffer.from(NAME))), Buffer.from(counterRow({ nextSeq: 4, count: 9, bytes: 99, head: 1, dueMs: 0, dueRowMs: 0, lastDeadlineMs: 0 })))
      await db.clear({ gte: Buffer.of(AREA.key), lt: Buffer.of(AREA.key + 1), limit: 1 })
    })
    const found = '  an item could be pulled but not be acked: its key leads elsewhere\n  a mailbox counts 9 items of 99 bytes and holds 3 of 600012\n'

    for (let time = 0; time < 2; time++) {
      assert.deepEqual(await home.run(['verify', '--dry-run']), { code: 1, stdout: `${found}${folder}: ${HELD}; 2 found and left as they are; without --dry-run, what can be put right is\n`, stderr: '' })
    }

    assert.deepEqual(await home.run(['verify']), { code: 0, stdout: `${found.replaceAll('\n', ': put right\n')}${folder}: ${HELD}; 2 found, all put right: counters equal contents\n`, stderr: '' })
    assert.equal((await home.run(['verify'])).stdout, `${folder}: ${HELD}; counters equal contents, and nothing is out of place\n`)
  })

  it('does so for the registry', async () => {
    await filled(async db => {
      await db.put(META.registry, Buffer.from(registryStateRow({ identities: 7, presences: 0, nodes: 0, sweptMs: 0 })))
      await db.put(Buffer.of(AREA.identity, 0), Buffer.alloc(3))
    })
    const counts = 'the registry counts 7 identities, 0 entries of presence and 0 nodes, and holds 1, 2 and 1'
    const wrong = HELD.replace('1 identity, 2 entries of presence, 1 node', '7 identities, 0 entries of presence, 0 nodes')

    assert.deepEqual(await home.run(['verify', '--dry-run']), {
      code: 1, stdout: `  a row whose key says nothing\n  ${counts}\n${folder}: ${wrong}; 2 found and left as they are; without --dry-run, what can be put right is\n`, stderr: ''
    })
    assert.deepEqual(await home.run(['verify']), {
      code: 0, stdout: `  a row whose key says nothing: put right\n  ${counts}: put right\n${folder}: ${HELD}; 2 found, all put right: counters equal contents\n`, stderr: ''
    })
    assert.equal((await home.run(['verify', '--dry-run'])).stdout, `${folder}: ${HELD}; counters equal contents, and nothing is out of place\n`)
  })

  it('exits 1 when something is left that cannot be put right', async () => {
    await filled(async db => {
      await db.clear({ gte: Buffer.of(AREA.piece), lt: Buffer.of(AREA.piece + 1), limit: 1 })
      await db.clear({ gte: Buffer.of(AREA.due), lt: Buffer.of(AREA.due + 1), limit: 1 })
    })
    const { code, stdout, stderr } = await home.run(['verify'])

    assert.deepEqual([code, stderr], [1, ''])
    assert.equal(stdout, `  items of a mailbox would never have been collected: put right
  the body of an item is not whole: it is not given out, and goes at its deadline
${folder}: ${HELD}; 2 found, 1 put right, 1 left
`)
  })

  it('prints a hundred findings and counts the others', async () => {
    await filled(async db => {
      for (let n = 0; n < 150; n++) {
        await db.put(Buffer.of(AREA.key, 0, 0, n), Buffer.alloc(0))
      }
    })
    const { stdout } = await home.run(['verify'])

    assert.equal(stdout.split('\n').filter(line => line === '  a row whose key says nothing: put right').length, 100)
    assert.match(stdout, /\n {2}…\n.*; 150 found, all put right/)
  })

  it('does not touch the store of a running node', async () => {
    const node = home.start(['-c', await home.config()])

    await node.event('ready')
    const { code, stdout, stderr } = await home.run(['verify', '-c', join(home.path, 'relay.toml')])

    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /data is open in another process: stop that one/)
    node.proc.kill('SIGTERM')
    assert.equal((await node.exit).code, 0)
  })

  it('takes the store of the configuration, and says where there is none', async () => {
    const config = await home.file('relay.toml', '[storage]\npath = "~/elsewhere"\n')
    const elsewhere = join(home.path, 'elsewhere')

    assert.deepEqual(await home.run(['verify', '-c', config]), { code: 1, stdout: '', stderr: `there is no store in ${elsewhere}: name the configuration of your node with --config, or look at storage.path\n` })
    await mkdir(elsewhere)
    assert.equal((await home.run(['verify', '-c', config])).code, 1)
    assert.deepEqual(await readdir(elsewhere), [])
    await home.file('elsewhere/000001.ldb', 'what is left of a store')
    const damaged = await home.run(['verify', '-c', config])
    assert.equal(damaged.code, 1)
    assert.match(damaged.stderr, /CURRENT file is missing/)
  })

  it('exits 2 where nothing is kept on disk', async () => {
    const config = await home.file('relay.toml', '[storage]\nkind = "memory"\n')

    assert.deepEqual(await home.run(['verify', '-c', config]), { code: 2, stdout: '', stderr: 'storage.kind is "memory": there is no store on disk to verify\n' })
  })
})
