import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { noise, tls } from '../../../src/security/index.js'
import { quic } from '../../../src/transports/index.js'
import { until } from '../../support/wait.js'
import { NodesRig } from './rig.js'
import type { AddressInfo } from 'node:net'
import type { NodeDialComponents } from '../../../src/registry/nodes/index.js'
import type { Libp2p, PrivateKey } from '@libp2p/interface'

const signal = new AbortController().signal

interface NodeOptions {
  listen?: string[]
  privateKey?: PrivateKey
  identifies?: boolean
}

describe('nodes over libp2p', () => {
  const rig = new NodesRig()

  afterEach(async () => { await rig.stop() })

  async function node ({ listen = [], privateKey, identifies = true }: NodeOptions = {}): Promise<{ libp2p: Libp2p, components: NodeDialComponents }> {
    const internals = Promise.withResolvers<NodeDialComponents>()
    const libp2p = await createLibp2p({
      ...(privateKey == null ? {} : { privateKey }),
      addresses: { listen },
      transports: [tcp(), quic(), webSockets()],
      connectionEncrypters: [tls(), noise()],
      streamMuxers: [yamux()],
      connectionMonitor: { enabled: false },
      services: {
        ...(identifies ? { identify: identify() } : {}),
        internals: ({ transportManager, events }: NodeDialComponents) => { internals.resolve({ transportManager, events }); return {} }
      }
    })

    rig.atEnd(async () => { await libp2p.stop() })

    return { libp2p, components: await internals.promise }
  }

  const LISTEN = ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/udp/0/quic-v1', '/ip4/127.0.0.1/tcp/0/ws']

  it('dials by TCP, QUIC and WebSocket, lets the node identify itself, and leaves no connection', async () => {
    const { libp2p } = await node({ listen: LISTEN })
    const { components, libp2p: own } = await node()
    const verifier = await rig.verifier({}, components)
    let opened = 0

    own.addEventListener('connection:open', () => { opened++ })
    assert.equal(libp2p.getMultiaddrs().length, 3)

    for (const addr of libp2p.getMultiaddrs()) {
      await verifier.look(String(addr), { signal })
    }

    assert.equal(opened, 3)
    assert.deepEqual(own.getConnections(), [])
    await until(() => libp2p.getConnections().length === 0, 'its side sees the end, too')
  })

  it('connects anew though there is a connection, and leaves that one', async () => {
    const { libp2p } = await node({ listen: LISTEN })
    const { components, libp2p: own } = await node()
    const verifier = await rig.verifier({}, components)
    const [addr] = libp2p.getMultiaddrs()

    assert.ok(addr != null)
    const connection = await own.dial(addr)
    const wrong = String(addr).replace(/tcp\/\d+/, 'tcp/1')

    const found: string[] = []

    assert.equal(await verifier.verify(String(addr), { signal, foundAt: ip => { found.push(ip) } }), true)
    assert.equal(await verifier.verify(wrong, { signal, foundAt: ip => { found.push(ip) } }), false)
    assert.deepEqual(found, ['127.0.0.1'])
    assert.deepEqual(own.getConnections(), [connection])
    assert.equal(connection.status, 'open')
  })

  it('refuses a node that is another one, that does not identify itself, that is itself, and that is none', async () => {
    const { libp2p, components } = await node({ listen: LISTEN })
    const { components: own } = await node()
    const { libp2p: mute } = await node({ listen: LISTEN, identifies: false })
    const verifier = await rig.verifier({}, own)
    const [addr] = libp2p.getMultiaddrs()
    const other = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))

    for (const it of libp2p.getMultiaddrs()) {
      assert.equal(await verifier.verify(String(it).replace(String(libp2p.peerId), String(other)), { signal }), false)
    }

    assert.equal(await verifier.verify(String(mute.getMultiaddrs()[0]), { signal }), false)
    assert.equal(await (await rig.verifier({}, components)).verify(String(addr), { signal }), false)
    await assert.rejects(verifier.verify(`/ip4/127.0.0.1/tcp/${await rig.silent()}/p2p/${other}`, { signal: AbortSignal.timeout(200) }), { name: 'TimeoutError' })
  })

  it('dials no address that is not public, by whatever name', async () => {
    const { libp2p } = await node({ listen: LISTEN })
    const { components } = await node()
    const dns = await rig.dns()
    const verifier = await rig.verifier({ allowPrivate: false }, components)
    const [addr] = libp2p.getMultiaddrs()
    const port = addr?.getComponents()[1]?.value
    let connections = 0

    libp2p.addEventListener('connection:open', () => { connections++ })
    dns.set('A', 'node.example.org', ['8.8.8.8', '127.0.0.1'])
    dns.set('AAAA', 'node.example.org', ['::ffff:127.0.0.1'])
    dns.set('TXT', '_dnsaddr.node.example.org', [`dnsaddr=${addr}`])
    dns.set('TXT', '_dnsaddr.next.example.org', [`dnsaddr=/dnsaddr/node.example.org/p2p/${libp2p.peerId}`])
    dns.set('TXT', '_dnsaddr.names.example.org', [`dnsaddr=/dns4/node.example.org/tcp/${port}/p2p/${libp2p.peerId}`])

    for (const start of ['/ip4/127.0.0.1', '/ip6/::1', '/ip6/::ffff:127.0.0.1', '/dns4/localhost', '/dns4/2130706433', '/dns4/node.example.org', '/dns6/node.example.org', '/dns/node.example.org']) {
      await assert.rejects(verifier.look(`${start}/tcp/${port}/p2p/${libp2p.peerId}`, { signal }), { message: 'the address is not one of the public internet' })
    }

    for (const name of ['node', 'next', 'names']) {
      await assert.rejects(verifier.look(`/dnsaddr/${name}.example.org/p2p/${libp2p.peerId}`, { signal }), /not one of the public internet|leads to no address/)
    }

    assert.equal(connections, 0)
  })

  it('resolves a name once, and dials what was found', async () => {
    const privateKey = await generateKeyPair('Ed25519')
    const { libp2p } = await node({ listen: ['/ip4/127.0.0.1/tcp/0'], privateKey })
    const [addr] = libp2p.getMultiaddrs()
    const port = addr?.getComponents()[1]?.value
    const { libp2p: other } = await node({ listen: [`/ip4/127.0.0.2/tcp/${port}`], privateKey })
    const { components } = await node()
    const dns = await rig.dns()
    let rebound = 0

    other.addEventListener('connection:open', () => { rebound++ })
    dns.set('A', 'node.example.org', ['127.0.0.1'], ['127.0.0.2'])
    assert.equal(await (await rig.verifier({}, components)).verify(`/dns4/node.example.org/tcp/${port}/p2p/${libp2p.peerId}`, { signal }), true)
    assert.deepEqual(dns.asked, ['A node.example.org'])
    assert.equal(rebound, 0)
  })

  it('tries three addresses of a name', async () => {
    const { libp2p } = await node({ listen: ['/ip4/127.0.0.1/tcp/0'] })
    const { components } = await node()
    const dns = await rig.dns()
    const port = libp2p.getMultiaddrs()[0]?.getComponents()[1]?.value
    const gone = ['127.0.0.2', '127.0.0.3', '127.0.0.4']

    for (const [name, addresses, isThere] of [['three', [...gone.slice(1), '127.0.0.1'], true], ['four', [...gone, '127.0.0.1'], false]] as const) {
      dns.set('A', `${name}.example.org`, [...addresses])
      assert.equal(await (await rig.verifier({}, components)).verify(`/dns4/${name}.example.org/tcp/${port}/p2p/${libp2p.peerId}`, { signal }), isThere)
    }
  })

  it('reads records of dnsaddr: those of the PeerId that it knows how to dial, through others', async () => {
    const { libp2p } = await node({ listen: ['/ip4/127.0.0.1/tcp/0'] })
    const { components } = await node()
    const dns = await rig.dns()
    const verifier = await rig.verifier({}, components)
    const other = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
    const id = libp2p.peerId
    const others = createServer(socket => { socket.destroy() })
    let asked = 0

    others.on('connection', () => { asked++ })
    others.listen(0, '127.0.0.1')
    await once(others, 'listening')
    rig.atEnd(async () => { others.close() })
    dns.set('TXT', '_dnsaddr.a.example.org', [
      'v=spf1 -all', 'dnsaddr=nonsense', `dnsaddr=/ip4/127.0.0.1/tcp/${(others.address() as AddressInfo).port}/p2p/${other}`, `dnsaddr=/dns4/x.example.org/tcp/443/wss/p2p/${id}`, `dnsaddr=/ip4/127.0.0.1/udp/1/webrtc-direct/p2p/${id}`, `dnsaddr=${libp2p.getMultiaddrs()[0]}`
    ])
    dns.set('TXT', '_dnsaddr.b.example.org', [`dnsaddr=/dnsaddr/a.example.org/p2p/${id}`])
    dns.set('TXT', '_dnsaddr.c.example.org', [`dnsaddr=/dnsaddr/b.example.org/p2p/${id}`])
    dns.set('TXT', '_dnsaddr.loop.example.org', Array.from({ length: 30 }, () => `dnsaddr=/dnsaddr/loop.example.org/p2p/${id}`))

    for (const [name, message] of [['a'], ['b'], ['c'], ['loop', 'the name takes more than 16 questions'], ['none', 'the name leads to no address']] as const) {
      const looked = verifier.look(`/dnsaddr/${name}.example.org/p2p/${id}`, { signal })

      await (message == null ? looked : assert.rejects(looked, { message }))
    }

    assert.equal(asked, 0)
    assert.ok(dns.asked.filter(question => question.includes('loop')).length <= 16)
  })
})
