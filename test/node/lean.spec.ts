import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import { createNode } from '../../src/node/index.js'
import { NO_HTTP } from '../support/free-ports.js'
import { createClientNode } from '../support/nodes.js'
import { until, within } from '../support/wait.js'
import { frame } from '../support/wire.js'
import type { EnigmaNode } from '../../src/node/index.js'
import type { ClientNode } from '../support/nodes.js'

describe('node: what it does without', () => {
  let folder: string
  let node: EnigmaNode
  let clients: ClientNode[]

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'enigma-lean-'))
    node = await createNode({
      ...NO_HTTP,
      identity: { key_file: join(folder, 'key') },
      storage: { kind: 'memory' },
      network: { tcp_listen_addr: '/ip4/127.0.0.1/tcp/0', quic_listen_addr: '', ws_listen_addr: '', drain_secs: 0 }
    })
    clients = await Promise.all([createClientNode(), createClientNode()])
  })

  afterEach(async () => {
    await Promise.all(clients.map(async client => client.stop()))
    await node.stop()
    rmSync(folder, { recursive: true })
  })

  it('lists the connections of all peers and of one', async () => {
    const [addr] = node.addrs
    const [one, other] = clients

    assert.ok(addr != null && one != null && other != null)
    await one.dial(addr)
    await one.dial(addr, { force: true })
    await other.dial(addr)
    await until(() => node.libp2p.getConnections().length === 3, 'all three are listed')
    assert.equal(node.libp2p.getConnections(one.peerId).length, 2)
    assert.equal(node.libp2p.getConnections(other.peerId).length, 1)
    assert.equal(new Set(node.libp2p.getConnections()).size, 3)

    // a list that was given out stays as it is, and the next one has what is there
    const before = node.libp2p.getConnections()
    await other.stop()
    await until(() => node.libp2p.getConnections().length === 2, 'one has gone')
    assert.equal(before.length, 3)
    await one.dial(addr, { force: true })
    await until(() => node.libp2p.getConnections().length === 3, 'one has come')
    assert.equal(before.length, 3)
    assert.deepEqual(new Set(node.libp2p.getConnections()), new Set(node.libp2p.getConnections(one.peerId)))
    await Promise.all(node.libp2p.getConnections().map(async connection => connection.close()))
    await until(() => node.libp2p.getConnections().length === 0 && one.getConnections().length === 0, 'all are gone')
    await one.dial(addr)
    await until(() => node.libp2p.getConnections().length === 1, 'it is listed again')
  })

  it('keeps what identify says of a peer, and writes nothing for each stream', async () => {
    const [addr] = node.addrs
    const [client] = clients

    assert.ok(addr != null && client != null)
    await client.handle('/of/its/own', () => {})

    const connection = await client.dial(addr)
    const known = async (): Promise<string[]> => (await node.libp2p.peerStore.get(client.peerId).catch(() => ({ protocols: [] }))).protocols

    await until(async () => (await known()).includes('/of/its/own'), 'the peer has identified itself')

    // the real store, and how often it is written to
    const datastore = node.libp2p.peerStore as unknown as { patch: unknown, store: { merge: (...args: unknown[]) => unknown } }
    let writes = 0

    assert.equal(typeof datastore.store.merge, 'function', 'libp2p keeps its records elsewhere now')

    const merge = datastore.store.merge.bind(datastore.store)

    datastore.store.merge = (...args) => {
      writes++

      return merge(...args)
    }
    await client.services.ping.ping(connection.remotePeer)
    assert.equal(writes, 0)
    assert.ok((await known()).includes('/of/its/own'))
  })

  it('notes nothing of what peers take its address for', async () => {
    const [addr] = node.addrs
    const [client] = clients

    assert.ok(addr != null && client != null)

    const { addressManager } = (node.libp2p as unknown as { components: { addressManager: { observedAddressFilter: { count: number } } } }).components
    const identified = new Promise(resolve => { node.libp2p.addEventListener('peer:identify', resolve, { once: true }) })
    const key = publicKeyToProtobuf(client.peerId.publicKey ?? assert.fail('an Ed25519 PeerId is its key'))
    const made = multiaddr('/ip4/1.2.3.4/udp/4001/quic-v1').bytes

    assert.equal(addressManager.observedAddressFilter.count, 0, 'libp2p keeps what it has seen elsewhere now')
    await client.handle('/ipfs/id/1.0.0', async stream => {
      // the identify message: field 1, publicKey, and field 4, observedAddr
      stream.send(frame(new Uint8Array([0x0a, key.byteLength, ...key, 0x22, made.byteLength, ...made])))
      await stream.close()
    }, { force: true })
    await client.dial(addr)
    await within(identified, 'the peer has identified itself')
    await client.services.ping.ping(addr)
    assert.equal(addressManager.observedAddressFilter.count, 0)
    assert.deepEqual(node.addrs.map(String), [addr.toString()])
  })
})
