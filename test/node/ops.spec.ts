import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNode, ListenError } from '../../src/node/index.js'
import { createEvents } from '../../src/ops/index.js'
import { createClientNode } from '../support/nodes.js'
import { openRaw } from '../support/raw-stream.js'
import { until } from '../support/wait.js'
import { accept, StopTarget } from '../support/stop-target.js'
import { encodeHop, HOP, HopType, statusName } from '../support/wire.js'
import type { PartialConfig } from '../../src/config/index.js'
import type { EnigmaNode } from '../../src/node/index.js'
import type { AddressInfo } from 'node:net'

describe('node: the ops address', () => {
  let folder: string
  const stops: Array<() => unknown> = []

  before(() => { folder = mkdtempSync(join(tmpdir(), 'enigma-ops-')) })
  afterEach(async () => { await Promise.all(stops.splice(0).map(async stop => { await stop() })) })
  after(() => { rmSync(folder, { recursive: true }) })

  /** A machine that is slow for reasons of its own is no overload here. */
  function config (more: PartialConfig = {}): PartialConfig {
    return {
      identity: { key_file: join(folder, 'key') },
      storage: { kind: 'memory' },
      ops: { address: '127.0.0.1:0' },
      http: { enabled: false },
      ...more,
      network: { tcp_listen_addr: '/ip4/127.0.0.1/tcp/0', quic_listen_addr: '', ws_listen_addr: '/ip4/127.0.0.1/tcp/0/ws', drain_secs: 0, max_event_loop_delay_ms: 0, ...more.network }
    }
  }

  async function start (partial: PartialConfig, options?: Parameters<typeof createNode>[1]): Promise<EnigmaNode & { ops: string }> {
    const node = await createNode(partial, options)

    stops.push(async () => node.stop())
    assert.ok(node.ops != null)

    return node as EnigmaNode & { ops: string }
  }

  async function reasons (node: EnigmaNode & { ops: string }): Promise<string[]> {
    const response = await fetch(`${node.ops}/ready`)
    const { error } = await response.json() as { error?: { details: { reasons: string[] } } }

    assert.equal(response.status, error == null ? 200 : 503)

    return error?.details.reasons ?? []
  }

  it('is told of in `ready`, with the real port, and knows what the node is', async () => {
    const events = createEvents()
    let told: string | null | undefined

    events.addEventListener('ready', ({ detail }) => { told = detail.ops })

    const node = await start(config(), { events })

    assert.match(node.ops, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
    assert.equal(told, node.ops)
    assert.deepEqual(await (await fetch(`${node.ops}/addresses`)).json(), { peer_id: node.peerId.toString(), addrs: node.addrs.map(String) })
    assert.equal((await fetch(`${node.ops}/health`)).status, 200)
    assert.deepEqual(await reasons(node), [])
    await node.stop()
    await assert.rejects(fetch(`${node.ops}/health`))
  })

  it('does not open when it is off', async () => {
    const node = await createNode(config({ ops: { enabled: false } }))

    stops.push(async () => node.stop())
    assert.equal(node.ops, null)
  })

  it('asks for [ops] metrics_token', async () => {
    const { ops } = await start(config({ ops: { address: '127.0.0.1:0', metrics_token: 'secret' } }))

    assert.equal((await fetch(`${ops}/metrics`)).status, 401)
    assert.equal((await fetch(`${ops}/metrics`, { headers: { authorization: 'Bearer secret' } })).status, 200)
  })

  it('does not start when its port is in use, names address and key, and leaves nothing open', async () => {
    const server = createServer().listen(0, '127.0.0.1')

    await new Promise(resolve => server.once('listening', resolve))
    stops.push(() => { server.close() })

    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`

    await assert.rejects(createNode(config({ ops: { address } })), (err: unknown) => err instanceof ListenError && err.code === 'listen_failed' && err.addr === address && err.key === 'ops.address' && /already in use.*ops\.address/.test(err.message))
  })

  it('says that the node is not ready when a listener is gone', async () => {
    const node = await start(config())
    const { transportManager } = (node.libp2p as unknown as { components: { transportManager: { getListeners: () => Array<{ close: () => Promise<void> }> } } }).components

    await transportManager.getListeners()[0]?.close()
    assert.deepEqual(await reasons(node), ['listener_closed'])
  })

  it('stays up while the node drains, and says so', async () => {
    const node = await start(config({ network: { drain_secs: 30 } }))
    const [addr] = node.addrs

    assert.ok(addr != null)

    const [source, target] = await Promise.all([createClientNode(), createClientNode()])

    stops.push(async () => { await Promise.all([source.stop(), target.stop()]) })
    await new StopTarget(accept()).attach(target)

    const reserve = await openRaw(await target.dial(addr), HOP)

    reserve.sendFrame(encodeHop({ type: HopType.RESERVE }))
    assert.equal(statusName((await reserve.hop()).status), 'OK')

    const circuit = await openRaw(await source.dial(addr), HOP)

    circuit.sendFrame(encodeHop({ type: HopType.CONNECT, peer: { id: target.peerId.toMultihash().bytes } }))
    assert.equal(statusName((await circuit.hop()).status), 'OK')

    const stopped = node.stop()

    assert.deepEqual(await reasons(node), ['draining'])
    assert.equal((await fetch(`${node.ops}/health`)).status, 200)
    circuit.reset()
    await stopped
    await until(async () => await fetch(node.ops).then(() => false, () => true), 'it is closed')
  })
})
