import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { registryClient } from '../../../src/client/index.js'
import { RegistryRig } from '../../http/registry/rig.js'
import { hexOf } from '../../registry/vectors.js'
import { identityOf, newKeys, QUICK_CALLS } from './rig.js'
import type { HttpRegistryClientInit, RegistryClient, RegistryProgress } from '../../../src/client/index.js'
import type { RegistryDoor } from '../../http/registry/rig.js'

describe('registry client: over HTTP', () => {
  const rig = new RegistryRig()
  const alice = newKeys()

  function client ({ url, registry }: RegistryDoor, more: Partial<HttpRegistryClientInit> = {}): RegistryClient {
    return registryClient({ url, pepper: registry.keys().pepper, ...QUICK_CALLS, ...more })
  }

  it('registers, resolves, checks, updates and removes', async () => {
    const door = await rig.door()
    const registry = client(door)
    const identity = identityOf('alice', alice)
    const next = newKeys()
    const rotated = identityOf('alice', next, { createdAtMs: (1n << 63n) + 1n })

    assert.equal(await registry.resolve('alice'), undefined)
    assert.equal(await registry.checkUser('alice'), false)
    assert.deepEqual(await registry.register(identity, { privateKey: alice.secretKey }), { bound: true })
    assert.deepEqual(await registry.register(identity, { privateKey: alice.secretKey }), { bound: true })
    assert.deepEqual(await registry.resolve('alice'), identity)
    assert.deepEqual(await registry.resolve(hexOf(identity.userId)), identity)
    assert.equal(await registry.checkUser(identity.userId), true)
    await assert.rejects(registry.register(identityOf('alice', next)), { name: 'ClientError', code: 'conflict', retryable: false })
    await assert.rejects(registry.update(rotated, { privateKey: next.secretKey }), { code: 'unauthorized' })
    assert.deepEqual(await registry.update(rotated, { privateKey: alice.secretKey, newPrivateKey: next.secretKey }), { bound: true })
    assert.deepEqual(await registry.resolve('alice'), rotated)
    await assert.rejects(registry.remove('alice', { privateKey: alice.secretKey }), { code: 'unauthorized' })
    assert.deepEqual(await registry.remove('alice', { privateKey: next.secretKey }), { existed: true })
    assert.deepEqual(await registry.remove('alice', { privateKey: next.secretKey }), { existed: false })
    await assert.rejects(registry.update(rotated, { privateKey: next.secretKey }), { code: 'not_found' })
    assert.equal(await registry.resolve('alice'), undefined)
  })

  it('announces, and reads where others are: with their PeerIds where they proved them', async () => {
    const door = await rig.door()
    const privateKey = await generateKeyPair('Ed25519')
    const [somebody, proven] = [client(door), client(door, { privateKey })]

    assert.deepEqual(await somebody.presence('alice'), [])
    assert.deepEqual(await somebody.announce('alice', { addr: 'hidden' }), {})
    assert.deepEqual(await somebody.presence('alice'), [])
    await somebody.announce('alice', { addr: 'https://a.example', readable: true })
    // bound handles take the announces of their key alone
    await proven.register(identityOf('bob', alice), { privateKey: alice.secretKey })
    await assert.rejects(proven.announce('bob', { addr: 'x', readable: true }), { code: 'unauthorized' })
    await proven.announce('bob', { addr: 'https://b.example', readable: true, privateKey: alice.secretKey })

    const [a] = await somebody.presence('alice')
    const [b] = await somebody.presence('bob')

    assert.deepEqual([a?.peerId, a?.addrs], [undefined, ['https://a.example']])
    assert.deepEqual([b?.peerId?.toString(), b?.addrs], [peerIdFromPrivateKey(privateKey).toString(), ['https://b.example']])
    assert.ok((b?.ageMs ?? -1) >= 0)
    await assert.rejects(somebody.announce('alice'), { code: 'invalid_argument' })
  })

  it('proves who it is with each call, and does not take another node for the one it was told', async () => {
    const key = await generateKeyPair('Ed25519')
    const door = await rig.door({ rules: { allowSync: true, syncPeers: [peerIdFromPrivateKey(key)] } })
    const identities = [identityOf('alice', alice), identityOf('bob', alice, { createdAtMs: (1n << 64n) - 1n })]
    let challenges = 0
    const counting: typeof fetch = async (...args) => {
      const response = await fetch(...args)

      challenges += response.status === 401 ? 1 : 0

      return response
    }
    const trusted = client(door, { privateKey: key, fetch: counting })

    assert.equal(await trusted.sync(identities), 2)
    assert.equal(await trusted.sync(identities), 0)
    assert.deepEqual(await trusted.resolve('bob'), identities[1])
    assert.equal(challenges, 1)
    await assert.rejects(client(door).sync(identities), { code: 'unauthorized' })
    await assert.rejects(client(door, { privateKey: await generateKeyPair('Ed25519') }).sync(identities), { code: 'unauthorized' })

    const fooled = client(door, { privateKey: key, node: peerIdFromPrivateKey(await generateKeyPair('Ed25519')) })

    await assert.rejects(fooled.checkUser('alice'), { code: 'protocol_error', message: 'the node does not prove who it is' })
  })

  it('names other nodes, and lists those that are there', async () => {
    const registry = client(await rig.door())

    assert.equal(await registry.addNodes(Array.from({ length: 65 }, (_, n) => `https://node-${n}.example`)), 65)
    assert.deepEqual((await registry.nodes()).sort(), Array.from({ length: 65 }, (_, n) => `https://node-${n}.example`).sort())
    await assert.rejects(registry.addNodes(['ftp://x']), { code: 'invalid_input' })
  })

  it('makes the proofs of work that the node asks for, with and without a proven PeerId', async () => {
    const door = await rig.door({ rules: { powEnabled: true, powDifficulty: 6 } })
    const identity = identityOf('alice', alice)
    const progress: RegistryProgress[] = []
    const onProgress = (event: RegistryProgress): void => { progress.push(event) }

    for (const registry of [client(door), client(door, { privateKey: await generateKeyPair('Ed25519') })]) {
      await registry.register(identity)
      assert.deepEqual(await registry.resolve('alice', { onProgress }), identity)
      assert.equal(await registry.checkUser('alice', { onProgress }), true)
      assert.deepEqual(await registry.presence('alice', { onProgress }), [])
      assert.deepEqual(progress.splice(0).map(({ type }) => type), Array.from({ length: 3 }, () => 'registry:solving'))
    }

    await assert.rejects(client(door, { maxDifficulty: 5 }).checkUser('alice'), { code: 'too_much_work' })
  })

  it('takes the new keys when the node has rotated, and waits as a limit says', async () => {
    const door = await rig.door({ limits: { enabled: true, burst: 3, globalPerSecond: 50, banAfter: 1000, perSecond: { push: 10, pull: 5, ack: 10, register: 20, resolve: 20, check_user: 10, reserve: 10, connect: 50 } } })
    const registry = client(door)
    const identity = identityOf('alice', alice)

    await registry.register(identity)
    await door.registry.rotateKey({ notAfterMs: 1 })
    await registry.register(identityOf('bob', alice))

    for (let n = 0; n < 6; n++) {
      assert.deepEqual(await registry.resolve('alice'), identity)
    }
  })

  it('sends no field that enigma-node-registry does not know, unless it is asked for', async () => {
    const bodies: Array<[path: string, body: Record<string, unknown>]> = []
    const seeing: typeof fetch = async (input, init) => {
      bodies.push([new URL(String(input)).pathname, typeof init?.body === 'string' ? JSON.parse(init.body) as Record<string, unknown> : {}])

      return await fetch(input, init)
    }
    const registry = client(await rig.door(), { fetch: seeing })

    await registry.register(identityOf('alice', alice))
    await registry.resolve('alice')
    await registry.announce('alice', { addr: 'local' })
    await registry.addNodes(['https://node.example'])
    assert.deepEqual(bodies.map(([path, body]) => [path, Object.keys(body)]), [
      ['/envelope_pubkeys', []],
      ['/register', ['handle', 'envelope']],
      ['/resolve', ['handle', 'requester_ephemeral_pubkey_hex']],
      ['/announce', ['user_id', 'addr', 'ts_ms']],
      ['/nodes', ['nodes']]
    ])
    assert.deepEqual(Object.keys(bodies[1]?.[1].envelope ?? {}), ['kid', 'sender_pubkey', 'nonce', 'ciphertext'])
    assert.deepEqual(bodies[4]?.[1], { nodes: [{ base_url: 'https://node.example' }] })
  })

  it('tells what is wrong with codes', async () => {
    const door = await rig.door()
    const wrong = client(door, { pepper: new Uint8Array(32) })

    await assert.rejects(wrong.register(identityOf('alice', alice)), { code: 'invalid_input', message: 'invalid input: unable to decrypt envelope' })
    await client(door).register(identityOf('alice', alice))
    await assert.rejects(wrong.resolve('alice'), { code: 'protocol_error', message: 'what the node has sealed cannot be opened: its keys, or the pepper, are others' })
    await assert.rejects(registryClient({ url: (await rig.without()).url, pepper: new Uint8Array(32) }).checkUser('alice'), { code: 'not_found' })
    await assert.rejects(registryClient({ url: 'http://127.0.0.1:1', pepper: new Uint8Array(32), retryAttempts: 1 }).checkUser('alice'), { code: 'unreachable' })

    for (const text of ['{}', '[]', '{"exists":1}', '<html>']) {
      await assert.rejects(client(door, { retryAttempts: 1, fetch: async () => new Response(text) }).checkUser('alice'), { code: 'protocol_error' }, text)
    }
  })
})
