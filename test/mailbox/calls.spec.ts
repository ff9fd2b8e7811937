import assert from 'node:assert/strict'
import { base32 } from 'multiformats/bases/base32'
import { base36 } from 'multiformats/bases/base36'
import { bodyOf, codeOf, idOf, MailboxRig, push } from './rig.js'
import type { Fields } from '../support/mailbox-wire.js'

const HANDLE = 'ab'.repeat(32)

describe('mailbox calls over libp2p', () => {
  const rig = new MailboxRig()

  it('stores a push, gives it back with all its fields, and forgets it after the ack', async () => {
    const server = await rig.server({ now: () => 1_800_000_000_000 })
    const talk = await (await rig.client(server)).open()
    const { pushed } = await talk.ask({ push: push(HANDLE, 1, { chunkIndex: 2, chunkCount: 3, kind: 'ä', totalLen: 2n ** 64n - 1n, sentMs: 2n ** 63n }) })

    assert.deepEqual(pushed, { stored: 1n, seq: 1n, queueLen: 1n, queueBytes: 6n, deadlineMs: 1_800_000_000_000n + 1_209_600_000n })

    const { items, pageEnd } = await talk.pull({ mailbox: HANDLE })

    assert.deepEqual(items, [{
      seq: 1n, messageId: idOf(1), chunkIndex: 2n, chunkCount: 3n, kind: 'ä', totalLen: 2n ** 64n - 1n, sentMs: 2n ** 63n, arrivalMs: 1_800_000_000_000n, deadlineMs: 1_801_209_600_000n, body: new TextEncoder().encode('body 1')
    }])
    assert.deepEqual(pageEnd, { nextCursor: 1n })
    assert.deepEqual((await talk.ask({ stat: { mailbox: HANDLE } })).stats, {
      queueLen: 1n, queueBytes: 6n, oldestMs: 1_800_000_000_000n, newestMs: 1_800_000_000_000n, nextSeq: 2n, maxQueueLen: 200_000n, maxQueueBytes: 1_073_741_824n
    })
    assert.deepEqual((await talk.ask({ ack: { mailbox: HANDLE, keys: [{ messageId: idOf(1), chunkIndex: 2 }, { messageId: idOf(1), chunkIndex: 2 }, { messageId: idOf(9) }] } })).acked, { deleted: 1n, missing: 1n })
    assert.deepEqual((await talk.pull({ mailbox: HANDLE })).items, [])
  })

  it('takes a body of no bytes and one of max_message_bytes, and not one byte more', async () => {
    const server = await rig.server({ maxMessageBytes: 200_000, maxInflightBytes: 1_000_000 })
    const talk = await (await rig.client(server)).open()

    assert.equal(((await talk.ask({ push: push('a', 1, { body: new Uint8Array() }) })).pushed as Fields).stored, 1n)
    assert.equal(((await talk.ask({ push: push('a', 2, { body: new Uint8Array(200_000).fill(7) }) })).pushed as Fields).stored, 1n)
    assert.equal(await talk.code({ push: push('a', 3, { body: new Uint8Array(200_001) }) }), 'message_too_large')

    const { items } = await talk.pull({ mailbox: 'a' })

    assert.deepEqual(items.map(item => (item.body as Uint8Array | undefined)?.byteLength ?? 0), [0, 200_000])
  })

  it('tells a duplicate, and one that differs, also after the ack', async () => {
    const server = await rig.server()
    const talk = await (await rig.client(server)).open()
    const again = async (more: Fields = {}): Promise<Fields> => (await talk.ask({ push: push('a', 1, more) })).pushed as Fields

    const first = await again()

    assert.deepEqual(await again(), { duplicate: 1n, seq: 1n, queueLen: 1n, queueBytes: 6n, deadlineMs: first.deadlineMs })
    assert.equal((await again({ body: idOf(3) })).differs, 1n)
    assert.equal((await again({ kind: 'other' })).differs, 1n)
    assert.equal((await talk.ask({ ack: { mailbox: 'a', upToSeq: 1 } }).then(({ acked }) => acked as Fields)).deleted, 1n)
    assert.deepEqual(await again(), { duplicate: 1n })
    assert.deepEqual(await again({ sentMs: 8 }), { duplicate: 1n, differs: 1n })
  })

  it('takes one mailbox by each spelling of its name, and echoes cursors as they were', async () => {
    const server = await rig.server()
    const client = await rig.client(server)
    const talk = await client.open()
    const cid = client.node.peerId.toCID()
    const spellings = [client.name, cid.toString(base32), cid.toString(base36)]

    for (const [n, mailbox] of [...spellings, HANDLE, HANDLE.toUpperCase()].entries()) {
      await talk.ask({ push: push(mailbox, n) })
    }

    for (const mailbox of spellings) {
      assert.deepEqual((await talk.pull({ mailbox })).items.map(bodyOf), ['body 0', 'body 1', 'body 2'])
    }

    assert.deepEqual((await talk.pull({ mailbox: 'Ab'.repeat(32) })).items.map(bodyOf), ['body 3', 'body 4'])
    assert.equal((await talk.pull({ mailbox: HANDLE, cursor: 2n ** 64n - 1n })).pageEnd.nextCursor, 2n ** 64n - 1n)
  })

  it('keeps mailboxes with odd names apart', async () => {
    const server = await rig.server()
    const talk = await (await rig.client(server)).open()
    const names = ['alice', 'alice:', 'alice:1', 'alice/1', 'alice\0', ' alice', 'Alice', 'é'.repeat(128), '../x']

    for (const [n, mailbox] of names.entries()) {
      await talk.ask({ push: push(mailbox, n) })
    }

    for (const [n, mailbox] of names.entries()) {
      assert.deepEqual((await talk.pull({ mailbox })).items.map(bodyOf), [`body ${n}`])
    }

    for (const mailbox of ['', 'é'.repeat(129), 'x'.repeat(257), 'x'.repeat(65_536)]) {
      assert.equal(await talk.code({ push: push(mailbox, 1) }), 'invalid_input')
    }
  })

  const wrong: Array<[string, Fields]> = [
    ['a message id of 15 bytes', { messageId: new Uint8Array(15) }],
    ['a message id of 17 bytes', { messageId: new Uint8Array(17) }],
    ['no chunks', { chunkCount: 0 }],
    ['a chunk beyond the last', { chunkIndex: 1, chunkCount: 1 }],
    ['no kind', { kind: '' }],
    ['a kind of 257 bytes', { kind: 'k'.repeat(257) }],
    ['a kind of 129 characters of two bytes', { kind: 'é'.repeat(129) }],
    ['a mailbox that is not UTF-8', { mailbox: Uint8Array.of(0xc0, 0xaf) }],
    ['a kind that is not UTF-8', { kind: Uint8Array.of(0xed, 0xa0, 0x80) }]
  ]

  for (const [what, more] of wrong) {
    it(`refuses a push with ${what} as invalid_input, and goes on`, async () => {
      const talk = await (await rig.client(await rig.server())).open()

      assert.equal(await talk.code({ push: push('a', 1, more) }), 'invalid_input')
      assert.equal(((await talk.ask({ push: push('a', 1) })).pushed as Fields).seq, 1n)
    })
  }

  it('refuses acks that are wrong, and takes 4096 keys', async () => {
    const talk = await (await rig.client(await rig.server())).open()
    const keys = Array.from({ length: 4096 }, (_, n) => ({ messageId: idOf(n) }))

    await talk.ask({ push: push('a', 5) })
    assert.equal(await talk.code({ ack: { mailbox: 'a', keys: [{ messageId: new Uint8Array(3) }] } }), 'invalid_input')
    assert.equal(await talk.code({ ack: { mailbox: 'a', keys: [{ messageId: idOf(5) }], upToSeq: 1 } }), 'invalid_input')
    assert.equal(await talk.code({ ack: { mailbox: 'a', keys: [...keys, { messageId: idOf(4096) }] } }), 'invalid_input')
    assert.deepEqual((await talk.ask({ ack: { mailbox: 'a' } })).acked, { remaining: 1n })
    assert.deepEqual((await talk.ask({ ack: { mailbox: 'a', keys } })).acked, { deleted: 1n, missing: 4095n })
  })

  it('holds the quota by count and by bytes', async () => {
    const talk = await (await rig.client(await rig.server({ maxQueueItems: 2, maxQueueBytes: 20 }))).open()

    await talk.ask({ push: push('a', 1) })
    await talk.ask({ push: push('a', 2) })
    assert.equal(await talk.code({ push: push('a', 3) }), 'quota_exceeded')
    await talk.ask({ push: push('b', 1, { body: new Uint8Array(20) }) })
    assert.equal(await talk.code({ push: push('b', 2, { body: new Uint8Array(1) }) }), 'quota_exceeded')
    assert.equal(((await talk.ask({ push: push('b', 2, { body: new Uint8Array() }) })).pushed as Fields).stored, 1n)
  })

  it('cuts the time to live to its own, pages by items and bytes, and tells what it is', async () => {
    let now = 1_800_000_000_000
    const talk = await (await rig.client(await rig.server({ now: () => now, ttlSeconds: 100, maxPullItems: 3, maxPullBytes: 12 }))).open()
    const deadline = async (n: number, ttlSeconds: number): Promise<unknown> => ((await talk.ask({ push: push('a', n, { ttlSeconds }) })).pushed as Fields).deadlineMs

    assert.equal(await deadline(1, 0), BigInt(now + 100_000))
    assert.equal(await deadline(2, 101), BigInt(now + 100_000))
    assert.equal(await deadline(3, 10), BigInt(now + 10_000))
    assert.equal(await deadline(4, 100), BigInt(now + 100_000))

    const page = await talk.pull({ mailbox: 'a', maxItems: 0 })

    assert.deepEqual(page.items.map(bodyOf), ['body 1', 'body 2'])
    assert.deepEqual(page.pageEnd, { nextCursor: 2n, more: 1n, remainingEstimate: 2n })
    now += 10_000
    assert.deepEqual((await talk.pull({ mailbox: 'a', cursor: 2 })).items.map(bodyOf), ['body 4'])
    // a clock that steps back does not bring back what was over
    now -= 9_000
    assert.deepEqual((await talk.pull({ mailbox: 'a', cursor: 2 })).items.map(bodyOf), ['body 4'])

    const { description } = await talk.ask({ describe: {} })

    assert.deepEqual({ ...description as Fields, agent: '' }, { maxMessageBytes: 8_388_608n, maxPullItems: 3n, maxPullBytes: 12n, messageTtlSeconds: 100n, dedupeSeconds: 86_400n, ownerProof: 'peer-ids', agent: '' })
  })

  it('answers a request that names no call it knows with unknown_call, and one whose call was cancelled with cancelled', async () => {
    const talk = await (await rig.client(await rig.server())).open()

    assert.equal(await talk.code({}), 'unknown_call')

    const id = talk.send({ subscribe: { mailbox: 'a', credit: 1 } })

    assert.deepEqual(await talk.of(id), { id, caughtUp: {} })
    talk.send({ cancel: { request: id } })
    assert.equal(codeOf(await talk.of(id)), 'cancelled')
    talk.send({ cancel: { request: id } })
    talk.send({ credit: { subscription: id, items: 3 } })
    assert.ok((await talk.ask({ describe: {} })).description != null)
  })
})
