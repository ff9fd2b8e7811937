import { strict as assert } from 'node:assert'
import { Rig } from '../support/rig.js'
import { answer } from '../support/stop-target.js'
import { encodeHop, HopType } from '../support/wire.js'
import type { RelayServerInit } from '../../src/relay/index.js'
import type { StopBehaviour } from '../support/stop-target.js'
import type { TestPeer, TestRelay, TestTarget } from '../support/rig.js'

interface Case {
  name: string
  code: number
  init?: RelayServerInit
  behaviour?: StopBehaviour
  message: (target: TestTarget) => Uint8Array
  before?: (relay: TestRelay, source: TestPeer, target: TestTarget) => Promise<unknown> | unknown
}

const connect = (target: TestTarget): Uint8Array => encodeHop({ type: HopType.CONNECT, peer: { id: target.peer.id } })
const reserve = (): Uint8Array => encodeHop({ type: HopType.RESERVE })

// the numbers are written out: this table is the specification's (circuit-v2.md, "Status codes")
const cases: Case[] = [
  { name: 'OK', code: 100, message: connect },
  { name: 'OK', code: 100, message: reserve },
  { name: 'RESERVATION_REFUSED', code: 200, init: { maxReservations: 1 }, message: reserve },
  { name: 'RESOURCE_LIMIT_EXCEEDED', code: 201, init: { maxCircuits: 1 }, message: connect, before: async (_relay, source, target) => await source.tryConnect(target.peer.id) },
  { name: 'PERMISSION_DENIED', code: 202, init: { requireAuthorizedConnect: true }, message: connect },
  { name: 'CONNECTION_FAILED', code: 203, behaviour: answer(204), message: connect },
  { name: 'NO_RESERVATION', code: 204, message: connect, before: async (_relay, _source, target) => { await target.peer.disconnect() } },
  { name: 'MALFORMED_MESSAGE', code: 400, message: () => encodeHop({ type: HopType.CONNECT }) },
  { name: 'UNEXPECTED_MESSAGE', code: 401, message: () => encodeHop({ type: HopType.STATUS, status: 100 }) }
]

describe('circuit relay: status codes', () => {
  const rig = new Rig()

  for (const { name, code, init, behaviour, message, before } of cases) {
    it(`§1.6 ${name} is ${code} on the wire${message === reserve ? ', to RESERVE' : ''}`, async () => {
      const relay = await rig.relay(init)
      const [source, target] = await Promise.all([rig.peer(relay), rig.target(relay, behaviour)])
      await before?.(relay, source, target)
      const raw = await source.hop()
      raw.sendFrame(message(target))
      const reply = await raw.hop()
      assert.equal(reply.type, HopType.STATUS)
      assert.equal(reply.status, code)
    })
  }
})
