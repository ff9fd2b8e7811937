import { strict as assert } from 'node:assert'
import { until } from '../support/wait.js'
import { Rig } from '../support/rig.js'
import type { TestRelay } from '../support/rig.js'
import type { ConnectionManager } from '@libp2p/interface-internal'
import type { PeerId } from '@libp2p/interface'

/** The connection manager of a libp2p node, which its public type does not show. */
function connectionManager (relay: TestRelay): ConnectionManager {
  const node: unknown = relay.node

  if (node == null || typeof node !== 'object' || !('components' in node)) {
    throw new Error('libp2p has hidden its components')
  }

  // libp2p's node class keeps its Components there
  return (node.components as { connectionManager: ConnectionManager }).connectionManager
}

async function tagValue (relay: TestRelay, peer: PeerId): Promise<number> {
  const known = await relay.node.peerStore.all()
  const tags = known.find(({ id }) => id.equals(peer))?.tags ?? new Map<string, { value: number }>()
  return [...tags.values()].reduce((sum, tag) => sum + tag.value, 0)
}

describe('circuit relay: pruning of connections', () => {
  const rig = new Rig()

  for (const order of ['older', 'newer'] as const) {
    it(`C26 keeps a reserved peer, the ${order} one, when one of two connections has to go`, async () => {
      const relay = await rig.relay()
      const older = await rig.peer(relay)
      const newer = await rig.peer(relay)
      const [reserved, idle] = order === 'older' ? [older, newer] : [newer, older]
      await reserved.reserve()
      await until(async () => await tagValue(relay, reserved.peerId) > await tagValue(relay, idle.peerId), 'the reserved peer is tagged')
      await relay.noStreams()
      connectionManager(relay).setMaxConnections(1)
      await relay.gone(idle.peerId)
      assert.equal(relay.node.getConnections(reserved.peerId).length, 1)
    })
  }

  it('C26 takes the protection away with the reservation', async () => {
    const relay = await rig.relay({ reservationTtlSeconds: 1 })
    const peer = await rig.peer(relay)
    const before = await tagValue(relay, peer.peerId)
    await peer.reserve()
    await until(async () => await tagValue(relay, peer.peerId) > before, 'the peer is tagged')
    await relay.events.wait('reservation_timed_out')
    await until(async () => await tagValue(relay, peer.peerId) === before, 'the tag is gone')
  })
})
