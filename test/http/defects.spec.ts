import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { levelStore } from '../../src/storage/index.js'
import { call, HttpRig, post, pushBody } from './rig.js'
import type { TestDoor } from './rig.js'
import type { MailboxRulesInit } from '../../src/mailbox/index.js'

/**
 * Defects of enigma-relay (specs/mailbox.md, §6) that show at this door and stand in no other file: R3, R4, R5, R11, R13 and R14 are in
 * pull.spec, push.spec, entrance.spec and reference.spec, R2 in peer-id-auth.spec, R15 in tls.spec. R7 to R9 and R12 are the store's (test/storage).
 */
describe('http: defects of the reference that are gone', () => {
  const rig = new HttpRig()

  async function onDisk (rules: Partial<MailboxRulesInit> = {}): Promise<TestDoor> {
    const folder = await mkdtemp(join(tmpdir(), 'enigma-http-'))

    // stops run in reverse
    rig.onStop(async () => { await rm(folder, { recursive: true }) })

    return await rig.door({ rules: { ...rules, store: await levelStore(join(folder, 'data'), { minFreeBytes: 1 }) } })
  }

  it('R1: 256 writes at once are all answered, and the door with them', async () => {
    const door = await onDisk()
    const pushes = Array.from({ length: 256 }, (_, n) => pushBody(`box ${n % 10}`))
    const answers = Promise.all(pushes.map(async push => await post(door, '/push', push)))

    assert.equal((await call(`${door.url}/health`)).status, 200)
    assert.ok((await answers).every(({ json }) => json.stored === true))
  })

  it('R6: counters stay exact while what is acked also expires', async () => {
    let now = 1_000_000
    const door = await onDisk({ now: () => now, ttlSeconds: 10, gcIntervalSeconds: 1 })
    const pushes = Array.from({ length: 100 }, () => pushBody('a'))

    await Promise.all(pushes.map(async push => await post(door, '/push', push)))
    now += 11_000

    const collection = door.store.mailbox.expire({ now, dedupeMs: 1000, counterMs: 100_000 })
    const acks = pushes.map(async ({ message_id: id }) => (await post(door, '/ack', { recipient: 'a', ack: [{ message_id: id, chunk_index: 0 }] })).json)
    const acked = (await Promise.all(acks)).reduce((sum, { deleted }) => sum + Number(deleted), 0)
    let { removed, more } = await collection

    while (more) {
      const slice = await door.store.mailbox.expire({ now, dedupeMs: 1000, counterMs: 100_000 })

      removed += slice.removed
      more = slice.more
    }

    const { json } = await post(door, '/stat', { recipient: 'a' })

    assert.ok(acked + removed <= 100, `${acked} acked, ${removed} collected`)
    assert.deepEqual([json.queue_len, json.queue_bytes], [0, 0])
  })

  it('R10: what is asked of mailboxes that nobody has leaves nothing behind', async () => {
    const door = await onDisk()

    for (let n = 0; n < 50; n++) {
      await post(door, '/ack', { recipient: `nobody ${n}`, ack: [{ message_id: '67e55044-10b1-426f-9247-bb680e5fe0c8', chunk_index: 0 }] })
      await post(door, '/pull', { recipient: `nobody ${n}` })
    }

    assert.deepEqual(door.store.mailbox.totals(), { items: 0, bytes: 0 })
    assert.equal((await post(door, '/stat', { recipient: 'nobody 7' })).json.next_seq, 1)
  })
})
