import { strict as assert } from 'node:assert'
import { until } from '../support/wait.js'
import { Rig } from '../support/rig.js'
import { statusName } from '../support/wire.js'
import type { TestPeer, TestRelay, TestTarget } from '../support/rig.js'
import type { Connection } from '@libp2p/interface'

describe('circuit relay: the connections that carry a reservation', () => {
  const rig = new Rig()

  /** How many circuits came over which connection of the target, by their order. */
  async function arrivesOver (source: TestPeer, target: TestTarget): Promise<Connection> {
    return (await rig.circuit(source, target)).request.connection
  }

  async function closed (relay: TestRelay, peer: TestPeer, connection: Connection): Promise<void> {
    const left = peer.node.getConnections(relay.peerId).length - 1
    await connection.close()
    await until(() => relay.node.getConnections(peer.peerId).length === left, 'the relay has seen the connection close')
  }

  it('C42 opens STOP over the newest connection that the reservation was asked over', async () => {
    const relay = await rig.relay()
    const source = await rig.peer(relay)
    const target = await rig.target(relay)
    const second = await target.peer.connectAgain()
    await target.peer.reserve(second)
    assert.equal((await arrivesOver(source, target)).id, second.id)
    const third = await target.peer.connectAgain()
    await target.peer.reserve(third)
    assert.equal((await arrivesOver(source, target)).id, third.id)
  })

  it('C42 goes back to an older carrier when the newest has closed', async () => {
    const relay = await rig.relay()
    const source = await rig.peer(relay)
    const target = await rig.target(relay)
    const second = await target.peer.connectAgain()
    await target.peer.reserve(second)
    await closed(relay, target.peer, second)
    assert.equal((await arrivesOver(source, target)).id, target.peer.connection.id)
  })

  it('C42 takes a carrier before a newer connection that carries nothing', async () => {
    const relay = await rig.relay()
    const source = await rig.peer(relay)
    const target = await rig.target(relay)
    await target.peer.connectAgain()
    assert.equal((await arrivesOver(source, target)).id, target.peer.connection.id)
  })

  it('C42 takes the newest other direct connection when no carrier is left', async () => {
    const relay = await rig.relay()
    const source = await rig.peer(relay)
    const target = await rig.target(relay)
    await target.peer.connectAgain()
    const newest = await target.peer.connectAgain()
    await closed(relay, target.peer, target.peer.connection)
    assert.equal((await arrivesOver(source, target)).id, newest.id)
  })

  it('C20 keeps the reservation as long as the peer has one direct connection', async () => {
    const relay = await rig.relay()
    const source = await rig.peer(relay)
    const target = await rig.target(relay)
    const second = await target.peer.connectAgain()
    await closed(relay, target.peer, target.peer.connection)
    assert.equal(relay.service.stats().reservations, 1)
    await closed(relay, target.peer, second)
    assert.equal(await source.connectStatus(target.peer.id), 'NO_RESERVATION')
    assert.equal(relay.service.stats().reservations, 0)
  })

  it('takes RESERVE over as many connections of a peer as configured, and refuses it over one more', async () => {
    const relay = await rig.relay({ maxReservationsPerPeer: 3 })
    const peer = await rig.peer(relay)
    const connections = [peer.connection]

    for (let i = 0; i < 3; i++) {
      connections.push(await peer.connectAgain())
    }

    for (const connection of connections.slice(0, 3)) {
      await peer.reserve(connection)
    }

    assert.equal(statusName((await peer.tryReserve(connections[3])).status), 'RESERVATION_REFUSED')
    assert.equal(relay.service.stats().reservations, 1, 'one place for all of them')
  })

  it('renews over a carrier when all carriers of the peer are in use', async () => {
    const relay = await rig.relay({ maxReservationsPerPeer: 2 })
    const peer = await rig.peer(relay)
    const second = await peer.connectAgain()
    await peer.reserve()
    await peer.reserve(second)
    await peer.reserve()
    await peer.reserve(second)
  })

  it('takes RESERVE over another connection when a carrier has closed', async () => {
    const relay = await rig.relay({ maxReservationsPerPeer: 1 })
    const peer = await rig.peer(relay)
    const second = await peer.connectAgain()
    await peer.reserve()
    assert.equal(statusName((await peer.tryReserve(second)).status), 'RESERVATION_REFUSED')
    await closed(relay, peer, peer.connection)
    await peer.reserve(second)
  })

  it('a refused RESERVE over one more connection leaves the reservation as it was', async () => {
    const relay = await rig.relay({ maxReservationsPerPeer: 1 })
    const source = await rig.peer(relay)
    const target = await rig.target(relay)
    const before = relay.service.reservations.get(target.peer.peerId.toString())?.expiry
    const second = await target.peer.connectAgain()
    assert.equal(statusName((await target.peer.tryReserve(second)).status), 'RESERVATION_REFUSED')
    assert.deepEqual(relay.service.reservations.get(target.peer.peerId.toString())?.expiry, before)
    assert.equal((await arrivesOver(source, target)).id, target.peer.connection.id)
  })

  it('0 means as many connections as the peer likes', async () => {
    const relay = await rig.relay({ maxReservationsPerPeer: 0 })
    const peer = await rig.peer(relay)
    await peer.reserve()

    for (let i = 0; i < 7; i++) {
      await peer.reserve(await peer.connectAgain())
    }

    assert.equal(relay.service.stats().reservations, 1)
  })
})
