import { strict as assert } from 'node:assert'
import { Rig } from '../support/rig.js'
import type { Circuit } from '../support/rig.js'

/** A circuit whose target has a WebRTC leg and knows that the source has ended its side. */
async function halfClosed (rig: Rig): Promise<Circuit> {
  const circuit = await rig.circuitOn({}, { target: 'webrtc-direct' })
  await circuit.source.close()
  await circuit.target.finSeen()
  circuit.target.send(new Uint8Array(1000))
  await circuit.source.bytes(1000)
  return circuit
}

describe('a WebRTC leg that the relay has nothing more to send to', () => {
  const rig = new Rig()

  it('passes its reset on as a reset, never as an end', async () => {
    const { source, target } = await halfClosed(rig)
    target.send(new Uint8Array(1000))
    target.reset()
    assert.equal(await source.ended(), 'reset')
    assert.equal(source.fin, false)
  })

  it('passes the close of its channel on as a reset: it was no FIN', async () => {
    const { source, target } = await halfClosed(rig)
    const { channel } = target.stream as unknown as { channel: RTCDataChannel }
    channel.close()
    assert.equal(await source.ended(), 'reset')
    assert.equal(source.fin, false)
  })

  it('passes its FIN on as an end', async () => {
    const { source, target } = await halfClosed(rig)
    await target.close()
    await source.finSeen()
    assert.equal(await source.ended(), 'closed')
  })
})
