import { strict as assert } from 'node:assert'
import { limiter } from '../../src/access/index.js'
import { Rig } from '../support/rig.js'
import { statusName } from '../support/wire.js'
import type { Limiter, Overload } from '../../src/access/index.js'
import type { TestPeer } from '../support/rig.js'

describe('circuit relay: admission', () => {
  const rig = new Rig()

  function limits (burst: number): Limiter {
    const perSecond = { push: 1, pull: 1, ack: 1, register: 1, resolve: 1, check_user: 1, reserve: 1e-6, connect: 1e-6 }

    return limiter({ enabled: true, globalPerSecond: 1e-6, perSecond, burst, banAfter: 1000, banSeconds: 1 })
  }

  async function reserveStatus (peer: TestPeer): Promise<string> {
    return statusName((await peer.tryReserve()).status)
  }

  it('answers the RESERVE over the rate with RESERVATION_REFUSED and the CONNECT with RESOURCE_LIMIT_EXCEEDED, one address as one caller', async () => {
    const relay = await rig.relay({ limiter: limits(3) })
    // takes the first of three
    const target = await rig.target(relay)
    const [one, other] = [await rig.peer(relay), await rig.peer(relay)]

    assert.deepEqual([await reserveStatus(one), await reserveStatus(other), await reserveStatus(one)], ['OK', 'OK', 'RESERVATION_REFUSED'])

    for (const expected of ['OK', 'OK', 'OK', 'RESOURCE_LIMIT_EXCEEDED']) {
      assert.equal(await one.connectStatus(target.peer.id), expected)
    }

    assert.equal(relay.service.stats().totals.reservation_req_denied, 1)
    assert.deepEqual(relay.events.of('circuit_req_denied').map(({ reason, status }) => ({ reason, status })), [{ reason: 'rate_limited', status: 'RESOURCE_LIMIT_EXCEEDED' }])
  })

  it('counts peers behind a trusted proxy one by one', async () => {
    const relay = await rig.relay({ limiter: limits(1), isExemptFromIpLimits: () => true })
    const [one, other] = [await rig.peer(relay), await rig.peer(relay)]

    assert.deepEqual([await reserveStatus(one), await reserveStatus(other), await reserveStatus(one)], ['OK', 'OK', 'RESERVATION_REFUSED'])
  })

  for (const overload of ['memory', 'event_loop_delay'] as const) {
    it(`takes no new work while there is too much (${overload}), renews what stands, and lets circuits go on`, async () => {
      let load: Overload | undefined
      const { relay, sourcePeer, targetPeer, source, target } = await rig.circuitOn({ load: { overload: () => load } })
      const newcomer = await rig.peer(relay)

      load = overload
      assert.equal(await reserveStatus(newcomer), 'RESERVATION_REFUSED')
      assert.equal(await reserveStatus(targetPeer), 'OK', 'a renewal')
      assert.equal(await sourcePeer.connectStatus(targetPeer.id), 'RESOURCE_LIMIT_EXCEEDED')
      source.send(Uint8Array.of(1, 2, 3))
      assert.deepEqual([...await target.bytes(3)], [1, 2, 3])
      assert.ok(relay.events.of('reservation_req_denied').every(({ reason }) => reason === `overload_${overload}`))
      load = undefined
      assert.equal(await reserveStatus(newcomer), 'OK')
      assert.equal(await sourcePeer.connectStatus(targetPeer.id), 'OK')
    })
  }
})
