import assert from 'node:assert/strict'
import { cp } from 'node:fs/promises'
import { createNode } from '../../src/node/index.js'
import { LIMITS, itemOf } from '../../src/storage/conformance.js'
import { AREA, counterKey, kept } from '../../src/storage/level/keys.js'
import { LevelStore } from '../../src/storage/level/store.js'
import { findings, withFolder } from '../storage/folder.js'
import { NO_HTTP } from '../support/free-ports.js'
import { until } from '../support/wait.js'
import type { Db } from '../../src/storage/level/db.js'
import type { EnigmaNode } from '../../src/node/index.js'
import type { LogFields } from '../../src/ops/index.js'

const ITEMS = 500

interface Line { level: string, msg: string, fields?: LogFields }

/** A folder as a process that was killed leaves it. */
async function leftOpen (folder: string, damage: (db: Db) => Promise<void>): Promise<string> {
  const copy = `${folder}-killed`
  const store = await LevelStore.open(folder)

  await Promise.all(Array.from({ length: ITEMS }, async (_, n) => await store.mailbox.push(`m${n % 50}`, itemOf(n), { ...LIMITS, now: Date.now(), ttlMs: 1e9 })))
  await damage(store.db)
  await cp(folder, copy, { recursive: true })
  await store.close()

  return copy
}

async function withNode (folder: string, test: (lines: Line[], node: EnigmaNode) => Promise<void>): Promise<void> {
  const lines: Line[] = []
  const write = (level: string) => (msg: string, fields?: LogFields) => { lines.push({ level, msg, fields }) }
  const node = await createNode({
    ...NO_HTTP,
    identity: { key_file: `${folder}.key` },
    storage: { path: folder },
    network: { tcp_listen_addr: '/ip4/127.0.0.1/tcp/0', quic_listen_addr: '', ws_listen_addr: '', drain_secs: 0 }
  }, { log: { trace () {}, debug () {}, info: write('info'), warn: write('warn'), error: write('error') } })

  try {
    await test(lines, node)
  } finally {
    await node.stop()
  }
}

function about (lines: readonly Line[]): Array<[string, string]> {
  return lines.filter(({ msg }) => msg.includes('store')).map(({ level, msg }) => [level, msg])
}

const BEGUN: [string, string] = ['info', 'the store was not closed when its last process ended: it is being looked through']

describe('a node whose store was not closed', () => {
  it('looks through it once it is ready, puts right what it finds, and names no mailbox', async () => {
    await withFolder(async path => {
      const folder = await leftOpen(path, async db => { await db.del(kept(counterKey(Buffer.from('m7')))) })

      await withNode(folder, async lines => {
        await until(() => lines.some(({ fields }) => fields?.found != null), 'it has looked through the store')
        assert.deepEqual(about(lines), [BEGUN, ['warn', `in the store: a mailbox counts 0 items of 0 bytes and holds ${ITEMS / 50} of ${bytesOf()}`], ['warn', 'the store was not as it should be']])
        assert.deepEqual(lines.at(-1)?.fields, { found: 1, mended: 1, left: 0 })
      })
      await withNode(folder, async lines => { assert.deepEqual(about(lines), []) })
      const store = await LevelStore.open(folder)
      assert.deepEqual(await findings(store), [])
      await store.close()
    })
  })

  it('says so when all is as it should be', async () => {
    await withFolder(async path => {
      await withNode(await leftOpen(path, async () => {}), async lines => {
        await until(() => about(lines).length === 2, 'it has looked through the store')
        assert.deepEqual(about(lines), [BEGUN, ['info', 'the store is as it should be']])
      })
    })
  })

  it('that is stopped before it has come to the end begins again at the next start', async () => {
    await withFolder(async path => {
      const folder = await leftOpen(path, async db => { await db.clear({ gte: Buffer.of(AREA.key), lt: Buffer.of(AREA.key + 1), limit: 1 }) })

      await withNode(folder, async (lines, node) => {
        await node.stop()
        assert.deepEqual(about(lines).slice(0, 1), [BEGUN])
        assert.ok(about(lines).every(([, msg]) => !msg.includes('to the end')))
      })
      await withNode(folder, async lines => {
        assert.deepEqual(about(lines)[0], BEGUN)
        await until(() => about(lines).length > 1, 'it has looked through the store')
      })
      await withNode(folder, async lines => { assert.deepEqual(about(lines), []) })
    })
  })
})

/** Of mailbox m7. */
function bytesOf (): number {
  return Array.from({ length: ITEMS }, (_, n) => n).filter(n => n % 50 === 7).reduce((sum, n) => sum + `body ${n}`.length, 0)
}
