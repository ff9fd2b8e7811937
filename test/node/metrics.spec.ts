import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNode } from '../../src/node/index.js'
import { renderMetricsTable } from '../../src/ops/metrics/index.js'
import { REGISTRY_PROTOCOL } from '../../src/registry/index.js'
import { codeOf, idOf, push, Talk } from '../mailbox/rig.js'
import { Person } from '../registry/rig.js'
import { Talk as RegistryTalk } from '../registry/service-rig.js'
import { MAILBOX } from '../support/mailbox-wire.js'
import { createClientNode, MIB } from '../support/nodes.js'
import { openRaw } from '../support/raw-stream.js'
import { Scrape } from '../support/scrape.js'
import { accept, StopTarget } from '../support/stop-target.js'
import { until } from '../support/wait.js'
import { encodeHop, HOP, HopType, statusName } from '../support/wire.js'
import type { PartialConfig } from '../../src/config/index.js'
import type { EnigmaNode } from '../../src/node/index.js'
import type { Registry } from '../../src/registry/index.js'
import type { ClientNode, ClientOptions } from '../support/nodes.js'
import type { RawStream } from '../support/raw-stream.js'
import type { HopMessage } from '../support/wire.js'
import type { Connection } from '@libp2p/interface'
import type { Socket } from 'node:net'

/** Series and by how much it moves: exactly (`+1`), to a value (`=1`), or `>` up. */
type Moves = Record<string, string>

interface Row {
  does: string
  config?: PartialConfig
  act: (stage: Stage) => Promise<unknown>
  moves: Moves
}

/** A node, and who talks to it. */
class Stage {
  readonly node: EnigmaNode & { ops: string }
  readonly folder: string
  readonly #clients: ClientNode[] = []
  readonly #sockets: Socket[] = []

  constructor (node: EnigmaNode, folder: string) {
    assert.ok(node.ops != null)
    this.node = node as EnigmaNode & { ops: string }
    this.folder = folder
  }

  static async start (config: PartialConfig = {}): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'enigma-metrics-'))
    const node = await createNode({
      ops: { address: '127.0.0.1:0' },
      http: { address: '127.0.0.1:0' },
      ...config,
      identity: { key_file: join(folder, 'key') },
      storage: { path: join(folder, 'data'), min_free_bytes: 1, ...config.storage },
      // a machine that is slow for reasons of its own is no overload here
      network: { tcp_listen_addr: '/ip4/127.0.0.1/tcp/0', quic_listen_addr: '', ws_listen_addr: '/ip4/127.0.0.1/tcp/0/ws', drain_secs: 0, max_event_loop_delay_ms: 0, ...config.network },
      rate_limit: { burst: 10_000, ...config.rate_limit }
    })

    return new Stage(node, folder)
  }

  async end (): Promise<void> {
    this.#sockets.forEach(socket => { socket.destroy() })
    await Promise.all(this.#clients.map(async client => { await client.stop() }))
    await this.node.stop()
    await rm(this.folder, { recursive: true })
  }

  async client (options: ClientOptions = {}): Promise<{ node: ClientNode, connection: Connection }> {
    const node = await createClientNode(options)
    const addr = this.node.addrs.find(addr => addr.toString().includes('/ws') === (options.carrier === 'ws'))

    assert.ok(addr != null)
    this.#clients.push(node)

    return { node, connection: await node.dial(addr) }
  }

  /** An idle connection to the HTTP door, from this address; looked at after the node has seen it. */
  async http (localAddress: string): Promise<Socket> {
    const socket = connect({ port: Number(new URL(this.node.http ?? '').port), host: '127.0.0.1', localAddress }).on('error', () => {}).resume()

    this.#sockets.push(socket)
    await once(socket, 'connect')
    // the node takes connections in order: when this answer is there it has taken the one before, too
    await this.scrape()

    return socket
  }

  async talk (): Promise<Talk> {
    return new Talk(await openRaw((await this.client()).connection, MAILBOX))
  }

  get registry (): Registry {
    assert.ok(this.node.libp2p.services.registry != null)

    return this.node.libp2p.services.registry.registry
  }

  async askRegistry (): Promise<RegistryTalk> {
    return new RegistryTalk(await openRaw((await this.client()).connection, REGISTRY_PROTOCOL))
  }

  async scrape (): Promise<Scrape> {
    return await Scrape.of(this.node.ops)
  }
}

async function hop (connection: Connection, message: HopMessage): Promise<{ raw: RawStream, status: string }> {
  const raw = await openRaw(connection, HOP)

  raw.sendFrame(encodeHop(message))

  return { raw, status: statusName((await raw.hop()).status) }
}

async function reserve (stage: Stage): Promise<{ node: ClientNode, connection: Connection, status: string }> {
  const client = await stage.client()
  const { status } = await hop(client.connection, { type: HopType.RESERVE })

  return { ...client, status }
}

async function circuit (stage: Stage): Promise<RawStream> {
  const target = await reserve(stage)
  const stop = await new StopTarget(accept()).attach(target.node)
  const source = await stage.client()
  const { raw, status } = await hop(source.connection, { type: HopType.CONNECT, peer: { id: target.node.peerId.toMultihash().bytes } })

  assert.equal(status, 'OK')
  raw.send(new Uint8Array(1000))
  const { raw: other } = await stop.request()
  await other.bytes(1000)
  other.send(new Uint8Array(10))
  await raw.bytes(10)

  return raw
}

const call = (name: string, outcome: string, door = 'libp2p'): string => `enigma_mailbox_calls_total{door="${door}",call="${name}",outcome="${outcome}"}`
const latency = (name: string): string => `enigma_mailbox_call_seconds_count{door="libp2p",call="${name}"}`

const registryCall = (name: string, outcome: string, door = 'libp2p'): string => `enigma_registry_calls_total{door="${door}",call="${name}",outcome="${outcome}"}`

const ROWS: readonly Row[] = [
  {
    does: 'a connection over TCP',
    act: async stage => { await stage.client() },
    moves: { 'enigma_connections{direction="inbound",transport="tcp"}': '+1', 'enigma_connections_opened_total{direction="inbound",transport="tcp"}': '+1', 'enigma_connections{direction="inbound",transport="ws"}': '=0', process_open_fds: '>' }
  },
  {
    does: 'a connection over WebSocket that its peer ends',
    act: async stage => { await (await stage.client({ carrier: 'ws' })).connection.close() },
    moves: { 'enigma_connections{direction="inbound",transport="ws"}': '=0', 'enigma_connections_opened_total{direction="inbound",transport="ws"}': '+1', 'enigma_connections_closed_total{cause="closed_by_peer"}': '+1' }
  },
  {
    does: 'a connection from a denied range',
    config: { auth: { deny_cidrs: ['127.0.0.0/8'] } },
    act: async stage => { await assert.rejects(stage.client()) },
    moves: { 'enigma_connections_refused_total{reason="denied"}': '>' }
  },
  {
    does: 'more connections than one address may have',
    config: { network: { max_connections_per_ip: 1 } },
    act: async stage => { await stage.client(); await assert.rejects(stage.client()) },
    moves: { 'enigma_connections_refused_total{reason="too_many_per_ip"}': '>' }
  },
  {
    does: 'connections faster than one address may open',
    config: { network: { new_connections_per_second_per_ip: 1 } },
    act: async stage => { await Promise.all([stage.client(), stage.client(), stage.client(), stage.client()].map(async client => { await client.catch(() => {}) })) },
    moves: { 'enigma_connections_refused_total{reason="too_fast"}': '>' }
  },
  {
    does: 'RESERVE, one within the limit and one beyond it',
    config: { relay: { max_reservations: 1 } },
    act: async stage => { assert.deepEqual([(await reserve(stage)).status, (await reserve(stage)).status], ['OK', 'RESERVATION_REFUSED']) },
    moves: { enigma_relay_reservations: '=1', enigma_relay_reserve_accepted_total: '+1', 'enigma_relay_reserve_denied_total{reason="too_many_reservations"}': '+1', 'enigma_limiter_allowed_total{group="reserve"}': '+2' }
  },
  {
    does: 'a reservation that its peer leaves',
    act: async stage => { await (await reserve(stage)).connection.close() },
    moves: { enigma_relay_reservations: '=0', 'enigma_relay_reservations_ended_total{reason="disconnected"}': '+1' }
  },
  {
    does: 'a reservation that is not renewed',
    config: { relay: { reservation_ttl_secs: 1 } },
    act: async stage => { await reserve(stage) },
    moves: { 'enigma_relay_reservations_ended_total{reason="expired"}': '+1' }
  },
  {
    does: 'CONNECT to a peer without a reservation',
    act: async stage => { await hop((await stage.client()).connection, { type: HopType.CONNECT, peer: { id: (await stage.client()).node.peerId.toMultihash().bytes } }) },
    moves: { 'enigma_relay_connect_denied_total{reason="no_reservation"}': '+1', enigma_relay_connect_accepted_total: '=0' }
  },
  {
    does: 'a circuit that is open',
    act: circuit,
    moves: { enigma_relay_circuits: '=1', enigma_relay_connect_accepted_total: '+1', 'enigma_relay_bytes_total{direction="to_destination"}': '+1000', 'enigma_relay_bytes_total{direction="to_source"}': '+10' }
  },
  {
    does: 'a circuit that is over',
    act: async stage => { (await circuit(stage)).reset() },
    moves: { enigma_relay_circuits: '=0', 'enigma_relay_circuits_ended_total{reason="source_reset"}': '+1', 'enigma_relay_bytes_total{direction="to_destination"}': '+1000' }
  },
  {
    does: 'two pushes of one message',
    act: async stage => {
      const talk = await stage.talk()

      await talk.ask({ push: push('alice', 1) })
      await talk.ask({ push: push('alice', 1) })
    },
    moves: {
      [call('push', 'ok')]: '+1',
      [call('push', 'duplicate')]: '+1',
      [latency('push')]: '+2',
      'enigma_mailbox_call_seconds_bucket{door="libp2p",call="push",le="+Inf"}': '+2',
      'enigma_mailbox_call_seconds_sum{door="libp2p",call="push"}': '>',
      enigma_mailbox_stored_items_total: '+1',
      enigma_mailbox_stored_bytes_total: '+6',
      enigma_storage_items: '=1',
      enigma_storage_bytes: '=6',
      enigma_storage_batch_size_count: '>',
      enigma_storage_batch_size_sum: '>',
      enigma_storage_write_seconds_count: '>',
      enigma_storage_write_seconds_sum: '>',
      enigma_mailbox_streams: '=1',
      'enigma_limiter_allowed_total{group="push"}': '+2',
      enigma_limiter_buckets: '>'
    }
  },
  {
    does: 'calls over HTTP',
    config: { rate_limit: { burst: 4, endpoints: { push_rps: 1 } } },
    act: async stage => {
      const ask = async (path: string, body: object): Promise<number> => (await fetch(`${stage.node.http ?? ''}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).status
      const message = { recipient: 'alice', message_id: '00000000-0000-0000-0000-000000000001', ciphertext_b64: 'AAAA', meta: { kind: 'x', total_len: 3, chunk_index: 0, chunk_count: 1, sent_ms: 1 } }

      assert.deepEqual([await ask('/push', message), await ask('/push', message), await ask('/push', {}), await ask('/nowhere', {})], [200, 200, 400, 404])
      assert.deepEqual([await ask('/pull', { recipient: 'alice' })], [200])
    },
    moves: {
      [call('push', 'ok', 'http')]: '+1',
      [call('push', 'duplicate', 'http')]: '+1',
      [call('push', 'invalid_input', 'http')]: '+1',
      [call('pull', 'ok', 'http')]: '+1',
      [call('push', 'ok')]: '=0',
      'enigma_mailbox_call_seconds_count{door="http",call="push"}': '+3',
      enigma_mailbox_stored_items_total: '+1',
      enigma_mailbox_read_bytes_total: '+3'
    }
  },
  {
    does: 'push, pull and ack',
    act: async stage => {
      const talk = await stage.talk()

      await talk.ask({ push: push('alice', 1) })
      await talk.pull({ mailbox: 'alice' })
      await talk.ask({ ack: { mailbox: 'alice', keys: [{ messageId: idOf(1) }] } })
    },
    moves: {
      [call('pull', 'ok')]: '+1',
      [latency('pull')]: '+1',
      enigma_mailbox_read_items_total: '+1',
      enigma_mailbox_read_bytes_total: '+6',
      [call('ack', 'ok')]: '+1',
      [latency('ack')]: '+1',
      'enigma_mailbox_removed_items_total{reason="acked"}': '+1',
      enigma_storage_items: '=0',
      enigma_storage_bytes: '=0'
    }
  },
  {
    does: 'all other calls, and what is none',
    act: async stage => {
      const talk = await stage.talk()

      await talk.ask({ subscribe: { mailbox: 'alice', credit: 1 } })
      await talk.ask({ stat: { mailbox: 'alice' } })
      await talk.ask({ describe: {} })
      await talk.ask({ grant: { envelope: Uint8Array.of(1) } })
      await talk.ask({})
      await talk.ask({ push: push('', 1) })
    },
    moves: {
      [call('subscribe', 'ok')]: '+1',
      enigma_mailbox_subscriptions: '=1',
      [call('stat', 'ok')]: '+1',
      [latency('stat')]: '+1',
      [call('describe', 'ok')]: '+1',
      [call('grant', 'invalid_input')]: '+1',
      [call('unknown', 'unknown_call')]: '+1',
      [call('push', 'invalid_input')]: '+1'
    }
  },
  {
    does: 'a frame that is on its way',
    act: async stage => {
      const { raw } = await stage.talk()

      raw.send(Uint8Array.of(0x80, 0x80, 0x04, 1, 2, 3))
    },
    moves: { enigma_mailbox_inflight_bytes: '>' }
  },
  {
    does: 'answers that nobody takes',
    act: async stage => {
      const talk = await stage.talk()

      for (let n = 0; n < 4; n++) {
        await talk.ask({ push: push('alice', n, { body: new Uint8Array(MIB) }) })
      }

      talk.raw.pause()
      talk.sendAll(Array.from({ length: 4 }, () => ({ pull: { mailbox: 'alice' } })))
    },
    moves: { enigma_mailbox_outgoing_bytes: '>' }
  },
  {
    does: 'calls beyond the limit, one of which ends in a ban',
    config: { rate_limit: { burst: 1, ban_after: 1 } },
    act: async stage => {
      const talk = await stage.talk()

      await talk.ask({ push: push('alice', 1) })
      assert.equal(await talk.code({ push: push('alice', 2) }), 'rate_limited')
    },
    moves: { 'enigma_limiter_refused_total{group="push"}': '+1', 'enigma_limiter_bans_total{bucket="push"}': '+1', [call('push', 'rate_limited')]: '+1' }
  },
  {
    does: 'more connections over HTTP than the door takes',
    config: { http: { address: '127.0.0.1:0', max_connections: 2 } },
    act: async stage => {
      const [first, second] = [await stage.http('127.0.0.2'), await stage.http('127.0.0.2')]

      assert.deepEqual([first.closed, second.closed], [false, false])
      const third = await stage.http('127.0.0.2')

      await until(() => third.closed, 'the third one is refused')
      await stage.http('127.0.0.1')
      await until(() => first.closed, 'the first one gives up its place')
    },
    moves: {
      enigma_http_connections: '=2',
      enigma_http_connections_accepted_total: '+3',
      'enigma_http_connections_refused_total{reason="full"}': '+1',
      'enigma_http_connections_refused_total{reason="displaced"}': '+1'
    }
  },
  {
    does: 'a message whose time is over',
    config: { mailbox: { message_ttl_seconds: 1, gc_interval_seconds: 1 } },
    act: async stage => { await (await stage.talk()).ask({ push: push('alice', 1) }) },
    moves: { 'enigma_mailbox_removed_items_total{reason="expired"}': '+1', 'enigma_mailbox_collections_total{outcome="ok"}': '>' }
  },
  {
    does: 'a push that the store has no room for',
    config: { storage: { max_bytes: 6 } },
    act: async stage => {
      const talk = await stage.talk()

      await talk.ask({ push: push('alice', 1) })
      assert.equal(codeOf(await talk.ask({ push: push('alice', 2) })), 'storage_full')
    },
    moves: { [call('push', 'storage_full')]: '+1', 'enigma_storage_state{state="full"}': '=1', 'enigma_storage_state{state="ready"}': '=0', 'enigma_not_ready{reason="storage_full"}': '=1' }
  },
  {
    does: 'calls of the registry',
    act: async stage => {
      const talk = await stage.askRegistry()
      const alice = new Person('alice')
      const { userId } = alice
      const now = Date.now()
      const key = stage.registry.keys().keys[0]?.publicKey

      assert.ok(key != null)
      const codes = [
        await talk.code({ register: alice.register(stage.registry) }),
        await talk.code({ register: alice.register(stage.registry, { identity: alice.changed() }) }),
        await talk.code({ checkUser: { userId } }),
        await talk.code({ resolve: { userId, requesterPublicKey: key } }),
        await talk.code({ announce: alice.announce({ atMs: now }) }),
        await talk.code({ presence: { userId } }),
        await talk.code({ remove: { userId } }),
        await talk.code({ sync: { entries: [] } }),
        await talk.code({ challenge: {} }),
        await talk.code({ envelopeKeys: {} }),
        await talk.code({ listNodes: {} }),
        await talk.code({ update: { userId } }),
        await talk.code({})
      ]

      assert.deepEqual(codes, ['ok', 'conflict', 'ok', 'ok', 'ok', 'ok', 'unauthorized', 'unauthorized', 'not_found', 'ok', 'ok', 'invalid_input', 'unknown_call'])
      assert.equal((await fetch(`${stage.node.http ?? ''}/check_user/${alice.handle}`)).status, 200)
    },
    moves: {
      [registryCall('register', 'ok')]: '+1',
      [registryCall('register', 'conflict')]: '+1',
      [registryCall('check_user', 'ok')]: '+1',
      [registryCall('check_user', 'ok', 'http')]: '+1',
      [registryCall('resolve', 'ok')]: '+1',
      [registryCall('announce', 'ok')]: '+1',
      [registryCall('presence', 'ok')]: '+1',
      [registryCall('remove', 'unauthorized')]: '+1',
      [registryCall('sync', 'unauthorized')]: '+1',
      [registryCall('challenge', 'not_found')]: '+1',
      [registryCall('envelope_keys', 'ok')]: '+1',
      [registryCall('list_nodes', 'ok')]: '+1',
      [registryCall('update', 'invalid_input')]: '+1',
      [registryCall('unknown', 'unknown_call')]: '+1',
      'enigma_registry_call_seconds_count{door="libp2p",call="register"}': '+2',
      enigma_registry_identities: '=1',
      enigma_registry_presences: '=1',
      'enigma_registry_changes_total{change="registered"}': '+1',
      'enigma_registry_changes_total{change="announced"}': '+1',
      enigma_registry_streams: '=1',
      'enigma_limiter_allowed_total{group="register"}': '+4'
    }
  },
  {
    does: 'nodes that are there, and that are not',
    config: { registry: { allow_private_nodes: true } },
    act: async stage => { assert.deepEqual(await stage.registry.addNodes({ nodes: [{ address: stage.node.http ?? '' }, { address: 'http://127.0.0.1:1' }] }, { group: '192.0.2.1' }), { merged: 2 }) },
    moves: { enigma_registry_nodes: '=1', 'enigma_registry_verifications_total{outcome="ok"}': '+1', 'enigma_registry_verifications_total{outcome="failed"}': '+1' }
  },
  {
    does: 'presence whose time is over',
    config: { registry: { presence: { ttl_seconds: 1, gc_interval_seconds: 1 } } },
    act: async stage => { await (await stage.askRegistry()).ask({ announce: new Person('alice').announce({ atMs: Date.now() }) }) },
    moves: { enigma_registry_presences: '=0', enigma_registry_collected_total: '+1', 'enigma_registry_collections_total{outcome="ok"}': '>' }
  },
  {
    does: 'a frame for the registry that is on its way',
    act: async stage => { (await stage.askRegistry()).raw.send(Uint8Array.of(0x80, 0x80, 0x04, 1, 2, 3)) },
    moves: { enigma_registry_inflight_bytes: '>' }
  },
  {
    does: 'answers of the registry that nobody takes',
    config: { rate_limit: { enabled: false } },
    act: async stage => {
      const talk = await stage.askRegistry()
      const alice = new Person('alice')
      const { userId } = alice

      assert.equal(await talk.code({ register: alice.register(stage.registry, { identity: { ...alice.identity, signature: new Uint8Array(30_000) } }) }), 'ok')
      talk.raw.pause()

      const key = stage.registry.keys().keys[0]?.publicKey

      assert.ok(key != null)

      for (let n = 0; n < 60; n++) {
        talk.send({ resolve: { userId, requesterPublicKey: key } })
      }
    },
    moves: { enigma_registry_outgoing_bytes: '>' }
  },
  {
    does: 'work that keeps the event loop',
    act: async () => {
      const end = performance.now() + 1200

      while (performance.now() < end) {
        // on
      }
    },
    moves: { enigma_event_loop_delay_seconds: '>', 'enigma_event_loop_seconds_total{state="active"}': '>', process_cpu_user_seconds_total: '>', process_cpu_system_seconds_total: '≥' }
  }
]

/** What no call can move in a test of a node; `enigma_mailbox_slow_consumers_total` takes a minute, and is moved in test/mailbox/subscribe.spec. */
const ELSEWHERE = new Set(['enigma_build_info', 'process_start_time_seconds', 'process_max_fds', 'process_resident_memory_bytes', 'nodejs_heap_size_used_bytes', 'nodejs_external_memory_bytes', 'enigma_storage_free_bytes', 'enigma_storage_failures_total', 'enigma_mailbox_slow_consumers_total'])

describe('node: metrics', function () {
  this.timeout(120_000)

  let stage: Stage

  afterEach(async () => { await stage.end() })

  for (const { does, config, act, moves } of ROWS) {
    it(`move with ${does}`, async () => {
      stage = await Stage.start(config)

      const before = await stage.scrape()

      await act(stage)
      // an end is told of a moment after the other side has seen it
      await until(async () => wrong(before, await stage.scrape(), moves).length === 0, () => 'all has moved').catch(async () => {
        assert.deepEqual(wrong(before, await stage.scrape(), moves), [])
      })
      assert.deepEqual((await stage.scrape()).names, before.names, 'no series comes to be')
    })
  }

  it('are all moved by one of these', async () => {
    stage = await Stage.start()

    const moved = new Set([...ROWS.flatMap(({ moves }) => Object.keys(moves)).map(series => (series.split('{')[0] ?? '').replace(/_(count|sum|bucket)$/, '')), ...ELSEWHERE])
    const names = [...renderMetricsTable().matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name)

    assert.ok(names.length > 40)
    assert.deepEqual(names.filter(name => !moved.has(name)), [])
    assert.deepEqual(new Set((await stage.scrape()).names.map(series => (series.split('{')[0] ?? '').replace(/_(count|sum|bucket)$/, ''))), new Set(names))
  })

  it('tell what the process is and has', async () => {
    stage = await Stage.start()

    const scrape = await stage.scrape()

    assert.ok(Math.abs(scrape.get('process_start_time_seconds') - performance.timeOrigin / 1000) < 1)
    assert.ok(scrape.get('process_max_fds') >= scrape.get('process_open_fds'))
    assert.ok(scrape.get('process_resident_memory_bytes') > scrape.get('nodejs_heap_size_used_bytes'))
    assert.ok(scrape.get('nodejs_external_memory_bytes') > 0)
    assert.ok(scrape.get('enigma_storage_free_bytes') > 0)
    assert.equal(scrape.get('enigma_storage_failures_total'), 0)
  })

  it('have as many series after a flood of odd peers and mailboxes as before, and name none of them', async () => {
    stage = await Stage.start({ rate_limit: { burst: 30 } })

    const before = await stage.scrape()
    const clients = await Promise.all(Array.from({ length: 8 }, async () => await stage.client()))

    await Promise.all(clients.map(async ({ node, connection }, at) => {
      const talk = new Talk(await openRaw(connection, MAILBOX))

      for (let n = 0; n < 20; n++) {
        const mailbox = [node.peerId.toString(), `secret"${n}\n{}`, '\\', 'f'.repeat(64), '"} 1\n'][n % 5] ?? ''

        await talk.ask({ push: push(mailbox, 100 * at + n, { kind: `secret-kind-${n}` }) })
        await talk.ask({ stat: { mailbox } })
      }

      await talk.ask({ push: { mailbox: 'secret', kind: '' } })
      await hop(connection, { type: HopType.CONNECT, peer: { id: Uint8Array.of(0, 4, 115, 101, 99, 114) } })
      await hop(connection, { type: HopType.CONNECT, peer: { id: node.peerId.toMultihash().bytes } })
    }))

    const text = await (await fetch(`${stage.node.ops}/metrics`)).text()

    assert.deepEqual(new Scrape(text).names, before.names)
    assert.doesNotMatch(text, /secret|12D3KooW|ffff/)
  })
})

/** What has not moved as it should. */
function wrong (before: Scrape, after: Scrape, moves: Moves): string[] {
  return Object.entries(moves).filter(([series, move]) => {
    const [was, is] = [before.get(series), after.get(series)]
    const by = Number(move.slice(1))

    return !(move === '>' ? is > was : move === '≥' ? is >= was : move.startsWith('+') ? is - was === by : is === by)
  }).map(([series, move]) => `${series} ${move}: ${before.get(series)} → ${after.get(series)}`)
}
