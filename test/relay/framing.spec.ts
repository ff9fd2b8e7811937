import { strict as assert } from 'node:assert'
import { until } from '../support/wait.js'
import { openRaw, StreamEndedError } from '../support/raw-stream.js'
import { randomBytes, Rig } from '../support/rig.js'
import { accept, stopOk } from '../support/stop-target.js'
import { concat, encodeHop, frame, HOP, HopType, MAX_MESSAGE_BYTES, padTo, Status, statusName, STOP, unknownField, varint, varintField } from '../support/wire.js'
import type { RawStream } from '../support/raw-stream.js'
import type { TestPeer } from '../support/rig.js'

const reserve = encodeHop({ type: HopType.RESERVE })

async function inPieces (peer: TestPeer, raw: RawStream, pieces: Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    raw.send(piece)
    await peer.barrier()
  }
}

/** Ended without a word, or with the status of a message that cannot be read. */
async function assertNotRead (raw: RawStream): Promise<void> {
  try {
    assert.equal(statusName((await raw.hop()).status), 'MALFORMED_MESSAGE')
  } catch (err) {
    assert(err instanceof StreamEndedError, String(err))
  }

  await until(() => raw.fin || raw.ending != null, 'the relay ends the stream')
}

describe('circuit relay: framing and protocol ids', () => {
  const rig = new Rig()

  it('C01 serves HOP and opens STOP under the ids of the specification', async () => {
    const relay = await rig.relay()
    assert(relay.node.getProtocols().includes('/libp2p/circuit/relay/0.2.0/hop'))

    const source = await rig.peer(relay)
    const target = await rig.target(relay)
    const { source: raw, request } = await rig.circuit(source, target)
    assert.equal(raw.stream.protocol, '/libp2p/circuit/relay/0.2.0/hop')
    assert.equal(request.raw.stream.protocol, '/libp2p/circuit/relay/0.2.0/stop')
  })

  it('C02 reads a message whose length prefix and body come apart', async () => {
    const relay = await rig.relay()
    const peer = await rig.peer(relay)
    const raw = await peer.hop()
    await inPieces(peer, raw, [varint(reserve.byteLength), reserve])
    assert.equal(statusName((await raw.hop()).status), 'OK')
  })

  it('C02 reads a message that comes one byte at a time', async () => {
    const relay = await rig.relay()
    const source = await rig.peer(relay)
    const target = await rig.target(relay)
    const raw = await source.hop()
    const message = frame(padTo(200, encodeHop({ type: HopType.CONNECT, peer: { id: target.peer.id } })))
    await inPieces(source, raw, Array.from(message, byte => Uint8Array.of(byte)))
    assert.equal(statusName((await raw.hop()).status), 'OK')
  })

  it('C02 reads a STATUS of the target that comes one byte at a time', async () => {
    const relay = await rig.relay()
    const source = await rig.peer(relay)
    const target = await rig.target(relay, async ({ raw }) => {
      await inPieces(target.peer, raw, Array.from(frame(stopOk), byte => Uint8Array.of(byte)))
    })
    assert.equal(await source.connectStatus(target.peer.id), 'OK')
  })

  it('C02 writes its own messages with their length in front', async () => {
    const relay = await rig.relay()
    const peer = await rig.peer(relay)
    const raw = await peer.hop()
    raw.sendFrame(reserve)
    await raw.frame()
    await raw.finSeen()
    assert.equal(raw.pending.byteLength, 0, 'bytes behind the one message')
  })

  it('C03 takes a HOP message of 4096 bytes', async () => {
    const relay = await rig.relay()
    const raw = await (await rig.peer(relay)).hop()
    raw.sendFrame(padTo(MAX_MESSAGE_BYTES, reserve))
    assert.equal(statusName((await raw.hop()).status), 'OK')
  })

  it('C03 refuses a HOP message of 4097 bytes', async () => {
    const relay = await rig.relay()
    const raw = await (await rig.peer(relay)).hop()
    raw.sendFrame(padTo(MAX_MESSAGE_BYTES + 1, reserve))
    await assertNotRead(raw)
    assert.equal(relay.service.reservations.size, 0)
  })

  it('C03 refuses an oversize message by its length, before any of it comes', async () => {
    const relay = await rig.relay()
    const raw = await (await rig.peer(relay)).hop()
    raw.send(varint(3 * 1024 * 1024))
    await assertNotRead(raw)
  })

  it('C03 refuses a length that never ends', async () => {
    const relay = await rig.relay()
    const raw = await (await rig.peer(relay)).hop()
    raw.send(new Uint8Array(16).fill(0xff))
    await assertNotRead(raw)
  })

  it('C03 takes a STATUS of 4096 bytes from the target', async () => {
    const relay = await rig.relay()
    const source = await rig.peer(relay)
    const target = await rig.target(relay, ({ raw }) => { raw.sendFrame(padTo(MAX_MESSAGE_BYTES, stopOk)) })
    assert.equal(await source.connectStatus(target.peer.id), 'OK')
  })

  it('C03 refuses a STATUS of 4097 bytes from the target', async () => {
    const relay = await rig.relay()
    const source = await rig.peer(relay)
    const target = await rig.target(relay, ({ raw }) => { raw.sendFrame(padTo(MAX_MESSAGE_BYTES + 1, stopOk)) })
    assert.equal(await source.connectStatus(target.peer.id), 'CONNECTION_FAILED')
  })

  it('C04 forwards bytes that came in one packet with CONNECT, in order, after OK', async () => {
    const relay = await rig.relay()
    const source = await rig.peer(relay)
    const target = await rig.target(relay)
    const early = randomBytes(100_000)
    const late = randomBytes(5_000)
    const raw = await source.hop()
    raw.send(concat(frame(encodeHop({ type: HopType.CONNECT, peer: { id: target.peer.id } })), early.subarray(0, 40_000)))
    raw.send(early.subarray(40_000))
    assert.equal(statusName((await raw.hop()).status), 'OK')
    raw.send(late)
    const { raw: end } = await target.stop.request()
    assert.deepEqual(await end.bytes(105_000), concat(early, late))
  })

  it('C04 holds such bytes back until the target has said OK', async () => {
    const relay = await rig.relay()
    const source = await rig.peer(relay)
    const go = Promise.withResolvers<void>()
    const target = await rig.target(relay, async ({ raw }) => {
      await go.promise
      raw.sendFrame(stopOk)
    })
    const raw = await source.hop()
    raw.send(concat(frame(encodeHop({ type: HopType.CONNECT, peer: { id: target.peer.id } })), Uint8Array.of(1, 2, 3)))
    const { raw: end } = await target.stop.request()
    await source.barrier()
    await target.peer.barrier()
    assert.equal(end.pending.byteLength, 0)
    go.resolve()
    assert.deepEqual(await end.bytes(3), Uint8Array.of(1, 2, 3))
  })

  it('C04 does not give such bytes to a target that refuses', async () => {
    const relay = await rig.relay()
    const source = await rig.peer(relay)
    const target = await rig.target(relay, ({ raw }) => { raw.sendFrame(concat(varintField(1, 1), varintField(4, Status.PERMISSION_DENIED))) })
    const raw = await source.hop()
    raw.send(concat(frame(encodeHop({ type: HopType.CONNECT, peer: { id: target.peer.id } })), Uint8Array.of(1, 2, 3)))
    assert.equal(statusName((await raw.hop()).status), 'CONNECTION_FAILED')
    const { raw: end } = await target.stop.request()
    await end.ended()
    assert.equal(end.pending.byteLength, 0)
  })

  it('C05 forwards bytes that came in one packet with the STATUS of the target, in order', async () => {
    const relay = await rig.relay()
    const source = await rig.peer(relay)
    const early = randomBytes(100_000)
    const target = await rig.target(relay, accept(early))
    const circuit = await rig.circuit(source, target)
    circuit.target.send(Uint8Array.of(9, 8, 7))
    assert.deepEqual(await circuit.source.bytes(100_003), concat(early, Uint8Array.of(9, 8, 7)))
  })

  it('C06 ignores fields it does not know, in every message and at every depth', async () => {
    const relay = await rig.relay()
    const source = await rig.peer(relay)
    const unknown = concat(varintField(9, 1n << 60n), unknownField(50), Uint8Array.of((10 << 3) | 1, 1, 2, 3, 4, 5, 6, 7, 8), Uint8Array.of((11 << 3) | 5, 1, 2, 3, 4))
    const target = await rig.target(relay, ({ raw }) => { raw.sendFrame(concat(unknown, stopOk, unknown)) })

    const again = await target.peer.hop()
    again.sendFrame(concat(unknown, reserve, unknown))
    assert.equal(statusName((await again.hop()).status), 'OK')

    const id = target.peer.id
    const peer = concat(unknown, Uint8Array.of(0x0a), varint(id.byteLength), id, unknown)
    const raw = await source.hop()
    raw.sendFrame(concat(unknown, varintField(1, HopType.CONNECT), Uint8Array.of(0x12), varint(peer.byteLength), peer, unknown))
    assert.equal(statusName((await raw.hop()).status), 'OK')
  })

  it('C07 ends a HOP stream that sends nothing, and one that stops within a message', async () => {
    const relay = await rig.relay({ hopTimeoutSeconds: 1 })
    const peer = await rig.peer(relay)
    const idle = await openRaw(peer.connection, HOP)
    const halfway = await openRaw(peer.connection, HOP)
    halfway.send(varint(100))
    await Promise.all([idle, halfway].map(async raw => { await until(() => raw.fin || raw.ending != null, 'the relay ends the stream') }))
    await relay.noStreams()
  })

  it('C07 gives the places of 40 silent streams back', async () => {
    const relay = await rig.relay({ hopTimeoutSeconds: 1 })
    const peer = await rig.peer(relay)
    const silent = await Promise.all(Array.from({ length: 40 }, async () => await openRaw(peer.connection, HOP)))
    await Promise.all(silent.map(async raw => { await until(() => raw.fin || raw.ending != null, 'the relay ends the stream') }))
    await relay.noStreams()
    await peer.reserve()
    assert.equal(relay.streams(STOP).length, 0)
  })
})
