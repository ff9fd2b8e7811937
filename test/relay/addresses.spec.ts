import { strict as assert } from 'node:assert'
import { multiaddr } from '@multiformats/multiaddr'
import { Rig } from '../support/rig.js'
import { encodeHop, HopType, MAX_MESSAGE_BYTES, decodeHop } from '../support/wire.js'
import type { RelayServerInit } from '../../src/relay/index.js'

describe('circuit relay: addresses of a reservation', () => {
  const rig = new Rig()

  async function given (announce: string[], init: RelayServerInit = {}): Promise<string[]> {
    const relay = await rig.relay(init, { announce })
    const peer = await rig.peer(relay)
    const reply = await peer.reserve()
    return (reply.reservation?.addrs ?? []).map(bytes => multiaddr(bytes).toString().replace(`/p2p/${relay.peerId}`, ''))
  }

  const isLoopback = (addr: string): boolean => addr.startsWith('/ip4/127.0.0.1/')

  it('C13 gives only the public ones when there is one', async () => {
    assert.deepEqual(await given(['/ip4/10.0.0.7/tcp/4001', '/ip4/84.17.9.5/tcp/4001', '/ip4/192.168.1.4/tcp/4001']), ['/ip4/84.17.9.5/tcp/4001'])
  })

  it('C13 takes a DNS name for a public address', async () => {
    assert.deepEqual(await given(['/dns4/relay.example.org/tcp/4001']), ['/dns4/relay.example.org/tcp/4001'])
  })

  it('C13 takes no IPv6 address of a LAN, a link or the host for a public one', async () => {
    assert.deepEqual(await given(['/ip6/fd00::7/tcp/4001', '/ip6/fe80::7/tcp/4001', '/ip6/::1/tcp/4001', '/ip6/2a02:168:2000::7/tcp/4001']), ['/ip6/2a02:168:2000::7/tcp/4001'])
  })

  it('C13 gives the others when there is no public one', async () => {
    const addrs = await given([])
    assert(addrs.length > 0)
    assert(addrs.every(isLoopback), addrs.join())
  })

  it('C13 gives announced ones first', async () => {
    const addrs = await given(['/ip4/10.0.0.7/tcp/4001', '/ip4/192.168.1.4/tcp/4001'])
    assert.deepEqual(addrs.slice(0, 2), ['/ip4/10.0.0.7/tcp/4001', '/ip4/192.168.1.4/tcp/4001'])
    assert(addrs.slice(2).every(isLoopback), addrs.join())
    assert(addrs.length > 2)
  })

  it('C13 gives private ones beside the public one when told to', async () => {
    const addrs = await given(['/ip4/84.17.9.5/tcp/4001'], { advertisePrivateAddrs: true })
    assert.equal(addrs[0], '/ip4/84.17.9.5/tcp/4001')
    assert(addrs.length > 1 && addrs.slice(1).every(isLoopback), addrs.join())
  })

  for (const [announced, expected] of [[16, 16], [17, 16], [40, 16]] as const) {
    it(`C13 gives ${expected} of ${announced} public addresses`, async () => {
      const announce = Array.from({ length: announced }, (_, i) => `/ip4/84.17.9.${i + 1}/tcp/4001`)
      assert.deepEqual(await given(announce), announce.slice(0, expected))
    })
  }

  it('C13 stays within the 4096 bytes that clients read, however long the names are', async () => {
    const name = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(50)}`
    const relay = await rig.relay({}, { announce: Array.from({ length: 16 }, (_, i) => `/dns4/${i}.${name}/tcp/4001`) })
    const raw = await (await rig.peer(relay)).hop()
    raw.sendFrame(encodeHop({ type: HopType.RESERVE }))
    const body = await raw.frame()
    assert(body.byteLength <= MAX_MESSAGE_BYTES, `${body.byteLength} bytes`)
    assert((decodeHop(body).reservation?.addrs.length ?? 0) > 0)
  })

  it('C13 gives each address once', async () => {
    const addrs = await given(['/ip4/84.17.9.5/tcp/4001', '/ip4/84.17.9.5/tcp/4001', '/ip4/84.17.9.6/tcp/4001'])
    assert.deepEqual(addrs, ['/ip4/84.17.9.5/tcp/4001', '/ip4/84.17.9.6/tcp/4001'])
  })
})
