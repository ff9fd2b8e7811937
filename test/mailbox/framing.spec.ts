import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { frame as frameOf, FrameBuffer } from '../../src/framing.js'
import { MailboxError } from '../../src/mailbox/index.js'
import { memoryStore } from '../../src/storage/index.js'
import { below, mutated, noise, seeded } from '../support/mutate.js'
import { encode } from '../support/mailbox-wire.js'
import { openRaw } from '../support/raw-stream.js'
import { staysTrue, until } from '../support/wait.js'
import { bytesField, concat, frame, unknownField, varint, varintField } from '../support/wire.js'
import { bodyOf, codeOf, idOf, MailboxRig, push } from './rig.js'
import type { MailboxStore, Store } from '../../src/storage/index.js'
import type { Fields } from '../support/mailbox-wire.js'

/** The store with some calls of its mailbox in other hands. */
function withCalls (store: Store, calls: (inner: MailboxStore) => Partial<MailboxStore>): Store {
  const replaced = calls(store.mailbox)
  const mailbox = over(store.mailbox, replaced)

  return over(store, { mailbox })
}

/** Methods of a class with private fields only work on the object itself. */
function over<T extends object> (target: T, replaced: Partial<T>): T {
  return new Proxy(target, {
    get: (_, key) => {
      const value: unknown = Reflect.get(Object.hasOwn(replaced, key) ? replaced : target, key, target)

      return typeof value === 'function' ? value.bind(target) : value
    }
  })
}

/** A store whose pushes wait until they are let go. */
async function heldStore (): Promise<{ store: Store, held: () => number, release: () => void }> {
  const gate = Promise.withResolvers<void>()
  let held = 0
  const store = withCalls(await memoryStore(), inner => ({
    push: async (...args) => {
      held++
      await gate.promise
      held--

      return inner.push(...args)
    }
  }))

  return { store, held: () => held, release: gate.resolve }
}

describe('mailbox framing', () => {
  const rig = new MailboxRig()

  it('cuts frames out of bytes in whatever pieces they come', () => {
    const random = seeded(7)
    const messages = Array.from({ length: 200 }, () => noise(random, below(random, 400)))
    const bytes = concat(...messages.map(frameOf))

    for (let round = 0; round < 30; round++) {
      const frames = new FrameBuffer(400)
      const found: Uint8Array[] = []

      for (let at = 0; at < bytes.byteLength;) {
        const size = 1 + below(random, round < 5 ? 3 : 700)

        frames.append(bytes.subarray(at, at + size))
        at += size

        for (let next = frames.next(); next != null; next = frames.next()) {
          found.push(next)
        }
      }

      assert.deepEqual(found, messages)
      assert.equal(frames.byteLength, 0)
    }
  })

  it('keeps of what waits its bytes, not the packets in which they came one at a time', async () => {
    setFlagsFromString('--expose-gc')

    const gc = runInNewContext('gc') as () => void
    const message = noise(seeded(3), 100_000)
    const frames = new FrameBuffer(message.byteLength)
    const held = (): number => {
      gc()

      return process.memoryUsage().arrayBuffers
    }
    const before = held()

    for (const byte of frameOf(message).subarray(0, -1)) {
      frames.append(new Uint8Array(2048).fill(byte).subarray(7, 8))
      assert.equal(frames.next(), undefined)
    }

    // memory is given back beside the collection
    await until(() => held() - before < 4 * message.byteLength, 'little is kept')
    frames.append(message.subarray(-1))
    assert.deepEqual(frames.next(), message)
  })

  it('takes requests one byte at a time, and a hundred in one packet, and answers each', async () => {
    const talk = await (await rig.client(await rig.server())).open()

    for (const byte of frame(encode('Request', { id: 9, stat: { mailbox: 'a' } }))) {
      talk.raw.send(Uint8Array.of(byte))
      await new Promise(resolve => setImmediate(resolve))
    }

    assert.equal((await talk.next()).id, 9n)
    talk.raw.send(concat(...Array.from({ length: 100 }, (_, n) => frame(encode('Request', { id: n + 1, push: push('a', n) })))))

    const answered = new Set<unknown>()

    for (let n = 0; n < 100; n++) {
      answered.add((await talk.next()).id)
    }

    assert.equal(answered.size, 100)
    // in the order in which they were sent
    assert.deepEqual((await talk.pull({ mailbox: 'a' })).items.map(bodyOf), Array.from({ length: 100 }, (_, n) => `body ${n}`))
  })

  it('echoes ids up to 2^64 - 1', async () => {
    const talk = await (await rig.client(await rig.server())).open()

    for (const id of [1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n]) {
      talk.send({ describe: {} }, id)
      assert.equal((await talk.of(id)).id, id)
    }
  })

  it('ignores fields that it does not know, at every depth', async () => {
    const talk = await (await rig.client(await rig.server())).open()
    const inner = concat(encode('Stat', { mailbox: 'a' }), unknownField(99))

    talk.raw.sendFrame(concat(unknownField(50), varintField(1, 5), bytesField(8, inner), unknownField(60)))
    assert.ok((await talk.of(5n)).stats != null)
  })

  it('reads 16,384 fields of a request, which is enough for 4,096 keys of an Ack, and none of the calls that another one takes the place of', async () => {
    const talk = await (await rig.client(await rig.server())).open()
    const keys = Array.from({ length: 4096 }, () => ({ messageId: new Uint8Array(16), chunkIndex: 1 }))
    const stat = (count: number): Uint8Array => bytesField(8, concat(encode('Stat', { mailbox: 'a' }), ...new Array<Uint8Array>(count).fill(varintField(9, 1))))
    // 4,097 keys, of which each is empty
    const ack = bytesField(4, new Uint8Array(2 * 4097).fill(0x12).map((byte, at) => at % 2 === 0 ? byte : 0))

    talk.raw.sendFrame(encode('Request', { id: 1, ack: { mailbox: 'a', keys } }))
    assert.ok((await talk.of(1n)).acked != null)
    talk.raw.sendFrame(concat(varintField(1, 2), ack))
    assert.equal(codeOf(await talk.of(2n)), 'invalid_input')
    talk.raw.sendFrame(concat(varintField(1, 3), ack, ack, stat(0)))
    assert.ok((await talk.of(3n)).stats != null)
    talk.raw.sendFrame(concat(varintField(1, 4), stat(16_381)))
    assert.ok((await talk.of(4n)).stats != null)
    talk.raw.sendFrame(concat(varintField(1, 5), stat(16_382)))
    assert.equal(codeOf(await talk.of(5n)), 'invalid_input')
  })

  const ends: Array<[string, string, (maxFrame: number) => Uint8Array]> = [
    ['a length one over the largest frame, before any of it comes', 'message_too_large', max => varint(max + 1)],
    ['a length of 4 GiB', 'message_too_large', () => varint(2 ** 32)],
    ['a length that never ends', 'message_too_large', () => new Uint8Array(20).fill(0x80)],
    ['an id of 0', 'invalid_input', () => frame(encode('Request', { describe: {} }))],
    ['an id that is open', 'invalid_input', () => concat(frame(encode('Request', { id: 1, subscribe: { mailbox: 'a' } })), frame(encode('Request', { id: 1, stat: { mailbox: 'a' } })))],
    ['a frame that is no request', 'invalid_input', () => frame(Uint8Array.of(0x0f, 0xff, 0xff))],
    ['text that is not UTF-8 without an id', 'invalid_input', () => frame(encode('Request', { stat: { mailbox: Uint8Array.of(0xff) } }))]
  ]

  for (const [what, code, bytes] of ends) {
    it(`ends the stream on ${what} with ${code} under id 0, and the connection goes on`, async () => {
      const client = await rig.client(await rig.server({ maxMessageBytes: 100_000, maxInflightBytes: 1_000_000 }))
      const talk = await client.open()

      talk.raw.send(bytes(131_072 + 4096))
      assert.equal(codeOf(await talk.of(0n)), code)
      await talk.raw.finSeen()
      assert.ok((await (await client.open()).ask({ describe: {} })).description != null)
    })
  }

  it('still answers a caller that has closed its writing side, and ends the stream then', async () => {
    const { store, release, held } = await heldStore()
    const talk = await (await rig.client(await rig.server({ store }))).open()
    const id = talk.send({ push: push('a', 1) })
    const subscription = talk.send({ subscribe: { mailbox: 'b' } })

    assert.ok((await talk.of(subscription)).caughtUp != null)
    await talk.raw.close()
    await until(() => held() === 1, 'the push waits')
    release()
    assert.equal(((await talk.of(id)).pushed as Fields).stored, 1n)
    await talk.raw.finSeen()
  })

  it('ends a half-closed stream whose subscription has no credit left, also when that is known only after its mailbox was read', async () => {
    const gate = Promise.withResolvers<void>()
    let pulls = 0
    const store = withCalls(await memoryStore(), inner => ({
      pull: async (...args) => {
        pulls++
        await gate.promise

        return await inner.pull(...args)
      }
    }))
    const talk = await (await rig.client(await rig.server({ store }))).open()

    await talk.ask({ push: push('a', 1) })
    talk.send({ subscribe: { mailbox: 'a' } })
    await talk.raw.close()
    await until(() => pulls === 1, 'the mailbox is read')
    assert.equal(await staysTrue(() => !talk.raw.fin, 100), true)
    gate.resolve()
    await talk.raw.finSeen()
  })

  it('gives a Cancel no answer of its own, also when it names itself', async () => {
    const talk = await (await rig.client(await rig.server())).open()

    talk.send({ cancel: { request: 7 } }, 7n)
    // the id is not open any more
    talk.send({ describe: {} }, 7n)
    assert.ok((await talk.next()).description != null)
  })

  it('reads no more than 1,024 open requests of a stream, drops none, and answers a cancelled one at once', async () => {
    const { store, release, held } = await heldStore()
    const server = await rig.server({ store })
    const client = await rig.client(server)
    const talk = await client.open()
    const first = talk.send({ push: push('a', 0) })

    talk.sendAll(Array.from({ length: 9_999 }, (_, n) => ({ push: push('a', n + 1) })))
    await until(() => held() === 1024, 'the node holds 1,024')
    assert.equal(await staysTrue(() => held() === 1024, 200), true)
    // another stream is not held up by it
    assert.ok((await (await client.open()).ask({ describe: {} })).description != null)
    release()
    assert.equal(((await talk.of(first)).pushed as Fields).seq, 1n)

    for (let n = 1; n < 10_000; n++) {
      const { pushed } = await talk.next()

      assert.equal((pushed as Fields).stored, 1n)
    }

    assert.equal((await store.mailbox.stat('a')).queueLen, 10_000)
    assert.equal(server.service.stats().inflightBytes, 0)
  })

  it('reads of one stream no more than twice the largest frame that is not answered', async () => {
    const { store, release, held } = await heldStore()
    const talk = await (await rig.client(await rig.server({ store, maxMessageBytes: 1_000_000 }))).open()

    for (let n = 0; n < 5; n++) {
      talk.send({ push: push('a', n, { body: new Uint8Array(900_000) }) })
    }

    await until(() => held() === 2, 'two are read')
    assert.equal(await staysTrue(() => held() === 2, 200), true)
    release()

    for (let n = 0; n < 5; n++) {
      assert.equal(((await talk.next()).pushed as Fields).stored, 1n)
    }
  })

  it('reads nothing more of a stream that does not take its answers', async () => {
    const server = await rig.server()
    const talk = await (await rig.client(server)).open()

    await talk.ask({ push: push('a', 1, { body: new Uint8Array(1_000_000) }) })
    talk.raw.pause()
    talk.send({ pull: { mailbox: 'a' } })
    await until(() => server.service.stats().counts.readItems === 1 && server.service.stats().outgoingBytes < 1_000_000, 'the page waits')

    const id = talk.send({ push: push('a', 2) })

    assert.equal(await staysTrue(() => server.service.stats().counts.storedItems === 1, 200), true)
    talk.raw.resume()
    assert.equal(((await talk.of(id)).pushed as Fields).stored, 1n)
  })

  it('sends nothing of a page after its pull was cancelled', async () => {
    const gate = Promise.withResolvers<void>()
    let pulls = 0
    const store = withCalls(await memoryStore(), inner => ({
      pull: async (...args) => {
        pulls++
        await gate.promise

        return await inner.pull(...args)
      }
    }))
    const server = await rig.server({ store })
    const talk = await (await rig.client(server)).open()

    await talk.ask({ push: push('a', 1) })

    const id = talk.send({ pull: { mailbox: 'a' } })

    await until(() => pulls === 1, 'the mailbox is read')
    talk.send({ cancel: { request: id } })
    assert.equal(codeOf(await talk.next()), 'cancelled')
    gate.resolve()
    await until(() => server.service.stats().counts.readItems === 1 && server.service.stats().outgoingBytes === 0, 'the page is there, and gone')
    talk.send({ describe: {} })
    assert.ok((await talk.next()).description != null)
    assert.equal(server.service.stats().inflightBytes, 0)
  })

  it('answers a push that is cancelled with cancelled, and stores it even so', async () => {
    const { store, release } = await heldStore()
    const talk = await (await rig.client(await rig.server({ store }))).open()
    const id = talk.send({ push: push('a', 1) })

    talk.send({ cancel: { request: id } })
    assert.equal(codeOf(await talk.of(id)), 'cancelled')
    release()
    await until(async () => (await store.mailbox.stat('a')).queueLen === 1, 'it is stored')
  })

  it('holds what is in flight of one connection to about a quarter of the budget, and goes on when it is answered', async () => {
    const { store, release } = await heldStore()
    const body = new Uint8Array(1_000_000)
    const server = await rig.server({ store, maxMessageBytes: 1_000_000, maxInflightBytes: 12_000_000 })
    const client = await rig.client(server)
    const talks = await Promise.all(Array.from({ length: 20 }, async () => client.open()))

    talks.forEach(talk => { talk.send({ push: push('a', talks.indexOf(talk), { body }) }) })
    await until(() => server.service.stats().inflightBytes >= 3_000_000, 'the connection has its quarter')
    // what a first window of each stream brings is on top of it
    assert.equal(await staysTrue(() => server.service.stats().inflightBytes < 3_000_000 + 20 * 262_144 + 1_000_000, 200), true)
    // small frames are read even so
    assert.ok((await (await client.open()).ask({ describe: {} })).description != null)
    release()

    for (const talk of talks) {
      assert.equal(((await talk.next()).pushed as Fields).stored, 1n)
    }

    assert.equal(server.service.stats().inflightBytes, 0)
  })

  it('ends a frame that is not complete after 60 s, and the longest begun one when the budget is full', async () => {
    let monotonic = 0
    const server = await rig.server({ maxMessageBytes: 200_000, maxInflightBytes: 420_000 }, { monotonic: () => monotonic, bounds: { sweepMs: 1_000_000 } })
    const begin = async (): Promise<Awaited<ReturnType<typeof first.open>>> => {
      const talk = await (await rig.client(server)).open()

      talk.raw.send(concat(varint(200_000), new Uint8Array(150_000)))

      return talk
    }
    const first = await rig.client(server)
    const slow = await begin()

    await until(() => server.service.stats().inflightBytes >= 150_000, 'it was begun')
    monotonic = 59_999
    server.service.sweep()
    assert.ok(server.service.stats().inflightBytes >= 150_000)
    monotonic = 60_000
    server.service.sweep()
    assert.equal(codeOf(await slow.of(0n)), 'invalid_input')

    const one = await begin()
    await until(() => server.service.stats().inflightBytes > 150_000, 'one was begun')
    await begin()
    await until(() => server.service.stats().inflightBytes > 300_000, 'another was begun')
    await begin()
    // there is no room for more of the third
    assert.equal(codeOf(await one.of(0n)), 'rate_limited')
    assert.ok((await (await first.open()).ask({ describe: {} })).description != null)
  })

  it('resets a stream that cannot be paused once more than a message and 64 KiB wait', async () => {
    const { store } = await heldStore()
    const server = await rig.server({ store, maxMessageBytes: 100_000, maxInflightBytes: 1_000_000 }, { canPause: () => false, bounds: { openRequests: 1, drainMs: 100 } })
    const talk = await (await rig.client(server)).open()

    talk.send({ push: push('a', 0) })
    talk.send({ push: push('a', 1, { body: new Uint8Array(100_000) }) })
    assert.equal(await staysTrue(() => talk.raw.ending == null, 200), true)
    talk.send({ push: push('a', 2, { body: new Uint8Array(100_000) }) })
    assert.equal(await talk.raw.ended(), 'reset')
  })

  it('gives a connection 128 streams', async () => {
    const server = await rig.server()
    const client = await rig.client(server)
    const talks = await Promise.all(Array.from({ length: 128 }, async () => client.open()))

    await Promise.all(talks.map(async talk => { assert.ok((await talk.ask({ describe: {} })).description != null) }))

    const more = await openRaw(client.connection, '/enigma/mailbox/1').catch(() => undefined)

    assert.notEqual(await more?.ended() ?? 'refused', 'closed')
  })

  it('outlives garbage: 3,000 frames of noise and of requests that were damaged', async () => {
    const server = await rig.server()
    const client = await rig.client(server)
    const random = seeded(11)
    const honest = [
      encode('Request', { id: 1, push: push('a', 1) }), encode('Request', { id: 2, pull: { mailbox: 'a', maxItems: 3 } }),
      encode('Request', { id: 3, ack: { mailbox: 'a', keys: [{ messageId: idOf(1) }] } }), encode('Request', { id: 4, subscribe: { mailbox: 'a', credit: 3 } }),
      encode('Request', { id: 5, grant: { envelope: new Uint8Array(30) } }), encode('Request', { id: 6, cancel: { request: 4 } })
    ]
    let talk = await client.open()

    for (let n = 0; n < 3_000; n++) {
      const message = honest[below(random, honest.length)] ?? new Uint8Array()

      if (talk.raw.fin || talk.raw.ending != null) {
        talk = await client.open()
      }

      try {
        talk.raw.sendFrame(n % 5 === 0 ? noise(random, below(random, 60)) : mutated(random, message))
      } catch {
        talk = await client.open()
      }

      if (n % 50 === 0) {
        await delay(1)
      }
    }

    const last = await client.open()

    assert.ok((await last.ask({ describe: {} })).description != null)
    talk.raw.reset()
    last.raw.reset()
    await until(() => server.service.stats().inflightBytes === 0 && server.service.stats().streams === 0, () => `nothing is left: ${JSON.stringify(server.service.stats())}`)
  })

  it('tells open requests and new ones that it shuts down, and answers what is under way', async () => {
    const { store, release } = await heldStore()
    const server = await rig.server({ store })
    const talk = await (await rig.client(server)).open()
    const subscription = talk.send({ subscribe: { mailbox: 'b', credit: 1 } })

    await talk.of(subscription)
    const id = talk.send({ push: push('a', 1) })

    await talk.ask({ stat: { mailbox: 'a' } })
    const stopped = server.service.stop()

    assert.equal(codeOf(await talk.of(subscription)), 'shutting_down')
    // these have no answer of their own, also now
    talk.send({ credit: { subscription, items: 1 } })
    talk.send({ cancel: { request: subscription } })

    const refused = talk.send({ stat: { mailbox: 'a' } })
    const next = await talk.next()

    assert.deepEqual([next.id, codeOf(next)], [refused, 'shutting_down'])
    release()
    assert.equal(((await talk.of(id)).pushed as Fields).stored, 1n)
    await stopped
    await talk.raw.finSeen()
  })

  it('tells of a store that fails in the words of the catalogue', async () => {
    for (const [error, code] of [[new MailboxError('storage_full', 'full'), 'storage_full'], [new MailboxError('storage_error', 'reopening'), 'storage_error'], [new TypeError('a bug'), 'internal_error']] as const) {
      const fails = async (): Promise<never> => { throw error }
      const store = withCalls(await memoryStore(), () => ({ push: fails, pull: fails }))
      const talk = await (await rig.client(await rig.server({ store }))).open()
      const { failure } = await talk.ask({ push: push('a', 1) })

      assert.equal((failure as Fields).code, code)
      assert.ok(Number((failure as Fields).retryAfterMs) > 0)
      assert.equal(await talk.code({ pull: { mailbox: 'a' } }), code)
      assert.equal(await talk.code({ subscribe: { mailbox: 'a', credit: 1 } }), code)
    }
  })
})
