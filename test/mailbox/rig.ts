import assert from 'node:assert/strict'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { noise } from '@libp2p/noise'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { DefaultMailboxServer } from '../../src/mailbox/server.js'
import { memoryStore } from '../../src/storage/index.js'
import { createClientNode, MIB } from '../support/nodes.js'
import { decode, encode, MAILBOX } from '../support/mailbox-wire.js'
import { openRaw } from '../support/raw-stream.js'
import { Talk as BaseTalk } from '../support/talk.js'
import { within } from '../support/wait.js'
import type { MailboxServerComponents, MailboxServerInit } from '../../src/mailbox/index.js'
import type { MailboxServerInternals } from '../../src/mailbox/server.js'
import type { Store } from '../../src/storage/index.js'
import type { Fields } from '../support/mailbox-wire.js'
import type { ClientNode, ClientOptions } from '../support/nodes.js'
import type { Connection, Libp2p } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

export interface TestServer {
  node: Libp2p
  service: DefaultMailboxServer
  store: Store
  addr: Multiaddr
}

/** Makes servers and clients and takes them down after each test. */
export class MailboxRig {
  readonly #stops: Array<() => Promise<void>> = []

  constructor () {
    afterEach(async () => { await Promise.all(this.#stops.splice(0).map(async stop => { await within(stop(), 'a node stops') })) })
  }

  onStop (stop: () => Promise<void>): void {
    this.#stops.push(stop)
  }

  /** @param relay through which it can be reached too */
  async server (init: Partial<MailboxServerInit> = {}, internals: MailboxServerInternals = {}, relay?: Multiaddr): Promise<TestServer> {
    const store = init.store ?? await memoryStore()
    let service: DefaultMailboxServer | undefined
    const node = await createLibp2p({
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0', ...(relay == null ? [] : [`${relay}/p2p-circuit`])] },
      transports: [tcp(), ...(relay == null ? [] : [circuitRelayTransport()])],
      connectionEncrypters: [tls(), noise()],
      streamMuxers: [yamux({ maxInboundStreams: 1000, streamOptions: { maxStreamWindowSize: MIB, maxReadBufferLength: 2 * MIB } })],
      connectionManager: { inboundConnectionThreshold: Infinity },
      connectionMonitor: { enabled: false },
      services: {
        identify: identify(),
        mailbox: (components: MailboxServerComponents) => {
          service = new DefaultMailboxServer(components, { ...init, store }, internals)
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

    return { node, service, store, addr }
  }

  async client (server: TestServer, options: ClientOptions = {}): Promise<TestClient> {
    const node = await createClientNode(options)

    this.onStop(async () => { await node.stop() })

    return new TestClient(node, await node.dial(server.addr))
  }
}

export class TestClient {
  readonly node: ClientNode
  readonly connection: Connection

  constructor (node: ClientNode, connection: Connection) {
    this.node = node
    this.connection = connection
  }

  get name (): string {
    return this.node.peerId.toString()
  }

  async open (): Promise<Talk> {
    return new Talk(await openRaw(this.connection, MAILBOX))
  }
}

/** One stream seen as requests and responses. */
export class Talk extends BaseTalk<Fields, Fields> {
  /** Many requests in one go. */
  sendAll (calls: readonly Fields[]): void {
    calls.forEach(call => { this.send(call) })
  }

  /** The code of the failure that a call ends with. */
  async code (call: Fields): Promise<string> {
    return codeOf(await this.ask(call))
  }

  /** Items and the end of one page. */
  async pull (pull: Fields): Promise<{ items: Fields[], pageEnd: Fields }> {
    const id = this.send({ pull })
    const items: Fields[] = []

    while (true) {
      const { item, pageEnd, failure } = await this.of(id)

      if (item != null) {
        items.push(item as Fields)
      } else {
        assert.ok(pageEnd != null, `a page: ${JSON.stringify(failure, (_, value: unknown) => typeof value === 'bigint' ? String(value) : value)}`)
        return { items, pageEnd: pageEnd as Fields }
      }
    }
  }

  protected write (call: Fields, id: bigint): void {
    this.raw.sendFrame(encode('Request', { id, ...call }))
  }

  protected read (frame: Uint8Array): Fields {
    return decode('Response', frame)
  }

  protected idOf ({ id }: Fields): bigint {
    return id as bigint | undefined ?? 0n
  }
}

export function codeOf (response: Fields): string {
  return String((response.failure as Fields | undefined)?.code ?? 'no failure')
}

/** 16 bytes that end with `n`. */
export function idOf (n: number): Uint8Array {
  const id = new Uint8Array(16)

  new DataView(id.buffer).setUint32(12, n)

  return id
}

/** A push that is right. */
export function push (mailbox: string, n: number, more: Fields = {}): Fields {
  return { mailbox, messageId: idOf(n), chunkCount: 1, kind: 'opaque', totalLen: 5, sentMs: 7, body: new TextEncoder().encode(`body ${n}`), ...more }
}

export function bodyOf (item: Fields): string {
  return new TextDecoder().decode(item.body as Uint8Array | undefined ?? new Uint8Array())
}
