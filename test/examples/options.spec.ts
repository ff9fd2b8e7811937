import assert from 'node:assert/strict'
import { ClientError } from '../../examples/test_client/errors.js'
import { parseOptions } from '../../examples/test_client/options.js'

const RELAY = '12D3KooWSQ4M7KVqipsjSVP6eRP9DASJuXiWHF5cc4nhpRVXTVL2'
const PEER = '12D3KooWGRUVh7Kt3mjUJtkzFNyVRhSkx5Fmg6jJ8kM6nDYGNQ4z'
const CIRCUIT = `/ip4/127.0.0.1/tcp/4001/p2p/${RELAY}/p2p-circuit/p2p/${PEER}`

describe('example: the options of the test client', () => {
  it('takes the relay on this machine over TCP unless told otherwise', () => {
    assert.equal(parseOptions([]).relay?.toString(), '/ip4/127.0.0.1/tcp/4001')
    assert.equal(parseOptions(['--transport', 'tcp']).relay?.toString(), '/ip4/127.0.0.1/tcp/4001')
    assert.equal(parseOptions(['--transport', 'quic']).relay?.toString(), '/ip4/127.0.0.1/udp/4001/quic-v1')
    assert.equal(parseOptions(['--transport', 'ws']).relay?.toString(), '/ip4/127.0.0.1/tcp/4002/ws')
  })

  it('goes by the relay of the circuit address unless another way to it is given', () => {
    assert.equal(parseOptions(['--dial', CIRCUIT]).relay, undefined)
    assert.equal(parseOptions(['--dial', CIRCUIT, '--transport', 'quic']).relay?.toString(), '/ip4/127.0.0.1/udp/4001/quic-v1')
  })

  for (const [what, args] of [
    ['an unknown flag', ['--frobnicate']],
    ['a stray argument', ['clientA']],
    ['an unknown transport', ['--transport', 'carrier-pigeon']],
    ['both --relay and --transport', ['--relay', '/ip4/127.0.0.1/tcp/1', '--transport', 'tcp']],
    ['a relay that is no multiaddr', ['--relay', '127.0.0.1:4001']],
    ['a circuit address as the relay', ['--relay', CIRCUIT]],
    ['a placeholder that was not replaced', ['--dial', '<circuit address>']],
    ['a direct address to dial', ['--dial', '/ip4/127.0.0.1/tcp/4001']],
    ['a circuit address without the other peer', ['--dial', `/ip4/127.0.0.1/tcp/4001/p2p/${RELAY}/p2p-circuit`]],
    ['a circuit address without the relay', ['--dial', `/ip4/127.0.0.1/tcp/4001/p2p-circuit/p2p/${PEER}`]],
    ['a push without a message', ['--push', PEER]],
    ['a message without a push', ['--message', 'hello']],
    ['a push and an inbox', ['--push', PEER, '--message', 'hello', '--inbox']],
    ['an inbox and a call', ['--inbox', '--dial', CIRCUIT]],
    ['a wait below 0', ['--wait-upgrade=-1']],
    ['a wait over an hour', ['--wait-upgrade', '3601']],
    ['a wait that is no number', ['--wait-upgrade', 'long']]
  ] as const) {
    it(`refuses ${what} with exit code 2`, () => {
      assert.throws(() => parseOptions([...args]), err => err instanceof ClientError && err.exitCode === 2)
    })
  }

  it('takes a wait of 0 and of an hour', () => {
    assert.equal(parseOptions(['--wait-upgrade', '0']).waitUpgradeSeconds, 0)
    assert.equal(parseOptions(['--wait-upgrade', '3600']).waitUpgradeSeconds, 3600)
  })
})
