import assert from 'node:assert/strict'
import { schema } from '../../src/config/schema.js'
import { maxStreamsPerConnection, maxStreamsPerQuicConnection } from '../../src/node/transports.js'
import { relayOptions } from '../../src/relay/options.js'
import { defaultConfig } from '../../src/config/index.js'

describe('relay: options', () => {
  const { max_circuit_duration_secs: duration } = schema.entries.relay.entries

  it('have the defaults of the configuration', () => {
    assert.equal(relayOptions({}).maxReservations, schema.entries.relay.entries.max_reservations.default)
    assert.equal(relayOptions({}).maxCircuitBytes, schema.entries.relay.entries.max_circuit_bytes.default)
  })

  it('are whole numbers within the bounds of their keys', () => {
    assert.equal(relayOptions({ maxCircuitDurationSeconds: duration.max }).maxCircuitDurationSeconds, duration.max)
    assert.equal(relayOptions({ maxCircuitBytes: 0 }).maxCircuitBytes, 0)
    assert.equal(relayOptions({ reservationTtlSeconds: 1 }).reservationTtlSeconds, 1)

    for (const init of [{ maxCircuitDurationSeconds: duration.max + 1 }, { maxCircuitBytes: 0.5 }, { maxCircuitBytes: NaN }, { maxReservations: -1 }, { reservationTtlSeconds: 0 }, { hopTimeoutSeconds: 0 }]) {
      assert.throws(() => relayOptions(init), { code: 'invalid_relay_option' }, JSON.stringify(init))
    }
  })

  it('leave room on a connection for every circuit of a peer', () => {
    const { relay } = defaultConfig()

    assert.equal(maxStreamsPerConnection(relay), 1024)
    assert.equal(maxStreamsPerConnection({ ...relay, max_circuits_per_peer: 5000 }), 5256)
    assert.equal(maxStreamsPerConnection({ ...relay, max_circuits_per_peer: 0 }), 65_536)
    assert.equal(maxStreamsPerQuicConnection(relay), relay.max_circuits_per_peer + 256)
    assert.equal(maxStreamsPerQuicConnection({ ...relay, max_circuits_per_peer: 5000 }), 5256)
    assert.equal(maxStreamsPerQuicConnection({ ...relay, max_circuits_per_peer: 0 }), 4096)
  })
})
