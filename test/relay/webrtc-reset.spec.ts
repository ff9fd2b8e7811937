import { strict as assert } from 'node:assert'
import { CARRIERS } from '../support/nodes.js'
import { Rig } from '../support/rig.js'
import { until } from '../support/wait.js'

const CIRCUITS = 40

describe('circuit relay: what was cut never looks whole at the other end', () => {
  const rig = new Rig()

  // the stock QUIC client takes every reset for an end (specs §3.11)
  for (const carrier of CARRIERS.filter(name => name !== 'quic')) {
    it(`a target on ${carrier} sees each of ${CIRCUITS} circuits that pass their data limit reset`, async () => {
      const relay = await rig.relay({ maxCircuitBytes: 1000, maxCircuitsPerPeer: 0 }, { carriers: ['tcp-tls', carrier] })
      const source = await rig.peer(relay)
      const target = await rig.target(relay, undefined, { carrier })
      const circuits = []

      for (let i = 0; i < CIRCUITS; i++) {
        circuits.push(await rig.circuit(source, target))
      }

      for (const circuit of circuits) {
        circuit.source.send(new Uint8Array(1001))
      }

      const endings = await Promise.all(circuits.map(async circuit => await circuit.target.ended()))
      assert.deepEqual(new Set(endings), new Set(['reset']))
      assert.deepEqual(circuits.filter(circuit => circuit.target.fin), [])
      await until(() => relay.streams().every(stream => stream.status !== 'open'), 'the relay has no stream left')
    })
  }
})
