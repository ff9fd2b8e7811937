import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { noise as stockNoise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { tls as stockTls } from '@libp2p/tls'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { noise, tls } from '../../src/security/index.js'
import { receive, sendAll } from './connections.js'
import type { Maker } from './connections.js'
import type { Stream } from '@libp2p/interface'
import type { Libp2p } from 'libp2p'

const ECHO = '/test/echo/1'
const BYTES = 4 * 1024 * 1024

describe('libp2p nodes', () => {
  const nodes: Libp2p[] = []
  const warnings: string[] = []
  const onWarning = (message: string): void => { warnings.push(message) }

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(async node => node.stop()))
    assert.deepEqual(warnings.splice(0), [])
  })

  async function node (encrypters: Maker[], listen: string[] = []): Promise<Libp2p> {
    const libp2p = await createLibp2p({
      addresses: { listen },
      transports: [tcp(), webSockets()],
      connectionEncrypters: encrypters,
      streamMuxers: [yamux()],
      connectionMonitor: { enabled: false },
      connectionGater: { denyDialMultiaddr: () => false }
    })

    nodes.push(libp2p)
    await libp2p.handle(ECHO, echo)

    return libp2p
  }

  const encrypters: Record<string, { ours: Maker, stock: Maker }> = {
    tls: { ours: tls({ onWarning }), stock: stockTls() },
    noise: { ours: noise({ onWarning }), stock: stockNoise() }
  }

  for (const [name, { ours, stock }] of Object.entries(encrypters)) {
    for (const transport of ['tcp', 'ws']) {
      for (const [title, dialling, listening] of [['ours dials stock', ours, stock], ['stock dials ours', stock, ours], ['ours dials ours', ours, ours]] as const) {
        it(`speak ${name} over ${transport} when ${title}`, async () => {
          const listener = await node([listening], [`/ip4/127.0.0.1/tcp/0${transport === 'ws' ? '/ws' : ''}`])
          const dialler = await node([dialling])
          const connection = await dialler.dial(listener.getMultiaddrs())

          assert.equal(connection.encryption, name === 'tls' ? '/tls/1.0.0' : '/noise')
          assert.equal(connection.multiplexer, '/yamux/1.0.0')

          const stream = await connection.newStream(ECHO)
          const bytes = randomBytes(BYTES)
          const [back] = await Promise.all([receive(stream, BYTES), sendAll(stream, [bytes.subarray(0, 1000), bytes.subarray(1000)])])

          assert.ok(bytes.equals(back))

          const gone = new Promise(resolve => { listener.addEventListener('connection:close', resolve, { once: true }) })

          await connection.close()
          await gone
          assert.equal(dialler.getConnections().length, 0)
        })
      }
    }
  }

  it('choose the one that both have, after a first one that only one has', async () => {
    const listener = await node([noise({ onWarning })], ['/ip4/127.0.0.1/tcp/0'])
    const dialler = await node([tls({ onWarning }), noise({ onWarning })])
    const connection = await dialler.dial(listener.getMultiaddrs())

    assert.equal(connection.encryption, '/noise')
  })
})

function echo (stream: Stream): void {
  stream.addEventListener('message', event => {
    if (!stream.send(event.data)) {
      stream.pause()
      stream.addEventListener('drain', () => { stream.resume() }, { once: true })
    }
  })
  stream.addEventListener('remoteCloseWrite', () => { stream.close().catch(() => {}) })
}
