import assert from 'node:assert/strict'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { legCanPause } from '../../src/transports/index.js'
import { pair, stopAll, until } from './nodes.js'
import type { Libp2p } from 'libp2p'

describe('legCanPause', () => {
  afterEach(stopAll)

  it('is true for our QUIC and false for the stock one', async () => {
    const { connection, inbound } = await pair(['stock', 'ours'])
    assert.equal(legCanPause(connection), false)
    assert.equal(legCanPause(inbound), true)
  })

  it('is false for WebRTC and for a connection without a muxer', () => {
    assert.equal(legCanPause({ multiplexer: '/webrtc' }), false)
    assert.equal(legCanPause({ multiplexer: '/mplex/6.7.0' }), false)
    assert.equal(legCanPause({}), false)
  })

  for (const listen of ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws']) {
    it(`is true for yamux on ${listen}`, async () => {
      const nodes: Libp2p[] = []

      try {
        for (const addresses of [[listen], []]) {
          nodes.push(await createLibp2p({
            addresses: { listen: addresses },
            transports: [listen.endsWith('ws') ? webSockets() : tcp()],
            connectionEncrypters: [tls()],
            streamMuxers: [yamux()],
            connectionGater: { denyDialMultiaddr: () => false }
          }))
        }

        const [server, client] = nodes as [Libp2p, Libp2p]
        const connection = await client.dial(server.getMultiaddrs())
        await until(() => server.getConnections().length > 0)

        for (const end of [connection, ...server.getConnections()]) {
          assert.equal(legCanPause(end), true)
        }
      } finally {
        await Promise.all(nodes.map(async libp2p => libp2p.stop()))
      }
    })
  }
})
