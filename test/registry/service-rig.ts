import assert from 'node:assert/strict'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { decodeResponse, encodeRequest, REGISTRY_PROTOCOL } from '../../src/registry/index.js'
import { DefaultRegistryServer } from '../../src/registry/server.js'
import { memoryStore } from '../../src/storage/index.js'
import { createClientNode, createRelayNode, MIB } from '../support/nodes.js'
import { openRaw } from '../support/raw-stream.js'
import { Talk as BaseTalk } from '../support/talk.js'
import { until, within } from '../support/wait.js'
import { NODE_KEY, NOW } from './rig.js'
import type {
  AddNodesRequest, AnnounceRequest, CheckUserRequest, ProofOfWork, RegisterRequest, RegistryRequest, RegistryResponse, RegistryServerComponents, RegistryServerInit, RemoveRequest, ResolveRequest,
  SyncRequest, UpdateRequest
} from '../../src/registry/index.js'
import type { RegistryServerInternals } from '../../src/registry/server.js'
import type { Store } from '../../src/storage/index.js'
import type { ClientNode, ClientOptions } from '../support/nodes.js'
import type { Connection, Libp2p, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** One call of a request. */
export interface Call {
  register?: RegisterRequest
  update?: UpdateRequest
  remove?: RemoveRequest
  resolve?: ResolveRequest
  checkUser?: CheckUserRequest
  announce?: AnnounceRequest
  presence?: CheckUserRequest
  sync?: SyncRequest
  listNodes?: object
  addNodes?: AddNodesRequest
  envelopeKeys?: object
  challenge?: object
  proofOfWork?: ProofOfWork
}

export interface TestServer {
  node: Libp2p
  service: DefaultRegistryServer
  store: Store
  addr: Multiaddr
  /** Wall clock in Unix milliseconds, and the monotonic one. */
  clock: { now: number, monotonic: number }
}

/** Makes nodes with the registry and clients of theirs, and takes them down after each test. */
export class ServiceRig {
  readonly #stops: Array<() => Promise<void>> = []

  constructor () {
    afterEach(async () => { await Promise.all(this.#stops.splice(0).map(async stop => { await within(stop(), 'a node stops') })) })
  }

  onStop (stop: () => Promise<void>): void {
    this.#stops.push(stop)
  }

  /** @param relay through which it can be reached too */
  async server (init: Partial<RegistryServerInit> = {}, internals: RegistryServerInternals = {}, relay?: Multiaddr): Promise<TestServer> {
    const store = await memoryStore()
    const clock = { now: NOW, monotonic: 1_000_000 }
    let service: DefaultRegistryServer | undefined
    const node = await createLibp2p({
      privateKey: NODE_KEY,
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0', ...(relay == null ? [] : [`${relay}/p2p-circuit`])] },
      transports: [tcp(), ...(relay == null ? [] : [circuitRelayTransport()])],
      connectionEncrypters: [tls(), noise()],
      streamMuxers: [yamux({ maxInboundStreams: 1000, streamOptions: { maxStreamWindowSize: MIB, maxReadBufferLength: 2 * MIB } })],
      connectionManager: { inboundConnectionThreshold: Infinity },
      connectionMonitor: { enabled: false },
      services: {
        identify: identify(),
        registry: (components: RegistryServerComponents) => {
          service = new DefaultRegistryServer(components, { store, now: () => clock.now, monotonic: () => clock.monotonic, ...init }, internals)
          return service
        }
      }
    })

    this.onStop(async () => {
      await node.stop()
      await store.close()
    })
    assert.ok(service != null)
    const addr = node.getMultiaddrs().find(addr => !addr.toString().includes('p2p-circuit'))
    assert.ok(addr != null)

    return { node, service, store, addr, clock }
  }

  async client (server: TestServer, options: ClientOptions = {}): Promise<TestClient> {
    const node = await createClientNode(options)

    this.onStop(async () => { await node.stop() })

    return new TestClient(node, await node.dial(server.addr))
  }

  /** A node that is reached through a relay, over connections with limits. */
  async relayed (init: Partial<RegistryServerInit> = {}): Promise<{ server: TestServer, client: TestClient }> {
    const relay = await createRelayNode({ maxCircuitBytes: MIB, maxCircuitDurationSeconds: 60 })
    const [relayAddr] = relay.getMultiaddrs()

    this.onStop(async () => { await relay.stop() })
    assert.ok(relayAddr != null)

    const server = await this.server(init, {}, relayAddr)
    const circuitAddr = (): Multiaddr | undefined => server.node.getMultiaddrs().find(addr => addr.toString().includes('p2p-circuit'))

    await until(() => circuitAddr() != null, 'it has a reservation')

    const addr = circuitAddr()
    const node = await createClientNode({ circuit: true })

    this.onStop(async () => { await node.stop() })
    assert.ok(addr != null)

    const connection = await node.dial(addr)

    assert.ok(connection.limits != null)

    return { server, client: new TestClient(node, connection) }
  }
}

export class TestClient {
  readonly node: ClientNode
  readonly connection: Connection

  constructor (node: ClientNode, connection: Connection) {
    this.node = node
    this.connection = connection
  }

  get peerId (): PeerId {
    return this.node.peerId
  }

  async open (): Promise<Talk> {
    return new Talk(await openRaw(this.connection, REGISTRY_PROTOCOL))
  }
}

/** One stream seen as requests and responses. */
export class Talk extends BaseTalk<Call, RegistryResponse> {
  /** The code that a call is refused with, or `ok`. */
  async code (call: Call): Promise<string> {
    return codeOf(await this.ask(call))
  }

  protected write (call: Call, id: bigint): void {
    this.raw.send(frameOf(call, id))
  }

  protected read (frame: Uint8Array): RegistryResponse {
    return decodeResponse(frame)
  }

  protected idOf ({ id }: RegistryResponse): bigint {
    return id
  }
}

export function codeOf ({ failure }: RegistryResponse): string {
  return failure?.code ?? 'ok'
}

/** A request with its length before it. */
export function frameOf (call: Call, id: bigint): Uint8Array {
  return encodeRequest({ id, ...call } as RegistryRequest)
}
