import assert from 'node:assert/strict'
import { T0, all, makeUsing, range } from './conformance-tools.js'
import { StorageError, StorageFullError } from './errors.js'
import { registryConformance } from './registry-conformance.js'
import type { ConformanceRunner, ConformanceSubject } from './conformance-tools.js'
import type { Item, ItemKey, NewItem, PullOptions, PushOptions, PushResult, Store, Terms } from './types.js'

export { T0 }
export type { ConformanceRunner, ConformanceSubject }

export const TERMS: Terms = { now: T0, dedupeMs: 1000, counterMs: 10_000 }
export const LIMITS: PushOptions = { ...TERMS, ttlMs: 5000, maxItems: 1000, maxBytes: 1_000_000_000 }
export const ALL: PullOptions = { cursor: 0, maxItems: 1000, maxBytes: 1_000_000_000, now: T0 }

/** An item whose message id ends with the bytes of `n`. */
export function itemOf (n: number, body: string | Uint8Array = `body ${n}`, more: Partial<NewItem> = {}): NewItem {
  const messageId = new Uint8Array(16)
  new DataView(messageId.buffer).setUint32(12, n)

  return { messageId, chunkIndex: 0, chunkCount: 1, kind: 'opaque', totalLen: 7n, sentMs: 8n, body: typeof body === 'string' ? Buffer.from(body) : body, ...more }
}

export function keyOf (n: number, chunkIndex = 0): ItemKey {
  return { messageId: itemOf(n).messageId, chunkIndex }
}

/** What any engine must do. Takes the test runner's functions, so that it can be loaded without one. */
export function storeConformance (name: string, makeSubject: () => Promise<ConformanceSubject>, runner: ConformanceRunner): void {
  const { describe } = runner
  const { using, withStore } = makeUsing(makeSubject, runner)

  describe(`a store: ${name}`, () => {
    describe('push and pull', () => {
      withStore('gives back what was stored, field by field, u64 to the last bit', async ({ mailbox }) => {
        const sent = itemOf(1, Uint8Array.of(0, 255, 1), { chunkIndex: 0xffff_fffe, chunkCount: 0xffff_ffff, kind: 'ключ/:\0', totalLen: (1n << 64n) - 1n, sentMs: 1n << 53n })

        assert.deepEqual(await mailbox.push('a', sent, LIMITS), { outcome: 'stored', differs: false, seq: 1, deadlineMs: T0 + 5000, queueLen: 1, queueBytes: 3 })
        const { items } = await mailbox.pull('a', ALL)
        const item = items[0]

        assert.ok(item != null && items.length === 1)
        assert.deepEqual(plain(item), { ...plain(sent), seq: 1, arrivalMs: T0, deadlineMs: T0 + 5000 })
      })

      withStore('keeps a body of its own: the caller may reuse the memory when the call is settled', async ({ mailbox }) => {
        const memory = new Uint8Array(100).fill(7)
        const read = async (): Promise<Uint8Array | undefined> => (await mailbox.pull('a', ALL)).items[0]?.body

        await mailbox.push('a', itemOf(1, memory.subarray(10, 20)), LIMITS)
        memory.fill(9)
        assert.deepEqual([...await read() ?? []], new Array(10).fill(7))
        ;(await read())?.fill(3)
        assert.deepEqual([...await read() ?? []], new Array(10).fill(7))
      })

      withStore('numbers items from 1 without a gap in the order of the calls, mailbox by mailbox', async ({ mailbox }) => {
        const results = await Promise.all(Array.from({ length: 300 }, async (_, n) => await mailbox.push(n % 3 === 0 ? 'a' : 'b', itemOf(n), LIMITS)))

        assert.deepEqual(results.filter((_, n) => n % 3 === 0).map(({ seq }) => seq), range(1, 100))
        assert.deepEqual(results.filter((_, n) => n % 3 !== 0).map(({ seq }) => seq), range(1, 200))
        assert.deepEqual((await mailbox.pull('a', ALL)).items.map(({ messageId }) => messageId[15]), range(0, 99).map(n => n * 3 % 256))
      })

      withStore('pages by cursor, by count and by bytes, with at least one item a page', async ({ mailbox }) => {
        for (const n of range(1, 5)) {
          await mailbox.push('a', itemOf(n, new Uint8Array(100)), LIMITS)
        }

        const page = async (options: Partial<PullOptions>): Promise<unknown> => {
          const { items, nextCursor, more, remainingEstimate } = await mailbox.pull('a', { ...ALL, ...options })

          return [items.map(({ seq }) => seq), nextCursor, more, remainingEstimate]
        }

        assert.deepEqual(await page({}), [[1, 2, 3, 4, 5], 5, false, 0])
        assert.deepEqual(await page({ maxItems: 2 }), [[1, 2], 2, true, 3])
        assert.deepEqual(await page({ maxItems: 2, cursor: 2 }), [[3, 4], 4, true, 3])
        assert.deepEqual(await page({ maxItems: 2, cursor: 3 }), [[4, 5], 5, false, 3])
        assert.deepEqual(await page({ maxItems: 5 }), [[1, 2, 3, 4, 5], 5, false, 0])
        assert.deepEqual(await page({ maxBytes: 200 }), [[1, 2], 2, true, 3])
        assert.deepEqual(await page({ maxBytes: 199 }), [[1], 1, true, 4])
        assert.deepEqual(await page({ maxBytes: 1 }), [[1], 1, true, 4])
        assert.deepEqual(await page({ cursor: 5 }), [[], 5, false, 5])
        assert.deepEqual(await page({ cursor: 77 }), [[], 77, false, 5])
      })

      withStore('takes bodies from 0 bytes to 8 MiB, and pages them whole and in order', async ({ mailbox }) => {
        const sizes = [0, 1, 65_536, 262_143, 262_144, 262_145, 524_289, 1_048_576, 8_388_608]

        await Promise.all(sizes.map(async (size, n) => await mailbox.push('a', itemOf(n, patterned(size, n)), LIMITS)))
        const { items } = await mailbox.pull('a', ALL)

        assert.deepEqual(items.map(({ body }) => body.byteLength), sizes)
        items.forEach(({ body }, n) => { assert.ok(Buffer.from(body).equals(patterned(body.byteLength, n)), `body ${n} differs`) })
        assert.equal((await mailbox.stat('a')).queueBytes, sizes.reduce((sum, size) => sum + size))
      })

      withStore('an unknown mailbox is an empty one', async ({ mailbox }) => {
        assert.deepEqual(await mailbox.pull('nobody', { ...ALL, cursor: 3 }), { items: [], nextCursor: 3, more: false, remainingEstimate: 0 })
        assert.deepEqual(await mailbox.stat('nobody'), { queueLen: 0, queueBytes: 0, oldestMs: 0, newestMs: 0, nextSeq: 1 })
        assert.deepEqual(await mailbox.ack('nobody', { keys: [keyOf(1), keyOf(1), keyOf(2)] }, TERMS), { deleted: 0, missing: 2, remaining: 0 })
        assert.deepEqual(await mailbox.ack('nobody', { upToSeq: 9 }, TERMS), { deleted: 0, missing: 0, remaining: 0 })
      })

      withStore('no name leads into another mailbox', async ({ mailbox }) => {
        const names = ['a', 'a:', 'a:1', 'a/', 'a\0', 'a\0b', '\0', 'aa', 'A', 'ä', 'ａ', ' ', 'a '.repeat(128), 'x'.repeat(255), 'x'.repeat(256), '\u{10ffff}'.repeat(64), '\xff'.repeat(128)]

        await Promise.all(names.map(async (mailboxName, n) => await mailbox.push(mailboxName, itemOf(n, mailboxName), LIMITS)))

        for (const mailboxName of names) {
          const { items } = await mailbox.pull(mailboxName, ALL)
          assert.deepEqual(items.map(({ body, seq }) => [Buffer.from(body).toString(), seq]), [[mailboxName, 1]])
        }
      })

      withStore('refuses what its types do not hold, and goes on', async ({ mailbox }) => {
        const invalid = { code: 'invalid_input' }

        for (const mailboxName of ['', 'x'.repeat(257), 'ä'.repeat(129), '\ud800']) {
          await assert.rejects(mailbox.push(mailboxName, itemOf(1), LIMITS), invalid)
          await assert.rejects(mailbox.pull(mailboxName, ALL), invalid)
          await assert.rejects(mailbox.ack(mailboxName, { keys: [] }, TERMS), invalid)
          await assert.rejects(mailbox.stat(mailboxName), invalid)
        }

        for (const wrong of [{ messageId: new Uint8Array(15) }, { chunkIndex: -1 }, { chunkIndex: 2 ** 32 }, { chunkCount: 0 }, { kind: '' }, { kind: 'x'.repeat(257) }, { totalLen: 1n << 64n }, { sentMs: -1n }]) {
          await assert.rejects(mailbox.push('a', itemOf(1, 'x', wrong), LIMITS), invalid)
        }

        await assert.rejects(mailbox.push('a', itemOf(1), { ...LIMITS, now: NaN }), invalid)
        await assert.rejects(mailbox.push('a', itemOf(1), { ...LIMITS, ttlMs: 0 }), invalid)
        await assert.rejects(mailbox.pull('a', { ...ALL, cursor: -1 }), invalid)
        await assert.rejects(mailbox.pull('a', { ...ALL, maxItems: 0 }), invalid)
        assert.deepEqual(mailbox.totals(), { items: 0, bytes: 0 })
      })
    })

    describe('idempotency', () => {
      withStore('the same key is a duplicate while it is queued, and says where it is', async ({ mailbox }) => {
        await mailbox.push('a', itemOf(1), LIMITS)
        await mailbox.push('a', itemOf(2), LIMITS)
        assert.deepEqual(await mailbox.push('a', itemOf(1), { ...LIMITS, now: T0 + 10 }), { outcome: 'duplicate', differs: false, seq: 1, deadlineMs: T0 + 5000, queueLen: 2, queueBytes: 12 })
        assert.equal((await mailbox.push('a', itemOf(1, 'body 1', { chunkIndex: 1 }), LIMITS)).outcome, 'stored')
        assert.equal((await mailbox.push('b', itemOf(1), LIMITS)).outcome, 'stored')
      })

      withStore('tells a duplicate of other content in each field, and keeps the first', async ({ mailbox }) => {
        await mailbox.push('a', itemOf(1, 'x'), LIMITS)

        for (const other of [itemOf(1, 'y'), itemOf(1, ''), itemOf(1, 'x', { kind: 'signaling' }), itemOf(1, 'x', { chunkCount: 2 }), itemOf(1, 'x', { totalLen: 1n }), itemOf(1, 'x', { sentMs: 1n }), itemOf(1, new Uint8Array(300_000))]) {
          const { outcome, differs, seq } = await mailbox.push('a', other, LIMITS)
          assert.deepEqual({ outcome, differs, seq }, { outcome: 'duplicate', differs: true, seq: 1 })
        }

        assert.equal((await mailbox.push('a', itemOf(1, 'x'), LIMITS)).differs, false)
        assert.deepEqual((await mailbox.pull('a', ALL)).items.map(({ body }) => Buffer.from(body).toString()), ['x'])
      })

      withStore('one of many pushes of one key at once is stored', async ({ mailbox }) => {
        const results = await Promise.all(Array.from({ length: 50 }, async () => await mailbox.push('a', itemOf(1), LIMITS)))

        assert.deepEqual(results.map(({ outcome }) => outcome), ['stored', ...new Array(49).fill('duplicate')])
        assert.ok(results.every(({ seq, queueLen }) => seq === 1 && queueLen === 1))
      })

      withStore('remembers a key for dedupeMs after ack, to the millisecond, with its content', async ({ mailbox }) => {
        await mailbox.push('a', itemOf(1), LIMITS)
        await mailbox.ack('a', { keys: [keyOf(1)] }, { ...TERMS, now: T0 + 100 })
        const gone: PushResult = { outcome: 'duplicate', differs: false, seq: 0, deadlineMs: 0, queueLen: 0, queueBytes: 0 }

        assert.deepEqual(await mailbox.push('a', itemOf(1), { ...LIMITS, now: T0 + 1099 }), gone)
        assert.deepEqual(await mailbox.push('a', itemOf(1, 'z'), { ...LIMITS, now: T0 + 1099 }), { ...gone, differs: true })
        await expireAll(mailbox, T0 + 1099)
        assert.deepEqual(await mailbox.push('a', itemOf(1), { ...LIMITS, now: T0 + 1099 }), gone)
        assert.deepEqual(await mailbox.push('a', itemOf(1), { ...LIMITS, now: T0 + 1100 }), { outcome: 'stored', differs: false, seq: 2, deadlineMs: T0 + 6100, queueLen: 1, queueBytes: 6 })
      })

      withStore('remembers a key for dedupeMs after its deadline, collected or not', async ({ mailbox }) => {
        await mailbox.push('a', itemOf(1), LIMITS)
        await mailbox.push('a', itemOf(2), LIMITS)
        // both are over, neither is collected: they count, but they are not queued
        assert.deepEqual(await mailbox.push('a', itemOf(1), { ...LIMITS, now: T0 + 5000 }), { outcome: 'duplicate', differs: false, seq: 0, deadlineMs: 0, queueLen: 2, queueBytes: 12 })
        assert.equal((await mailbox.expire({ ...TERMS, now: T0 + 5500 })).removed, 2)
        assert.equal((await mailbox.push('a', itemOf(1), { ...LIMITS, now: T0 + 5999 })).outcome, 'duplicate')
        assert.equal((await mailbox.push('a', itemOf(1), { ...LIMITS, now: T0 + 6000 })).seq, 3)
      })

      withStore('an expired item gives way to a new one of its key', async ({ mailbox }) => {
        await mailbox.push('a', itemOf(1), LIMITS)
        assert.deepEqual(await mailbox.push('a', itemOf(1, 'again'), { ...LIMITS, now: T0 + 6000 }), { outcome: 'stored', differs: false, seq: 2, deadlineMs: T0 + 11_000, queueLen: 1, queueBytes: 5 })
        await expireAll(mailbox, T0 + 6000)
        assert.deepEqual((await mailbox.pull('a', { ...ALL, now: T0 + 6000 })).items.map(({ seq }) => seq), [2])
        assert.equal((await mailbox.ack('a', { keys: [keyOf(1)] }, { ...TERMS, now: T0 + 6000 })).deleted, 1)
        assert.deepEqual(mailbox.totals(), { items: 0, bytes: 0 })
      })

      withStore('with dedupeMs 0 a key is known only while it is queued', async ({ mailbox }) => {
        const none = { ...LIMITS, dedupeMs: 0 }

        await mailbox.push('a', itemOf(1), none)
        assert.equal((await mailbox.push('a', itemOf(1), none)).outcome, 'duplicate')
        await mailbox.ack('a', { keys: [keyOf(1)] }, none)
        assert.equal((await mailbox.push('a', itemOf(1), none)).seq, 2)
        assert.equal((await mailbox.push('a', itemOf(1), { ...none, now: T0 + 5000 })).seq, 3)
      })
    })

    describe('ack', () => {
      withStore('removes what is named, once, and tells what was missing', async ({ mailbox }) => {
        for (const n of range(1, 5)) {
          await mailbox.push('a', itemOf(n), LIMITS)
        }

        assert.deepEqual(await mailbox.ack('a', { keys: [] }, TERMS), { deleted: 0, missing: 0, remaining: 5 })
        assert.deepEqual(await mailbox.ack('a', { keys: [keyOf(2), keyOf(2), keyOf(9), keyOf(9), keyOf(2, 1)] }, TERMS), { deleted: 1, missing: 2, remaining: 4 })
        assert.deepEqual(await mailbox.ack('a', { keys: [keyOf(2)] }, TERMS), { deleted: 0, missing: 1, remaining: 4 })
        assert.deepEqual((await mailbox.pull('a', ALL)).items.map(({ seq }) => seq), [1, 3, 4, 5])
      })

      withStore('removes all up to a seq', async ({ mailbox }) => {
        for (const n of range(1, 5)) {
          await mailbox.push('a', itemOf(n), LIMITS)
        }

        await mailbox.ack('a', { keys: [keyOf(2)] }, TERMS)
        assert.deepEqual(await mailbox.ack('a', { upToSeq: 0 }, TERMS), { deleted: 0, missing: 0, remaining: 4 })
        assert.deepEqual(await mailbox.ack('a', { upToSeq: 3 }, TERMS), { deleted: 2, missing: 0, remaining: 2 })
        assert.deepEqual(await mailbox.ack('a', { upToSeq: 3 }, TERMS), { deleted: 0, missing: 0, remaining: 2 })
        assert.equal((await mailbox.push('a', itemOf(1), LIMITS)).outcome, 'duplicate')
        assert.deepEqual(await mailbox.ack('a', { upToSeq: Number.MAX_SAFE_INTEGER }, TERMS), { deleted: 2, missing: 0, remaining: 0 })
        assert.equal((await mailbox.push('a', itemOf(6), LIMITS)).seq, 6)
      })

      withStore('an ack after a push of the same key, both under way, finds it', async ({ mailbox }) => {
        const pushed = mailbox.push('a', itemOf(1), LIMITS)
        const acked = mailbox.ack('a', { keys: [keyOf(1)] }, TERMS)
        const again = mailbox.push('a', itemOf(1), LIMITS)

        assert.equal((await pushed).outcome, 'stored')
        assert.deepEqual(await acked, { deleted: 1, missing: 0, remaining: 0 })
        assert.equal((await again).outcome, 'duplicate')
      })

      withStore('of racing acks each item counts for one', async ({ mailbox }) => {
        await Promise.all(range(1, 100).map(async n => await mailbox.push('a', itemOf(n), LIMITS)))
        const acks = await Promise.all(range(1, 10).map(async n => await mailbox.ack('a', n % 2 === 0 ? { upToSeq: 100 } : { keys: range(1, 100).map(key => keyOf(key)) }, TERMS)))

        assert.equal(acks.reduce((sum, { deleted }) => sum + deleted, 0), 100)
        assert.deepEqual(mailbox.totals(), { items: 0, bytes: 0 })
      })

      withStore('takes a long queue whole', async ({ mailbox }) => {
        await Promise.all(range(1, 5000).map(async n => await mailbox.push('a', itemOf(n, 'x'), { ...LIMITS, maxItems: 5000 })))
        assert.deepEqual(await mailbox.ack('a', { upToSeq: 4999 }, TERMS), { deleted: 4999, missing: 0, remaining: 1 })
        assert.deepEqual((await mailbox.pull('a', ALL)).items.map(({ seq }) => seq), [5000])
      })
    })

    describe('quotas', () => {
      withStore('the last item that fits passes, the next does not, by count and by bytes', async ({ mailbox }) => {
        const tight = { ...LIMITS, maxItems: 2, maxBytes: 10 }

        assert.equal((await mailbox.push('a', itemOf(1, 'four'), tight)).outcome, 'stored')
        assert.deepEqual(await mailbox.push('a', itemOf(2, 'seven..'), tight), { outcome: 'quota_exceeded', differs: false, seq: 0, deadlineMs: 0, queueLen: 1, queueBytes: 4 })
        assert.equal((await mailbox.push('a', itemOf(2, 'sixsix'), tight)).outcome, 'stored')
        assert.equal((await mailbox.push('a', itemOf(3, ''), tight)).outcome, 'quota_exceeded')
        assert.equal((await mailbox.push('a', itemOf(1, 'four'), tight)).outcome, 'duplicate')
        assert.equal((await mailbox.push('b', itemOf(3, ''), tight)).outcome, 'stored')
        await mailbox.ack('a', { keys: [keyOf(1)] }, TERMS)
        assert.equal((await mailbox.push('a', itemOf(3, ''), tight)).seq, 3)
      })

      withStore('64 racing for the last place: one gets it', async ({ mailbox }) => {
        const results = await Promise.all(range(1, 64).map(async n => await mailbox.push('a', itemOf(n), { ...LIMITS, maxItems: 1 })))

        assert.deepEqual(results.map(({ outcome }) => outcome), ['stored', ...new Array(63).fill('quota_exceeded')])
      })

      withStore('an expired item counts until it is collected', async ({ mailbox }) => {
        const one = { ...LIMITS, maxItems: 1, now: T0 + 5000 }

        await mailbox.push('a', itemOf(1), { ...one, now: T0 })
        assert.equal((await mailbox.push('a', itemOf(2), one)).outcome, 'quota_exceeded')
        assert.equal((await mailbox.expire(one)).removed, 1)
        assert.equal((await mailbox.push('a', itemOf(2), one)).outcome, 'stored')
      })

      withStore('above maxBytes of the store pushes are refused, and pass again when there is room', async store => {
        const { mailbox } = store

        await mailbox.push('a', itemOf(1, new Uint8Array(60)), LIMITS)
        await assert.rejects(mailbox.push('b', itemOf(2, new Uint8Array(41)), LIMITS), (err: unknown) => err instanceof StorageFullError && err.code === 'storage_full')
        await mailbox.push('b', itemOf(2, new Uint8Array(40)), LIMITS)
        assert.equal(store.health().state, 'full')
        assert.equal((await mailbox.push('b', itemOf(2, new Uint8Array(40)), LIMITS)).outcome, 'duplicate')
        assert.equal((await mailbox.ack('a', { upToSeq: 1 }, TERMS)).deleted, 1)
        assert.equal(store.health().state, 'ready')
        assert.equal((await mailbox.push('b', itemOf(3, new Uint8Array(60)), LIMITS)).outcome, 'stored')
        assert.deepEqual(mailbox.totals(), { items: 2, bytes: 100 })
      }, { maxBytes: 100 })
    })

    describe('time', () => {
      withStore('an item is there until its deadline, and at its deadline it is not', async ({ mailbox }) => {
        await mailbox.push('a', itemOf(1), LIMITS)
        await mailbox.push('a', itemOf(2), { ...LIMITS, ttlMs: 6000 })
        assert.equal((await mailbox.pull('a', { ...ALL, now: T0 + 4999 })).items.length, 2)
        const { items, more, remainingEstimate } = await mailbox.pull('a', { ...ALL, now: T0 + 5000 })
        assert.deepEqual([items.map(({ seq }) => seq), more, remainingEstimate], [[2], false, 1])
      })

      withStore('`more` is about items that have not expired', async ({ mailbox }) => {
        await mailbox.push('a', itemOf(1), { ...LIMITS, ttlMs: 9000 })
        await mailbox.push('a', itemOf(2), LIMITS)
        assert.equal((await mailbox.pull('a', { ...ALL, maxItems: 1 })).more, true)
        assert.equal((await mailbox.pull('a', { ...ALL, maxItems: 1, now: T0 + 5000 })).more, false)
      })

      withStore('finds an item behind hundreds that have expired', async ({ mailbox }) => {
        await Promise.all(range(1, 700).map(async n => await mailbox.push('a', itemOf(n), { ...LIMITS, ttlMs: n % 300 === 0 ? 9000 : 5000 })))
        const page = async (cursor: number, maxItems: number): Promise<unknown> => {
          const { items, more, nextCursor } = await mailbox.pull('a', { ...ALL, cursor, maxItems, now: T0 + 5000 })

          return [items.map(({ seq }) => seq), more, nextCursor]
        }

        assert.deepEqual(await page(0, 10), [[300, 600], false, 600])
        assert.deepEqual(await page(0, 1), [[300], true, 300])
        assert.deepEqual(await page(300, 1), [[600], false, 600])
      })

      withStore('a clock that steps back neither revives an item nor lets arrivals go back', async store => {
        const { mailbox } = store

        await mailbox.push('a', itemOf(1), LIMITS)
        await mailbox.push('a', itemOf(2), { ...LIMITS, ttlMs: 60_000 })
        assert.equal((await mailbox.pull('a', { ...ALL, now: T0 + 5000 })).items.length, 1)
        assert.equal((await mailbox.pull('a', ALL)).items.length, 1)
        assert.equal((await mailbox.push('a', itemOf(1), LIMITS)).seq, 0)
        await mailbox.push('a', itemOf(3), { ...LIMITS, now: T0 - 1000 })
        assert.equal((await mailbox.pull('a', ALL)).items[1]?.arrivalMs, T0 + 5000)
        assert.equal(store.clockFloorMs, T0 + 5000)
      })

      withStore('a clock that was far ahead and is set back: what it took for over stays away, and time goes on', async store => {
        const { mailbox } = store
        const year = 31_536_000_000

        await mailbox.push('a', itemOf(1), LIMITS)
        await mailbox.push('a', itemOf(2), { ...LIMITS, ttlMs: 2 * year })
        assert.deepEqual((await mailbox.pull('a', { ...ALL, now: T0 + year })).items.map(({ seq }) => seq), [2])
        // set back, and believed
        await expireAll(mailbox, T0 + 100, true)
        assert.equal(store.clockFloorMs, T0 + 100)
        assert.deepEqual((await mailbox.pull('a', ALL)).items.map(({ seq }) => seq), [2])
        assert.equal((await mailbox.push('a', itemOf(3), { ...LIMITS, now: T0 + 200 })).deadlineMs, T0 + 5200)
        assert.deepEqual((await mailbox.pull('a', { ...ALL, now: T0 + 5199 })).items.map(({ seq }) => seq), [2, 3])
        assert.deepEqual((await mailbox.pull('a', { ...ALL, now: T0 + 5200 })).items.map(({ seq }) => seq), [2])
        assert.equal(await expireAll(mailbox, T0 + 5200), 1)
        assert.deepEqual(await all(store.verify()), [])
      })

      withStore('stat tells counts, bytes, first and last arrival and the next seq', async ({ mailbox }) => {
        await mailbox.push('a', itemOf(1, 'one'), LIMITS)
        await mailbox.push('a', itemOf(2, 'three'), { ...LIMITS, now: T0 + 1 })
        await mailbox.push('a', itemOf(3, new Uint8Array(300_000)), { ...LIMITS, now: T0 + 2 })
        assert.deepEqual(await mailbox.stat('a'), { queueLen: 3, queueBytes: 300_008, oldestMs: T0, newestMs: T0 + 2, nextSeq: 4 })
        await mailbox.ack('a', { keys: [keyOf(1), keyOf(3)] }, TERMS)
        assert.deepEqual(await mailbox.stat('a'), { queueLen: 1, queueBytes: 5, oldestMs: T0 + 1, newestMs: T0 + 1, nextSeq: 4 })
        await mailbox.ack('a', { upToSeq: 3 }, TERMS)
        assert.deepEqual(await mailbox.stat('a'), { queueLen: 0, queueBytes: 0, oldestMs: 0, newestMs: 0, nextSeq: 4 })
      })
    })

    describe('expire', () => {
      withStore('collects what is over, in slices, and no more', async ({ mailbox }) => {
        await Promise.all(range(1, 2000).map(async n => await mailbox.push(`mailbox ${n % 7}`, itemOf(n, 'x'), { ...LIMITS, ttlMs: n <= 1500 ? 5000 : 5001 })))
        let removed = 0
        let more = true

        while (more) {
          const slice = await mailbox.expire({ ...TERMS, now: T0 + 5000, budgetMs: 1 })
          removed += slice.removed
          more = slice.more
        }

        assert.equal(removed, 1500)
        assert.deepEqual(mailbox.totals(), { items: 500, bytes: 500 })
        assert.deepEqual(await mailbox.expire({ ...TERMS, now: T0 + 5000 }), { removed: 0, more: false })
      })

      withStore('together with acks of the same items nothing is counted twice', async ({ mailbox }) => {
        await Promise.all(range(1, 500).map(async n => await mailbox.push('a', itemOf(n, 'x'), LIMITS)))
        const late = { ...TERMS, now: T0 + 5000 }
        const [removed, acks] = await Promise.all([
          expireAll(mailbox, late.now),
          Promise.all(range(1, 500).map(async n => await mailbox.ack('a', { keys: [keyOf(n)] }, late)))
        ])

        assert.equal(removed + acks.reduce((sum, { deleted }) => sum + deleted, 0), 500)
        assert.deepEqual(mailbox.totals(), { items: 0, bytes: 0 })
        assert.equal((await mailbox.stat('a')).queueLen, 0)
      })

      withStore('the counter of an empty mailbox goes after counterMs, and seq never restarts', async ({ mailbox }) => {
        for (const n of range(1, 3)) {
          await mailbox.push('a', itemOf(n), LIMITS)
        }

        await mailbox.ack('a', { upToSeq: 3 }, TERMS)
        await expireAll(mailbox, T0 + 9999)
        assert.equal((await mailbox.push('b', itemOf(1), { ...LIMITS, now: T0 + 9999 })).seq, 1)
        assert.equal((await mailbox.stat('a')).nextSeq, 4)
        await expireAll(mailbox, T0 + 10_000)
        // a and any new mailbox now begin above what a had; b has its own row
        assert.equal((await mailbox.push('c', itemOf(1), { ...LIMITS, now: T0 + 10_000 })).seq, 4)
        assert.equal((await mailbox.push('a', itemOf(1), { ...LIMITS, now: T0 + 10_000 })).seq, 4)
        assert.equal((await mailbox.push('b', itemOf(2), { ...LIMITS, now: T0 + 10_000 })).seq, 2)
      })

      withStore('a mailbox that was used again keeps its counter', async ({ mailbox }) => {
        await mailbox.push('a', itemOf(1), LIMITS)
        await mailbox.ack('a', { upToSeq: 1 }, TERMS)
        await mailbox.push('a', itemOf(2), { ...LIMITS, now: T0 + 8000, ttlMs: 60_000 })
        await expireAll(mailbox, T0 + 20_000)
        assert.deepEqual((await mailbox.pull('a', { ...ALL, now: T0 + 20_000 })).items.map(({ seq }) => seq), [2])
        assert.equal((await mailbox.push('a', itemOf(3), { ...LIMITS, now: T0 + 20_000 })).seq, 3)
      })
    })

    describe('as a whole', () => {
      withStore('finds nothing to mend after all kinds of calls', async store => {
        const { mailbox } = store

        await Promise.all(range(1, 50).map(async n => await mailbox.push(`m${n % 5}`, itemOf(n, new Uint8Array(n === 7 ? 600_000 : n)), { ...LIMITS, ttlMs: 1000 * n })))
        await mailbox.ack('m1', { keys: [keyOf(1), keyOf(6)] }, TERMS)
        await mailbox.ack('m2', { upToSeq: 3 }, TERMS)
        await expireAll(mailbox, T0 + 20_000)
        assert.deepEqual(await all(store.verify()), [])
      })

      withStore('settles every call when it is closed, and refuses later ones', async store => {
        const { mailbox } = store
        const pushes = range(1, 20).map(async n => await mailbox.push('a', itemOf(n), LIMITS))
        const closed = store.close()

        assert.ok((await Promise.all(pushes)).every(({ outcome }) => outcome === 'stored'))
        await closed
        await store.close()
        assert.equal(store.health().state, 'closed')

        for (const call of [mailbox.push('a', itemOf(21), LIMITS), mailbox.pull('a', ALL), mailbox.ack('a', { upToSeq: 1 }, TERMS), mailbox.stat('a'), mailbox.expire(TERMS)]) {
          await assert.rejects(call, (err: unknown) => err instanceof StorageError && err.code === 'storage_error')
        }
      })

      using('a clock that was set back stays so when it was closed and opened', async (store, subject) => {
        await store.mailbox.pull('a', { ...ALL, now: T0 + 1_000_000 })
        await expireAll(store.mailbox, T0, true)

        if (!subject.persistent) {
          return
        }

        await store.close()
        const again = await subject.open()

        assert.equal(again.clockFloorMs, T0)

        return again
      })

      using('is the same after it was closed and opened', async (store, subject) => {
        if (!subject.persistent) {
          return
        }

        await Promise.all(range(1, 20).map(async n => await store.mailbox.push('a', itemOf(n, new Uint8Array(n === 5 ? 500_000 : n)), { ...LIMITS, ttlMs: n === 2 ? 5000 : 50_000 })))
        await store.mailbox.ack('a', { keys: [keyOf(1)] }, { ...TERMS, dedupeMs: 60_000 })
        await store.mailbox.pull('a', { ...ALL, now: T0 + 5000 })
        const before = await store.mailbox.pull('a', ALL)
        const totals = store.mailbox.totals()

        await store.close()
        const again = await subject.open()

        assert.equal(again.clockFloorMs, T0 + 5000)
        assert.deepEqual(again.mailbox.totals(), totals)
        assert.deepEqual((await again.mailbox.pull('a', ALL)).items.map(plain), before.items.map(plain))
        assert.equal((await again.mailbox.push('a', itemOf(1), LIMITS)).outcome, 'duplicate')
        assert.equal((await again.mailbox.push('a', itemOf(21), LIMITS)).seq, 21)
        assert.deepEqual(await all(again.verify()), [])

        return again
      })
    })
  })

  registryConformance(name, makeSubject, runner)
}

async function expireAll (mailbox: Store['mailbox'], now: number, setBack = false): Promise<number> {
  let removed = 0

  while (true) {
    const slice = await mailbox.expire({ ...TERMS, now, setBack })
    removed += slice.removed

    if (!slice.more) {
      return removed
    }
  }
}

function patterned (size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size)

  for (let index = 0; index < size; index++) {
    bytes[index] = index * 31 + (index >> 8) + seed
  }

  return bytes
}

/** Typed arrays of one kind, so that items compare by their bytes. */
function plain<T extends NewItem | Item> (item: T): T {
  return { ...item, messageId: [...item.messageId], body: item.body.byteLength > 1000 ? Buffer.from(item.body).toString('base64') : [...item.body] } as unknown as T
}
