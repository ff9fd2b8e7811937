import { strict as assert } from 'node:assert'
import { Rig } from '../support/rig.js'
import { accept, answer, answerRaw, stopOk } from '../support/stop-target.js'
import { encodeStop, frame, HopType, Status, statusName, STOP, StopType } from '../support/wire.js'
import { until } from '../support/wait.js'
import type { StopBehaviour } from '../support/stop-target.js'
import type { TestPeer, TestRelay, TestTarget } from '../support/rig.js'

describe('circuit relay: STOP', () => {
  const rig = new Rig()

  async function trio (behaviour: StopBehaviour = accept()): Promise<{ relay: TestRelay, source: TestPeer, target: TestTarget }> {
    const relay = await rig.relay()
    const [source, target] = await Promise.all([rig.peer(relay), rig.target(relay, behaviour)])
    return { relay, source, target }
  }

  it('C50 sends CONNECT with the source\'s PeerId and the limit, and nothing else', async () => {
    const { source, target } = await trio()
    const { request } = await rig.circuit(source, target)
    assert.deepEqual(request.message, {
      type: StopType.CONNECT,
      peer: { id: source.id, addrs: [] },
      limit: { duration: 120, data: 10_485_760n },
      status: undefined
    })
  })

  it('C50 names the peer of the connection, whatever the CONNECT says', async () => {
    const { source, target } = await trio()
    const raw = await source.hop()
    raw.sendFrame(new Uint8Array([0x08, HopType.CONNECT, 0x12, target.peer.id.byteLength + 2, 0x0a, target.peer.id.byteLength, ...target.peer.id, 0x28, 100]))
    assert.equal(statusName((await raw.hop()).status), 'OK')
    assert.deepEqual((await target.stop.request()).message.peer?.id, source.id)
  })

  it('C51 names no address, also when the CONNECT does', async () => {
    const { relay, source, target } = await trio()
    await source.askAndStay({ type: HopType.CONNECT, peer: { id: target.peer.id, addrs: [relay.addr().bytes] } })
    assert.deepEqual((await target.stop.request()).message.peer?.addrs, [])
  })

  const wrong: Record<string, Uint8Array> = {
    'of type CONNECT that says OK': encodeStop({ type: StopType.CONNECT, status: Status.OK }),
    'without a type that says OK': encodeStop({ status: Status.OK }),
    'of an unknown type that says OK': encodeStop({ type: 9, status: Status.OK }),
    'without a status': encodeStop({ type: StopType.STATUS }),
    'of status UNUSED': encodeStop({ type: StopType.STATUS, status: Status.UNUSED }),
    'that is empty': new Uint8Array(0)
  }

  for (const [what, body] of Object.entries(wrong)) {
    it(`C52 takes an answer ${what} for a failure`, async () => {
      const { source, target } = await trio(answerRaw(frame(body)))
      assert.equal(await source.connectStatus(target.peer.id), 'CONNECTION_FAILED')
    })
  }

  it('C52 takes STATUS OK for success', async () => {
    const { source, target } = await trio(answerRaw(frame(stopOk)))
    assert.equal(await source.connectStatus(target.peer.id), 'OK')
  })

  it('C53 resets a STOP stream that was refused', async () => {
    const { source, target } = await trio(answer(Status.PERMISSION_DENIED))
    assert.equal(await source.connectStatus(target.peer.id), 'CONNECTION_FAILED')
    const { raw } = await target.stop.request()
    assert.equal(await raw.ended(), 'reset')
    assert.equal(raw.fin, false)
  })

  it('C53 resets a STOP stream whose answer cannot be read', async () => {
    const { source, target } = await trio(answerRaw(frame(new Uint8Array(8).fill(0xff))))
    assert.equal(await source.connectStatus(target.peer.id), 'CONNECTION_FAILED')
    assert.equal(await (await target.stop.request()).raw.ended(), 'reset')
  })

  it('C53 has no STOP stream open after 40 refusals', async () => {
    const { relay, source, target } = await trio(answer(Status.RESOURCE_LIMIT_EXCEEDED))

    for (let i = 0; i < 40; i++) {
      assert.equal(await source.connectStatus(target.peer.id), 'CONNECTION_FAILED')
    }

    await until(() => relay.streams(STOP).length === 0, 'no STOP stream is open')
    target.stop.behaviour = accept()
    assert.equal(await source.connectStatus(target.peer.id), 'OK')
  })
})
