import { strict as assert } from 'node:assert'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import { CARRIERS } from '../support/nodes.js'
import { openRaw, RawStream } from '../support/raw-stream.js'
import { randomBytes, Rig } from '../support/rig.js'
import { until } from '../support/wait.js'
import type { RelayServerInit } from '../../src/relay/index.js'
import type { Carrier, ClientNode } from '../support/nodes.js'
import type { TestRelay } from '../support/rig.js'
import type { Connection, Libp2p } from '@libp2p/interface'
import type { TransportManager } from '@libp2p/interface-internal'
import type { Multiaddr } from '@multiformats/multiaddr'

const ECHO = '/test/echo/1'
const TAKE = '/test/take/1'

/** Chunks of 1 byte to 1 MiB, most of them small. */
function sizes (): number[] {
  return Array.from({ length: 80 }, () => Math.floor(2 ** (Math.random() * 20)) + 1)
}

async function serveEcho (node: Libp2p): Promise<void> {
  await node.handle(ECHO, async stream => {
    const raw = new RawStream(stream)
    const data = await raw.bytes(5)
    raw.send(data)
    await raw.close()
  }, { runOnLimitedConnection: true })
}

/** Listens through the relay as an application does, and resolves to the address that others dial. */
async function listenThrough (relay: TestRelay, node: ClientNode): Promise<Multiaddr> {
  await until(() => node.getMultiaddrs().some(addr => addr.toString().includes('/p2p-circuit')), 'the client has a circuit address')
  assert(relay.service.reservations.has(node.peerId.toString()))
  const own = node.getMultiaddrs().find(addr => addr.toString().includes('/p2p-circuit'))
  assert(own != null)
  return own
}

describe('circuit relay: the stock js client', () => {
  const rig = new Rig()

  async function pair (carrier: Carrier, init: RelayServerInit): Promise<{ relay: TestRelay, dialer: ClientNode, listener: ClientNode, address: Multiaddr, connection: Connection }> {
    const relay = await rig.relay(init, { carriers: [carrier] })
    const listener = await rig.client({ carrier, circuit: true, listen: [`${relay.addr(carrier).toString()}/p2p-circuit`] })
    const dialer = await rig.client({ carrier, circuit: true })
    await serveEcho(listener)
    const address = await listenThrough(relay, listener)
    return { relay, dialer, listener, address, connection: await dialer.dial(address) }
  }

  for (const carrier of CARRIERS) {
    it(`reserves, listens, is dialled and answers an echo over ${carrier}`, async () => {
      const { relay, dialer, listener, connection } = await pair(carrier, {})
      assert.equal(connection.remotePeer.toString(), listener.peerId.toString())
      assert(connection.remoteAddr.toString().includes('/p2p-circuit'))
      const raw = await openRaw(connection, ECHO)
      raw.send(new TextEncoder().encode('hello'))
      assert.equal(new TextDecoder().decode(await raw.bytes(5)), 'hello')
      assert.deepEqual(relay.events.of('circuit_req_accepted'), [{ src_peer_id: dialer.peerId.toString(), dst_peer_id: listener.peerId.toString() }])
    })

    it(`shows the relay's limits on the connection over ${carrier}, at both ends`, async () => {
      const { dialer, listener, connection } = await pair(carrier, { maxCircuitDurationSeconds: 600, maxCircuitBytes: 50_000_000 })
      await until(() => listener.getConnections(dialer.peerId).length === 1, 'the listener has the connection')
      const [inbound] = listener.getConnections(dialer.peerId)

      for (const limits of [connection.limits, inbound?.limits]) {
        assert(limits?.seconds != null && limits.seconds > 570 && limits.seconds <= 600, `${limits?.seconds} s`)
        assert(limits.bytes != null && limits.bytes > 49_000_000n && limits.bytes <= 50_000_000n, `${limits.bytes} bytes`)
      }
    })

    it(`carries 30 MB in random chunks each way at once over ${carrier}, bit for bit, on a connection without limits`, async () => {
      const { listener, connection } = await pair(carrier, { maxCircuitBytes: 0, maxCircuitDurationSeconds: 0 })
      assert.equal(connection.limits, undefined)
      const [there, back] = [randomBytes(30_000_000), randomBytes(30_000_000)]
      const chunks = { there: sizes(), back: sizes() }
      const arrived = Promise.withResolvers<Uint8Array>()
      await listener.handle(TAKE, async stream => {
        const raw = new RawStream(stream)
        const [got] = await Promise.all([raw.bytes(there.byteLength, 55_000), raw.sendAll(back, chunks.back)])
        await raw.close()
        arrived.resolve(got)
      })
      const raw = await openRaw(connection, TAKE)
      const [got] = await Promise.all([raw.bytes(back.byteLength, 55_000), raw.sendAll(there, chunks.there)])
      await raw.close()
      assert.equal(Buffer.compare(got, back), 0, JSON.stringify(chunks))
      assert.equal(Buffer.compare(await arrived.promise, there), 0, JSON.stringify(chunks))
    })
  }

  it('sees the data limit as the end of the connection', async () => {
    const { listener, connection } = await pair('tcp-tls', { maxCircuitBytes: 100_000 })
    await listener.handle(TAKE, stream => { stream.addEventListener('message', () => {}) }, { runOnLimitedConnection: true })
    const raw = await openRaw(connection, TAKE)
    await assert.rejects(async () => { await raw.sendAll(randomBytes(10_000_000)) })
    await until(() => connection.status !== 'open', 'the connection has ended')
  })

  it('gets an error that names the status when nobody listens', async () => {
    const relay = await rig.relay()
    const [dialer, absent] = [await rig.client({ circuit: true }), await rig.client()]
    await assert.rejects(dialer.dial(multiaddr(`${relay.addr().toString()}/p2p-circuit/p2p/${absent.peerId}`)), (err: unknown) => {
      return errorsOf(err).some(text => text.includes('NO_RESERVATION'))
    })
  })

  it('reserves again at a relay that has come back with its key and port', async () => {
    const privateKey = await generateKeyPair('Ed25519')
    const before = await rig.relay({}, { privateKey })
    const addr = before.addr()
    const port = addr.getComponents().find(component => component.name === 'tcp')?.value
    const listener = await rig.client({ circuit: true, listen: [`${addr.toString()}/p2p-circuit`] })
    await serveEcho(listener)
    await listenThrough(before, listener)
    await before.node.stop()
    await until(() => listener.getConnections().length === 0, 'the client has lost the relay')

    const after = await rig.relay({}, { privateKey, listen: [`/ip4/127.0.0.1/tcp/${port}`] })
    await transportManager(listener).listen([multiaddr(`${addr.toString()}/p2p-circuit`)])
    const address = await listenThrough(after, listener)
    const connection = await (await rig.client({ circuit: true })).dial(address)
    const raw = await openRaw(connection, ECHO)
    raw.send(new TextEncoder().encode('hello'))
    assert.equal(new TextDecoder().decode(await raw.bytes(5)), 'hello')
  })
})

function errorsOf (err: unknown): string[] {
  return err instanceof AggregateError ? err.errors.flatMap(errorsOf) : [String(err), ...(err instanceof Error && err.cause != null ? errorsOf(err.cause) : [])]
}

/** The transport manager of a libp2p node, which its public type does not show. */
function transportManager (node: Libp2p): TransportManager {
  const it: unknown = node

  if (it == null || typeof it !== 'object' || !('components' in it)) {
    throw new Error('libp2p has hidden its components')
  }

  // libp2p's node class keeps its Components there
  return (it.components as { transportManager: TransportManager }).transportManager
}
