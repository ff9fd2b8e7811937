import assert from 'node:assert/strict'
import { StorageError, StorageFullError, memoryStore } from '../../src/storage/index.js'
import { withCalls } from '../support/with-calls.js'
import { call, errorOf, HttpRig, post, pushBody } from './rig.js'
import type { Store } from '../../src/storage/index.js'
import type { Answer, TestDoor } from './rig.js'

interface Item { message_id: string, deadline_ms: number, seq: number }

const UUID = '67e55044-10b1-426f-9247-bb680e5fe0c8'

/** What specs/mailbox.md, Part II, says of enigma-relay and no other file here shows: expiry, counts, failures, limits, and the messenger's use of it. */
describe('http: the reference mailbox', () => {
  const rig = new HttpRig()
  const itemsOf = ({ json }: Answer): Item[] => json.items as Item[]

  describe('time (1.1 and 1.5)', () => {
    let now: number

    const aged = async (rules: { dedupeSeconds?: number } = {}): Promise<TestDoor> => {
      now = 1_000_000

      return await rig.door({ rules: { ...rules, now: () => now, ttlSeconds: 10, gcIntervalSeconds: 3600 } })
    }

    it('skips what has expired in pages, but counts it until it is collected', async () => {
      const door = await aged()

      await post(door, '/push', pushBody('a'))
      now += 5000
      await post(door, '/push', pushBody('a'))
      now += 4999
      assert.deepEqual(itemsOf(await post(door, '/pull', { recipient: 'a' })).map(({ seq }) => seq), [1, 2])
      now += 1

      const page = await post(door, '/pull', { recipient: 'a' })

      assert.deepEqual([itemsOf(page).map(({ seq }) => seq), page.json.remaining_estimate, page.json.next_cursor], [[2], 1, null])
      assert.equal((await post(door, '/stat', { recipient: 'a' })).json.queue_len, 2)
    })

    it('gives no next_cursor where all that is left has expired', async () => {
      const door = await aged()

      await post(door, '/push', pushBody('a', { ttl_seconds: 9 }))
      await post(door, '/push', pushBody('a', { ttl_seconds: 1 }))
      now += 2000
      assert.equal((await post(door, '/pull', { recipient: 'a', max: 1 })).json.next_cursor, null)
    })

    it('deletes what has expired and was not collected by ack, and counts it', async () => {
      const door = await aged()
      const push = pushBody('a')

      await post(door, '/push', push)
      now += 10_000
      assert.equal((await post(door, '/ack', { recipient: 'a', ack: [{ message_id: push.message_id, chunk_index: 0 }] })).text, '{"deleted":1,"missing":0,"remaining":0}')
    })

    it('keeps the deadline of the first push', async () => {
      const door = await aged()
      const push = pushBody('a')

      await post(door, '/push', push)
      now += 1000

      const again = await post(door, '/push', { ...push, ttl_seconds: 5 })

      assert.deepEqual([again.json.duplicate, again.json.deadline_ms], [true, 1_010_000])
    })

    it('remembers a key beyond ack and expiry (R13), and tells the real message from what took its id', async () => {
      const door = await aged()
      const acked = pushBody('a')
      const expired = pushBody('a')

      await post(door, '/push', acked)
      await post(door, '/push', expired)
      await post(door, '/ack', { recipient: 'a', ack: [{ message_id: acked.message_id, chunk_index: 0 }] })
      assert.equal((await post(door, '/push', acked)).text, '{"stored":false,"duplicate":true,"queue_len":1,"queue_bytes":2,"seq":0,"deadline_ms":0}')
      assert.equal((await post(door, '/push', { ...acked, ciphertext_b64: 'AAAA' })).json.differs, true)
      now += 10_000
      assert.deepEqual([(await post(door, '/push', expired)).json.duplicate, (await post(door, '/push', expired)).json.seq], [true, 0])
    })

    it('stores an expired id again where dedupe_seconds is 0 (R13)', async () => {
      const door = await aged({ dedupeSeconds: 0 })
      const push = pushBody('a')

      await post(door, '/push', push)
      now += 10_000
      assert.equal((await post(door, '/push', push)).json.stored, true)
    })
  })

  describe('counts (1.1)', () => {
    const totals = async (door: TestDoor): Promise<number[]> => {
      const { push_total: push, pull_total: pull, ack_total: ack, rate_limited: limited } = (await call(`${door.url}/stats`)).json.metrics as Record<string, number>

      return [push, pull, ack, limited] as number[]
    }

    it('have calls that are refused for their fields, and none that its extractor refuses', async () => {
      const door = await rig.door()

      await post(door, '/push', pushBody(' '))
      await post(door, '/pull', { recipient: ' ' })
      await post(door, '/pull', { recipient: 'a', max: 0 })
      await post(door, '/ack', { recipient: ' ', ack: [] })
      assert.deepEqual(await totals(door), [1, 2, 1, 0])

      for (const path of ['/push', '/pull', '/ack']) {
        await post(door, path, '{')
        await post(door, path, '{}')
        await post(door, path, '{}', { 'content-type': 'text/plain' })
      }

      assert.match((await post(door, '/push', pushBody(' ', { message_id: 'x' }))).text, /message_id is not a UUID/)
      assert.match((await post(door, '/ack', { recipient: ' ', ack: [{ message_id: 'x', chunk_index: 0 }] })).text, /message_id is not a UUID/)
      await post(door, '/ack', { recipient: ' ' })

      assert.deepEqual(await totals(door), [1, 2, 1, 0])
    })

    it('have calls over the limit as rate_limited alone', async () => {
      const door = await rig.door({ limits: { enabled: true, burst: 1, globalPerSecond: 0.001, banAfter: 100 } })

      await post(door, '/push', pushBody('a'))
      await post(door, '/push', pushBody('a'))
      await post(door, '/pull', { recipient: 'a' })
      assert.deepEqual(await totals(door), [1, 0, 0, 2])
    })
  })

  for (const [path, body] of [['/pull', { recipient: 'a', x: { y: [1] } }], ['/ack', { recipient: 'a', ack: [{ message_id: UUID, chunk_index: 0, z: null }], x: 1 }], ['/stat', { recipient: 'a', x: 1 }]] as const) {
    it(`ignores fields that it does not know at ${path}, at every level`, async () => {
      assert.equal((await post(await rig.door(), path, body)).status, 200)
    })
  }

  for (const [path, body] of [
    ['/pull', {}], ['/pull', { recipient: null }], ['/pull', { recipient: 'a', cursor: 5 }], ['/pull', { recipient: 'a', max: -1 }], ['/pull', { recipient: 'a', max: '1' }], ['/pull', { recipient: 'a', wait_ms: 30_001 }],
    ['/pull', ['a', null, 5]], ['/ack', {}], ['/ack', { recipient: 'a', ack: {} }], ['/ack', { recipient: 'a', ack: [{ message_id: UUID, chunk_index: -1 }] }], ['/ack', { recipient: 'a', up_to: 'x' }], ['/stat', {}]
  ] as const) {
    it(`refuses ${JSON.stringify(body)} at ${path}`, async () => {
      const answer = await post(await rig.door(), path, body)

      assert.deepEqual([answer.status, errorOf(answer).code], [400, 'invalid_input'])
    })
  }

  describe('failures of the store (1.2)', () => {
    /** A store whose mailbox fails with this. */
    async function failing (err: Error): Promise<Store> {
      const store = await memoryStore()
      const fail = async (): Promise<never> => { throw err }

      return withCalls(store, { mailbox: withCalls(store.mailbox, { push: fail, pull: fail, ack: fail, stat: fail }) })
    }

    const BODIES = { '/push': pushBody('a'), '/pull': { recipient: 'a' }, '/ack': { recipient: 'a', ack: [] } }

    for (const [path, body] of Object.entries(BODIES)) {
      it(`are 503 storage_error at ${path}, with a time to come back and nothing of the engine`, async () => {
        const door = await rig.door({ rules: { store: await failing(new StorageError('IO error: /var/lib/secret/000007.log')) } })
        const answer = await post(door, path, body)

        assert.deepEqual([answer.status, errorOf(answer).code, answer.headers.get('retry-after')], [503, 'storage_error', '1'])
        assert.ok(!answer.text.includes('secret'))
        assert.equal((await call(`${door.url}/health`)).status, 200)
      })
    }

    it('are 507 storage_full of a push when there is no room', async () => {
      const answer = await post(await rig.door({ rules: { store: await failing(new StorageFullError('the disk is full')) } }), '/push', BODIES['/push'])

      assert.deepEqual([answer.status, errorOf(answer).code, answer.headers.get('retry-after')], [507, 'storage_full', '5'])
    })

    it('are 500 internal_error when they are bugs, of which the answer tells nothing', async () => {
      const door = await rig.door({ rules: { store: await failing(new RangeError('secret')) } })
      const answer = await post(door, '/pull', { recipient: 'a' })

      assert.deepEqual([answer.status, errorOf(answer).code], [500, 'internal_error'])
      assert.ok(!answer.text.includes('secret'))
      assert.equal((door.bugs.splice(0)[0] as Error).message, 'secret')
    })
  })

  describe('limits (4.1)', () => {
    const NEVER = 0.0001
    const FREE = 1_000_000
    const all = { push: FREE, pull: FREE, ack: FREE, register: FREE, resolve: FREE, check_user: FREE, reserve: FREE, connect: FREE }
    const BODIES = { '/push': pushBody('a'), '/pull': { recipient: 'a' }, '/ack': { recipient: 'a', ack: [] }, '/stat': { recipient: 'a' } } as const
    const twice = async (door: TestDoor, path: keyof typeof BODIES): Promise<number[]> => [(await post(door, path, BODIES[path])).status, (await post(door, path, BODIES[path])).status]

    for (const group of ['push', 'pull', 'ack'] as const) {
      it(`count /${group} as ${group}, and leave the others alone`, async () => {
        const door = await rig.door({ limits: { enabled: true, burst: 1, globalPerSecond: FREE, banAfter: 100, perSecond: { ...all, [group]: NEVER } } })

        assert.deepEqual(await twice(door, `/${group}`), [200, 429])

        for (const other of ['push', 'pull', 'ack'].filter(name => name !== group)) {
          assert.equal((await post(door, `/${other}`, BODIES[`/${other}` as '/push'])).status, 200, other)
        }
      })
    }

    it('count /stat for the caller alone, and /health, /stats and unknown paths not at all', async () => {
      const door = await rig.door({ limits: { enabled: true, burst: 1, globalPerSecond: NEVER, banAfter: 100, perSecond: all } })

      assert.deepEqual(await twice(door, '/stat'), [200, 429])

      for (let n = 0; n < 3; n++) {
        assert.deepEqual([(await call(`${door.url}/health`)).status, (await call(`${door.url}/stats`)).status, (await call(`${door.url}/nowhere`)).status], [200, 200, 404])
      }

      assert.equal((await post(door, '/push', BODIES['/push'])).status, 429)
    })

    it('end in a ban of one bucket: with a ban on push one may pull', async () => {
      const door = await rig.door({ limits: { enabled: true, burst: 1, globalPerSecond: FREE, banAfter: 1, banSeconds: 300, perSecond: { ...all, push: NEVER } } })

      assert.deepEqual(await twice(door, '/push'), [200, 429])
      assert.equal((await post(door, '/push', BODIES['/push'])).headers.get('retry-after'), '300')
      assert.deepEqual((await twice(door, '/pull'))[0], 200)
    })
  })

  /** 8.3. */
  describe('the messenger', () => {
    const NAME = 'ab'.repeat(32)

    it('polls a page after the other, acks what it has, and is told an exact count', async () => {
      const door = await rig.door({ rules: { maxPullItems: 2 } })
      const sent = Array.from({ length: 5 }, (_, n) => pushBody(NAME, {}, { kind: n === 4 ? 'attachment' : 'opaque', total_len: 2, chunk_index: n === 4 ? 1 : 0, chunk_count: n === 4 ? 3 : 1, sent_ms: Date.now() }))
      const got: Item[] = []
      let cursor: unknown = null

      for (const push of sent) {
        assert.equal((await post(door, '/push', push)).status, 200)
      }

      do {
        const page = await post(door, '/pull', { recipient: NAME, cursor })
        const items = itemsOf(page)
        const ack = (items as unknown as Array<{ recipient: string, message_id: string, meta: { chunk_index: number } }>).map(({ recipient, message_id: id, meta }) => {
          assert.equal(recipient, NAME)

          return { message_id: id, chunk_index: meta.chunk_index }
        })

        assert.equal((await post(door, '/ack', { recipient: NAME, ack })).json.deleted, ack.length)
        got.push(...items)
        cursor = page.json.next_cursor
      } while (cursor != null)

      assert.deepEqual(got.map(item => item.message_id), sent.map(push => push.message_id))
      assert.deepEqual(itemsOf(await post(door, '/pull', { recipient: NAME, cursor: null })), [])
    })

    it('sends the same again when an answer was lost, and it is there once', async () => {
      const door = await rig.door()
      const push = pushBody(NAME)
      const statuses = await Promise.all(Array.from({ length: 4 }, async () => (await post(door, '/push', push)).json.stored))

      assert.deepEqual(statuses.filter(stored => stored === true).length, 1)
      assert.equal(itemsOf(await post(door, '/pull', { recipient: NAME })).length, 1)
    })
  })
})
