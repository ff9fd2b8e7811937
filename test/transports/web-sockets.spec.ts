import assert from 'node:assert/strict'
import { connect, createServer } from 'node:net'
import { noise } from '@libp2p/noise'
import { yamux } from '@libp2p/yamux'
import { ping } from '@libp2p/ping'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { boundedWebSockets } from '../../src/transports/index.js'
import { createClientNode } from '../support/nodes.js'
import { until, within } from '../support/wait.js'
import type { BoundedWebSocketsInit } from '../../src/transports/index.js'
import type { Libp2p } from '@libp2p/interface'
import type { AddressInfo, Server, Socket } from 'node:net'

const HALF_A_HEAD = 'GET / HTTP/1.1\r\nHost: a\r\n'

describe('transports: sockets on the WebSocket port that are no WebSocket, or a dead one', () => {
  const sockets: Socket[] = []
  const servers: Server[] = []
  const nodes: Libp2p[] = []

  afterEach(async () => {
    sockets.splice(0).forEach(socket => { socket.destroy() })
    servers.splice(0).forEach(server => { server.close() })
    await Promise.all(nodes.splice(0).map(async node => node.stop()))
  })

  async function start (init: Partial<BoundedWebSocketsInit>): Promise<number> {
    const node = await createLibp2p({
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0/ws'] },
      transports: [boundedWebSockets({ maxPending: 0, maxPendingPerGroup: 0, groupOf: address => address, ...init })],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux({ keepAliveInterval: 100 })],
      connectionMonitor: { enabled: false },
      services: { ping: ping() }
    })

    nodes.push(node)

    return Number(/\/tcp\/(\d+)\/ws/.exec(node.getMultiaddrs()[0]?.toString() ?? '')?.[1])
  }

  /** Connected, and having said this much. */
  async function open (port: number, says = '', localAddress = '127.0.0.1'): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port, localAddress })

    sockets.push(socket)
    socket.on('error', () => {})
    socket.resume()
    await within(new Promise(resolve => { socket.once('connect', resolve) }), 'a connection')
    socket.write(says)

    return socket
  }

  async function ended (socket: Socket): Promise<void> {
    if (!socket.closed) {
      await within(new Promise(resolve => { socket.once('close', resolve) }), 'the socket is closed')
    }
  }

  async function pings (): Promise<void> {
    const client = await createClientNode({ carrier: 'ws' })

    nodes.push(client)
    await client.services.ping.ping(nodes[0]?.getMultiaddrs() ?? [])
  }

  for (const [what, says] of [['silent', ''], ['half an HTTP head', HALF_A_HEAD], ['a request for something else', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n']] as const) {
    it(`are ended after the time for a handshake (${what})`, async () => {
      await ended(await open(await start({ handshakeTimeoutMs: 200 }), says))
    })
  }

  it('do not count when they have become a WebSocket, which outlives the time for a handshake', async () => {
    const port = await start({ handshakeTimeoutMs: 300, maxPending: 1 })

    await pings()

    const connections = nodes[0]?.getConnections() ?? []

    // the slot is free, and behind this one's end the time is over for the WebSocket, too
    await ended(await open(port))
    await pings()
    assert.deepEqual(connections.map(connection => connection.status), ['open'])
  })

  it('are refused above the limit for all, and let in when there is room', async () => {
    const port = await start({ maxPending: 2 })
    const held = [await open(port), await open(port, HALF_A_HEAD, '127.0.0.2')]

    await ended(await open(port, '', '127.0.0.3'))
    assert.deepEqual(held.map(socket => socket.closed), [false, false])
    held[0]?.destroy()
    await until(async () => pings().then(() => true, () => false), 'there is room for a WebSocket')
  })

  it('are refused above the limit of their address, and others are let in', async () => {
    const port = await start({ maxPendingPerGroup: 1 })
    const held = await open(port, '', '127.0.0.2')

    await ended(await open(port, '', '127.0.0.2'))
    assert.equal(held.closed, false)
    await pings()
  })

  /** A link to the port, which `freeze` leaves open and on which nothing moves from then on. */
  async function link (port: number): Promise<{ port: number, freeze: () => void }> {
    const ends: Socket[] = []
    const server = createServer(near => {
      const far = connect({ host: '127.0.0.1', port })

      ends.push(near, far)
      sockets.push(near, far)
      near.on('error', () => {}).pipe(far)
      far.on('error', () => {}).pipe(near)
    })

    servers.push(server)
    await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })

    // it listens on a port
    return { port: (server.address() as AddressInfo).port, freeze: () => { ends.forEach(socket => { socket.unpipe().pause() }) } }
  }

  it('are cut when the other end is dead, and stay when it only has nothing to say', async () => {
    const port = await start({ inactivityTimeoutMs: 3_000 })
    const { port: linkPort, freeze } = await link(port)
    const [healthy] = await Promise.all([port, linkPort].map(async at => {
      const client = await createClientNode({ carrier: 'ws' })

      nodes.push(client)
      await client.dial(multiaddr(`/ip4/127.0.0.1/tcp/${at}/ws`))

      return client.peerId.toString()
    }))
    const connected = (): string[] => nodes[0]?.getConnections().map(({ remotePeer }) => remotePeer.toString()) ?? []

    await until(() => connected().length === 2, 'both are connected')
    freeze()
    await until(() => connected().length < 2, 'the dead one is gone')
    assert.deepEqual(connected(), [healthy])
  })
})
