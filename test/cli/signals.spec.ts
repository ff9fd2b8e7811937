import assert from 'node:assert/strict'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { Home } from './command.js'
import type { Running } from './command.js'
import type { Libp2p, Stream } from '@libp2p/interface'

const ECHO = '/test/echo/1'
const FREE_PORTS = {
  RELAY_NETWORK__TCP_LISTEN_ADDR: '/ip4/127.0.0.1/tcp/0',
  RELAY_NETWORK__QUIC_LISTEN_ADDR: '',
  RELAY_NETWORK__WS_LISTEN_ADDR: '',
  RELAY_LOGGING__LOG_FORMAT: 'json'
}

async function client (listen: string[] = []): Promise<Libp2p> {
  return createLibp2p({
    addresses: { listen },
    transports: [tcp(), circuitRelayTransport()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() }
  })
}

async function echoed (stream: Stream, text: string): Promise<string> {
  const answer = new Promise<string>(resolve => {
    stream.addEventListener('message', ({ data }) => resolve(Buffer.from(data.subarray()).toString()), { once: true })
  })
  stream.send(Buffer.from(text))

  return answer
}

describe('relay-server and signals', () => {
  let home: Home
  const clients: Libp2p[] = []

  beforeEach(async () => {
    home = await Home.make()
  })

  afterEach(async () => {
    await Promise.all(clients.splice(0).map(async client => client.stop()))
    await home.remove()
  })

  /** A relay with one circuit that is open and in use. */
  async function underLoad (drainSeconds: number): Promise<{ node: Running, stream: Stream, target: Libp2p, source: Libp2p }> {
    const node = home.start([], { env: { ...FREE_PORTS, RELAY_NETWORK__DRAIN_SECS: String(drainSeconds) } })
    const { addr } = await node.event('listening')
    const target = await client([`${String(addr)}/p2p-circuit`])
    clients.push(target)
    await target.handle(ECHO, stream => {
      stream.addEventListener('message', ({ data }) => { stream.send(data) })
    }, { runOnLimitedConnection: true })
    await node.event('reservation_req_accepted')
    const source = await client()
    clients.push(source)
    const stream = await source.dialProtocol(multiaddr(`${String(addr)}/p2p-circuit/p2p/${target.peerId.toString()}`), ECHO, { runOnLimitedConnection: true })
    assert.equal(await echoed(stream, 'before'), 'before')

    return { node, stream, target, source }
  }

  it('drains at SIGTERM: an open circuit goes on, and the process ends with 0 when it closes', async () => {
    const { node, stream, target, source } = await underLoad(60)
    node.proc.kill('SIGTERM')
    await node.event('shutdown')

    assert.equal(await echoed(stream, 'while draining'), 'while draining')
    await Promise.all(source.getConnections(target.peerId).map(async connection => connection.close()))
    const { code, stderr } = await node.exit

    assert.equal(code, 0)
    assert.equal(stderr, '')
    const events = node.log().map(({ event }) => event)
    assert.ok(events.indexOf('circuit_closed') > events.indexOf('shutdown'))
    assert.equal(events.at(-1), 'stopped')
  })

  it('drains no longer than drain_secs', async () => {
    const { node } = await underLoad(1)
    node.proc.kill('SIGTERM')

    assert.equal((await node.exit).code, 0)
    assert.equal(node.log().at(-1)?.event, 'stopped')
  })

  it('stops now at the second signal, with 0', async () => {
    const { node, stream } = await underLoad(600)
    node.proc.kill('SIGTERM')
    await node.event('shutdown')
    assert.equal(await echoed(stream, 'still'), 'still')
    node.proc.kill('SIGTERM')
    const { code } = await node.exit

    assert.equal(code, 0)
    assert.ok(node.log().some(({ msg }) => msg === 'second signal: stopping now'))
    assert.equal(node.log().at(-1)?.event, 'stopped')
  })

  it('takes SIGINT after SIGTERM for the second signal', async () => {
    const { node } = await underLoad(600)
    node.proc.kill('SIGTERM')
    await node.event('shutdown')
    node.proc.kill('SIGINT')

    assert.equal((await node.exit).code, 0)
  })

  it('logs SIGHUP, ignores it and goes on', async () => {
    const { node, stream } = await underLoad(0)
    node.proc.kill('SIGHUP')
    await node.until(line => line.includes('SIGHUP is ignored'))
    assert.equal(await echoed(stream, 'after'), 'after')
    node.proc.kill('SIGTERM')

    assert.equal((await node.exit).code, 0)
  })

  it('ends with 0 when the signal comes during the start', async () => {
    const node = home.start([], { env: FREE_PORTS })
    // the first line is written before the node is made
    await node.until(line => line.includes('no configuration file'))
    assert.equal(node.log().some(({ event }) => event === 'ready'), false)
    node.proc.kill('SIGTERM')
    const { code, stderr } = await node.exit

    assert.equal(code, 0)
    assert.equal(stderr, '')
    assert.equal(node.log().at(-1)?.event, 'stopped')
  })

  for (const [name, code] of [['an error that nobody caught', 'throw new Error("boom 203.0.113.9")'], ['a rejection that nobody caught', 'Promise.reject(new Error("boom 203.0.113.9"))']]) {
    it(`logs ${name} with its stack and exits 1`, async () => {
      const preload = `data:text/javascript,process.on("SIGUSR2",()=>{${encodeURIComponent(code ?? '')}})`
      const node = home.start([], { env: FREE_PORTS, nodeArgs: ['--import', preload] })
      await node.event('ready')
      node.proc.kill('SIGUSR2')

      assert.equal((await node.exit).code, 1)
      const last = node.log().at(-1)
      assert.equal(last?.level, 'error')
      assert.match(String(last?.stack), /Error: boom <ip>\n {4}at /)
    })
  }

  it('goes on when nobody reads its log any more', async () => {
    const node = home.start([], { env: FREE_PORTS })
    const { addr } = await node.event('listening')
    await node.event('ready')
    node.proc.stdout.destroy()
    const peer = await client()
    clients.push(peer)

    // connections make log lines, which meet a closed pipe
    for (let i = 0; i < 3; i++) {
      const connection = await peer.dial(multiaddr(String(addr)))
      await connection.close()
    }
    node.proc.kill('SIGTERM')

    assert.equal((await node.exit).code, 0)
  })
})
