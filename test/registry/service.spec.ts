import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { createLibp2p } from 'libp2p'
import { limiter } from '../../src/access/index.js'
import { decodeRequest, decodeResponse, REGISTRY_PROTOCOL, registryServer } from '../../src/registry/index.js'
import { openEnvelope, sealEnvelope } from '../../src/registry/crypto/envelope.js'
import { ephemeralKeyAgreement } from '../../src/registry/crypto/key-agreement.js'
import { encodeIdentity } from '../../src/registry/identity.js'
import { solveChallenge } from '../../src/registry/pow/solve.js'
import { frame } from '../../src/framing.js'
import { openRaw } from '../support/raw-stream.js'
import { until } from '../support/wait.js'
import { bytesField, concat, unknownField, varintField } from '../support/wire.js'
import { jsonOf, makePeer, NOW, Person } from './rig.js'
import { codeOf, ServiceRig } from './service-rig.js'
import { bytesOf } from './vectors.js'
import { readWireVectors } from './wire-vectors.js'
import type { LimiterInit } from '../../src/access/index.js'
import type { RegistryResponse } from '../../src/registry/index.js'
import type { Call, Talk, TestClient, TestServer } from './service-rig.js'

const PLENTY: LimiterInit['perSecond'] = { push: 1000, pull: 1000, ack: 1000, register: 1000, resolve: 1000, check_user: 1000, reserve: 1000, connect: 1000 }

/** Addresses of this test's machine are private. */
const OPEN = { verifyNodes: false, allowPrivateNodes: true }

/** What a client does that knows nothing of the node but what the node says. */
async function seal (talk: Talk, person: Person, json: Uint8Array): Promise<NonNullable<NonNullable<Call['register']>['envelope']>> {
  const { keys } = await talk.ask({ envelopeKeys: {} })
  const key = keys?.keys.find(({ active }) => active)

  assert.ok(keys != null && key != null)

  return sealEnvelope(json, { own: ephemeralKeyAgreement(), pepper: keys.pepper, userId: person.userId, to: key.publicKey, kid: key.kid })
}

/** What is registered, opened; undefined: nobody. */
async function resolve (talk: Talk, { userId }: Person): Promise<string | undefined> {
  const own = ephemeralKeyAgreement()
  const { keys } = await talk.ask({ envelopeKeys: {} })
  const { resolved } = await talk.ask({ resolve: { userId, requesterPublicKey: own.publicKey } })

  assert.ok(resolved != null && keys != null)

  return resolved.envelope == null ? undefined : Buffer.from(openEnvelope(resolved.envelope, { own, pepper: keys.pepper, userId })).toString()
}

async function everyCall ({ client, server: { addr, clock } }: { client: TestClient, server: TestServer }): Promise<void> {
  const talk = await client.open()
  const { peerId } = client
  const [alice, bob] = [new Person('alice'), new Person('bob', 2)]
  const json = encodeIdentity(alice.identity)
  const changed = encodeIdentity(alice.changed())
  const at = (): bigint => BigInt(clock.now++)
  const ask = async (call: Call): Promise<Omit<RegistryResponse, 'id'>> => {
    const { id, ...result } = await talk.ask(call)

    return result
  }

  assert.deepEqual(await ask({ checkUser: { userId: alice.userId } }), { exists: { exists: false } })
  assert.deepEqual(await ask({ register: { userId: alice.userId, envelope: await seal(talk, alice, json), proof: alice.prove('register', at(), { identity: json, peerId }) } }), { registered: { bound: true } })
  assert.deepEqual(await ask({ register: { userId: bob.userId, envelope: await seal(talk, bob, encodeIdentity(bob.identity)) } }), { registered: { bound: false } })
  assert.deepEqual(await ask({ checkUser: { userId: alice.userId } }), { exists: { exists: true } })
  assert.equal(await resolve(talk, alice), jsonOf(alice.identity))
  assert.equal(await resolve(talk, new Person('nobody')), undefined)
  assert.deepEqual(await ask({ update: { userId: alice.userId, envelope: await seal(talk, alice, changed), proof: alice.prove('update', at(), { identity: changed, peerId }) } }), { registered: { bound: true } })
  assert.equal(await resolve(talk, alice), jsonOf(alice.changed()))

  const announced = await ask({ announce: { userId: alice.userId, addr: 'https://alice.example', atMs: clock.now, readable: true, proof: alice.prove('announce', at(), { peerId }) } })

  assert.ok((announced.announced?.expiresMs ?? 0) > clock.now)

  const entry = (await ask({ presence: { userId: alice.userId } })).present?.entries[0]

  assert.ok(entry != null)
  assert.deepEqual(entry.peerId, Uint8Array.from(peerId.toMultihash().bytes))
  assert.equal(entry.addrs[0], 'https://alice.example')
  assert.equal(entry.addrs.length, 2)
  assert.match(entry.addrs[1] ?? '', client.connection.limits == null ? /^\/ip4\/127\.0\.0\.1\/tcp\/\d+/ : /\/p2p-circuit/)
  assert.deepEqual(await ask({ presence: { userId: bob.userId } }), { present: { entries: [] } })

  assert.deepEqual(await ask({ addNodes: { nodes: [{ address: addr.toString() }, { address: 'https://registry.example' }] } }), { merged: { merged: 2 } })
  assert.deepEqual((await ask({ listNodes: {} })).nodes?.nodes.map(({ address }) => address).sort(), [addr.toString(), 'https://registry.example'].sort())
  assert.deepEqual(await ask({ remove: { userId: alice.userId, proof: alice.prove('remove', at(), { peerId }) } }), { removed: { existed: true } })
  assert.deepEqual(await ask({ checkUser: { userId: alice.userId } }), { exists: { exists: false } })
  assert.equal(codeOf(await talk.ask({ challenge: {} })), 'not_found')
  assert.equal(codeOf(await talk.ask({ sync: { entries: [bob.entry('register')] } })), 'unauthorized')
}

describe('/registry/1', () => {
  const rig = new ServiceRig()

  it('answers every call over TCP and TLS', async () => {
    const server = await rig.server(OPEN)

    await everyCall({ client: await rig.client(server), server })
  })

  it('answers every call over a relayed connection with limits, and counts the caller by its PeerId there', async () => {
    const counted = new Set<string>()
    const { client, server } = await rig.relayed({ ...OPEN, limiter: { charge: caller => { counted.add(caller); return { allowed: true } } } })

    await everyCall({ client, server })
    assert.deepEqual([...counted], [client.peerId.toString()])
  })

  it('is a service of a libp2p node, whose factory says which option is wrong', async () => {
    const { node, store } = await rig.server()

    assert.ok(node.getProtocols().includes(REGISTRY_PROTOCOL))
    await assert.rejects(createLibp2p({ start: false, services: { registry: registryServer({ store, maxNodes: 0 }) } }), { code: 'invalid_registry_option' })
  })

  it('takes what it stored from a peer that may sync, by the PeerId of the stream', async () => {
    const server = await rig.server({ allowSync: true, syncPeers: [await makePeer()] })
    const refused = await (await rig.client(server)).open()
    const bob = new Person('bob')

    assert.equal(await refused.code({ sync: { entries: [bob.entry('register')] } }), 'unauthorized')
    // also what cannot be read: it is not looked at
    refused.raw.sendFrame(concat(varintField(1, 99), bytesField(7, Uint8Array.of(0xff))))
    assert.equal(codeOf(await refused.of(99n)), 'unauthorized')

    const privateKey = await generateKeyPair('Ed25519')
    const allowing = await rig.server({ allowSync: true, syncPeers: [peerIdFromPrivateKey(privateKey)] })
    const talk = await (await rig.client(allowing, { privateKey })).open()

    assert.deepEqual((await talk.ask({ sync: { entries: [bob.entry('register'), bob.entry('register')] } })).merged, { merged: 1 })
    assert.equal(await resolve(talk, bob), jsonOf(bob.identity))
  })

  it('asks for a proof of work beside the call, which holds once and for this peer', async () => {
    const server = await rig.server({ powEnabled: true, powDifficulty: 8 })
    const [talk, other] = await Promise.all([0, 1].map(async () => (await rig.client(server)).open()))
    const { userId } = new Person('alice')

    assert.ok(talk != null && other != null)
    assert.equal(await talk.code({ checkUser: { userId } }), 'pow_required')

    const { challenged } = await talk.ask({ challenge: {} })

    assert.ok(challenged != null)
    assert.equal(challenged.difficulty, 8)
    assert.ok(challenged.expiresMs >= NOW + 120_000)

    const proofOfWork = { challenge: challenged.challenge, solution: await solveChallenge(challenged.challenge, challenged.difficulty) }

    assert.equal(await other.code({ checkUser: { userId }, proofOfWork }), 'pow_required')
    assert.deepEqual((await talk.ask({ checkUser: { userId }, proofOfWork })).exists, { exists: false })
    assert.equal(await talk.code({ checkUser: { userId }, proofOfWork }), 'pow_required')
  })

  it('answers each request of the vectors under its id, as far as a request says enough', async () => {
    const server = await rig.server({ ...OPEN, powDifficulty: 8 })

    for (const { name, message, hex } of readWireVectors().filter(({ message }) => message === 'Request')) {
      const talk = await (await rig.client(server)).open()
      const bytes = bytesOf(hex)
      const { id, ...calls } = decodeRequest(bytes.subarray(bytes.byteLength > 127 ? bytes.findIndex(byte => byte < 128) + 1 : 1))

      talk.raw.send(bytes)

      const answer = decodeResponse(await talk.raw.frame())

      assert.equal(answer.id, id, `${name}: ${message}`)
      // of others' keys, and far in the past of this node
      assert.ok(Object.keys(calls).length > 0 && codeOf(answer) !== 'unknown_call' && codeOf(answer) !== 'internal_error', `${name}: ${codeOf(answer)}`)
      talk.raw.reset()
    }
  })

  it('echoes ids up to 2^64 - 1, and answers many requests of one packet each under its own', async () => {
    const talk = await (await rig.client(await rig.server())).open()
    const ids = [1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n, 7n]

    ids.forEach(id => { talk.send({ checkUser: { userId: new Person(`user ${id}`).userId } }, id) })

    for (const id of ids) {
      assert.deepEqual(await talk.of(id), { id, exists: { exists: false } })
    }
  })

  it('ignores fields that it does not know, at every depth, and names a call that it does not know', async () => {
    const talk = await (await rig.client(await rig.server())).open()
    const { userId } = new Person('alice')

    talk.raw.sendFrame(concat(unknownField(50), varintField(1, 5), bytesField(4, concat(bytesField(1, userId), unknownField(99))), unknownField(60)))
    assert.deepEqual(await talk.of(5n), { id: 5n, exists: { exists: false } })
    talk.raw.sendFrame(concat(varintField(1, 6), bytesField(77, Uint8Array.of())))
    assert.equal(codeOf(await talk.of(6n)), 'unknown_call')
    // a call's number with another type is no call
    talk.raw.sendFrame(concat(varintField(1, 7), varintField(4, 1)))
    assert.equal(codeOf(await talk.of(7n)), 'unknown_call')
    // the last one counts
    talk.raw.sendFrame(concat(varintField(1, 8), bytesField(10, Uint8Array.of()), bytesField(4, bytesField(1, userId))))
    assert.deepEqual(await talk.of(8n), { id: 8n, exists: { exists: false } })
  })

  it('lists where the caller is seen, on all of its connections', async () => {
    const server = await rig.server()
    const client = await rig.client(server)
    const second = await client.node.dial(server.addr, { force: true })
    const talk = await client.open()
    const alice = new Person('alice')

    assert.notEqual(second.id, client.connection.id)
    assert.equal(await talk.code({ announce: alice.announce({ addr: '', atMs: NOW }) }), 'ok')

    const addrs = (await talk.ask({ presence: { userId: alice.userId } })).present?.entries[0]?.addrs

    assert.equal(addrs?.length, 2)
    assert.deepEqual(new Set(addrs), new Set(server.node.getConnections(client.peerId).map(({ remoteAddr }) => remoteAddr.toString())))
  })

  it('counts callers behind a trusted proxy by PeerId, and lists no address of the proxy', async () => {
    const counted = new Set<string>()
    const server = await rig.server({ isExemptFromIpLimits: () => true, limiter: { charge: caller => { counted.add(caller); return { allowed: true } } } })
    const client = await rig.client(server)
    const talk = await client.open()
    const alice = new Person('alice')

    assert.equal(await talk.code({ announce: alice.announce({ addr: '' }) }), 'invalid_input')
    assert.equal(await talk.code({ announce: alice.announce({ addr: 'local' }) }), 'ok')
    assert.deepEqual((await talk.ask({ presence: { userId: alice.userId } })).present?.entries[0]?.addrs, ['local'])
    assert.deepEqual([...counted], [client.peerId.toString()])
  })

  it('counts each call in its group and once, also what is no request', async () => {
    const charged: string[] = []
    const server = await rig.server({ limiter: { charge: (caller, group) => { charged.push(`${caller} ${group}`); return { allowed: true } } } })
    const client = await rig.client(server)
    const talk = await client.open()
    const alice = new Person('alice')
    const { userId } = alice
    const calls: Array<[Call, string]> = [
      [{ register: { userId } }, 'register'], [{ update: { userId } }, 'register'], [{ remove: { userId } }, 'register'],
      [{ resolve: { userId, requesterPublicKey: userId } }, 'resolve'], [{ presence: { userId } }, 'resolve'], [{ checkUser: { userId } }, 'check_user'],
      [{ announce: alice.announce() }, 'other'], [{ sync: { entries: [] } }, 'other'], [{ listNodes: {} }, 'other'], [{ addNodes: { nodes: [] } }, 'other'],
      [{ envelopeKeys: {} }, 'other'], [{ challenge: {} }, 'other'], [{}, 'other']
    ]

    for (const [call, group] of calls) {
      await talk.ask(call)
      assert.deepEqual(charged.splice(0), [`127.0.0.1 ${group}`])
    }

    // text that is not UTF-8 in a call that names its group; a frame that is no message at all
    talk.raw.sendFrame(concat(varintField(1, 1000), bytesField(5, bytesField(2, Uint8Array.of(0xff)))))
    assert.equal(codeOf(await talk.of(1000n)), 'invalid_input')
    assert.deepEqual(charged.splice(0), ['127.0.0.1 other'])
    talk.raw.sendFrame(Uint8Array.of(0x0f, 0xff, 0xff))
    assert.equal(codeOf(await talk.of(0n)), 'invalid_input')
    assert.deepEqual(charged.splice(0), ['127.0.0.1 other'])
  })

  it('refuses with the time to the next call before it reads what the call holds', async () => {
    const now = 0
    const calls = limiter({ enabled: true, globalPerSecond: 1000, burst: 3, banAfter: 100, banSeconds: 60, perSecond: { ...PLENTY, register: 1 }, now: () => now })
    const server = await rig.server({ limiter: calls })
    const talk = await (await rig.client(server)).open()
    const broken = (id: number): Uint8Array => concat(varintField(1, id), bytesField(2, Uint8Array.of(0xff)))

    for (const id of [1, 2, 3]) {
      talk.raw.sendFrame(broken(id))
      assert.equal(codeOf(await talk.of(BigInt(id))), 'invalid_input')
    }

    talk.raw.sendFrame(broken(4))

    const { failure } = await talk.of(4n)

    assert.equal(failure?.code, 'rate_limited')
    assert.equal(failure?.retryAfterMs, 1000)
    assert.equal(server.service.calls.libp2p.outcomes.register.rate_limited, 1)
    assert.equal(server.service.calls.libp2p.outcomes.register.invalid_input, 3)
  })

  it('answers what is under way when it stops, refuses what comes after, and closes its streams', async () => {
    const server = await rig.server()
    const client = await rig.client(server)
    const talks = await Promise.all(Array.from({ length: 8 }, async () => await client.open()))
    const alice = new Person('alice')
    const answers: RegistryResponse[] = []
    const reading = Promise.allSettled(talks.map(async talk => {
      for (let n = 0; n < 500; n++) {
        answers.push(await talk.next())
      }
    }))

    for (const talk of talks) {
      talk.raw.send(concat(...Array.from({ length: 500 }, (_, n) => frameOfCall(n + 1, { checkUser: { userId: alice.userId } }))))
    }

    await until(() => answers.length > 0, 'it answers')
    await server.service.stop()
    await reading
    assert.ok(answers.every(answer => answer.exists != null || codeOf(answer) === 'shutting_down'))
    assert.deepEqual(server.service.stats(), { ...server.service.stats(), streams: 0, inflightBytes: 0, outgoingBytes: 0 })
    await Promise.all(talks.map(async talk => { await until(() => talk.raw.fin || talk.raw.ending != null, 'the stream ends') }))
    await assert.rejects(openRaw(client.connection, REGISTRY_PROTOCOL).then(async raw => await raw.frame()))
  })
})

function frameOfCall (id: number, { checkUser }: Pick<Call, 'checkUser'>): Uint8Array {
  return frame(concat(varintField(1, id), bytesField(4, bytesField(1, checkUser?.userId ?? new Uint8Array()))))
}
