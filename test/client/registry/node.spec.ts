import assert from 'node:assert/strict'
import { registryClient } from '../../../src/client/index.js'
import { ServiceRig } from '../../registry/service-rig.js'
import { createRelayNode } from '../../support/nodes.js'
import { until } from '../../support/wait.js'
import { startNode } from '../enigma-node.js'
import { identityOf, newKeys, QUICK_CALLS, RegistryClientRig } from './rig.js'
import type { PartialConfig } from '../../../src/config/index.js'
import type { RegistryClient, RegistryProgress } from '../../../src/client/index.js'
import type { RestartableNode } from '../enigma-node.js'

const PEPPER = 'cd'.repeat(32)

describe('registry client: with a whole node', () => {
  const rig = new RegistryClientRig()
  const services = new ServiceRig()
  const alice = newKeys()

  async function start (registry: PartialConfig['registry'] = {}): Promise<RestartableNode> {
    return await startNode(rig, { http: { address: '127.0.0.1:0' }, registry: { envelope: { pepper_hex: PEPPER }, ...registry } })
  }

  function overHttp ({ http }: RestartableNode): RegistryClient {
    return registryClient({ url: http ?? '', pepper: PEPPER, ...QUICK_CALLS })
  }

  it('registers and finds identities, whichever door was used, and after a restart', async () => {
    const node = await start()
    const { node: libp2p, registry } = await rig.registryPeer(node.address)
    const [mine, others] = [identityOf('alice', alice), identityOf('bob', newKeys())]

    assert.deepEqual(await registry.register(mine, { privateKey: alice.secretKey }), { bound: true })
    await overHttp(node).register(others)
    assert.deepEqual(await overHttp(node).resolve('alice'), mine)
    assert.deepEqual(await registry.resolve('bob'), others)

    // the other way to say the same
    const second = registryClient({ libp2p, node: node.address, maxCalls: 1 })

    assert.deepEqual(await Promise.all([second.resolve('bob'), second.checkUser('alice')]), [others, true])
    await second.close()
    await node.restart()
    assert.deepEqual(await registry.resolve('alice'), mine)
    assert.deepEqual(await overHttp(node).resolve('bob'), others)
    assert.equal(await registry.checkUser('carol'), false)
    assert.equal(await registry.resolve('carol'), undefined)
  })

  it('lets the owner of a handle change and remove it, and nobody else', async () => {
    const node = await start()
    const [owner, other] = [await rig.registryPeer(node.address), await rig.registryPeer(node.address)]
    const [mallory, next] = [newKeys(), newKeys()]
    const rotated = identityOf('alice', next)

    await owner.registry.register(identityOf('alice', alice), { privateKey: alice.secretKey })
    await assert.rejects(other.registry.register(identityOf('alice', mallory), { privateKey: mallory.secretKey }), { code: 'conflict' })
    await assert.rejects(other.registry.update(identityOf('alice', mallory), { privateKey: mallory.secretKey }), { code: 'unauthorized' })
    await assert.rejects(other.registry.remove('alice', { privateKey: mallory.secretKey }), { code: 'unauthorized' })
    assert.deepEqual(await owner.registry.update(rotated, { privateKey: alice.secretKey, newPrivateKey: next.secretKey }), { bound: true })
    assert.deepEqual(await other.registry.resolve('alice'), rotated)
    // the key, wherever it is used
    assert.deepEqual(await overHttp(node).remove('alice', { privateKey: next.secretKey }), { existed: true })
    assert.equal(await other.registry.checkUser('alice'), false)
  })

  it('announces, and tells others the PeerId and addresses when they may know', async () => {
    const node = await start()
    const [owner, other] = [await rig.registryPeer(node.address), await rig.registryPeer(node.address)]

    await owner.registry.register(identityOf('alice', alice), { privateKey: alice.secretKey })
    await assert.rejects(owner.registry.announce('alice', { readable: true }), { code: 'unauthorized' })
    assert.ok(((await owner.registry.announce('alice', { privateKey: alice.secretKey })).expiresMs ?? 0) > Date.now())
    assert.deepEqual(await other.registry.presence('alice'), [])
    await owner.registry.announce('alice', { addr: 'desk 7', readable: true, privateKey: alice.secretKey })

    const [entry, ...more] = await other.registry.presence('alice')

    assert.deepEqual(more, [])
    assert.equal(entry?.peerId?.toString(), owner.node.peerId.toString())
    assert.equal(entry?.addrs[0], 'desk 7')
    assert.match(entry?.addrs[1] ?? '', /^\/ip4\/127\.0\.0\.1\/tcp\/\d+/)
    assert.deepEqual(await overHttp(node).presence('bob'), [])
  })

  it('makes the proofs of work that the node asks for', async () => {
    const node = await start({ pow: { enabled: true, difficulty: 8 } })
    const { registry } = await rig.registryPeer(node.address)
    const progress: RegistryProgress[] = []
    const identity = identityOf('alice', alice)

    await registry.register(identity)

    const found = await Promise.all(Array.from({ length: 5 }, async () => await registry.resolve('alice', { onProgress: event => { progress.push(event) } })))

    assert.deepEqual(found, Array.from({ length: 5 }, () => identity))
    assert.deepEqual(progress, Array.from({ length: 5 }, () => ({ type: 'registry:solving', detail: { difficulty: 8 } })))
    assert.equal(await overHttp(node).checkUser('alice'), true)
  })

  it('makes one owner of many who register one name at the same time', async () => {
    const node = await start()
    const { registry } = await rig.registryPeer(node.address)
    const outcomes = await Promise.allSettled(Array.from({ length: 32 }, async () => {
      const keys = newKeys()

      await registry.register(identityOf('alice', keys), { privateKey: keys.secretKey })

      return keys.publicKey
    }))
    const owners = outcomes.flatMap(outcome => outcome.status === 'fulfilled' ? [outcome.value] : [])
    const codes = new Set(outcomes.flatMap(outcome => outcome.status === 'rejected' ? [(outcome.reason as { code: string }).code] : []))

    assert.equal(owners.length, 1)
    assert.deepEqual([...codes], ['conflict'])
    assert.deepEqual((await registry.resolve('alice'))?.signingPublicKey, owners[0])
  })

  it('names nodes that are listed', async () => {
    const node = await start({ verify_nodes: false, allow_private_nodes: true })
    const { registry } = await rig.registryPeer(node.address)
    const address = '/ip4/203.0.113.7/tcp/4001/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'

    assert.equal(await registry.addNodes(['https://registry.example', address]), 2)
    assert.deepEqual((await registry.nodes()).sort(), [address, 'https://registry.example'])
    assert.deepEqual(await overHttp(node).nodes(), ['https://registry.example'])
    await assert.rejects(registry.addNodes(['ftp://x']), { code: 'invalid_input' })
  })

  it('reaches a node through a relay, over limited connections', async () => {
    const relay = await createRelayNode()
    const relayAddr = relay.getMultiaddrs()[0]

    rig.onStop(async () => { await relay.stop() })
    assert.ok(relayAddr != null)

    const server = await services.server({ now: Date.now }, {}, relayAddr)

    await until(() => server.node.getMultiaddrs().some(addr => addr.toString().includes('/p2p-circuit')), 'it has a reservation')

    const { node, registry } = await rig.registryPeer(relayAddr.encapsulate(`/p2p-circuit/p2p/${server.node.peerId}`), {}, { circuit: true })
    const identity = identityOf('alice', alice)

    await registry.register(identity, { privateKey: alice.secretKey })
    assert.deepEqual(await registry.resolve('alice'), identity)
    assert.ok(node.getConnections(server.node.peerId).every(({ limits }) => limits != null))
  })
})
