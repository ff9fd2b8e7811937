import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { frame } from '../../src/framing.js'
import { decodeResponse, encodeRequest, MAX_REQUEST_BYTES } from '../../src/registry/index.js'
import { FLAT_BYTES, held } from '../support/held.js'
import { below, mutated, noise, seeded } from '../support/mutate.js'
import { staysTrue, until } from '../support/wait.js'
import { bytesField, concat, varint, varintField } from '../support/wire.js'
import { NOW, Person } from './rig.js'
import { codeOf, frameOf, ServiceRig } from './service-rig.js'
import { bytesOf, readVectors } from './vectors.js'
import type { Call, Talk, TestServer } from './service-rig.js'

const KIB = 1024
const MIB = 1024 * KIB

/** Sends `count` calls, some hundreds of them under way at any time, and counts the codes that come back. */
async function flood (talk: Talk, count: number, call: (n: number) => Call): Promise<Map<string, number>> {
  const codes = new Map<string, number>()
  const slice = 256

  for (let n = 0; n < count; n += slice) {
    const size = Math.min(slice, count - n)

    await talk.raw.room()
    talk.raw.send(concat(...Array.from({ length: size }, (_, i) => frameOf(call(n + i), BigInt(n + i + 1)))))

    for (let i = 0; i < size; i++) {
      const code = codeOf(decodeResponse(await talk.raw.frame()))

      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
  }

  return codes
}

async function isServed (server: TestServer, rig: ServiceRig): Promise<boolean> {
  const talk = await (await rig.client(server)).open()

  return (await talk.ask({ envelopeKeys: {} })).keys != null
}

describe('/registry/1 under those who mean no good', () => {
  const rig = new ServiceRig()

  const ends: Array<[string, string, () => Uint8Array]> = [
    ['a length one over the largest frame, before any of it comes', 'message_too_large', () => varint(MAX_REQUEST_BYTES + 1)],
    ['a length of 4 GiB', 'message_too_large', () => varint(2 ** 32)],
    ['a length that never ends', 'message_too_large', () => new Uint8Array(20).fill(0x80)],
    ['an id of 0', 'invalid_input', () => encodeRequest({ id: 0n, envelopeKeys: {} })],
    ['a frame that is no request', 'invalid_input', () => frame(Uint8Array.of(0x0f, 0xff, 0xff))],
    ['an empty frame', 'invalid_input', () => Uint8Array.of(0)]
  ]

  for (const [what, code, bytes] of ends) {
    it(`ends the stream on ${what} with ${code} under id 0, and the connection goes on`, async () => {
      const client = await rig.client(await rig.server())
      const talk = await client.open()

      talk.raw.send(bytes())
      assert.equal(codeOf(await talk.of(0n)), code)
      await talk.raw.finSeen()
      assert.ok((await (await client.open()).ask({ envelopeKeys: {} })).keys != null)
    })
  }

  it('takes a request of 1 MiB', async () => {
    const talk = await (await rig.client(await rig.server())).open()
    const head = concat(varintField(1, 5), bytesField(10, new Uint8Array()))
    const filler = MAX_REQUEST_BYTES - head.byteLength - 5

    await talk.raw.sendAll(frame(concat(head, bytesField(1000, new Uint8Array(filler)))))
    assert.ok((await talk.of(5n)).keys != null)
  })

  it('outlives garbage: 3,000 frames of noise and of requests that were damaged', async () => {
    const server = await rig.server()
    const client = await rig.client(server)
    const random = seeded(12)
    const alice = new Person('alice')
    const { registry } = server.service
    const honest = ([
      { register: alice.register(registry, { at: NOW }) }, { update: alice.update(registry, { at: NOW }) }, { remove: alice.remove(NOW) }, { resolve: { userId: alice.userId, requesterPublicKey: alice.userId } },
      { announce: alice.announce() }, { presence: { userId: alice.userId } }, { sync: { entries: [alice.entry('register', NOW)] } }, { addNodes: { nodes: [{ address: 'http://192.0.2.1' }] } }, { challenge: {} }
    ] satisfies Call[]).map((call, n) => frameOf(call, BigInt(n + 1)))
    let talk = await client.open()

    for (let n = 0; n < 3_000; n++) {
      if (talk.raw.fin || talk.raw.ending != null) {
        talk = await client.open()
      }

      const whole = honest[below(random, honest.length)] ?? new Uint8Array()
      const message = whole.subarray(whole.findIndex(byte => byte < 0x80) + 1)

      try {
        talk.raw.sendFrame(n % 5 === 0 ? noise(random, below(random, 60)) : mutated(random, message))
      } catch {
        talk = await client.open()
      }

      if (n % 50 === 0) {
        await delay(1)
      }
    }

    assert.ok(await isServed(server, rig))
    talk.raw.reset()
    await client.connection.close()
    await until(() => server.service.stats().inflightBytes === 0, () => `nothing is left: ${JSON.stringify(server.service.stats())}`)
    assert.equal(server.service.calls.libp2p.outcomes.unknown.internal_error, 0)
  })

  it('answers 10,000 requests at once on one stream, and reads no more of them than 128 at a time', async () => {
    const server = await rig.server()
    const client = await rig.client(server)
    const talk = await client.open()
    const alice = new Person('alice')
    let most = 0
    const { registry } = server.service
    const [check, running] = [registry.check.bind(registry), { count: 0 }]

    // real rules, counted
    registry.check = async (...args) => {
      most = Math.max(most, ++running.count)

      try {
        return await check(...args)
      } finally {
        running.count--
      }
    }

    const sent = talk.raw.sendAll(concat(...Array.from({ length: 10_000 }, (_, n) => frameOf({ checkUser: { userId: alice.userId } }, BigInt(n + 1)))))
    const ids = new Set<bigint>()

    for (let n = 0; n < 10_000; n++) {
      const { id, exists } = await talk.next()

      assert.ok(exists != null)
      ids.add(id)
    }

    await sent
    assert.equal(ids.size, 10_000)
    assert.equal(most, 128)
    assert.equal(server.service.stats().inflightBytes, 0)
    assert.ok(await isServed(server, rig))
  })

  it('keeps nothing of 100,000 envelopes that it cannot open', async function () {
    this.timeout(300_000)

    const server = await rig.server()
    const talk = await (await rig.client(server)).open()
    const kid = server.service.registry.keys().keys[0]?.kid
    const random = (): Call => {
      const bytes = randomBytes(32 + 32 + 24 + 64)

      return { register: { userId: bytes.subarray(0, 32), envelope: { kid: kid ?? new Uint8Array(), senderPublicKey: bytes.subarray(32, 64), nonce: bytes.subarray(64, 88), ciphertext: bytes.subarray(88) } } }
    }

    await flood(talk, 2_000, random)

    const before = held()

    assert.deepEqual([...await flood(await (await rig.client(server)).open(), 100_000, random)], [['invalid_input', 100_000]])
    assert.ok(held() - before < FLAT_BYTES, `${held() - before} bytes more`)
    assert.deepEqual(server.service.stats().totals, { identities: 0, presences: 0, nodes: 0 })
  })

  it('keeps nothing of 100,000 challenges that nobody solves', async function () {
    this.timeout(300_000)

    const server = await rig.server({ powEnabled: true })
    const talk = await (await rig.client(server)).open()

    await flood(talk, 2_000, () => ({ challenge: {} }))

    const before = held()

    assert.deepEqual([...await flood(await (await rig.client(server)).open(), 100_000, () => ({ challenge: {} }))], [['ok', 100_000]])
    assert.ok(held() - before < FLAT_BYTES, `${held() - before} bytes more`)
  })

  it('refuses X25519 keys of low order, of who registers and of who resolves', async () => {
    const server = await rig.server()
    const talk = await (await rig.client(server)).open()
    const alice = new Person('alice')
    const right = alice.register(server.service.registry)

    assert.equal(await talk.code({ register: right }), 'ok')

    for (const hex of readVectors().lowOrderKeys) {
      assert.equal(await talk.code({ resolve: { userId: alice.userId, requesterPublicKey: bytesOf(hex) } }), 'invalid_input', hex)
      assert.equal(await talk.code({ resolve: { userId: new Person('nobody').userId, requesterPublicKey: bytesOf(hex) } }), 'invalid_input', hex)
      assert.ok(right.envelope != null)
      assert.equal(await talk.code({ register: { ...right, envelope: { ...right.envelope, senderPublicKey: bytesOf(hex) } } }), 'invalid_input', hex)
    }

    assert.equal(server.service.calls.libp2p.outcomes.resolve.internal_error, 0)
  })

  it('holds a bounded amount for callers who read none of their answers, serves others meanwhile, and resets those', async () => {
    const server = await rig.server({}, { bounds: { sweepMs: 1_000_000 } })
    const alice = new Person('alice')
    const big = { ...alice.identity, signature: new Uint8Array(16_000).fill(200) }
    const writer = await (await rig.client(server)).open()

    assert.equal(await writer.code({ register: alice.register(server.service.registry, { identity: big }) }), 'ok')

    const client = await rig.client(server)
    const talks = await Promise.all(Array.from({ length: 20 }, async () => await client.open()))
    const asked = concat(...Array.from({ length: 400 }, (_, n) => frameOf({ resolve: { userId: alice.userId, requesterPublicKey: readVectors().envelopes.map(({ clientPublicKey }) => bytesOf(clientPublicKey))[0] ?? new Uint8Array() } }, BigInt(n + 1))))

    for (const talk of talks) {
      talk.raw.pause()
      talk.raw.send(asked)
    }

    await until(() => server.service.stats().outgoingBytes > 4 * MIB, () => `answers wait: ${server.service.stats().outgoingBytes}`)

    // a quarter of what all may have, and what each stream may have beside large answers
    const bound = 8 * MIB + 20 * 64 * KIB

    assert.equal(await staysTrue(() => server.service.stats().outgoingBytes < bound, 500), true)
    assert.ok((await writer.ask({ envelopeKeys: {} })).keys != null)
    // the room of those that are over is the others', who read nothing either
    await until(() => {
      server.clock.monotonic += 120_000
      server.service.sweep()

      return server.service.stats().streams === 1
    }, () => `they are over: ${JSON.stringify(server.service.stats())}`)
    await until(() => server.service.stats().outgoingBytes === 0, 'nothing waits')
    assert.ok((await writer.ask({ envelopeKeys: {} })).keys != null)
  })

  it('gives nothing of what is on its way a place for ever: a frame has 60 s, and 10 connections with large ones are served after', async () => {
    const server = await rig.server({}, { bounds: { sweepMs: 1_000_000, inflightBytes: 4 * MIB } })
    const slow = await Promise.all(Array.from({ length: 10 }, async () => await (await rig.client(server)).open()))

    for (const talk of slow) {
      talk.raw.send(concat(varint(MAX_REQUEST_BYTES), new Uint8Array(200_000)))
    }

    await until(() => server.service.stats().inflightBytes > 1_500_000, () => `they are begun: ${server.service.stats().inflightBytes}`)
    assert.ok(await isServed(server, rig))
    server.clock.monotonic += 60_000
    server.service.sweep()

    for (const talk of slow) {
      assert.equal(codeOf(await talk.of(0n)), 'invalid_input')
    }

    await until(() => server.service.stats().inflightBytes === 0, () => `nothing is left: ${JSON.stringify(server.service.stats())}`)
  })
})
