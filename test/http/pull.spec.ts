import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { errorOf, HttpRig, post, pushBody } from './rig.js'
import type { TestDoor } from './rig.js'

const cursorOf = (recipient: string, n: number | bigint | string): string => Buffer.from(`${recipient}:${String(n).padStart(20, '0')}`).toString('base64')

interface PulledItem { seq: number, ciphertext_b64: string, message_id: string }

/** specs/mailbox.md, Part II, §1.1, POST /pull, /ack, GET /health, /stats, and Part I's additions. */
describe('http: /pull', () => {
  const rig = new HttpRig()

  async function filled (count: number, recipient = 'alice'): Promise<TestDoor> {
    const door = await rig.door()

    for (let n = 0; n < count; n++) {
      await post(door, '/push', pushBody(recipient))
    }

    return door
  }

  const seqs = (json: Record<string, unknown>): number[] => (json.items as PulledItem[]).map(({ seq }) => seq)

  it('answers with exactly the fields of enigma-relay, and ours after them', async () => {
    const door = await rig.door({ rules: { now: () => 1_700_000_000_000 } })
    const push = pushBody('alice', { message_id: '67E55044-10B1-426F-9247-BB680E5FE0C8' })

    await post(door, '/push', push)
    assert.equal((await post(door, '/pull', { recipient: 'alice' })).text, '{"items":[{"recipient":"alice","message_id":"67e55044-10b1-426f-9247-bb680e5fe0c8","ciphertext_b64":"aGk=","meta":{"kind":"opaque","total_len":2,"chunk_index":0,"chunk_count":1,"sent_ms":7},"arrival_ms":1700000000000,"deadline_ms":1701209600000,"seq":1}],"next_cursor":null,"remaining_estimate":0,"last_cursor":"YWxpY2U6MDAwMDAwMDAwMDAwMDAwMDAwMDA="}')
  })

  it('answers an unknown recipient with nothing, and echoes the cursor that was sent', async () => {
    const door = await rig.door()

    assert.equal((await post(door, '/pull', { recipient: 'bob' })).text, '{"items":[],"next_cursor":null,"remaining_estimate":0,"last_cursor":null}')
    assert.equal((await post(door, '/pull', { recipient: 'bob', cursor: cursorOf('bob', 5) })).json.last_cursor, cursorOf('bob', 5))
  })

  it('gives pages in order, the same again until ack, and remaining_estimate by the page alone', async () => {
    const door = await filled(3)
    const first = await post(door, '/pull', { recipient: 'alice', max: 1 })
    const second = await post(door, '/pull', { recipient: 'alice', max: 1, cursor: first.json.next_cursor })
    const third = await post(door, '/pull', { recipient: 'alice', max: 5, cursor: second.json.next_cursor })

    assert.deepEqual([first, second, third].map(({ json }) => [seqs(json), json.remaining_estimate, json.next_cursor]), [
      [[1], 2, cursorOf('alice', 0)],
      [[2], 2, cursorOf('alice', 1)],
      [[3], 2, null]
    ])
    assert.equal(third.json.last_cursor, cursorOf('alice', 2))
    assert.deepEqual(seqs((await post(door, '/pull', { recipient: 'alice', cursor: null, max: null })).json), [1, 2, 3])
  })

  for (const [what, body, message] of [
    ['a blank recipient', { recipient: ' ' }, 'recipient required'],
    ['a max of 0', { recipient: 'a', max: 0 }, 'max must be positive'],
    ['a cursor that is no base64', { recipient: 'a', cursor: '!' }, 'invalid cursor'],
    ['a cursor without padding', { recipient: 'alice', cursor: cursorOf('alice', 2).replace('=', '') }, 'invalid cursor'],
    ['a cursor without a number', { recipient: 'a', cursor: Buffer.from('a:').toString('base64') }, 'invalid cursor'],
    ['a cursor of more than 64 bits', { recipient: 'a', cursor: cursorOf('a', '18446744073709551616') }, 'invalid cursor'],
    ['a cursor of nobody', { recipient: 'a', cursor: Buffer.from('5').toString('base64') }, 'invalid cursor'],
    ['another recipient\'s cursor', { recipient: 'a', cursor: cursorOf('b', 1) }, 'cursor recipient mismatch'],
    ['a max of 0 before a bad cursor', { recipient: 'a', max: 0, cursor: '!' }, 'max must be positive']
  ] as const) {
    it(`refuses ${what} with "${message}"`, async () => {
      const { status, text } = await post(await rig.door(), '/pull', body)

      assert.deepEqual([status, text], [400, `{"error":{"code":"invalid_input","message":"${message}"}}`])
    })
  }

  it('takes cursors as the reference reads them: a plus, fewer digits, the largest number', async () => {
    const door = await filled(3)

    for (const [text, expected] of [['alice:+0', [2, 3]], ['alice:1', [3]], ['alice:18446744073709551615', []]] as const) {
      assert.deepEqual(seqs((await post(door, '/pull', { recipient: 'alice', cursor: Buffer.from(text).toString('base64') })).json), expected, text)
    }
  })

  it('takes a max of more than any number, and gives pull_batch_max', async () => {
    const door = await rig.door({ rules: { maxPullItems: 2 } })

    for (let n = 0; n < 3; n++) {
      await post(door, '/push', pushBody('a'))
    }

    assert.deepEqual(seqs((await post(door, '/pull', '{"recipient":"a","max":18446744073709551615}')).json), [1, 2])
    assert.equal((await post(door, '/pull', '{"recipient":"a","max":18446744073709551616}')).status, 400)
  })

  it('bounds a page by bytes, and gives at least one item (R11)', async () => {
    const door = await rig.door({ rules: { maxPullBytes: 2500 } })

    for (const size of [1000, 1000, 1000, 4000]) {
      await post(door, '/push', pushBody('a', { ciphertext_b64: Buffer.alloc(size).toString('base64') }))
    }

    assert.deepEqual(seqs((await post(door, '/pull', { recipient: 'a' })).json), [1, 2])
    assert.deepEqual(seqs((await post(door, '/pull', { recipient: 'a', cursor: cursorOf('a', 2) })).json), [4])
  })

  it('keeps mailboxes with colons in their names apart, and pages through them (R3)', async () => {
    const door = await rig.door()

    for (const name of ['alice', 'alice:5', 'alice:!', 'alice:5']) {
      assert.equal((await post(door, '/push', pushBody(name))).status, 200)
    }

    assert.deepEqual(seqs((await post(door, '/pull', { recipient: 'alice' })).json), [1])

    const first = await post(door, '/pull', { recipient: 'alice:5', max: 1 })

    assert.deepEqual(seqs((await post(door, '/pull', { recipient: 'alice:5', cursor: first.json.next_cursor })).json), [2])
    assert.equal((await post(door, '/ack', { recipient: 'alice:5', up_to: first.json.next_cursor })).json.deleted, 1)
  })

  it('takes 64 hex in any case as one mailbox, and echoes what was sent', async () => {
    const door = await rig.door()
    const upper = 'AB'.repeat(32)

    await post(door, '/push', pushBody(upper.toLowerCase()))

    const pulled = await post(door, '/pull', { recipient: upper })

    assert.equal((pulled.json.items as Array<{ recipient: string }>)[0]?.recipient, upper)
    assert.equal((await post(door, '/pull', { recipient: upper.toLowerCase(), cursor: pulled.json.last_cursor })).status, 200)
  })

  it('holds an empty answer until something comes, and at most wait_ms', async () => {
    const door = await rig.door()
    const waiting = post(door, '/pull', { recipient: 'a', wait_ms: 30_000 })

    await delay(50)
    await post(door, '/push', pushBody('other'))
    await post(door, '/push', pushBody('a'))
    assert.deepEqual(seqs((await waiting).json), [1])
    assert.deepEqual(seqs((await post(door, '/pull', { recipient: 'a', wait_ms: 30_000 })).json), [1])
    assert.equal((await post(door, '/pull', { recipient: 'a', wait_ms: 50, cursor: cursorOf('a', 0) })).text, `{"items":[],"next_cursor":null,"remaining_estimate":1,"last_cursor":"${cursorOf('a', 0)}"}`)

    for (const waitMs of [-1, 30_001, 1.5, '5']) {
      assert.equal((await post(door, '/pull', { recipient: 'a', wait_ms: waitMs })).status, 400, String(waitMs))
    }
  })

  it('answers those who wait when it stops', async () => {
    const door = await rig.door()
    const waiting = post(door, '/pull', { recipient: 'a', wait_ms: 30_000 })

    await delay(50)
    await door.door.stop({ signal: AbortSignal.timeout(10_000) })
    assert.deepEqual((await waiting).json.items, [])
  })
})

describe('http: /ack', () => {
  const rig = new HttpRig()

  it('deletes distinct entries, counts exactly, and never fails for unknown ones', async () => {
    const door = await rig.door()
    const pushes = [pushBody('a'), pushBody('a'), pushBody('a')]

    for (const push of pushes) {
      await post(door, '/push', push)
    }

    const entries = pushes.map(({ message_id: id }) => ({ message_id: id, chunk_index: 0 }))
    const unknown = { message_id: '67e55044-10b1-426f-9247-bb680e5fe0c8', chunk_index: 0 }

    assert.equal((await post(door, '/ack', { recipient: 'a', ack: [] })).text, '{"deleted":0,"missing":0,"remaining":3}')
    assert.equal((await post(door, '/ack', { recipient: 'a', ack: [entries[0], entries[0], unknown, unknown, { ...entries[1], chunk_index: 1 }] })).text, '{"deleted":1,"missing":2,"remaining":2}')
    assert.equal((await post(door, '/ack', { recipient: 'nobody', ack: [unknown, unknown] })).text, '{"deleted":0,"missing":1,"remaining":0}')
    assert.equal((await post(door, '/push', pushes[0])).json.duplicate, true, 'an acked key is remembered (R13)')
  })

  it('deletes up to a cursor', async () => {
    const door = await rig.door()

    for (let n = 0; n < 3; n++) {
      await post(door, '/push', pushBody('a'))
    }

    const { json } = await post(door, '/pull', { recipient: 'a', max: 2 })

    assert.equal((await post(door, '/ack', { recipient: 'a', up_to: json.last_cursor })).text, '{"deleted":2,"missing":0,"remaining":1}')
    assert.equal((await post(door, '/ack', { recipient: 'a', up_to: cursorOf('a', '18446744073709551615') })).text, '{"deleted":1,"missing":0,"remaining":0}')
  })

  for (const [what, body] of [
    ['no entries and no cursor', { recipient: 'a' }],
    ['both', { recipient: 'a', ack: [], up_to: cursorOf('a', 1) }],
    ['a blank recipient', { recipient: '', ack: [] }],
    ['an entry that is no object', { recipient: 'a', ack: [['67e55044-10b1-426f-9247-bb680e5fe0c8', 0]] }],
    ['an id that is no UUID', { recipient: 'a', ack: [{ message_id: 'x', chunk_index: 0 }] }],
    ['a missing chunk_index', { recipient: 'a', ack: [{ message_id: '67e55044-10b1-426f-9247-bb680e5fe0c8' }] }],
    ['more than 4096 entries', { recipient: 'a', ack: new Array(4097).fill({ message_id: '67e55044-10b1-426f-9247-bb680e5fe0c8', chunk_index: 0 }) }]
  ] as const) {
    it(`refuses ${what}`, async () => {
      const answer = await post(await rig.door(), '/ack', body)

      assert.equal(answer.status, 400)
      assert.equal(errorOf(answer).code, 'invalid_input')
    })
  }

  it('takes 4096 entries', async () => {
    const ack = Array.from({ length: 4096 }, (_, n) => ({ message_id: '67e55044-10b1-426f-9247-bb680e5fe0c8', chunk_index: n }))

    assert.equal((await post(await rig.door(), '/ack', { recipient: 'a', ack })).json.missing, 4096)
  })
})

describe('http: /stat, /health and /stats', () => {
  const rig = new HttpRig()

  it('tell what is in a mailbox, that the process answers, and what was asked for', async () => {
    const door = await rig.door({ rules: { now: () => 5000 } })
    const push = pushBody('a')

    await post(door, '/push', push)
    await post(door, '/push', push)
    await post(door, '/pull', { recipient: 'a' })
    await post(door, '/ack', { recipient: 'a', ack: [{ message_id: push.message_id, chunk_index: 0 }] })
    await post(door, '/push', pushBody('a'))
    assert.equal((await post(door, '/stat', { recipient: 'a' })).text, '{"queue_len":1,"queue_bytes":2,"oldest_ms":5000,"newest_ms":5000,"next_seq":3,"max_queue_len":200000,"max_queue_bytes":1073741824}')
    assert.equal((await post(door, '/stat', { recipient: ' ' })).status, 400)
    assert.equal(await (await fetch(`${door.url}/health`)).text(), '{"status":"ok"}')
    assert.match(await (await fetch(`${door.url}/stats`)).text(), /^\{"metrics":\{"ack_deleted":1,"ack_total":1,"duplicates":1,"gc_removed":0,"pull_total":1,"push_stored":2,"push_total":3,"rate_limited":0\},"status":"ok","uptime_ms":\d+\}$/)
  })

  it('are not there without a mailbox, but for what tells of the door', async () => {
    const door = await rig.door({ mailbox: null })

    assert.equal((await post(door, '/push', pushBody('a'))).status, 404)
    assert.equal((await fetch(`${door.url}/health`)).status, 200)
  })
})
