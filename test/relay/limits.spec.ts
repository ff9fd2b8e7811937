import { strict as assert } from 'node:assert'
import { until } from '../support/wait.js'
import { assertRefused, Rig } from '../support/rig.js'
import { accept, answer, silent, stopOk } from '../support/stop-target.js'
import { encodeHop, HopType, Status, statusName } from '../support/wire.js'
import type { RelayServerInit } from '../../src/relay/index.js'
import type { TestPeer, TestRelay } from '../support/rig.js'

describe('circuit relay: limits', () => {
  const rig = new Rig()

  async function peers (relay: TestRelay, count: number): Promise<TestPeer[]> {
    return await Promise.all(Array.from({ length: count }, async () => await rig.peer(relay)))
  }

  async function reserveStatus (peer: TestPeer): Promise<string> {
    return statusName((await peer.tryReserve()).status)
  }

  for (const key of ['maxReservations', 'maxReservationsPerIp'] as const) {
    it(`takes as many reservations as ${key} says, and refuses one more`, async () => {
      const relay = await rig.relay({ maxReservations: 0, maxReservationsPerIp: 0, [key]: 3 })
      const all = await peers(relay, 4)
      assert.deepEqual(await Promise.all(all.slice(0, 3).map(reserveStatus)), ['OK', 'OK', 'OK'])
      const last = all[3]
      assert(last != null)
      const raw = await last.hop()
      raw.sendFrame(encodeHop({ type: HopType.RESERVE }))
      await assertRefused(raw, 'RESERVATION_REFUSED')
      await all[0]?.disconnect()
      assert.equal(await reserveStatus(last), 'OK', 'a place that was given back')
    })
  }

  it('takes every reservation when both limits are 0', async () => {
    const relay = await rig.relay({ maxReservations: 0, maxReservationsPerIp: 0 })
    const all = await peers(relay, 40)
    assert.deepEqual(new Set(await Promise.all(all.map(reserveStatus))), new Set(['OK']))
    assert.equal(relay.service.stats().reservations, 40)
  })

  it('counts IPv4 loopback by default: 32 reservations, not 33', async () => {
    const relay = await rig.relay()
    const all = await peers(relay, 33)
    const statuses = []

    for (const peer of all) {
      statuses.push(await reserveStatus(peer))
    }

    assert.deepEqual(statuses, [...Array.from({ length: 32 }, () => 'OK'), 'RESERVATION_REFUSED'])
  })

  it('does not count connections that are exempt from the rules per address', async () => {
    const relay = await rig.relay({ maxReservationsPerIp: 1, maxCircuitsPerIp: 1, isExemptFromIpLimits: () => true })
    const [target, source] = [await rig.target(relay), await rig.peer(relay)]
    await source.reserve()
    assert.equal(await source.connectStatus(target.peer.id), 'OK')
    assert.equal(await source.connectStatus(target.peer.id), 'OK')
  })

  it('C36 refuses the circuit over max_circuits_per_peer of one source', async () => {
    const relay = await rig.relay({ maxCircuitsPerPeer: 2 })
    const source = await rig.peer(relay)
    const targets = [await rig.target(relay), await rig.target(relay), await rig.target(relay)]
    const statuses = []

    for (const target of targets) {
      statuses.push(await source.connectStatus(target.peer.id))
    }

    assert.deepEqual(statuses, ['OK', 'OK', 'RESOURCE_LIMIT_EXCEEDED'])
  })

  it('C36 refuses the circuit over max_circuits_per_peer of one target', async () => {
    const relay = await rig.relay({ maxCircuitsPerPeer: 2 })
    const target = await rig.target(relay)
    const statuses = []

    for (const source of await peers(relay, 3)) {
      statuses.push(await source.connectStatus(target.peer.id))
    }

    assert.deepEqual(statuses, ['OK', 'OK', 'RESOURCE_LIMIT_EXCEEDED'])
  })

  it('C36 counts a peer\'s circuits as source and as target together', async () => {
    const relay = await rig.relay({ maxCircuitsPerPeer: 2 })
    const both = await rig.target(relay)
    const [other, source] = [await rig.target(relay), await rig.peer(relay)]
    assert.equal(await both.peer.connectStatus(other.peer.id), 'OK')
    assert.equal(await source.connectStatus(both.peer.id), 'OK')
    assert.equal(await source.connectStatus(both.peer.id), 'RESOURCE_LIMIT_EXCEEDED')
    assert.equal(await both.peer.connectStatus(other.peer.id), 'RESOURCE_LIMIT_EXCEEDED')
  })

  it('C36 lets 16 circuits of a peer through by default and refuses the 17th', async () => {
    const relay = await rig.relay()
    const [source, target] = [await rig.peer(relay), await rig.target(relay)]
    const statuses = []

    for (let i = 0; i < 17; i++) {
      statuses.push(await source.connectStatus(target.peer.id))
    }

    assert.deepEqual(statuses, [...Array.from({ length: 16 }, () => 'OK'), 'RESOURCE_LIMIT_EXCEEDED'])
  })

  for (const [what, init] of Object.entries<RelayServerInit>({
    'max_circuits, whoever they belong to': { maxCircuits: 2 },
    'max_circuits_per_ip of the source': { maxCircuitsPerIp: 2 }
  })) {
    it(`C36 refuses the circuit over ${what}`, async () => {
      const relay = await rig.relay(init)
      const targets = await Promise.all([rig.target(relay), rig.target(relay), rig.target(relay)])
      const sources = await peers(relay, 3)
      const statuses = []

      for (const [i, source] of sources.entries()) {
        statuses.push(await source.connectStatus(targets[i]?.peer.id ?? new Uint8Array(0)))
      }

      assert.deepEqual(statuses, ['OK', 'OK', 'RESOURCE_LIMIT_EXCEEDED'])
    })
  }

  it('C36 opens 40 circuits of one peer when the limits are 0', async () => {
    const relay = await rig.relay({ maxCircuits: 0, maxCircuitsPerPeer: 0, maxCircuitsPerIp: 0 })
    const [source, target] = [await rig.peer(relay), await rig.target(relay)]

    for (let i = 0; i < 40; i++) {
      assert.equal(await source.connectStatus(target.peer.id), 'OK', `circuit ${i + 1}`)
    }

    assert.equal(relay.service.stats().circuits, 40)
  })

  it('C36 closes the refused stream, and asks nothing of the target', async () => {
    const relay = await rig.relay({ maxCircuits: 1 })
    const [source, target] = [await rig.peer(relay), await rig.target(relay)]
    await rig.circuit(source, target)
    const raw = await source.hop()
    raw.sendFrame(encodeHop({ type: HopType.CONNECT, peer: { id: target.peer.id } }))
    await assertRefused(raw, 'RESOURCE_LIMIT_EXCEEDED')
    assert.equal(target.stop.requests.length, 1)
  })

  it('C36 counts circuits whose handshake is under way', async () => {
    const relay = await rig.relay({ maxCircuits: 1 })
    const [source, target] = [await rig.peer(relay), await rig.target(relay, silent)]
    const raw = await source.hop()
    raw.sendFrame(encodeHop({ type: HopType.CONNECT, peer: { id: target.peer.id } }))
    const request = await target.stop.request()
    assert.equal(await source.connectStatus(target.peer.id), 'RESOURCE_LIMIT_EXCEEDED')
    request.raw.sendFrame(stopOk)
    assert.equal(statusName((await raw.hop()).status), 'OK')
  })

  it('C36 gives a place back when the target refuses, and when a circuit ends', async () => {
    const relay = await rig.relay({ maxCircuits: 1, maxCircuitsPerPeer: 1, maxCircuitsPerIp: 1 })
    const [source, target] = [await rig.peer(relay), await rig.target(relay, answer(Status.PERMISSION_DENIED))]
    assert.equal(await source.connectStatus(target.peer.id), 'CONNECTION_FAILED')
    target.stop.behaviour = accept()

    for (let i = 0; i < 5; i++) {
      const nth = target.stop.requests.length + 1
      const { raw, reply } = await source.tryConnect(target.peer.id)
      assert.equal(statusName(reply.status), 'OK', `circuit ${i + 1}`)
      await target.stop.request(nth)
      raw.reset()
      await relay.events.wait('circuit_closed', i + 1)
    }

    await until(() => relay.service.stats().circuits === 0, 'no circuit is left')
  })

  it('holds its limits when 30 peers ask at once', async () => {
    const relay = await rig.relay({ maxReservations: 10, maxCircuits: 5, maxReservationsPerIp: 0, maxCircuitsPerPeer: 0 })
    const all = await peers(relay, 30)
    const reserved = await Promise.all(all.map(reserveStatus))
    assert.equal(reserved.filter(status => status === 'OK').length, 10)
    assert.equal(reserved.filter(status => status === 'RESERVATION_REFUSED').length, 20)

    await Promise.all(all.filter((_, i) => reserved[i] === 'OK').map(async peer => { await peer.disconnect() }))
    const target = await rig.target(relay)
    const asked = await Promise.all(all.filter((_, i) => reserved[i] !== 'OK').map(async peer => await peer.connectStatus(target.peer.id)))
    assert.equal(asked.filter(status => status === 'OK').length, 5)
    assert.equal(asked.filter(status => status === 'RESOURCE_LIMIT_EXCEEDED').length, 15)
  })
})
