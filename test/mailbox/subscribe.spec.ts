import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { itemOf, LIMITS } from '../../src/storage/conformance.js'
import { mailboxMetrics } from '../../src/ops/metrics/mailbox.js'
import { until } from '../support/wait.js'
import { bodyOf, codeOf, MailboxRig, push } from './rig.js'
import type { Talk } from './rig.js'
import type { Fields } from '../support/mailbox-wire.js'

/** All that comes under an id until `count` items have. */
async function items (talk: Talk, id: bigint, count: number): Promise<Fields[]> {
  const found: Fields[] = []

  while (found.length < count) {
    const { item } = await talk.of(id)

    if (item != null) {
      found.push(item as Fields)
    }
  }

  return found
}

describe('mailbox subscriptions', () => {
  const rig = new MailboxRig()

  it('gives what is stored, says that it has caught up, and gives what is pushed then', async () => {
    const server = await rig.server()
    const receiver = await rig.client(server)
    const [talk, sender] = [await receiver.open(), await (await rig.client(server)).open()]

    await sender.ask({ push: push(receiver.name, 1) })
    await sender.ask({ push: push(receiver.name, 2) })

    const id = talk.send({ subscribe: { mailbox: receiver.name, cursor: 1, credit: 10 } })

    assert.equal(bodyOf((await talk.of(id)).item as Fields), 'body 2')
    assert.deepEqual(await talk.of(id), { id, caughtUp: { cursor: 2n } })
    await sender.ask({ push: push(receiver.name, 3) })
    assert.equal(bodyOf((await talk.of(id)).item as Fields), 'body 3')
    // it is not deleted by having been sent
    assert.equal((await talk.pull({ mailbox: receiver.name })).items.length, 3)
  })

  it('never sends more than the credit, which CaughtUp does not cost', async () => {
    const server = await rig.server()
    const talk = await (await rig.client(server)).open()

    const empty = talk.send({ subscribe: { mailbox: 'a', cursor: 2n ** 64n - 1n } })

    assert.deepEqual(await talk.of(empty), { id: empty, caughtUp: { cursor: 2n ** 64n - 1n } })

    for (const n of [1, 2, 3]) {
      await talk.ask({ push: push('a', n) })
    }

    const id = talk.send({ subscribe: { mailbox: 'a' } })
    const barrier = async (): Promise<void> => { await talk.ask({ stat: { mailbox: 'a' } }) }

    await barrier()
    talk.send({ credit: { subscription: id, items: 2 } })
    assert.deepEqual((await items(talk, id, 2)).map(bodyOf), ['body 1', 'body 2'])
    await barrier()
    // what is left is acked by somebody else: nothing stored is unsent
    await talk.ask({ ack: { mailbox: 'a', upToSeq: 3 } })
    assert.deepEqual(await talk.of(id), { id, caughtUp: { cursor: 2n } })
    await talk.ask({ push: push('a', 4) })
    await barrier()
    talk.send({ credit: { subscription: id, items: 1 } })
    assert.equal(bodyOf((await talk.of(id)).item as Fields), 'body 4')
  })

  it('holds a cursor past the end: what comes up to it is never sent', async () => {
    const talk = await (await rig.client(await rig.server())).open()
    const id = talk.send({ subscribe: { mailbox: 'a', cursor: 2, credit: 9 } })

    assert.deepEqual(await talk.of(id), { id, caughtUp: { cursor: 2n } })

    for (const n of [1, 2, 3]) {
      await talk.ask({ push: push('a', n) })
    }

    assert.equal(bodyOf((await talk.of(id)).item as Fields), 'body 3')
  })

  it('says that it has caught up when what it has no credit for is collected', async () => {
    let now = 1_800_000_000_000
    const talk = await (await rig.client(await rig.server({ now: () => now, ttlSeconds: 10, gcIntervalSeconds: 1 }))).open()

    await talk.ask({ push: push('a', 1) })

    const id = talk.send({ subscribe: { mailbox: 'a' } })

    await talk.ask({ stat: { mailbox: 'a' } })
    now += 10_000
    assert.deepEqual(await talk.of(id), { id, caughtUp: {} })
  })

  it('gives an item whose push had failed and that is there all the same when the store is well again', async () => {
    const server = await rig.server()
    const talk = await (await rig.client(server)).open()
    const id = talk.send({ subscribe: { mailbox: 'a', credit: 1 } })

    assert.deepEqual(await talk.of(id), { id, caughtUp: {} })
    // nobody was told of it
    await server.store.mailbox.push('a', itemOf(1), { ...LIMITS, now: Date.now() })
    server.store.dispatchEvent(new CustomEvent('health', { detail: server.store.health() }))
    assert.equal(((await talk.of(id)).item as Fields).seq, 1n)
  })

  it('has 64 subscriptions a stream, which do not count as open requests, and not one more', async () => {
    const talk = await (await rig.client(await rig.server({}, { bounds: { openRequests: 2 } }))).open()
    const ids = Array.from({ length: 64 }, () => talk.send({ subscribe: { mailbox: 'a', credit: 1 } }))

    for (const id of ids) {
      assert.deepEqual(await talk.of(id), { id, caughtUp: {} })
    }

    assert.equal(await talk.code({ subscribe: { mailbox: 'a' } }), 'invalid_input')
    talk.send({ cancel: { request: ids[0] ?? 0n } })
    assert.equal(codeOf(await talk.of(ids[0] ?? 0n)), 'cancelled')

    const last = talk.send({ subscribe: { mailbox: 'a' } })

    assert.deepEqual(await talk.of(last), { id: last, caughtUp: {} })
  })

  it('is one stream without gap or repeat, whatever is pushed while it begins, pauses, drops and comes back', async function () {
    this.timeout(120_000)
    const server = await rig.server()
    const [receiver, sender] = [await rig.client(server), await rig.client(server)]
    let run = 0

    await fc.assert(fc.asyncProperty(fc.array(fc.record({ pushes: fc.integer({ min: 0, max: 20 }), credit: fc.integer({ min: 1, max: 12 }), drop: fc.boolean() }), { minLength: 1, maxLength: 8 }), async steps => {
      const mailbox = `run ${run++}`
      const out = await sender.open()
      let talk = await receiver.open()
      let id = 0n
      let pushed = 0
      const seen: number[] = []
      const acks: Array<Promise<unknown>> = []

      for (const { pushes, credit, drop } of steps) {
        for (let i = 0; i < pushes; i++) {
          acks.push(out.of(out.send({ push: push(mailbox, ++pushed) })))
        }

        if (drop && id !== 0n) {
          talk.raw.reset()
          talk = await receiver.open()
          id = 0n
        }

        if (id === 0n) {
          id = talk.send({ subscribe: { mailbox, cursor: seen.at(-1) ?? 0, credit } })
        } else {
          talk.send({ credit: { subscription: id, items: credit } })
        }

        const wanted = Math.min(credit, pushed - seen.length)

        for (const item of await items(talk, id, wanted)) {
          seen.push(Number(item.seq))
        }
      }

      for await (const answer of acks) {
        assert.ok((answer as Fields).pushed != null)
      }

      // the rest
      talk.raw.reset()
      talk = await receiver.open()
      id = talk.send({ subscribe: { mailbox, cursor: seen.at(-1) ?? 0, credit: 1000 } })
      seen.push(...(await items(talk, id, pushed - seen.length)).map(item => Number(item.seq)))
      assert.deepEqual(seen, Array.from({ length: pushed }, (_, n) => n + 1))
      talk.raw.reset()
      out.raw.reset()
    }), { numRuns: 25 })
  })

  it('cuts a consumer that does not take its credited items with slow_consumer, holds little for it, and lets one without credit be', async () => {
    let monotonic = 0
    const slowConsumers = mailboxMetrics.find(({ name }) => name === 'enigma_mailbox_slow_consumers_total')
    const server = await rig.server({}, { monotonic: () => monotonic, bounds: { sweepMs: 1_000_000, stuckMs: 1_000_000 } })
    const receiver = await rig.client(server)
    const [slow, patient, sender] = [await receiver.open(), await receiver.open(), await (await rig.client(server)).open()]

    slow.raw.pause()

    const slowId = slow.send({ subscribe: { mailbox: 'a', credit: 1000 } })
    const patientId = patient.send({ subscribe: { mailbox: 'a' } })

    assert.deepEqual(await patient.of(patientId), { id: patientId, caughtUp: {} })

    for (let n = 0; n < 40; n++) {
      await sender.ask({ push: push('a', n, { body: new Uint8Array(200_000) }) })
    }

    await until(() => server.service.stats().outgoingBytes > 100_000, 'the slow one is stuck')
    assert.ok(server.service.stats().outgoingBytes < 2_000_000)
    server.service.sweep()
    monotonic = 59_999
    server.service.sweep()
    assert.equal(server.service.stats().subscriptions, 2)
    assert.deepEqual(await slowConsumers?.read(server.service), [{ value: 0 }])
    monotonic = 60_001
    server.service.sweep()
    assert.equal(server.service.stats().subscriptions, 1)
    assert.deepEqual(await slowConsumers?.read(server.service), [{ value: 1 }])
    slow.raw.resume()

    while (true) {
      const response = await slow.of(slowId)

      if (response.failure != null) {
        assert.equal(codeOf(response), 'slow_consumer')
        break
      }
    }

    patient.send({ credit: { subscription: patientId, items: 1 } })
    assert.equal(((await patient.of(patientId)).item as Fields).seq, 1n)
  })
})
