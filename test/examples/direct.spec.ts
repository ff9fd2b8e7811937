import assert from 'node:assert/strict'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { dcutr } from '@libp2p/dcutr'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { awaitDirect, whyNotDirect } from '../../examples/test_client/direct.js'
import { addressOver, Stage } from './helpers.js'
import type { ClientLibp2p } from '../../examples/test_client/libp2p.js'
import type { Libp2pOptions } from 'libp2p'

const PUBLIC = '/ip4/1.2.3.4/tcp/4001'

describe('example: the direct upgrade', function () {
  this.timeout(30_000)

  let stage: Stage
  let nodes: ClientLibp2p[]

  beforeEach(() => {
    stage = new Stage()
    nodes = []
  })

  afterEach(async () => {
    await Promise.all(nodes.map(async node => { await node.stop() }))
    await stage.end()
  })

  it('is none while the only connection is a relayed one, and the reason is that nobody has a public address', async () => {
    const [a, b] = await meetThroughRelay({}, {})

    assert.equal(await awaitDirect(b, a.peerId, AbortSignal.timeout(100)), undefined)
    assert.match(await whyNotDirect(b, a.peerId), /^neither side has a public address/)
  })

  it('blames the other peer when it does not speak DCUtR', async () => {
    const [a, b] = await meetThroughRelay({}, {}, { withDcutr: false })

    assert.match(await whyNotDirect(b, a.peerId), /^the other peer does not speak \/libp2p\/dcutr/)
  })

  it('blames this side when only the other one has a public address', async () => {
    const [a, b] = await meetThroughRelay({ announce: PUBLIC }, {})

    assert.match(await whyNotDirect(b, a.peerId), /^this client has no public address/)
  })

  it('blames the way between when both have public addresses', async () => {
    const [a, b] = await meetThroughRelay({ announce: PUBLIC }, { announce: PUBLIC })

    assert.match(await whyNotDirect(b, a.peerId), /^both sides have public addresses/)
  })

  it('is the direct connection as soon as it is there', async () => {
    const [a, b] = await meetThroughRelay({}, {})
    const direct = awaitDirect(b, a.peerId, AbortSignal.timeout(10_000))
    const address = a.getMultiaddrs().find(addr => !addr.toString().includes('p2p-circuit'))

    assert.ok(address != null)
    await b.dial(address, { force: true })
    assert.equal((await direct)?.limits, undefined)
    assert.equal((await direct)?.remotePeer.toString(), a.peerId.toString())
  })

  async function meetThroughRelay (a: NodeInit, b: NodeInit, { withDcutr = true } = {}): Promise<[ClientLibp2p, ClientLibp2p]> {
    const relay = await stage.relay()
    const relayAddr = `${addressOver(relay, 'tcp')}/p2p/${relay.peerId}`
    const target = await peer({ ...a, listen: `${relayAddr}/p2p-circuit` }, withDcutr)
    const caller = await peer(b, true)
    const identified = Promise.withResolvers<void>()

    caller.addEventListener('peer:identify', ({ detail }) => {
      if (detail.peerId.equals(target.peerId)) {
        identified.resolve()
      }
    })
    await caller.dial(multiaddr(`${relayAddr}/p2p-circuit/p2p/${target.peerId}`))
    await identified.promise

    return [target, caller]
  }

  async function peer ({ listen, announce }: NodeInit, withDcutr: boolean): Promise<ClientLibp2p> {
    const node = await createLibp2p({
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0', ...(listen == null ? [] : [listen])], appendAnnounce: announce == null ? [] : [announce] },
      transports: [tcp(), circuitRelayTransport()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      // no test connects to the internet
      connectionGater: { denyDialMultiaddr: addr => addr.toString().startsWith(PUBLIC) },
      services: { identify: identify(), ...(withDcutr ? { dcutr: dcutr() } : {}) }
    } satisfies Libp2pOptions)
    nodes.push(node)

    return node
  }
})

interface NodeInit {
  listen?: string
  /** Given out as an address of its own, verified or not. */
  announce?: string
}
