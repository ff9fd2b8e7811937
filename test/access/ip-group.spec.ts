import assert from 'node:assert/strict'
import { multiaddr } from '@multiformats/multiaddr'
import fc from 'fast-check'
import { ipGroup } from '../../src/access/index.js'

const RELAY = '12D3KooWRm8J3iL796zPFi2EtGGtUJn58AG67gcRzQ4FENEemvpg'

/** Eight words, with runs of zeros more often than chance has them. */
const words = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })

/** One spelling of an IPv6 address: where it is shortened, how it is padded, which case, a dotted tail or none. */
const style = fc.record({ skip: fc.nat(7), pad: fc.boolean(), upper: fc.boolean(), dotted: fc.boolean() })

function spell (words: number[], { skip, pad, upper, dotted }: { skip: number, pad: boolean, upper: boolean, dotted: boolean }): string {
  const parts = words.map(word => pad ? word.toString(16).padStart(4, '0') : word.toString(16))

  if (dotted) {
    const [high = 0, low = 0] = words.slice(6)
    parts.splice(6, 2, [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.'))
  }

  // shorten the run of zeros that begins at `skip`, when there is one
  const zeros = words.slice(skip, dotted ? 6 : 8).findIndex(word => word !== 0)
  const run = zeros === -1 ? Math.max((dotted ? 6 : 8) - skip, 0) : zeros
  const text = run === 0
    ? parts.join(':')
    : `${parts.slice(0, skip).join(':')}::${parts.slice(skip + run).join(':')}`

  return upper ? text.toUpperCase() : text
}

describe('ipGroup', () => {
  it('is the address itself for IPv4', () => {
    assert.equal(ipGroup(multiaddr('/ip4/203.0.113.7/tcp/4001')), '203.0.113.7')
    assert.equal(ipGroup(multiaddr(`/ip4/203.0.113.7/udp/4001/quic-v1/p2p/${RELAY}`)), '203.0.113.7')
  })

  it('is the /64 for IPv6', () => {
    assert.equal(ipGroup(multiaddr('/ip6/2001:db8:1:2:3:4:5:6/tcp/4001')), '2001:db8:1:2::/64')
    assert.equal(ipGroup(multiaddr('/ip6/2001:db8:1:2:ffff::1/tcp/1')), '2001:db8:1:2::/64')
    assert.equal(ipGroup(multiaddr('/ip6/2001:db8:1:3:3:4:5:6/tcp/4001')), '2001:db8:1:3::/64')
    assert.equal(ipGroup(multiaddr('/ip6/::1/tcp/4001')), '::/64')
  })

  it('ignores the zone of a link-local address', () => {
    assert.equal(ipGroup(multiaddr('/ip6zone/eth0/ip6/fe80::1/tcp/1')), 'fe80::/64')
  })

  it('is undefined for relayed addresses and for names', () => {
    assert.equal(ipGroup(multiaddr(`/ip4/203.0.113.7/tcp/4001/p2p/${RELAY}/p2p-circuit`)), undefined)
    assert.equal(ipGroup(multiaddr('/dns4/relay.example.org/tcp/4001')), undefined)
    assert.equal(ipGroup(multiaddr('/dnsaddr/relay.example.org')), undefined)
    assert.equal(ipGroup(multiaddr('/unix/tmp%2Fsocket')), undefined)
    assert.equal(ipGroup(multiaddr(`/p2p/${RELAY}`)), undefined)
  })

  it('is one key for all spellings of an IPv6 address and for all addresses of its /64', () => {
    fc.assert(fc.property(words, style, style, fc.array(fc.nat(0xffff), { minLength: 4, maxLength: 4 }), (words, a, b, host) => {
      fc.pre(!words.slice(0, 4).every(word => word === 0))
      const key = ipGroup(multiaddr(`/ip6/${spell(words, a)}/tcp/1`))

      assert.match(key ?? '', /^[0-9a-f:]+::\/64$/)
      assert.equal(ipGroup(multiaddr(`/ip6/${spell(words, b)}/udp/2/quic-v1`)), key)
      assert.equal(ipGroup(multiaddr(`/ip6/${spell([...words.slice(0, 4), ...host], b)}/tcp/1`)), key)
    }))
  })

  it('is another key for another /64', () => {
    fc.assert(fc.property(words, words, style, (one, other, style) => {
      fc.pre(one.slice(0, 4).join() !== other.slice(0, 4).join() && [one, other].every(words => words[0] !== 0))
      assert.notEqual(ipGroup(multiaddr(`/ip6/${spell(one, style)}/tcp/1`)), ipGroup(multiaddr(`/ip6/${spell(other, style)}/tcp/1`)))
    }))
  })

  it('is the IPv4 address for an IPv4-mapped IPv6 address in every spelling', () => {
    fc.assert(fc.property(fc.ipV4(), style, (ip, style) => {
      const [a = 0, b = 0, c = 0, d = 0] = ip.split('.').map(Number)
      const mapped = spell([0, 0, 0, 0, 0, 0xffff, a << 8 | b, c << 8 | d], style)

      assert.equal(ipGroup(multiaddr(`/ip6/${mapped}/tcp/1`)), ip)
    }))
  })
})
