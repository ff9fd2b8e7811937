import { strict as assert } from 'node:assert'
import { Rig } from '../support/rig.js'
import { encodeHop, HopType, statusName } from '../support/wire.js'

const ROUNDS = 20

describe('circuit relay: two RESERVEs of one peer at once', () => {
  const rig = new Rig()

  it('keeps the reservation that one was told of when the other could not be answered', async () => {
    const relay = await rig.relay()

    for (let round = 0; round < ROUNDS; round++) {
      const peer = await rig.peer(relay)
      const [gone, asked] = await Promise.all([peer.hop(), peer.hop()])
      gone.sendFrame(encodeHop({ type: HopType.RESERVE }))
      asked.sendFrame(encodeHop({ type: HopType.RESERVE }))
      gone.reset()
      assert.equal(statusName((await asked.hop()).status), 'OK')
      await peer.barrier()
      assert(relay.service.reservations.has(peer.peerId.toString()), `the reservation is gone in round ${round}`)
      await peer.disconnect()
    }
  })
})
