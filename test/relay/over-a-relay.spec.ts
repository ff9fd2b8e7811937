import { strict as assert } from 'node:assert'
import { until } from '../support/wait.js'
import { assertRefused, Rig } from '../support/rig.js'
import { openRaw } from '../support/raw-stream.js'
import { encodeHop, HOP, HopType, statusName } from '../support/wire.js'
import { StopTarget } from '../support/stop-target.js'
import type { RelayServerInit } from '../../src/relay/index.js'
import type { ClientNode } from '../support/nodes.js'
import type { TestRelay } from '../support/rig.js'
import type { Connection } from '@libp2p/interface'

/**
 * Two relays: `outer` is an ordinary one, and `relay`, the one under test, listens through it. So a client can be
 * connected to `relay` over a circuit.
 */
describe('circuit relay: peers that come over another relay', () => {
  const rig = new Rig()

  async function relayBehind (init: RelayServerInit): Promise<{ relay: TestRelay, outer: TestRelay }> {
    const outer = await rig.relay(init)
    const relay = await rig.relay({}, { circuit: true, listen: ['/ip4/127.0.0.1/tcp/0', `${outer.addr().toString()}/p2p-circuit`] })
    await until(() => outer.service.reservations.has(relay.peerId.toString()), 'the relay listens through the other one')
    return { relay, outer }
  }

  async function comeOver (relay: TestRelay, outer: TestRelay): Promise<{ client: ClientNode, connection: Connection }> {
    const client = await rig.client({ circuit: true })
    const connection = await client.dial(outer.addr().encapsulate(`/p2p-circuit/p2p/${relay.peerId}`))
    assert(connection.remoteAddr.toString().includes('/p2p-circuit'))
    await until(() => relay.node.getConnections(client.peerId).length === 1, 'the relay has the connection')
    return { client, connection }
  }

  for (const [what, init] of Object.entries<RelayServerInit>({ 'with limits': {}, 'without limits': { maxCircuitBytes: 0, maxCircuitDurationSeconds: 0 } })) {
    it(`C23 refuses RESERVE over a relayed connection ${what}`, async () => {
      const { relay, outer } = await relayBehind(init)
      const { client, connection } = await comeOver(relay, outer)
      const raw = await openRaw(connection, HOP)
      raw.sendFrame(encodeHop({ type: HopType.RESERVE }))
      await assertRefused(raw, 'PERMISSION_DENIED')
      assert.equal(relay.service.reservations.has(client.peerId.toString()), false)
    })

    it(`C37 refuses CONNECT over a relayed connection ${what}`, async () => {
      const { relay, outer } = await relayBehind(init)
      const target = await rig.target(relay)
      const { connection } = await comeOver(relay, outer)
      const raw = await openRaw(connection, HOP)
      raw.sendFrame(encodeHop({ type: HopType.CONNECT, peer: { id: target.peer.id } }))
      await assertRefused(raw, 'PERMISSION_DENIED')
      assert.equal(target.stop.requests.length, 0)
    })
  }

  async function twice (): Promise<{ relay: TestRelay, client: ClientNode, stop: StopTarget, direct: Connection, relayed: Connection }> {
    const { relay, outer } = await relayBehind({})
    const { client, connection: relayed } = await comeOver(relay, outer)
    const stop = await new StopTarget().attach(client)
    const direct = await client.dial(relay.addr(), { force: true })
    assert(!direct.remoteAddr.toString().includes('/p2p-circuit'))
    const raw = await openRaw(direct, HOP)
    raw.sendFrame(encodeHop({ type: HopType.RESERVE }))
    assert.equal(statusName((await raw.hop()).status), 'OK')
    return { relay, client, stop, direct, relayed }
  }

  it('C42 opens STOP over the direct connection of a peer that has a relayed one too', async () => {
    const { relay, client, stop, direct } = await twice()
    const source = await rig.peer(relay)
    assert.equal(await source.connectStatus(client.peerId.toMultihash().bytes), 'OK')
    assert.equal((await stop.request()).connection.id, direct.id)
  })

  it('C20 C42 ends the reservation with the last direct connection, though a relayed one is left', async () => {
    const { relay, client, stop, direct } = await twice()
    const source = await rig.peer(relay)
    await direct.close()
    await until(() => relay.node.getConnections(client.peerId).length === 1, 'the relay has seen the direct connection close')
    assert.equal(await source.connectStatus(client.peerId.toMultihash().bytes), 'NO_RESERVATION')
    assert.equal(relay.service.stats().reservations, 0)
    assert.equal(stop.requests.length, 0)
  })
})
