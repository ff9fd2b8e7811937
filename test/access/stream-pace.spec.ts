import assert from 'node:assert/strict'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { streamPace } from '../../src/access/index.js'
import { quic } from '../../src/transports/index.js'
import { until } from '../support/wait.js'
import { Nodes } from './nodes.js'
import type { Connection, Libp2p } from '@libp2p/interface'

const PROTOCOL = '/test/pace/1'

/** Identify opens streams of its own. */
const SILENT = { identify: () => ({}) }

/** Whether a connection is held, read off the same parts that the pace holds it by. */
function isHeld (connection: Connection): boolean {
  const { muxer } = connection as Connection & { muxer: { maConn: { readStatus: string } } }

  return muxer.maConn.readStatus === 'paused'
}

describe('streamPace on real nodes', () => {
  const nodes = new Nodes()
  let now: number
  let server: Libp2p
  let opened: number
  let isBusy: boolean

  beforeEach(() => {
    isBusy = false
    now = 0
    opened = 0
  })

  afterEach(async () => nodes.stop())

  async function start (listen: string, perSecond: number): Promise<Connection[]> {
    const options = listen.includes('quic') ? { transports: [quic() as never] } : { transports: [tcp(), webSockets()] }
    const pace = streamPace({ perSecond, perSecondWhenBusy: perSecond / 4, isBusy: () => isBusy, callerOf: () => 'one caller', now: () => now })

    server = await nodes.start({ ...options, addresses: { listen: [listen] } }, SILENT)
    server.addEventListener('connection:open', ({ detail: connection }) => {
      assert.equal(pace.watch(connection), perSecond > 0)
    })
    await server.handle(PROTOCOL, stream => { opened++; stream.close().catch(() => {}) }, { maxInboundStreams: 1000 })

    const clients = await Promise.all([nodes.start(options, SILENT), nodes.start(options, SILENT)])

    return Promise.all(clients.map(async client => client.dial(server.getMultiaddrs())))
  }

  async function open (connection: Connection, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const stream = await connection.newStream(PROTOCOL, { maxOutboundStreams: 1000 })
      await stream.close()
    }
  }

  for (const listen of ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws', '/ip4/127.0.0.1/udp/0/quic-v1']) {
    it(`lets what one second allows come at once, and holds the connection that goes on (${listen})`, async () => {
      const [one, other] = await start(listen, 20)
      assert.ok(one != null && other != null)

      await open(one, 20)
      await until(() => opened === 20, 'all have come')
      assert.deepEqual(server.getConnections().map(isHeld), [false, false])

      // one more, on either connection: the caller is the same
      await open(other, 1)
      await until(() => server.getConnections(other.remotePeer) != null && server.getConnections().filter(isHeld).length === 1, 'its connection is held')

      // the hold ends by itself, and what came meanwhile is served
      const late = open(other, 1)
      now += 2000
      await late
      await until(() => opened === 22 && server.getConnections().every(connection => !isHeld(connection)), 'it is served and let go')

      // twenty more once they are paid for
      now += 2000
      await open(one, 10)
      await until(() => opened === 32, 'ten more have come')
      assert.deepEqual(server.getConnections().map(isHeld), [false, false])
    })
  }

  it('serves all of a flood in the end, each hold bounded, and forgives what is beyond', async () => {
    const [one] = await start('/ip4/127.0.0.1/tcp/0', 20)
    assert.ok(one != null)

    await Promise.all(Array.from({ length: 200 }, async () => open(one, 1)))
    await until(() => opened === 200, 'all are served')
    now += 4000
    await until(() => server.getConnections().every(connection => !isHeld(connection)), 'nothing is held any more')
    await open(one, 20)
    await until(() => opened === 220, 'the next ones pass')
    assert.ok(server.getConnections().every(connection => !isHeld(connection)))
  })

  it('lets less come while the loop is busy, and as much as before when it is no longer', async () => {
    const [one] = await start('/ip4/127.0.0.1/tcp/0', 20)
    assert.ok(one != null)

    isBusy = true
    await open(one, 5)
    await until(() => opened === 5, 'a quarter has come')
    assert.deepEqual(server.getConnections().map(isHeld), [false, false])
    await open(one, 1)
    await until(() => server.getConnections().some(isHeld), 'the next one is too much')

    isBusy = false
    now += 2000
    await until(() => server.getConnections().every(connection => !isHeld(connection)), 'the hold ends')
    await open(one, 20)
    await until(() => opened === 26, 'all have come')
    assert.deepEqual(server.getConnections().map(isHeld), [false, false])
  })

  it('has no pace when it is off', async () => {
    const [one] = await start('/ip4/127.0.0.1/tcp/0', 0)
    assert.ok(one != null)

    await open(one, 100)
    await until(() => opened === 100, 'all have come')
    assert.ok(server.getConnections().every(connection => !isHeld(connection)))
  })
})
