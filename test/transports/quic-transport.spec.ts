import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { multiaddr } from '@multiformats/multiaddr'
import { PROTOCOL, ending, node, pair, stopAll, until } from './nodes.js'
import { rawPeer } from './raw-peer.js'
import type { Libp2p } from 'libp2p'
import type { Socket } from 'node:dgram'

describe('the QUIC transport', () => {
  const sockets: Socket[] = []

  afterEach(async () => {
    await stopAll()

    for (const socket of sockets.splice(0)) {
      socket.close()
    }
  })

  it('fails to listen on a port that is taken, and says so', async () => {
    const first = await node('ours')
    const listen = [`/ip4/127.0.0.1/udp/${portOf(first)}/quic-v1`]
    await assert.rejects(node('ours', { listen }), /Cannot listen on \/ip4\/127\.0\.0\.1\/udp\/\d+\/quic-v1: Address already in use/)
  })

  it('fails to listen on a port that another program has taken', async () => {
    const socket = createSocket('udp4')
    sockets.push(socket)
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    await assert.rejects(node('ours', { listen: [`/ip4/127.0.0.1/udp/${socket.address().port}/quic-v1`] }), /already in use/)
  })

  it('frees its port when it stops, and a peer of before is cut', async () => {
    const { listener, dialler, connection } = await pair(['ours', 'ours'])
    const port = portOf(listener)
    const closed = once(connection, 'close')
    await listener.stop()
    await closed
    const second = await node('ours', { listen: [`/ip4/127.0.0.1/udp/${port}/quic-v1`] })
    assert.equal(portOf(second), port)
    await dialler.dial(second.getMultiaddrs())
  })

  it('listens on all addresses of IPv4 and IPv6 with one port', async () => {
    const first = await node('ours', { listen: ['/ip4/0.0.0.0/udp/0/quic-v1'] })
    const port = portOf(first)
    await first.stop()
    const both = await node('ours', { listen: [`/ip4/0.0.0.0/udp/${port}/quic-v1`, `/ip6/::/udp/${port}/quic-v1`] })
    const addrs = both.getMultiaddrs().map(String)
    assert.ok(addrs.some(addr => addr.startsWith(`/ip4/127.0.0.1/udp/${port}/quic-v1/p2p/`)), addrs.join())
    assert.ok(!addrs.some(addr => addr.startsWith('/ip4/0.0.0.0') || addr.startsWith('/ip6/::/')), addrs.join())

    const dialler = await node('ours', { listen: [] })
    const connection = await dialler.dial(multiaddr(`/ip4/127.0.0.1/udp/${port}/quic-v1`))
    assert.equal(connection.remotePeer.toString(), both.peerId.toString())

    if (addrs.some(addr => addr.startsWith('/ip6/::1/'))) {
      await connection.close()
      const again = await dialler.dial(multiaddr(`/ip6/::1/udp/${port}/quic-v1`))
      assert.match(again.remoteAddr.toString(), /^\/ip6\/::1\//)
    }
  })

  it('knows the address and the PeerId of an inbound peer', async () => {
    const { dialler, inbound } = await pair(['stock', 'ours'])
    assert.match(inbound.remoteAddr.toString(), new RegExp(`^/ip4/127\\.0\\.0\\.1/udp/\\d+/quic-v1/p2p/${dialler.peerId}$`))
    assert.equal(inbound.direction, 'inbound')
    assert.equal(inbound.encryption, 'native')
  })

  it('refuses a peer that is not the one that was dialled', async () => {
    const listener = await node('stock')
    const other = await node('stock')
    const dialler = await node('ours', { listen: [] })
    await assert.rejects(dialler.dial(multiaddr(`/ip4/127.0.0.1/udp/${portOf(listener)}/quic-v1/p2p/${other.peerId}`)), /Dialled .* and reached/)
    await until(() => listener.getConnections().length === 0)
  })

  for (const [name, gater] of [
    ['denyInboundConnection', { denyInboundConnection: () => true }],
    ['denyInboundEncryptedConnection', { denyInboundEncryptedConnection: () => true }],
    ['denyInboundUpgradedConnection', { denyInboundUpgradedConnection: () => true }]
  ] as const) {
    it(`asks the gater's ${name}`, async () => {
      const listener = await node('ours', { gater })
      const raw = await rawPeer(listener)
      await raw.connection.closed()
      assert.equal(listener.getConnections().length, 0)
      raw.close()
    })
  }

  it('keeps to the connection manager\'s limit', async () => {
    const listener = await node('ours', { connectionManager: { maxConnections: 2 } })
    const peers = [await rawPeer(listener), await rawPeer(listener)]
    await until(() => listener.getConnections().length === 2)
    const third = await rawPeer(listener)
    await third.connection.closed()
    assert.equal(listener.getConnections().length, 2)

    for (const peer of [...peers, third]) {
      peer.close()
    }
  })

  it('takes other peers while a handshake stands still', async () => {
    const listener = await node('ours')
    const deaf = await proxy(portOf(listener), () => false)
    const stalled = await node('ours', { listen: [] })
    const stop = new AbortController()
    const refused = assert.rejects(stalled.dial(deaf, { signal: stop.signal }))
    await until(() => forwarded > 0)

    const { remotePeer } = await (await node('stock', { listen: [] })).dial(listener.getMultiaddrs())
    assert.equal(remotePeer.toString(), listener.peerId.toString())
    await until(() => listener.getConnections().length === 1)
    stop.abort(new Error('enough'))
    await refused
  })

  it('notices a dead peer by the idle timeout and ends its streams with an error', async () => {
    let alive = true
    const listener = await node('ours', { quic: { maxIdleTimeout: 500, keepAliveInterval: 100 } })
    await listener.handle(PROTOCOL, () => {})
    const addr = await proxy(portOf(listener), () => alive)
    const dialler = await node('ours', { listen: [] })
    const connection = await dialler.dial(addr)
    const stream = await connection.newStream(PROTOCOL)
    const end = ending(stream)
    const closed = once(connection, 'close')
    alive = false

    const { status, error } = await end
    assert.equal(status, 'aborted')
    assert.equal(error?.name, 'ConnectionClosedError')
    const [event] = await closed
    assert.match(String(event.error?.message), /timed out/)
  })

  it('keeps an idle link for longer than its idle timeout', async () => {
    const { connection, inbound } = await pair(['ours', 'stock'], { dialler: { quic: { maxIdleTimeout: 300, keepAliveInterval: 100 } } })
    const start = Date.now()
    await until(() => Date.now() - start > 1000)
    assert.equal(connection.status, 'open')
    assert.equal(inbound.status, 'open')
  })

  it('gives up a dial when its signal aborts', async () => {
    const dialler = await node('ours', { listen: [] })
    const silent = createSocket('udp4')
    sockets.push(silent)
    silent.bind(0, '127.0.0.1')
    await once(silent, 'listening')
    const started = Date.now()
    await assert.rejects(dialler.dial(multiaddr(`/ip4/127.0.0.1/udp/${silent.address().port}/quic-v1`), { signal: AbortSignal.timeout(100) }))
    assert.ok(Date.now() - started < 5000)
  })

  it('opens no stream beyond what the peer allows until one ends, and gives up by the signal', async () => {
    const { connection, stream } = await pair(['ours', 'ours'], { listener: { quic: { maxConcurrentStreamLimit: 4 } } })
    await until(() => connection.streams.length === 0)
    const [first] = await stream()

    for (let i = 1; i < 4; i++) {
      await stream()
    }

    await assert.rejects(connection.newStream(PROTOCOL, { signal: AbortSignal.timeout(100) }))
    first.abort(new Error('room'))
    await stream()
  })

  it('lets what was written leave before a connection is closed', async () => {
    const { connection, stream } = await pair(['ours', 'ours'])
    const [own, peer] = await stream()
    const end = ending(peer)
    own.send(new Uint8Array(500_000))
    await connection.close()
    const { bytes, fin } = await end
    assert.deepEqual({ bytes, fin }, { bytes: 500_000, fin: true })
  })

  it('ends cleanly when the peer closes the connection in order', async () => {
    const { connection, inbound } = await pair(['ours', 'ours'])
    const closed = once(connection, 'close')
    await inbound.close()
    const [event] = await closed
    assert.equal(event.error, undefined)
    assert.equal(connection.status, 'closed')
  })

  let forwarded = 0

  /** A UDP path to a port; what comes back passes while `back` says so. */
  async function proxy (port: number, back: () => boolean): Promise<ReturnType<typeof multiaddr>> {
    const front = createSocket('udp4')
    const behind = createSocket('udp4')
    let client: { address: string, port: number } | undefined
    forwarded = 0
    sockets.push(front, behind)
    front.on('message', (message, info) => {
      client = info
      forwarded++
      behind.send(message, port, '127.0.0.1')
    })
    behind.on('message', message => {
      if (client != null && back()) {
        front.send(message, client.port, client.address)
      }
    })
    front.bind(0, '127.0.0.1')
    await once(front, 'listening')

    return multiaddr(`/ip4/127.0.0.1/udp/${front.address().port}/quic-v1`)
  }
})

function portOf (libp2p: Libp2p): number {
  const [addr] = libp2p.getMultiaddrs()
  return Number(addr?.getComponents().find(({ name }) => name === 'udp')?.value)
}
