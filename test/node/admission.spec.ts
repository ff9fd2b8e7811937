import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNode } from '../../src/node/index.js'
import { NO_HTTP } from '../support/free-ports.js'
import { createClientNode } from '../support/nodes.js'
import { until } from '../support/wait.js'
import type { PartialConfig } from '../../src/config/index.js'
import type { EnigmaNode } from '../../src/node/index.js'
import type { Carrier, ClientNode } from '../support/nodes.js'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Socket } from 'node:net'

describe('node: who is let in', () => {
  let folder: string
  let node: EnigmaNode | undefined
  let clients: ClientNode[] = []

  before(() => { folder = mkdtempSync(join(tmpdir(), 'enigma-admission-')) })
  afterEach(async () => {
    await Promise.all(clients.map(async client => client.stop()))
    await node?.stop()
    clients = []
  })
  after(() => { rmSync(folder, { recursive: true }) })

  async function start (network: PartialConfig['network'], more: PartialConfig = {}): Promise<Multiaddr> {
    node = await createNode({
      ...NO_HTTP,
      ...more,
      identity: { key_file: join(folder, 'key') },
      storage: { kind: 'memory' },
      network: { tcp_listen_addr: '/ip4/127.0.0.1/tcp/0', quic_listen_addr: '', ws_listen_addr: '', drain_secs: 0, ...network }
    })

    const [addr] = node.addrs

    assert.ok(addr != null)

    return addr
  }

  async function dial (addr: Multiaddr, count: number, carrier?: Carrier): Promise<number> {
    clients = await Promise.all(Array.from({ length: count }, async () => createClientNode({ carrier })))

    const results = await Promise.allSettled(clients.map(async client => {
      const connection = await client.dial(addr)

      // the client counts a connection as open before the node has refused the peer behind it
      await client.services.ping.ping(connection.remotePeer, { signal: AbortSignal.timeout(15_000) })
    }))

    return results.filter(({ status }) => status === 'fulfilled').length
  }

  it('takes 200 peers of one machine at once when its limits are raised', async () => {
    const addr = await start({ max_connections_per_ip: 0, new_connections_per_second_per_ip: 0, max_pending_connections: 0 })

    // the cheaper handshake: all of the peers share this process with the node
    assert.equal(await dial(addr, 200, 'tcp-noise'), 200)
  }).timeout(120_000)

  it('takes as many connections of one address as it may, and the next when one has closed', async () => {
    const addr = await start({ max_connections_per_ip: 3 })

    assert.equal(await dial(addr, 3), 3)

    const [first] = clients
    const late = await createClientNode()

    clients.push(late)
    await assert.rejects(async () => late.dial(addr))
    await first?.stop()
    await until(async () => late.dial(addr).then(async connection => (await late.services.ping.ping(connection.remotePeer)) >= 0, () => false), 'the place is free')
  })

  it('takes as many connections in all as it may', async () => {
    const addr = await start({ max_connections: 2 })

    assert.equal(await dial(addr, 2), 2)

    const late = await createClientNode()

    clients.push(late)
    await assert.rejects(async () => late.dial(addr))
  })

  it('holds a flood from one address: most of 300 connections are cut before any handshake', async () => {
    const addr = await start({ max_connections_per_ip: 0, new_connections_per_second_per_ip: 20 })
    const port = portOf(addr)
    const sockets: Socket[] = []
    let cut = 0

    for (let i = 0; i < 300; i++) {
      const socket = connect(port, '127.0.0.1')

      socket.on('error', () => {})
      socket.on('close', () => { cut++ })
      // a node that would go on with the handshake says so in its first bytes
      socket.resume()
      sockets.push(socket)
    }

    await until(() => cut >= 200, () => `200 are cut; ${cut} are`)
    sockets.forEach(socket => { socket.destroy() })
    await until(() => node?.libp2p.getConnections().length === 0, 'nothing is left of it')
  })

  it('lets go of handshakes that never come', async () => {
    const addr = await start({ max_pending_connections: 5 })
    const port = portOf(addr)
    const silent = Array.from({ length: 5 }, () => connect(port, '127.0.0.1').on('error', () => {}))

    await Promise.all(silent.map(async socket => new Promise(resolve => socket.once('connect', resolve))))

    const late = await createClientNode()

    clients.push(late)
    await until(async () => late.dial(addr).then(() => false, () => true), 'no more handshakes are taken')
    silent.forEach(socket => { socket.destroy() })
    await until(async () => late.dial(addr).then(() => true, () => false), 'there is room again')
  })

  it('cuts off denied peers and denied addresses, and those that are denied while they are connected', async () => {
    const denied = await createClientNode()

    clients.push(denied)

    const addr = await start({}, { auth: { deny_peers: [denied.peerId.toString()] } })
    const refused = async (): Promise<boolean> => denied.dial(addr)
      .then(async connection => denied.services.ping.ping(connection.remotePeer, { signal: AbortSignal.timeout(5000) }))
      .then(() => false, () => true)

    assert.equal(await refused(), true)

    const other = await createClientNode()

    clients.push(other)

    const connection = await other.dial(addr)

    await until(() => node?.libp2p.getConnections(other.peerId).length === 1, 'the other is in')
    node?.libp2p.services.relay?.denyPeer(other.peerId)
    await until(() => connection.status !== 'open', 'the other is cut')
    node?.libp2p.services.relay?.undenyPeer(other.peerId)
    await other.dial(addr)
    node?.libp2p.services.relay?.denyCidr('127.0.0.0/8')
    await until(() => other.getConnections().length === 0, 'the address is cut')
    await assert.rejects(async () => (await createAndKeep()).dial(addr))

    async function createAndKeep (): Promise<ClientNode> {
      const client = await createClientNode()

      clients.push(client)

      return client
    }
  })
})

function portOf (addr: Multiaddr): number {
  return Number(/tcp\/(\d+)/.exec(addr.toString())?.[1])
}
