import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { limiter } from '../../../src/access/index.js'
import { encodeIdentity } from '../../../src/registry/index.js'
import { solveChallenge } from '../../../src/registry/pow/solve.js'
import { NODE_KEY, NOW } from '../../registry/rig.js'
import { ServiceRig } from '../../registry/service-rig.js'
import { HttpRig, LIMITS, call, post } from '../rig.js'
import { Person } from './person.js'
import { assertRefused, proven, resolve } from './rig.js'
import type { TestServer, Talk } from '../../registry/service-rig.js'
import type { RegistryServerInit } from '../../../src/registry/index.js'
import type { RegistryDoor } from './rig.js'
import type { PrivateKey } from '@libp2p/interface'

interface Doors { server: TestServer, door: RegistryDoor, talk: Talk }

describe('http: both doors on one registry', () => {
  const libp2p = new ServiceRig()
  const http = new HttpRig()

  /** One node, and one stream of a client whose key is this. */
  async function open (init: Partial<RegistryServerInit> = {}, privateKey?: PrivateKey): Promise<Doors> {
    const server = await libp2p.server(init)
    const { registry, calls } = server.service
    const door = await http.door({ mailbox: null, privateKey: NODE_KEY, registry: { registry, calls }, ...(init.limiter == null ? {} : { limiter: init.limiter as ReturnType<typeof limiter> }) })

    return { server, door: { ...door, registry }, talk: await (await libp2p.client(server, { privateKey })).open() }
  }

  /** As it goes over libp2p. */
  function asRequest ({ handle, envelope }: ReturnType<Person['register']>): { userId: Uint8Array, envelope: { kid: Uint8Array, senderPublicKey: Uint8Array, nonce: Uint8Array, ciphertext: Uint8Array } } {
    const hex = (text: string): Uint8Array => Buffer.from(text, 'hex')

    return { userId: hex(handle), envelope: { kid: hex(envelope.kid), senderPublicKey: hex(envelope.sender_pubkey), nonce: hex(envelope.nonce), ciphertext: Buffer.from(envelope.ciphertext, 'base64') } }
  }

  it('see what the other has registered, and remember its proofs', async () => {
    const { door, talk } = await open()
    const alice = new Person('alice')
    const bob = new Person('bob')
    const keys = door.registry.keys()
    const identity = alice.identity()
    const register = { ...alice.register(keys), proof: alice.proof('register', { identity, issuedMs: NOW }) }

    assert.equal((await post(door, '/register', register)).text, '{"ok":true}')
    assert.equal(await talk.code({ register: asRequest(bob.register(keys)) }), 'ok')
    assert.equal(await resolve(door, bob), Buffer.from(encodeIdentity(bob.identity())).toString())
    assert.deepEqual((await talk.ask({ checkUser: { userId: alice.userId } })).exists, { exists: true })
    assert.equal(await talk.code({ register: asRequest(alice.register(keys, alice.identity({ createdAtMs: 2n }))) }), 'conflict')

    // a proof that one door has taken is too old at the other
    const changed = alice.identity({ createdAtMs: 3n })
    const proof = alice.proof('update', { identity: changed, issuedMs: NOW + 1 })
    const update = { user_id: alice.handle, envelope: alice.register(keys, changed).envelope, proof }
    const { userId, envelope } = asRequest(alice.register(keys, changed))

    // it was made for nobody's PeerId
    assert.equal(await talk.code({ update: { userId, envelope, proof: { signature: Buffer.from(proof.signature, 'hex'), issuedMs: BigInt(proof.issued_ms) } } }), 'unauthorized')
    assert.equal((await post(door, '/update', update)).text, '{"bound":true}')
    assertRefused(await post(door, '/update', update), 401, 'UNAUTHORIZED')
    assert.equal((await post(door, '/remove', { user_id: alice.handle, proof: alice.proof('remove', { issuedMs: NOW + 2 }) })).text, '{"existed":true}')
    assert.deepEqual((await talk.ask({ checkUser: { userId: alice.userId } })).exists, { exists: false })
  })

  it('know a peer as one: its presence, and its challenges', async () => {
    const key = await generateKeyPair('Ed25519')
    const { door, talk } = await open({ powEnabled: true, powDifficulty: 4 }, key)
    const headers = await proven(door, key)
    const alice = new Person('alice')
    const { challenge = '', difficulty = 0 } = (await talk.ask({ challenge: {} })).challenged ?? {}

    assert.equal((await post(door, '/announce', { user_id: alice.handle, addr: 'web', ts_ms: NOW, readable: true }, headers)).status, 200)
    assert.equal(await talk.code({ announce: { userId: alice.userId, addr: 'stream', atMs: NOW, readable: true } }), 'ok')

    const answer = await post(door, '/presence', { user_id: alice.handle }, { ...headers, 'x-enigma-pow': `${challenge}:${await solveChallenge(challenge, difficulty)}` })
    const entries = answer.json.entries as Array<{ peer_id: string, addrs: string[] }>

    assert.deepEqual(entries.map(entry => entry.peer_id), [Buffer.from(peerIdFromPrivateKey(key).toMultihash().bytes).toString('hex')], answer.text)
  })

  it('take of one set of limits', async () => {
    const { door, talk } = await open({ limiter: limiter({ ...LIMITS, enabled: true, burst: 4, globalPerSecond: 0.001, banAfter: 100 }) })
    const outcomes: string[] = []

    for (let n = 0; n < 3; n++) {
      outcomes.push(await talk.code({ listNodes: {} }), String((await call(`${door.url}/nodes`)).status))
    }

    assert.deepEqual(outcomes, ['ok', '200', 'ok', '200', 'rate_limited', '429'])
  })

  it('of 64 who register one handle over either give it to one', async () => {
    const { server, door, talk } = await open()
    const keys = door.registry.keys()
    const outcomes = await Promise.all(Array.from({ length: 64 }, async (_, n) => {
      const body = new Person('alice').register(keys)

      return n % 2 === 0 ? await talk.code({ register: asRequest(body) }) : String((await post(door, '/register', body)).status)
    }))

    assert.equal(outcomes.filter(outcome => outcome === 'ok' || outcome === '200').length, 1)
    assert.equal(outcomes.filter(outcome => outcome === 'conflict' || outcome === '409').length, 63)
    assert.equal(server.service.registry.totals().identities, 1)
    assert.equal(server.service.calls.libp2p.outcomes.register.conflict + server.service.calls.http.outcomes.register.conflict, 63)
    assert.equal(server.service.calls.http.outcomes.register.conflict + server.service.calls.http.outcomes.register.ok, 32)
  })
})
