import assert from 'node:assert/strict'
import net from 'node:net'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { tcp } from '@libp2p/tcp'
import { webRTCDirect } from '@libp2p/webrtc'
import { webSockets } from '@libp2p/websockets'
import { multiaddr } from '@multiformats/multiaddr'
import { cleanup } from 'node-datachannel'
import { accessControl, connectionLimits } from '../../src/access/index.js'
import { quic } from '../../src/transports/index.js'
import { Nodes, until } from './nodes.js'
import type { AccessControl, ConnectionLimits, ConnectionLimitsInit } from '../../src/access/index.js'
import type { Libp2p, MultiaddrConnection } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Libp2pOptions } from 'libp2p'

const LISTEN = {
  tcp: '/ip4/127.0.0.1/tcp/0',
  ws: '/ip4/127.0.0.1/tcp/0/ws',
  quic: '/ip4/127.0.0.1/udp/0/quic-v1',
  webrtc: '/ip4/127.0.0.1/udp/0/webrtc-direct'
}

const IP = '127.0.0.1'

describe('connectionLimits on real nodes', () => {
  const nodes = new Nodes()
  const sockets = new Set<net.Socket>()
  let access: AccessControl
  let limits: ConnectionLimits
  let server: Libp2p
  let now: number

  async function startServer (init: Partial<ConnectionLimitsInit> = {}, listen: keyof typeof LISTEN = 'tcp', options: Partial<Libp2pOptions> = {}): Promise<void> {
    limits = connectionLimits({ access, maxConnectionsPerIp: 3, newConnectionsPerSecondPerIp: 0, trustedProxies: [], now: () => now, ...init })
    server = await nodes.start({ ...transports(listen), addresses: { listen: [LISTEN[listen]] }, connectionGater: limits, ...options })
  }

  function transports (listen: keyof typeof LISTEN): Partial<Libp2pOptions> {
    switch (listen) {
      case 'quic':
        return { transports: [quic() as never] }
      case 'webrtc':
        return { transports: [webRTCDirect()] }
      default:
        return { transports: [tcp(), webSockets()] }
    }
  }

  function addr (): Multiaddr {
    const [addr] = server.getMultiaddrs()
    assert(addr != null)

    return addr
  }

  function counted (): number {
    return limits.countsByIp().get(IP) ?? 0
  }

  /** Raw TCP to the server's port. */
  async function openSocket (): Promise<net.Socket> {
    const { port } = addr().getComponents().reduce((found, { name, value }) => name === 'tcp' ? { port: Number(value) } : found, { port: 0 })
    const socket = net.connect(port, IP).resume()
    sockets.add(socket)
    socket.on('error', () => {})
    await until('the socket is open or refused', () => !socket.connecting)

    return socket
  }

  beforeEach(() => {
    now = 0
    access = accessControl()
  })

  afterEach(async () => {
    for (const socket of sockets) {
      socket.destroy()
    }

    sockets.clear()
    await nodes.stop()
    assert.deepEqual(limits.countsByIp(), new Map())
  })

  // libp2p's WebRTC dialer closes a channel and then the connection when it is refused, and now and then node-datachannel keeps both
  after(() => { cleanup() })

  for (const listen of ['tcp', 'ws', 'quic', 'webrtc'] as const) {
    it(`lets the third connection of an address in over ${listen}, refuses the fourth, and has room again when one closes`, async () => {
      await startServer({}, listen)
      const client = await nodes.start(transports(listen))
      const first = await client.dial(addr(), { force: true })
      await client.dial(addr(), { force: true })
      await client.dial(addr(), { force: true })

      await until('three are open', () => server.getConnections().length === 3 && counted() === 3)
      await refused(client, addr())
      assert.equal(server.getConnections().length, 3)
      assert.equal(counted(), 3)
      await first.close()
      await until('one is released', () => counted() === 2)
      await client.dial(addr(), { force: true })
      await until('three are open again', () => server.getConnections().length === 3 && counted() === 3)
      await client.stop()
      await until('all are released', () => counted() === 0)
    })

    it(`releases a connection over ${listen} that is refused after its handshake`, async () => {
      await startServer({}, listen)
      const client = await nodes.start(transports(listen))
      let seen = 0
      const hook = limits.denyInboundEncryptedConnection
      limits.denyInboundEncryptedConnection = function (peer, maConn) {
        seen = counted()
        return hook.call(this, peer, maConn)
      }
      access.denyPeer(client.peerId)
      await refused(client, addr())
      await until('it is released', () => seen === 1 && counted() === 0)
      assert.equal(server.getConnections().length, 0)
    })
  }

  // the other order keeps a connection of node-datachannel now and then, and with it the process
  it('closes a WebRTC connection and its channel before it says that it is refused', async () => {
    await startServer({}, 'webrtc')
    const client = await nodes.start(transports('webrtc'))
    const hook = limits.denyInboundConnection
    const states: string[] = []
    access.denyCidr(`${IP}/32`)
    limits.denyInboundConnection = async function (maConn) {
      const { peerConnection } = maConn as MultiaddrConnection & { peerConnection: RTCPeerConnection }

      states.push(peerConnection.connectionState)
      const isRefused = await hook.call(this, maConn)
      states.push(peerConnection.connectionState)

      return isRefused
    }
    await refused(client, addr())
    await until('it is closed', () => states.length === 2)
    assert.deepEqual(states, ['connected', 'closed'])
    assert.equal(counted(), 0)
  })

  it('releases a connection that says nothing, one that speaks another protocol, and one that goes at once', async () => {
    await startServer({ maxConnectionsPerIp: 100 }, 'tcp', { connectionManager: { inboundUpgradeTimeout: 300, maxIncomingPendingConnections: 100, inboundConnectionThreshold: 1000 } })
    const silent = await openSocket()
    const other = await openSocket()
    const gone = await openSocket()

    other.write('GET / HTTP/1.1\r\n\r\n')
    await until('all are counted', () => counted() >= 2)
    gone.resetAndDestroy()
    await until('the server gives up', () => silent.closed && other.closed)
    await until('all are released', () => counted() === 0)
  })

  /** A WebSocket client that never answers a close. */
  async function openRawWebSocket (): Promise<net.Socket> {
    const socket = await openSocket()

    socket.write('GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n')
    await until('the upgrade is answered', () => socket.bytesRead > 0 || socket.closed)

    return socket
  }

  it('ends the socket of a WebSocket connection whose handshake fails', async () => {
    await startServer({}, 'ws', { connectionManager: { inboundUpgradeTimeout: 300 } })
    const socket = await openRawWebSocket()

    await until('it is counted', () => counted() === 1)
    await until('it is cut', () => socket.closed)
    assert.equal(counted(), 0)
  })

  it('ends the socket of a WebSocket connection that is refused', async () => {
    await startServer({ maxConnectionsPerIp: 1 }, 'ws')
    const first = await openRawWebSocket()
    await until('it is counted', () => counted() === 1)
    const second = await openRawWebSocket()

    await until('it is cut', () => second.closed)
    assert.equal(first.closed, false)
    assert.equal(counted(), 1)
    first.destroy()
    await until('it is released', () => counted() === 0)
  })

  it('ends the socket of a WebSocket connection that is aborted', async () => {
    await startServer({}, 'ws')
    let abort: ((err: Error) => void) | undefined
    const hook = limits.denyInboundConnection
    limits.denyInboundConnection = function (maConn) {
      abort = err => { maConn.abort(err) }
      return hook.call(this, maConn)
    }
    const socket = await openRawWebSocket()
    await until('it is counted', () => counted() === 1)

    abort?.(new Error('cut'))
    await until('it is cut', () => socket.closed)
    assert.equal(counted(), 0)
  })

  it('holds a flood from one address and stays reachable for what it has', async () => {
    await startServer({ maxConnectionsPerIp: 5 })
    const client = await nodes.start()
    const connection = await client.dial(addr())
    const flood = await Promise.all(Array.from({ length: 300 }, async () => openSocket()))

    await until('all but four are cut', () => flood.filter(socket => !socket.closed).length <= 4)
    assert(counted() <= 5)
    assert.equal(connection.status, 'open')
    assert.equal(server.getConnections().length, 1)
    flood.forEach(socket => socket.destroy())
    await until('all are released', () => counted() === 1)
    await connection.close()
    await until('all are released', () => counted() === 0)
  })

  it('lets 200 peers of one machine connect at once when the limits are raised', async () => {
    // all share one thread here: no dial is to fail for its time
    const patient = { dialTimeout: 60_000, addressDialTimeout: 60_000, inboundUpgradeTimeout: 60_000 }
    await startServer({ maxConnectionsPerIp: 200, newConnectionsPerSecondPerIp: 200 }, 'tcp', {
      connectionManager: { ...patient, maxConnections: 300, maxIncomingPendingConnections: 300, inboundConnectionThreshold: 1000 }
    })
    const clients = await Promise.all(Array.from({ length: 200 }, async () => nodes.start({ transports: [tcp()], connectionManager: patient })))

    await Promise.all(clients.map(async client => client.dial(addr())))
    await until('all are open', () => server.getPeers().length === 200)
    assert.equal(counted(), 200)
    now = 10_000
    await refused(await nodes.start(), addr())
  }).timeout(120_000)

  it('lets as many in at once as a second allows, and one more when its time has come', async () => {
    await startServer({ maxConnectionsPerIp: 0, newConnectionsPerSecondPerIp: 4 })
    const client = await nodes.start()

    for (let i = 0; i < 4; i++) {
      await client.dial(addr(), { force: true })
    }

    await refused(client, addr())
    now = 249
    await refused(client, addr())
    now = 250
    await client.dial(addr(), { force: true })
    await refused(client, addr())
  })

  it('cuts a denied address before it has sent a byte', async () => {
    await startServer()
    access.denyCidr('127.0.0.0/8')
    const socket = await openSocket()

    await until('it is cut', () => socket.closed)
    assert.equal(socket.bytesRead, 0)
    access.undenyCidr('127.0.0.0/8')
    await (await nodes.start()).dial(addr())
  })

  it('cuts a peer that is denied while its handshake runs', async () => {
    await startServer()
    const client = await nodes.start()
    const hook = limits.denyInboundEncryptedConnection
    limits.denyInboundEncryptedConnection = function (peer, maConn) {
      const isDenied = hook.call(this, peer, maConn)
      access.denyPeer(peer)
      return isDenied
    }

    await client.dial(addr()).catch(() => {})
    await until('it is released', () => counted() === 0)
    assert.equal(server.getConnections().length, 0)
  })

  it('does not dial a denied peer or a denied address', async () => {
    await startServer()
    const target = await nodes.start({ addresses: { listen: [LISTEN.tcp] } })
    const [to] = target.getMultiaddrs()
    assert(to != null)

    access.denyPeer(target.peerId)
    await assert.rejects(server.dial(to))
    // without the PeerId in the address only the handshake tells who it is
    await assert.rejects(server.dial(multiaddr(to.toString().replace(/\/p2p\/.*/, ''))))
    access.undenyPeer(target.peerId)
    access.denyCidr('127.0.0.1/32')
    await assert.rejects(server.dial(to))
    access.undenyCidr('127.0.0.1/32')
    await server.dial(to)
    assert.equal(counted(), 0, 'outbound connections are not counted')
  })

  it('has no per-IP rule for a trusted proxy over WebSocket', async () => {
    await startServer({ maxConnectionsPerIp: 1, newConnectionsPerSecondPerIp: 1, trustedProxies: ['127.0.0.0/8'] }, 'ws')
    const client = await nodes.start()

    for (let i = 0; i < 5; i++) {
      await client.dial(addr(), { force: true })
    }

    await until('all are open', () => server.getConnections().length === 5)
    assert.equal(counted(), 0)
    access.denyCidr('127.0.0.1/32')
    await refused(client, addr())
  })

  it('has its per-IP rules for the address of a trusted proxy that comes over TCP', async () => {
    await startServer({ maxConnectionsPerIp: 1, trustedProxies: ['127.0.0.0/8'] })
    const client = await nodes.start()

    await client.dial(addr())
    await refused(client, addr())
  })
})

/** A dial that comes to nothing: refused, or open for the moment until the refusal arrives. */
async function refused (client: Libp2p, to: Multiaddr): Promise<void> {
  const connection = await client.dial(to, { force: true, signal: AbortSignal.timeout(10_000) }).catch(() => undefined)

  await until('the connection is refused', () => connection == null || connection.status !== 'open')
}

describe('connectionLimits by themselves', () => {
  it('can be asked without any crypto, as to PeerIds', async () => {
    const peer = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
    const limits = connectionLimits({ access: accessControl({ denyPeers: [peer] }), maxConnectionsPerIp: 1, newConnectionsPerSecondPerIp: 1, trustedProxies: [] })

    assert.equal(await limits.denyDialPeer(peer), true)
    assert.equal(await limits.denyDialMultiaddr(multiaddr('/ip4/127.0.0.1/tcp/1')), false)
  })
})
