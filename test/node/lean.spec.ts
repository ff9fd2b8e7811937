import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNode } from '../../src/node/index.js'
import { createClientNode } from '../support/nodes.js'
import { until } from '../support/wait.js'
import type { EnigmaNode } from '../../src/node/index.js'
import type { ClientNode } from '../support/nodes.js'

describe('node: what it does without', () => {
  let folder: string
  let node: EnigmaNode
  let clients: ClientNode[]

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'enigma-lean-'))
    node = await createNode({
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
})
