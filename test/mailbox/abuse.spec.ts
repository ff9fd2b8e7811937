import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { limiter } from '../../src/access/index.js'
import { levelStore } from '../../src/storage/index.js'
import { MAILBOX } from '../support/mailbox-wire.js'
import { createRelayNode } from '../support/nodes.js'
import { openRaw } from '../support/raw-stream.js'
import { staysTrue, until } from '../support/wait.js'
import { bodyOf, codeOf, MailboxRig, push, Talk } from './rig.js'
import type { LimiterInit } from '../../src/access/index.js'
import type { Fields } from '../support/mailbox-wire.js'

const MANY: LimiterInit['perSecond'] = { push: 1000, pull: 1000, ack: 1000, register: 1000, resolve: 1000, check_user: 1000, reserve: 1000, connect: 1000 }

describe('mailbox under those who ask too much', () => {
  const rig = new MailboxRig()

  it('counts each call in its group, refuses with the time to the next, bans, and charges credit and cancel nothing', async () => {
    let now = 0
    const calls = limiter({ enabled: true, globalPerSecond: 1000, burst: 3, banAfter: 3, banSeconds: 60, perSecond: { ...MANY, push: 1, pull: 1, ack: 1 }, now: () => now })
    const server = await rig.server({ limiter: calls })
    const talk = await (await rig.client(server)).open()
    const codes = async (...asked: Fields[]): Promise<string[]> => {
      const found: string[] = []

      for (const call of asked) {
        // the global bucket is full again each time
        now += 3
        found.push(await talk.code(call))
      }

      return found
    }

    assert.deepEqual(await codes({ push: push('a', 1) }, { push: push('a', 2) }, { push: push('a', 3) }, { push: push('a', 4) }), ['no failure', 'no failure', 'no failure', 'rate_limited'])
    assert.deepEqual(await codes({ pull: { mailbox: 'b' } }, { subscribe: { mailbox: 'b' } }, { pull: { mailbox: 'b' } }, { subscribe: { mailbox: 'b' } }), ['no failure', 'no failure', 'no failure', 'rate_limited'])
    assert.deepEqual(await codes(...Array<Fields>(4).fill({ ack: { mailbox: 'a' } })), ['no failure', 'no failure', 'no failure', 'rate_limited'])
    assert.deepEqual(await codes({ stat: { mailbox: 'a' } }, { describe: {} }, {}), ['no failure', 'no failure', 'unknown_call'])

    const { retryAfterMs } = (await talk.ask({ push: push('a', 4) })).failure as Fields

    assert.ok(Number(retryAfterMs) > 900 && Number(retryAfterMs) <= 1000)
    // the third refusal in a row
    assert.equal(((await talk.ask({ push: push('a', 4) })).failure as Fields).retryAfterMs, 60_000n)
    now += 59_000
    assert.deepEqual(await codes({ push: push('a', 4) }, { pull: { mailbox: 'b' } }), ['rate_limited', 'no failure'])

    for (let n = 0; n < 100; n++) {
      talk.send({ credit: { subscription: 1, items: 1 } })
      talk.send({ cancel: { request: 1 } })
    }

    assert.equal(await talk.code({ describe: {} }), 'no failure')
  })

  it('charges what cannot be read like any other call, and what ends its stream too', async () => {
    const charged: string[] = []
    const server = await rig.server({ limiter: { charge: (_, group) => { charged.push(group); return charged.length < 4 ? { allowed: true } : { allowed: false, retryAfterMs: 700 } } } })
    const client = await rig.client(server)
    const talk = await client.open()
    const notText: Fields = { stat: { mailbox: Uint8Array.of(0xff) } }

    assert.equal(await talk.code(notText), 'invalid_input')
    talk.send({ describe: {} }, 0n)
    assert.equal(codeOf(await talk.of(0n)), 'invalid_input')

    const second = await client.open()

    second.raw.sendFrame(Uint8Array.of(0x0f))
    assert.equal(codeOf(await second.of(0n)), 'invalid_input')
    assert.deepEqual(charged, ['other', 'other', 'other'])
    assert.equal(await (await client.open()).code(notText), 'rate_limited')
  })

  it('gives the last place of a mailbox to one of 64 senders who race for it', async () => {
    const server = await rig.server({ maxQueueItems: 10 })
    const clients = await Promise.all(Array.from({ length: 8 }, async () => rig.client(server)))
    const talks = await Promise.all(Array.from({ length: 64 }, async (_, n) => (clients[n % 8] ?? assert.fail()).open()))

    for (let n = 0; n < 9; n++) {
      await talks[0]?.ask({ push: push('a', 1000 + n) })
    }

    const codes = await Promise.all(talks.map(async (talk, n) => talk.code({ push: push('a', n) })))

    assert.equal(codes.filter(code => code === 'no failure').length, 1)
    assert.equal(codes.filter(code => code === 'quota_exceeded').length, 63)
    assert.equal((await server.store.mailbox.stat('a')).queueLen, 10)
    // never stuck
    assert.deepEqual((await talks[5]?.ask({ ack: { mailbox: 'a', upToSeq: 1 } }))?.acked, { deleted: 1n, remaining: 9n })
    assert.equal(await talks[6]?.code({ push: push('a', 99) }), 'no failure')
  })

  it('answers 1,000 subscriptions asked for at once: 64 hold, the others are refused', async () => {
    const talk = await (await rig.client(await rig.server())).open()

    talk.sendAll(Array.from({ length: 1000 }, () => ({ subscribe: { mailbox: 'a' } })))

    const answers: string[] = []

    for (let n = 0; n < 1000; n++) {
      answers.push(codeOf(await talk.next()))
    }

    assert.equal(answers.filter(code => code === 'no failure').length, 64)
    assert.equal(answers.filter(code => code === 'invalid_input').length, 936)
  })

  const greedy: Array<[string, Fields]> = [
    ['pages', { pull: { mailbox: 'a' } }],
    ['pages of one byte, which hold one item whatever its size', { pull: { mailbox: 'a', maxBytes: 1 } }],
    ['subscriptions', { subscribe: { mailbox: 'a', credit: 50 } }]
  ]

  for (const [what, call] of greedy) {
    it(`holds a bounded amount for callers who ask for ${what} and read none`, async () => {
      const server = await rig.server({ maxMessageBytes: 1_000_000, maxPullBytes: 1_000_000, maxInflightBytes: 16_000_000 })
      const writer = await (await rig.client(server)).open()

      for (let n = 0; n < 20; n++) {
        await writer.ask({ push: push('a', n, { body: new Uint8Array(1_000_000) }) })
      }

      const client = await rig.client(server)
      const talks = await Promise.all(Array.from({ length: 40 }, async () => client.open()))

      for (const talk of talks) {
        talk.raw.pause()
        talk.sendAll(Array<Fields>(50).fill(call))
      }

      await until(() => server.service.stats().outgoingBytes >= 4_000_000, 'the connection has its quarter')
      assert.equal(await staysTrue(() => server.service.stats().outgoingBytes < 6_100_000, 500), true)
      // others are served
      assert.equal((await writer.pull({ mailbox: 'a' })).items.length, 1)
      talks.forEach(talk => { talk.raw.reset() })
      await until(() => server.service.stats().outgoingBytes === 0 && server.service.stats().inflightBytes === 0, () => `nothing is left: ${JSON.stringify(server.service.stats())}`)
    })
  }

  it('resets a stream that takes nothing for two minutes, and, when there is no memory for answers, as many as it takes after ten seconds', async () => {
    let monotonic = 0
    const server = await rig.server({ maxMessageBytes: 1_000_000, maxPullBytes: 1_000_000, maxInflightBytes: 4_000_000 }, { monotonic: () => monotonic, bounds: { sweepMs: 1_000_000, frameMs: 1_000_000 } })
    const writer = await (await rig.client(server)).open()
    const outgoing = (): number => server.service.stats().outgoingBytes
    const isEnded = ({ raw }: Talk): boolean => raw.ending != null
    const readNothing = async (mailbox: string): Promise<Talk> => {
      const talk = await (await rig.client(server)).open()
      const before = outgoing()

      talk.raw.pause()
      talk.send({ pull: { mailbox } })
      await until(async () => {
        const waiting = outgoing()

        // less than is set aside for a page that is read; and what still goes out would count as taken
        return waiting > before && waiting < before + 900_000 && await staysTrue(() => outgoing() === waiting, 50)
      }, 'a page waits')
      monotonic += 1

      return talk
    }

    await writer.ask({ push: push('small', 0, { body: new Uint8Array(300_000) }) })
    await writer.ask({ push: push('large', 0, { body: new Uint8Array(1_000_000) }) })

    const first = await readNothing('large')

    monotonic = 119_999
    server.service.sweep()
    assert.equal(first.raw.ending, undefined)
    monotonic = 120_001
    server.service.sweep()
    assert.equal(await first.raw.ended(), 'reset')

    const stuck = [await readNothing('small')]

    while (outgoing() < 4_000_000) {
      stuck.push(await readNothing('large'))
    }

    // one page more than may be held waits for its turn
    const pulled = writer.pull({ mailbox: 'small' })

    monotonic += 9_000
    server.service.sweep()
    assert.equal(await staysTrue(() => !stuck.some(isEnded), 100), true)
    monotonic += 2_000
    server.service.sweep()
    assert.equal((await pulled).items.length, 1)
    // the first was too small to make room, and no more of them than it takes
    await until(() => stuck.filter(isEnded).length === 2, 'two have made room')
    assert.deepEqual(stuck.map(isEnded), stuck.map((_, n) => n < 2))
  })

  it('works over a relayed connection, where the caller is counted by its PeerId', async () => {
    const relay = await createRelayNode({ maxCircuitBytes: 1_000_000, maxCircuitDurationSeconds: 60 })
    rig.onStop(async () => { await relay.stop() })
    const counted = new Set<string>()
    const [relayAddr] = relay.getMultiaddrs()

    assert.ok(relayAddr != null)

    const server = await rig.server({ limiter: { charge: caller => { counted.add(caller); return { allowed: true } } } }, {}, relayAddr)

    await until(() => server.node.getMultiaddrs().some(addr => addr.toString().includes('p2p-circuit')), 'it has a reservation')

    const addr = server.node.getMultiaddrs().find(addr => addr.toString().includes('p2p-circuit'))
    const direct = await rig.client(server, { circuit: true })

    await direct.connection.close()
    assert.ok(addr != null)

    const connection = await direct.node.dial(addr)
    const talk = new Talk(await openRaw(connection, MAILBOX))

    assert.ok(connection.limits != null)
    await talk.ask({ push: push(direct.name, 1) })
    assert.deepEqual((await talk.pull({ mailbox: direct.name })).items.map(bodyOf), ['body 1'])
    assert.deepEqual([...counted], [direct.name])
  })

  it('hands over 1,000 messages from disk, each once and in order, to a subscriber that reads slowly, drops and comes back', async function () {
    this.timeout(120_000)
    const folder = mkdtempSync(join(tmpdir(), 'enigma-mailbox-'))
    const server = await rig.server({ store: await levelStore(join(folder, 'data')) })
    const [receiver, sender] = [await rig.client(server), await (await rig.client(server)).open()]
    const seen: bigint[] = []

    rig.onStop(async () => { await server.store.close(); rmSync(folder, { recursive: true, force: true }) })

    for (let n = 0; n < 1000; n++) {
      sender.send({ push: push(receiver.name, n) })
    }

    const stored = (async () => {
      for (let n = 0; n < 1000; n++) {
        assert.equal(((await sender.next()).pushed as Fields).stored, 1n)
      }
    })()

    while (seen.length < 1000) {
      const talk = await receiver.open()
      const id = talk.send({ subscribe: { mailbox: receiver.name, cursor: seen.at(-1) ?? 0n, credit: 100 } })
      const until = Math.min(1000, seen.length + 170)

      while (seen.length < until) {
        const { item } = await talk.of(id)

        if (item != null) {
          seen.push((item as Fields).seq as bigint)

          if (seen.length % 50 === 0) {
            talk.send({ credit: { subscription: id, items: 50 } })
          }
        }
      }

      talk.raw.reset()
    }

    await stored
    assert.deepEqual(seen, Array.from({ length: 1000 }, (_, n) => BigInt(n + 1)))

    const talk = await receiver.open()

    assert.deepEqual((await talk.ask({ ack: { mailbox: receiver.name, upToSeq: 1000 } })).acked, { deleted: 1000n })
  })
})
