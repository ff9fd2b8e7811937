import { strict as assert } from 'node:assert'
import { until } from '../support/wait.js'
import { Rig } from '../support/rig.js'
import { statusName } from '../support/wire.js'

describe('circuit relay: who may use it', () => {
  const rig = new Rig()

  it('lets an allowed peer reserve, and no other', async () => {
    const relay = await rig.relay({ requireAuthorizedReserve: true })
    const [allowed, other] = [await rig.peer(relay), await rig.peer(relay)]
    relay.service.allowPeer(allowed.peerId)
    assert.equal(statusName((await allowed.tryReserve()).status), 'OK')
    assert.equal(statusName((await other.tryReserve()).status), 'PERMISSION_DENIED')
    assert.equal(relay.service.stats().reservations, 1)
  })

  it('lets anybody connect when only RESERVE wants an authorised peer', async () => {
    const relay = await rig.relay({ requireAuthorizedReserve: true })
    const [source, target] = [await rig.peer(relay), await rig.peer(relay)]
    relay.service.allowPeer(target.peerId)
    await target.reserve()
    assert.equal(await source.connectStatus(target.id), 'CONNECTION_FAILED', 'past the rules, to a target without STOP')
  })

  it('refuses the renewal of a peer that is not allowed any more', async () => {
    const relay = await rig.relay({ requireAuthorizedReserve: true })
    const peer = await rig.peer(relay)
    relay.service.allowPeer(peer.peerId)
    await peer.reserve()
    relay.service.disallowPeer(peer.peerId)
    assert.equal(statusName((await peer.tryReserve()).status), 'PERMISSION_DENIED')
  })

  it('takes a grant for an authorisation until it is revoked', async () => {
    const relay = await rig.relay({ requireAuthorizedReserve: true })
    const peer = await rig.peer(relay)
    relay.service.access.grant(peer.peerId)
    await peer.reserve()
    relay.service.access.revoke(peer.peerId)
    assert.equal(statusName((await peer.tryReserve()).status), 'PERMISSION_DENIED')
  })

  it('takes no grant whose time is over', async () => {
    const relay = await rig.relay({ requireAuthorizedReserve: true })
    const peer = await rig.peer(relay)
    relay.service.access.grant(peer.peerId, Math.floor(Date.now() / 1000) - 1)
    assert.equal(statusName((await peer.tryReserve()).status), 'PERMISSION_DENIED')
  })

  it('cuts a peer that is denied: its connections, its reservation and its circuits', async () => {
    const { relay, source, sourcePeer, target, targetPeer } = await rig.circuitOn({})
    relay.service.denyPeer(targetPeer.peerId)
    await relay.gone(targetPeer.peerId)
    assert.equal(await source.ended(), 'reset')
    assert.notEqual(await target.ended(), 'closed')
    assert.equal(relay.service.stats().reservations, 0)
    assert.equal(relay.service.stats().circuits, 0)
    assert.equal(relay.node.getConnections(sourcePeer.peerId).length, 1, 'the other peer stays')
  })

  it('cuts all connections of a peer that is denied', async () => {
    const relay = await rig.relay()
    const peer = await rig.peer(relay)
    await peer.connectAgain()
    await peer.connectAgain()
    await until(() => relay.node.getConnections(peer.peerId).length === 3, 'the relay has three connections')
    relay.service.denyPeer(peer.peerId)
    await relay.gone(peer.peerId)
  })

  it('cuts the connections from a range that is denied, and no others', async () => {
    const relay = await rig.relay()
    const peer = await rig.peer(relay)
    await peer.reserve()
    relay.service.denyCidr('10.0.0.0/8')
    await peer.barrier()
    assert.equal(relay.node.getConnections(peer.peerId).length, 1)
    relay.service.denyCidr('127.0.0.0/8')
    await relay.gone(peer.peerId)
    assert.equal(relay.service.stats().reservations, 0)
  })

  it('gives a peer no reservation and no circuit while it is denied, and both when it is not any more', async () => {
    const relay = await rig.relay()
    const [source, target] = [await rig.peer(relay), await rig.target(relay)]
    relay.service.denyPeer(source.peerId)
    await relay.gone(source.peerId)
    relay.service.undenyPeer(source.peerId)
    const connection = await source.connectAgain()
    await source.reserve(connection)
    assert.equal(await source.connectStatus(target.peer.id, connection), 'OK')
  })

  it('refuses a range that is none', async () => {
    const relay = await rig.relay()
    assert.throws(() => { relay.service.denyCidr('10.0.0.0/33') })
    assert.throws(() => { relay.service.denyCidr('everybody') })
  })
})
