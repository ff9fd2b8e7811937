import { strict as assert } from 'node:assert'
import { EventLog } from './event-log.js'
import { createClientNode, createRelayNode } from './nodes.js'
import { openRaw } from './raw-stream.js'
import { accept, StopTarget } from './stop-target.js'
import { until, within } from './wait.js'
import { encodeHop, HOP, HopType, statusName, STOP } from './wire.js'
import type { RelayServer, RelayServerInit } from '../../src/relay/index.js'
import type { Carrier, ClientNode, ClientOptions, RelayNode, RelayNodeOptions } from './nodes.js'
import type { RawStream } from './raw-stream.js'
import type { StopBehaviour, StopRequest } from './stop-target.js'
import type { HopMessage, Status } from './wire.js'
import type { Connection, PeerId, Stream } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

const WHERE: Record<Carrier, (addr: string) => boolean> = {
  'tcp-tls': addr => addr.includes('/tcp/') && !addr.includes('/ws'),
  'tcp-noise': addr => addr.includes('/tcp/') && !addr.includes('/ws'),
  quic: addr => addr.includes('/quic-v1'),
  ws: addr => addr.includes('/ws'),
  'webrtc-direct': addr => addr.includes('/webrtc-direct')
}

/** A relay under test, with everything it dispatched. */
export class TestRelay {
  readonly node: RelayNode
  readonly events: EventLog

  constructor (node: RelayNode) {
    this.node = node
    this.events = new EventLog(node.services.relay)
  }

  get service (): RelayServer {
    return this.node.services.relay
  }

  get peerId (): PeerId {
    return this.node.peerId
  }

  addr (carrier: Carrier = 'tcp-tls'): Multiaddr {
    const found = this.node.getMultiaddrs().find(addr => WHERE[carrier](addr.toString()))
    assert(found != null, `the relay does not listen on ${carrier}`)
    return found
  }

  streams (protocol?: string): Stream[] {
    return this.node.getConnections().flatMap(connection => connection.streams).filter(stream => protocol == null || stream.protocol === protocol)
  }

  /** What the relay holds for its streams, both ways. */
  buffered (): number {
    return this.streams().reduce((sum, stream) => sum + stream.readBufferLength + stream.writeBufferLength, 0)
  }

  async noStreams (): Promise<void> {
    const relayed = (): Stream[] => [...this.streams(HOP), ...this.streams(STOP)]
    await until(() => relayed().length === 0, () => `the relay has no HOP or STOP stream; it has ${relayed().map(s => `${s.protocol} ${s.status} ${s.readStatus} ${s.writeStatus}`).join(', ')}`)
  }

  async gone (peer: PeerId): Promise<void> {
    await until(() => this.node.getConnections(peer).length === 0, 'the relay has no connection to the peer')
  }
}

/** A stock node and its connection to the relay. */
export class TestPeer {
  readonly node: ClientNode
  readonly relay: TestRelay
  readonly connection: Connection
  readonly carrier: Carrier

  constructor (node: ClientNode, relay: TestRelay, connection: Connection, carrier: Carrier) {
    this.node = node
    this.relay = relay
    this.connection = connection
    this.carrier = carrier
  }

  get peerId (): PeerId {
    return this.node.peerId
  }

  get id (): Uint8Array {
    return this.peerId.toMultihash().bytes
  }

  /** One more connection to the same relay. */
  async connectAgain (): Promise<Connection> {
    return await this.node.dial(this.relay.addr(this.carrier), { force: true })
  }

  async hop (connection: Connection = this.connection): Promise<RawStream> {
    return await openRaw(connection, HOP)
  }

  /** Sends one message, reads the answer, and closes. */
  async ask (message: HopMessage, connection?: Connection): Promise<HopMessage> {
    const raw = await this.hop(connection)
    raw.sendFrame(encodeHop(message))
    const reply = await raw.hop()
    raw.close().catch(() => {})
    return reply
  }

  /** The same of a peer that never closes a stream. */
  async askAndStay (message: HopMessage): Promise<HopMessage> {
    const raw = await this.hop()
    raw.sendFrame(encodeHop(message))
    return await raw.hop()
  }

  async tryReserve (connection?: Connection): Promise<HopMessage> {
    return await this.ask({ type: HopType.RESERVE }, connection)
  }

  /** @throws AssertionError unless the relay says OK */
  async reserve (connection?: Connection): Promise<HopMessage> {
    const reply = await this.tryReserve(connection)
    assert.equal(statusName(reply.status), 'OK', 'RESERVE')
    return reply
  }

  /** Opens a circuit, or is told why not; the stream stays open. */
  async tryConnect (target: Uint8Array, connection?: Connection): Promise<{ raw: RawStream, reply: HopMessage }> {
    const raw = await this.hop(connection)
    raw.sendFrame(encodeHop({ type: HopType.CONNECT, peer: { id: target } }))
    return { raw, reply: await raw.hop() }
  }

  async connectStatus (target: Uint8Array, connection?: Connection): Promise<string> {
    return statusName((await this.tryConnect(target, connection)).reply.status)
  }

  /** Resolves when the relay has seen all that was sent on this connection before. */
  async barrier (): Promise<void> {
    await within(this.node.services.ping.ping(this.relay.peerId), 'a ping')
  }

  async disconnect (): Promise<void> {
    await Promise.all(this.node.getConnections(this.relay.peerId).map(async connection => { await connection.close() }))
    await this.relay.gone(this.peerId)
  }
}

export interface Circuit {
  source: RawStream
  /** The target's end. */
  target: RawStream
  request: StopRequest
  reply: HopMessage
}

/** A peer with a reservation that answers STOP by script. */
export interface TestTarget {
  peer: TestPeer
  stop: StopTarget
}

/** Makes nodes and takes them all down after each test of the suite it is made in, or when `stop()` is called. */
export class Rig {
  readonly #stops: Array<() => Promise<void>> = []

  constructor (options: { until?: 'afterEach' | 'stop' } = {}) {
    if (options.until !== 'stop') {
      afterEach(async () => { await this.stop() })
    }
  }

  onStop (stop: () => Promise<void>): void {
    this.#stops.push(stop)
  }

  async stop (): Promise<void> {
    await Promise.all(this.#stops.splice(0).map(async stop => { await within(stop(), 'a node stops') }))
  }

  async relay (init?: RelayServerInit, options?: RelayNodeOptions): Promise<TestRelay> {
    const node = await createRelayNode(init, options)
    this.onStop(async () => { await node.stop() })
    return new TestRelay(node)
  }

  async client (options?: ClientOptions): Promise<ClientNode> {
    const node = await createClientNode(options)
    this.onStop(async () => { await node.stop() })
    return node
  }

  /** A client that is connected to the relay. */
  async peer (relay: TestRelay, options: ClientOptions = {}): Promise<TestPeer> {
    const node = await this.client(options)
    const carrier = options.carrier ?? 'tcp-tls'
    return new TestPeer(node, relay, await node.dial(relay.addr(carrier)), carrier)
  }

  /** A client with a reservation and a scripted STOP handler. */
  async target (relay: TestRelay, behaviour: StopBehaviour = accept(), options?: ClientOptions): Promise<TestTarget> {
    const peer = await this.peer(relay, options)
    const stop = await new StopTarget(behaviour).attach(peer.node)
    await peer.reserve()
    return { peer, stop }
  }

  /** An open circuit: the raw streams at both ends, behind the handshake. */
  async circuit (source: TestPeer, target: TestTarget): Promise<Circuit> {
    const nth = target.stop.requests.length + 1
    const { raw, reply } = await source.tryConnect(target.peer.id)
    assert.equal(statusName(reply.status), 'OK', 'CONNECT')
    const request = await target.stop.request(nth)
    return { source: raw, target: request.raw, request, reply }
  }

  /** A relay, a source, a target, and a circuit between them. */
  async circuitOn (init: RelayServerInit, options: { source?: Carrier, target?: Carrier, behaviour?: StopBehaviour, node?: RelayNodeOptions } = {}): Promise<Circuit & { relay: TestRelay, sourcePeer: TestPeer, targetPeer: TestPeer }> {
    const source = options.source ?? 'tcp-tls'
    const target = options.target ?? 'tcp-tls'
    const relay = await this.relay(init, { carriers: [source, target], ...options.node })
    const [sourcePeer, targetSide] = await Promise.all([
      this.peer(relay, { carrier: source }),
      this.target(relay, options.behaviour, { carrier: target })
    ])

    return { relay, sourcePeer, targetPeer: targetSide.peer, ...await this.circuit(sourcePeer, targetSide) }
  }
}

/** Asserts a refusal: this status, then the relay ends the stream. */
export async function assertRefused (raw: RawStream, status: keyof typeof Status | ReadonlyArray<keyof typeof Status>): Promise<void> {
  const reply = await raw.hop()
  const allowed: readonly string[] = typeof status === 'string' ? [status] : status
  assert.equal(reply.type, HopType.STATUS)
  assert(allowed.includes(statusName(reply.status)), `expected ${allowed.join(' or ')}, got ${statusName(reply.status)}`)
  await until(() => raw.fin || raw.ending != null, 'the relay ends the refused stream')
}

export function randomBytes (count: number): Uint8Array {
  const out = new Uint8Array(count)

  for (let offset = 0; offset < count; offset += 65_536) {
    crypto.getRandomValues(out.subarray(offset, offset + 65_536))
  }

  return out
}
