import assert from 'node:assert/strict'
import { multiaddr } from '@multiformats/multiaddr'
import fc from 'fast-check'
import { CidrSet } from '../../src/access/cidr.js'
import { InvalidCidrError, cidrMatcher } from '../../src/access/index.js'
import { parseIp } from '../../src/access/ip.js'

function has (set: CidrSet, text: string): boolean {
  const ip = parseIp(text)
  assert(ip != null)

  return set.has(ip)
}

describe('address ranges', () => {
  it('hold their first and last address and not the ones beside them', () => {
    const set = new CidrSet(['10.1.0.0/16', '2001:db8:0:8000::/49'])

    assert.deepEqual(['10.0.255.255', '10.1.0.0', '10.1.255.255', '10.2.0.0'].map(ip => has(set, ip)), [false, true, true, false])
    assert.deepEqual([
      '2001:db8:0:7fff:ffff:ffff:ffff:ffff', '2001:db8:0:8000::', '2001:db8:0:ffff:ffff:ffff:ffff:ffff', '2001:db8:1::'
    ].map(ip => has(set, ip)), [false, true, true, false])
  })

  it('agree with arithmetic on every IPv4 range', () => {
    fc.assert(fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.ipV4(), fc.nat(32), (base, prefix, other, shared) => {
      const number = (ip: string): number => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
      const top = (ip: number, bits: number): number => Math.floor(ip / 2 ** (32 - bits))
      // an address that shares its first bits with the range, or both sides of the bound would hardly be met
      const near = top(number(base), shared) * 2 ** (32 - shared) + number(other) % 2 ** (32 - shared)
      const text = [24, 16, 8, 0].map(shift => Math.floor(near / 2 ** shift) % 256).join('.')

      assert.equal(has(new CidrSet([`${base}/${prefix}`]), text), top(near, prefix) === top(number(base), prefix))
    }))
  })

  it('take IPv4-mapped IPv6 for the IPv4 that it means, as address and as range', () => {
    assert.equal(has(new CidrSet(['10.0.0.0/8']), '::ffff:10.2.3.4'), true)
    assert.equal(has(new CidrSet(['10.0.0.0/8']), '::FFFF:0a02:0304'), true)
    assert.equal(has(new CidrSet(['::ffff:10.0.0.0/104']), '10.2.3.4'), true)
    assert.equal(has(new CidrSet(['::ffff:10.0.0.0/104']), '11.2.3.4'), false)
  })

  it('keep the families apart at /0', () => {
    assert.deepEqual(['1.2.3.4', '::ffff:1.2.3.4', '2001:db8::1'].map(ip => has(new CidrSet(['::/0']), ip)), [false, false, true])
    assert.deepEqual(['1.2.3.4', '::ffff:1.2.3.4', '2001:db8::1'].map(ip => has(new CidrSet(['0.0.0.0/0']), ip)), [true, true, false])
  })

  it('are one entry in every spelling, and go when they are taken out once', () => {
    const set = new CidrSet(['10.9.9.9/8', '2001:DB8:0::7/32'])

    assert.equal(set.add('10.0.0.0/8'), false)
    assert.equal(set.add('2001:db8::/32'), false)
    assert.equal(set.size, 2)
    assert.equal(set.delete('10.0.0.0/9'), false)
    assert.equal(has(set, '10.0.0.1'), true)
    assert.equal(set.delete('10.255.0.0/8'), true)
    assert.equal(has(set, '10.0.0.1'), false)
    assert.equal(has(set, '2001:db8::1'), true)
    assert.equal(set.delete('2001:0db8::/32'), true)
    assert.equal(set.size, 0)
    assert.equal(has(set, '2001:db8::1'), false)
  })

  for (const text of ['', '10.0.0.0', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/08', '10.0.0.0/8 ', '10.0.0/8', '::/129', 'fe80::%eth0/64', 'example.org/8', '/8']) {
    it(`refuse ${JSON.stringify(text)} with invalid_cidr`, () => {
      assert.throws(() => new CidrSet([text]), (err: unknown) => err instanceof InvalidCidrError && err.code === 'invalid_cidr')
    })
  }
})

describe('cidrMatcher', () => {
  it('matches direct addresses, and neither relayed ones nor names', () => {
    const matches = cidrMatcher(['127.0.0.0/8', '::1/128'])

    assert.equal(matches(multiaddr('/ip4/127.0.0.1/tcp/1/ws')), true)
    assert.equal(matches(multiaddr('/ip6/::1/udp/1/quic-v1')), true)
    assert.equal(matches(multiaddr('/ip4/128.0.0.1/tcp/1')), false)
    assert.equal(matches(multiaddr('/ip4/127.0.0.1/tcp/1/p2p/12D3KooWRm8J3iL796zPFi2EtGGtUJn58AG67gcRzQ4FENEemvpg/p2p-circuit')), false)
    assert.equal(matches(multiaddr('/dns4/localhost/tcp/1')), false)
    assert.equal(cidrMatcher([])(multiaddr('/ip4/127.0.0.1/tcp/1')), false)
  })
})
