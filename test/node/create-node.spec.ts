import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '../../src/config/index.js'
import { createNode, ListenError } from '../../src/node/index.js'
import { fileDescriptorWarning } from '../../src/node/file-descriptors.js'
import { createEvents } from '../../src/ops/index.js'
import { bodyOf, push, Talk } from '../mailbox/rig.js'
import { NO_HTTP } from '../support/free-ports.js'
import { MAILBOX } from '../support/mailbox-wire.js'
import { createClientNode } from '../support/nodes.js'
import { openRaw } from '../support/raw-stream.js'
import { until } from '../support/wait.js'
import { encodeHop, HOP, HopType, statusName } from '../support/wire.js'
import type { PartialConfig } from '../../src/config/index.js'
import type { EnigmaNode } from '../../src/node/index.js'
import type { Fields } from '../support/mailbox-wire.js'
import type { AddressInfo } from 'node:net'

describe('node', () => {
  let folder: string
  const stops: Array<() => unknown> = []

  before(() => { folder = mkdtempSync(join(tmpdir(), 'enigma-node-')) })
  afterEach(async () => { await Promise.all(stops.splice(0).map(async stop => { await stop() })) })
  after(() => { rmSync(folder, { recursive: true }) })

  const loopback: PartialConfig['network'] = {
    tcp_listen_addr: '/ip4/127.0.0.1/tcp/0',
    quic_listen_addr: '/ip4/127.0.0.1/udp/0/quic-v1',
    ws_listen_addr: '/ip4/127.0.0.1/tcp/0/ws',
    drain_secs: 0
  }
  const off: PartialConfig['network'] = { tcp_listen_addr: '', quic_listen_addr: '', ws_listen_addr: '' }

  function config (network: PartialConfig['network'] = {}): PartialConfig {
    return { ...NO_HTTP, identity: { key_file: join(folder, 'key') }, storage: { kind: 'memory' }, network: { ...loopback, ...network } }
  }

  async function start (partial: PartialConfig, options?: Parameters<typeof createNode>[1]): Promise<EnigmaNode> {
    const node = await createNode(partial, options)

    stops.push(async () => node.stop())

    return node
  }

  async function client (options?: Parameters<typeof createClientNode>[0]): Promise<Awaited<ReturnType<typeof createClientNode>>> {
    const node = await createClientNode(options)

    stops.push(async () => node.stop())

    return node
  }

  it('listens on every transport that is set, says so before it is ready, and is the same peer the next time', async () => {
    const events = createEvents()
    const seen: string[] = []

    events.addEventListener('listening', ({ detail }) => { seen.push(`listening ${detail.addr}`) })
    events.addEventListener('ready', ({ detail }) => { seen.push(`ready ${detail.peer_id} ${detail.addrs.length} ${String(detail.http)} ${String(detail.ops)}`) })

    const first = await start(config({ webrtc_listen_addr: '/ip4/127.0.0.1/udp/0/webrtc-direct' }), { events })

    for (const transport of [/\/tcp\/[1-9]\d*\/p2p\//, /\/udp\/[1-9]\d*\/quic-v1\/p2p\//, /\/tcp\/[1-9]\d*\/ws\/p2p\//, /\/webrtc-direct\/certhash\/.+\/p2p\//]) {
      assert.equal(seen.filter(line => line.startsWith('listening') && transport.test(line)).length, 1, `${String(transport)} in ${seen.join('\n')}`)
      assert.equal(first.addrs.filter(addr => transport.test(addr.toString())).length, 1)
    }

    assert.equal(seen.at(-1), `ready ${first.peerId} 4 null null`)
    await first.stop()

    const second = await start(config())

    assert.ok(second.peerId.equals(first.peerId))
  })

  it('gives out what was announced beside what it listens on', async () => {
    const node = await start(config({ announce_addrs: ['/dns4/relay.example.org/tcp/4001'] }))

    assert.ok(node.addrs.some(addr => addr.toString() === `/dns4/relay.example.org/tcp/4001/p2p/${node.peerId}`))
    assert.ok(node.addrs.some(addr => addr.toString().startsWith('/ip4/127.0.0.1/tcp/')))
  })

  it('warns without a public address, and not with one', async () => {
    const warnings: string[] = []
    const log = { trace () {}, debug () {}, info () {}, error () {}, warn: (msg: string) => { warnings.push(msg) } }

    await start(config({ announce_addrs: ['/dns4/relay.example.org/tcp/4001'] }), { log })
    assert.deepEqual(warnings, [])
    await start(config(), { log })
    assert.equal(warnings.length, 1)
    assert.match(warnings[0] ?? '', /network\.announce_addrs/)
  })

  for (const [key, addr] of [
    ['tcp_listen_addr', (port: number) => `/ip4/127.0.0.1/tcp/${port}`],
    ['ws_listen_addr', (port: number) => `/ip4/127.0.0.1/tcp/${port}/ws`]
  ] as const) {
    it(`does not start when ${key} is in use, says which, and leaves nothing open`, async () => {
      const server = createServer().listen(0, '127.0.0.1')

      await new Promise(resolve => server.once('listening', resolve))
      stops.push(() => { server.close() })

      const { port } = server.address() as AddressInfo
      const quicPort = 1 + port % 60_000 + 1024
      const other = `/ip4/127.0.0.1/udp/${quicPort}/quic-v1`
      const failed = createNode(config({ ...off, quic_listen_addr: other, [key]: addr(port) }))

      await assert.rejects(failed, (err: unknown) => err instanceof ListenError && err.code === 'listen_failed' && err.addr === addr(port) && err.key === `network.${key}` && /already in use/.test(err.message))
      // what had been opened before is free again
      await start(config({ ...off, quic_listen_addr: other }))
    })
  }

  it('does not start when the UDP port of QUIC is in use', async () => {
    const first = await start(config(off.tcp_listen_addr === '' ? { ...off, quic_listen_addr: '/ip4/127.0.0.1/udp/0/quic-v1' } : {}))
    const taken = first.addrs[0]?.toString().split('/p2p/')[0] ?? ''

    await assert.rejects(createNode(config({ ...off, quic_listen_addr: taken })), { code: 'listen_failed', key: 'network.quic_listen_addr', addr: taken })
  })

  it('takes an address family that this machine lacks for an error too', async () => {
    // a documentation address: no interface has it
    await assert.rejects(createNode(config({ ws_listen_addr: '/ip6/2001:db8::1/tcp/0/ws' })), { code: 'listen_failed', key: 'network.ws_listen_addr' })
  })

  it('refuses a wrong configuration with all problems at once', async () => {
    await assert.rejects(createNode({ network: { max_connections: -1, tcp_listen_addr: 'nonsense' } }), (err: unknown) => err instanceof ConfigError && err.problems.length === 2)
  })

  it('tells of every connection, and how many are left', async () => {
    const node = await start(config())
    const established: Array<Record<string, unknown>> = []
    const closed: Array<Record<string, unknown>> = []

    node.events.addEventListener('connection_established', ({ detail }) => { established.push({ ...detail }) })
    node.events.addEventListener('connection_closed', ({ detail }) => { closed.push({ ...detail }) })

    const peer = await client()
    const addr = node.addrs.find(addr => /tcp\/\d+\/p2p/.test(addr.toString()))

    assert.ok(addr != null)

    const first = await peer.dial(addr)
    const second = await peer.dial(addr, { force: true })

    await until(() => established.length === 2, 'both connections are told of')
    assert.deepEqual(established.map(({ peer_id: id, transport, direction, num_established: n }) => ({ id, transport, direction, n })), [
      { id: peer.peerId.toString(), transport: 'tcp', direction: 'inbound', n: 1 },
      { id: peer.peerId.toString(), transport: 'tcp', direction: 'inbound', n: 2 }
    ])
    await first.close()
    await until(() => closed.length === 1, 'the first end is told of')
    await second.close()
    await until(() => closed.length === 2, 'the second end is told of')
    assert.deepEqual(closed.map(({ peer_id: id, remaining }) => ({ id, remaining })), [
      { id: peer.peerId.toString(), remaining: 1 },
      { id: peer.peerId.toString(), remaining: 0 }
    ])
  })

  it('offers identify, ping, AutoNAT v2 and HOP, and asks nobody about itself', async () => {
    const node = await start(config())
    const peer = await client()
    const addr = node.addrs.find(addr => /tcp\/\d+\/p2p/.test(addr.toString()))

    assert.ok(addr != null)

    let asked = false

    await peer.handle('/libp2p/autonat/2/dial-request', stream => {
      asked = true
      stream.abort(new Error('nobody should ask'))
    })
    await peer.dial(addr)
    await until(async () => (await peer.peerStore.get(node.peerId)).protocols.includes(HOP), 'the client has identified the node')

    const { protocols, metadata } = await peer.peerStore.get(node.peerId)

    for (const protocol of ['/ipfs/id/1.0.0', '/ipfs/id/push/1.0.0', '/ipfs/ping/1.0.0', '/libp2p/autonat/2/dial-request', '/libp2p/circuit/relay/0.2.0/hop']) {
      assert.ok(protocols.includes(protocol), `${protocol} in ${protocols.join(' ')}`)
    }

    assert.match(new TextDecoder().decode(metadata.get('AgentVersion')), /^enigma-node\/\d/)
    assert.equal(asked, false)
  })

  it('has no relay when it is off', async () => {
    const node = await start({ ...config(), relay: { enabled: false } })

    assert.ok(!node.libp2p.getProtocols().includes('/libp2p/circuit/relay/0.2.0/hop'))
  })

  it('keeps what was pushed across a restart, in the folder of [storage], and lets only one node have it', async () => {
    const onDisk: PartialConfig = { ...config(off), storage: { path: join(folder, 'data'), min_free_bytes: 1 }, network: { ...loopback, quic_listen_addr: '', ws_listen_addr: '' } }
    const peer = await client()
    const talk = async (node: EnigmaNode): Promise<Talk> => {
      const [addr] = node.addrs

      assert.ok(addr != null)

      return new Talk(await openRaw(await peer.dial(addr, { force: true }), MAILBOX))
    }
    const first = await start(onDisk)

    assert.equal(((await (await talk(first)).ask({ push: push(peer.peerId.toString(), 1) })).pushed as Fields).stored, 1n)
    await assert.rejects(createNode({ ...onDisk, identity: { key_file: join(folder, 'other') } }), { code: 'store_locked' })
    await first.stop()

    const second = await talk(await start(onDisk))

    assert.deepEqual((await second.pull({ mailbox: peer.peerId.toString() })).items.map(bodyOf), ['body 1'])
  })

  it('has no mailbox and no registry when they are off, and then touches no folder', async () => {
    const node = await start({ ...config(), mailbox: { enabled: false }, registry: { enabled: false }, storage: { path: join(folder, 'untouched') } })

    assert.ok(!node.libp2p.getProtocols().some(protocol => protocol === MAILBOX || protocol === '/registry/1'))
    assert.equal(existsSync(join(folder, 'untouched')), false)
  })

  it('counts calls to the mailbox by [rate_limit]', async () => {
    const node = await start({ ...config(), rate_limit: { burst: 2, endpoints: { push_rps: 1 } } })
    const peer = await client()
    const addr = node.addrs.find(addr => /tcp\/\d+\/p2p/.test(addr.toString()))

    assert.ok(addr != null)

    const talk = new Talk(await openRaw(await peer.dial(addr), MAILBOX))

    await talk.ask({ push: push('a', 1) })
    await talk.ask({ push: push('a', 2) })

    const { code, retryAfterMs } = (await talk.ask({ push: push('a', 3) })).failure as Fields

    assert.equal(code, 'rate_limited')
    assert.ok(Number(retryAfterMs) > 0 && Number(retryAfterMs) <= 1000)
  })

  it('keeps to the rate of [rate_limit], and has no limit when that is off', async () => {
    for (const { enabled, expected } of [{ enabled: true, expected: ['OK', 'OK', 'RESERVATION_REFUSED'] }, { enabled: false, expected: ['OK', 'OK', 'OK'] }]) {
      const node = await start({ ...config(), rate_limit: { enabled, burst: 2, endpoints: { reserve_rps: 1 } } })
      const peer = await client()
      const addr = node.addrs.find(addr => /tcp\/\d+\/p2p/.test(addr.toString()))

      assert.ok(addr != null)

      const connection = await peer.dial(addr)
      const statuses: string[] = []

      for (let i = 0; i < 3; i++) {
        const raw = await openRaw(connection, HOP)

        raw.sendFrame(encodeHop({ type: HopType.RESERVE }))
        statuses.push(statusName((await raw.hop()).status))
        raw.reset()
      }

      assert.deepEqual(statuses, expected)
    }
  })

  it('stops once, however often it is asked', async () => {
    const node = await start(config())

    await Promise.all([node.stop(), node.stop()])
    await node.stop()
    assert.equal(node.libp2p.status, 'stopped')
  })

  describe('file descriptors', () => {
    it('are enough from max_connections and what else is open on', () => {
      assert.equal(fileDescriptorWarning(1000, 1128), undefined)
      assert.match(fileDescriptorWarning(1000, 1127) ?? '', /1127.*max_connections = 1000.*1128/)
      assert.equal(fileDescriptorWarning(0, 10), undefined, 'no limit, no promise')
    })
  })
})
