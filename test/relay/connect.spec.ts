import { strict as assert } from 'node:assert'
import { until } from '../support/wait.js'
import { assertRefused, Rig } from '../support/rig.js'
import { accept, answer, answerRaw, hangUp, reset, silent, stopOk } from '../support/stop-target.js'
import { bytesField, concat, encodeHop, encodePeer, frame, HOP, HopType, Status, statusName, STOP, varintField } from '../support/wire.js'
import type { RelayServerInit } from '../../src/relay/index.js'
import type { StopBehaviour } from '../support/stop-target.js'
import type { TestPeer, TestRelay, TestTarget } from '../support/rig.js'

describe('circuit relay: CONNECT', () => {
  const rig = new Rig()

  async function trio (init: RelayServerInit = {}, behaviour: StopBehaviour = accept()): Promise<{ relay: TestRelay, source: TestPeer, target: TestTarget }> {
    const relay = await rig.relay(init)
    const [source, target] = await Promise.all([rig.peer(relay), rig.target(relay, behaviour)])
    return { relay, source, target }
  }

  async function send (source: TestPeer, body: Uint8Array, status: keyof typeof Status | Array<keyof typeof Status>): Promise<void> {
    const raw = await source.hop()
    raw.sendFrame(body)
    await assertRefused(raw, status)
  }

  const connectTo = (id: Uint8Array): Uint8Array => encodeHop({ type: HopType.CONNECT, peer: { id } })

  it('C30 joins the two streams, and bytes flow both ways on them', async () => {
    const { source, target } = await trio()
    const circuit = await rig.circuit(source, target)
    assert.equal(circuit.reply.type, HopType.STATUS)
    circuit.source.send(Uint8Array.of(1, 2, 3))
    assert.deepEqual(await circuit.target.bytes(3), Uint8Array.of(1, 2, 3))
    circuit.target.send(Uint8Array.of(4, 5))
    assert.deepEqual(await circuit.source.bytes(2), Uint8Array.of(4, 5))
  })

  it('C31 says OK to the source only when the target has', async () => {
    const go = Promise.withResolvers<void>()
    const { source, target } = await trio({}, async ({ raw }) => {
      await go.promise
      raw.sendFrame(stopOk)
    })
    const raw = await source.hop()
    raw.sendFrame(connectTo(target.peer.id))
    await target.stop.request()
    await source.barrier()
    assert.equal(raw.received, 0)
    go.resolve()
    assert.equal(statusName((await raw.hop()).status), 'OK')
  })

  it('C32 says NO_RESERVATION for a peer that is connected and has none', async () => {
    const relay = await rig.relay()
    const source = await rig.peer(relay)
    const other = await rig.peer(relay)
    await send(source, connectTo(other.id), 'NO_RESERVATION')
  })

  it('C32 says NO_RESERVATION for a peer it has never met', async () => {
    const relay = await rig.relay()
    const stranger = await rig.client()
    await send(await rig.peer(relay), connectTo(stranger.peerId.toMultihash().bytes), 'NO_RESERVATION')
  })

  it('C33 says NO_RESERVATION for a peer that has left, and does not dial it', async () => {
    const relay = await rig.relay()
    const source = await rig.peer(relay)
    const target = await rig.target(relay, accept(), { listen: ['/ip4/127.0.0.1/tcp/0'] })
    let inbound = 0
    target.peer.node.addEventListener('connection:open', () => { inbound++ })
    await relay.node.peerStore.merge(target.peer.peerId, { multiaddrs: target.peer.node.getMultiaddrs() })
    await target.peer.disconnect()
    await send(source, connectTo(target.peer.id), 'NO_RESERVATION')
    await source.barrier()
    assert.equal(inbound, 0)
    assert.equal(relay.node.getConnections(target.peer.peerId).length, 0)
  })

  const failures: Record<string, StopBehaviour> = {
    'says PERMISSION_DENIED': answer(Status.PERMISSION_DENIED),
    'says RESOURCE_LIMIT_EXCEEDED': answer(Status.RESOURCE_LIMIT_EXCEEDED),
    'says a status that nobody knows': answer(999),
    'resets the stream': reset,
    'hangs up': hangUp,
    'answers garbage': answerRaw(frame(new Uint8Array(20).fill(0xff))),
    'answers with an empty message': answerRaw(frame(new Uint8Array(0))),
    disconnects: ({ connection }) => { connection.abort(new Error('gone')) }
  }

  for (const [what, behaviour] of Object.entries(failures)) {
    it(`C34 says CONNECTION_FAILED when the target ${what}`, async () => {
      const { relay, source, target } = await trio({}, behaviour)
      await send(source, connectTo(target.peer.id), 'CONNECTION_FAILED')
      await until(() => relay.streams(STOP).length === 0, 'no STOP stream is open')
      assert.equal(relay.service.stats().circuits, 0)
    })
  }

  it('C34 says CONNECTION_FAILED when the target never answers', async () => {
    const { relay, source, target } = await trio({ hopTimeoutSeconds: 1 }, silent)
    await send(source, connectTo(target.peer.id), 'CONNECTION_FAILED')
    await until(() => relay.streams(STOP).length === 0, 'no STOP stream is open')
  })

  it('C34 says CONNECTION_FAILED when the target does not speak STOP', async () => {
    const relay = await rig.relay()
    const source = await rig.peer(relay)
    const target = await rig.peer(relay)
    await target.reserve()
    await send(source, connectTo(target.id), 'CONNECTION_FAILED')
  })

  it('C34 says CONNECTION_FAILED when the target takes no more STOP streams', async () => {
    const { relay, source, target } = await trio()
    await target.peer.node.unhandle(STOP)
    await target.peer.node.handle(STOP, () => {}, { maxInboundStreams: 0 })
    await send(source, connectTo(target.peer.id), 'CONNECTION_FAILED')
    await until(() => relay.streams(STOP).length === 0, 'no STOP stream is open')
  })

  it('C34 gives the source\'s leaving during the handshake to the target as a reset', async () => {
    const { relay, source, target } = await trio({}, silent)
    const raw = await source.hop()
    raw.sendFrame(connectTo(target.peer.id))
    const { raw: end } = await target.stop.request()
    raw.reset()
    assert.equal(await end.ended(), 'reset')
    await until(() => relay.service.stats().circuits === 0, 'no circuit is counted')
  })

  it('C35 says PERMISSION_DENIED to a source that is not authorised, and OK when it is', async () => {
    const { relay, source, target } = await trio({ requireAuthorizedConnect: true })
    await send(source, connectTo(target.peer.id), 'PERMISSION_DENIED')
    relay.service.allowPeer(source.peerId)
    assert.equal(await source.connectStatus(target.peer.id), 'OK')
  })

  it('C35 says PERMISSION_DENIED for a target that is denied', async () => {
    const { relay, source, target } = await trio()
    relay.service.denyPeer(target.peer.peerId)
    await send(source, connectTo(target.peer.id), 'PERMISSION_DENIED')
  })

  it('C38 says MALFORMED_MESSAGE when no peer is named', async () => {
    const { source } = await trio()
    await send(source, encodeHop({ type: HopType.CONNECT }), 'MALFORMED_MESSAGE')
    await send(source, encodeHop({ type: HopType.CONNECT, peer: {} }), 'MALFORMED_MESSAGE')
  })

  it('C38 says MALFORMED_MESSAGE when the PeerId is none', async () => {
    const { source, target } = await trio()

    for (const id of [new Uint8Array(0), Uint8Array.of(0x12), new Uint8Array(36).fill(0xff), target.peer.id.subarray(0, 20), concat(target.peer.id, Uint8Array.of(0))]) {
      await send(source, connectTo(id), 'MALFORMED_MESSAGE')
    }
  })

  it('C38 says MALFORMED_MESSAGE when an address of the peer is none', async () => {
    const { source, target } = await trio()
    await send(source, encodeHop({ type: HopType.CONNECT, peer: { id: target.peer.id, addrs: [new Uint8Array(7).fill(0xff)] } }), 'MALFORMED_MESSAGE')
  })

  it('C38 takes addresses of the peer that are some', async () => {
    const { relay, source, target } = await trio()
    const reply = await source.ask({ type: HopType.CONNECT, peer: { id: target.peer.id, addrs: [relay.addr().bytes] } })
    assert.equal(statusName(reply.status), 'OK')
  })

  it('C39 does not connect a peer to itself', async () => {
    const { target } = await trio()
    await send(target.peer, connectTo(target.peer.id), ['PERMISSION_DENIED', 'CONNECTION_FAILED'])
    assert.equal(target.stop.requests.length, 0)
  })

  it('C40 says UNEXPECTED_MESSAGE to a STATUS', async () => {
    const { relay, source } = await trio()
    await send(source, encodeHop({ type: HopType.STATUS, status: Status.OK }), 'UNEXPECTED_MESSAGE')
    await relay.noStreams()
  })

  it('C40 says MALFORMED_MESSAGE to what cannot be decoded', async () => {
    const { source } = await trio()
    await send(source, new Uint8Array(30).fill(0xff), 'MALFORMED_MESSAGE')
    await send(source, concat(varintField(1, HopType.CONNECT), bytesField(2, Uint8Array.of(0x0a, 0x7f))), 'MALFORMED_MESSAGE')
  })

  it('C40 does not read a message without a type as RESERVE', async () => {
    const { relay, source, target } = await trio()
    await send(source, new Uint8Array(0), 'MALFORMED_MESSAGE')
    await send(source, bytesField(2, encodePeer({ id: target.peer.id })), 'MALFORMED_MESSAGE')
    assert.deepEqual([...relay.service.reservations.keys()], [target.peer.peerId.toString()])
  })

  it('C40 refuses a type that nobody knows', async () => {
    const { relay, source } = await trio()
    await send(source, encodeHop({ type: 7 }), ['MALFORMED_MESSAGE', 'UNEXPECTED_MESSAGE'])
    assert.equal(relay.service.reservations.has(source.peerId.toString()), false)
  })

  for (const [what, init] of Object.entries<RelayServerInit>({
    'both limits': { maxCircuitDurationSeconds: 99, maxCircuitBytes: 5_000_000_000 },
    'no limit': { maxCircuitDurationSeconds: 0, maxCircuitBytes: 0 },
    'a duration only': { maxCircuitDurationSeconds: 99, maxCircuitBytes: 0 },
    'a data limit only': { maxCircuitDurationSeconds: 0, maxCircuitBytes: 4_096 }
  })) {
    it(`C41 tells source and target the same, with ${what}`, async () => {
      const { source, target } = await trio(init)
      const { reply, request } = await rig.circuit(source, target)
      assert.deepEqual(reply.limit, request.message.limit)
      assert.equal(reply.limit?.duration ?? 0, init.maxCircuitDurationSeconds)
      assert.equal(reply.limit?.data ?? 0n, BigInt(init.maxCircuitBytes ?? 0))
      assert.equal(reply.limit == null, init.maxCircuitDurationSeconds === 0 && init.maxCircuitBytes === 0)
    })
  }

  it('C34 has no stream open after 40 failures to a source that closes none', async () => {
    const { relay, source, target } = await trio({}, answer(Status.PERMISSION_DENIED))

    for (let i = 0; i < 40; i++) {
      assert.equal(await source.connectStatus(target.peer.id), 'CONNECTION_FAILED')
    }

    await relay.noStreams()
    assert.equal(relay.streams(HOP).length, 0)
  })
})
