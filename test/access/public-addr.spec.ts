import assert from 'node:assert/strict'
import { multiaddr } from '@multiformats/multiaddr'
import fc from 'fast-check'
import { isPublicAddr } from '../../src/access/index.js'

const RELAY = '12D3KooWRm8J3iL796zPFi2EtGGtUJn58AG67gcRzQ4FENEemvpg'

const PUBLIC = [
  '/ip4/1.1.1.1/tcp/1', '/ip4/9.255.255.255/tcp/1', '/ip4/11.0.0.0/tcp/1', '/ip4/100.63.255.255/tcp/1', '/ip4/100.128.0.0/tcp/1',
  '/ip4/126.255.255.255/tcp/1', '/ip4/172.15.255.255/tcp/1', '/ip4/172.32.0.0/tcp/1', '/ip4/192.167.255.255/tcp/1', '/ip4/198.20.0.0/tcp/1',
  '/ip4/223.255.255.255/tcp/1', '/ip6/2606:4700::1111/tcp/1', '/ip6/2001:200::1/tcp/1', '/ip6/2001:db9::1/tcp/1', '/ip6/2003::1/tcp/1',
  '/ip6/3ffe:ffff::1/tcp/1', '/ip6/3fff:1000::1/tcp/1', '/ip6/::ffff:1.1.1.1/tcp/1',
  '/dns4/relay.example.org/tcp/4001', '/dns6/relay.example.org/tcp/4001', '/dns/relay.example.org/tcp/443/tls/ws', '/dnsaddr/example.org',
  '/dns4/locale.org/tcp/1', '/dns4/mylocal.org/tcp/1', '/dns4/1.1.1.1/tcp/1', '/ip6/2606:4700::5efe:1.1.1.1/tcp/1', '/ip6/2606:4700::1:5efe:10.0.0.1/tcp/1', `/ip4/1.1.1.1/udp/4001/quic-v1/p2p/${RELAY}`
]

const NOT_PUBLIC = [
  '/ip4/0.0.0.0/tcp/1', '/ip4/0.255.255.255/tcp/1', '/ip4/10.0.0.0/tcp/1', '/ip4/10.255.255.255/tcp/1', '/ip4/100.64.0.0/tcp/1',
  '/ip4/100.127.255.255/tcp/1', '/ip4/127.0.0.1/tcp/1', '/ip4/127.255.255.255/tcp/1', '/ip4/169.254.1.1/tcp/1', '/ip4/172.16.0.0/tcp/1',
  '/ip4/172.31.255.255/tcp/1', '/ip4/192.0.0.1/tcp/1', '/ip4/192.0.2.1/tcp/1', '/ip4/192.168.255.255/tcp/1', '/ip4/198.18.0.0/tcp/1',
  '/ip4/198.19.255.255/tcp/1', '/ip4/198.51.100.1/tcp/1', '/ip4/203.0.113.1/tcp/1', '/ip4/224.0.0.0/tcp/1', '/ip4/239.1.2.3/tcp/1',
  '/ip4/240.0.0.0/tcp/1', '/ip4/255.255.255.255/tcp/1',
  '/ip6/::/tcp/1', '/ip6/::1/tcp/1', '/ip6/::ffff:10.0.0.1/tcp/1', '/ip6/::ffff:7f00:1/tcp/1', '/ip6/64:ff9b::a00:1/tcp/1', '/ip6/100::1/tcp/1',
  '/ip6/2001::1/tcp/1', '/ip6/2001:0:4136:e378:8000:63bf:3fff:fdd2/tcp/1', '/ip6/2001:2::1/tcp/1', '/ip6/2001:10::1/tcp/1', '/ip6/2001:db8::1/tcp/1',
  '/ip6/2001:db8:ffff::1/tcp/1', '/ip6/2002:a00:1::1/tcp/1', '/ip6/3fff::1/tcp/1', '/ip6/3fff:fff::1/tcp/1', '/ip6/5f00::1/tcp/1', '/ip6/fc00::1/tcp/1',
  '/ip6/fdff::1/tcp/1', '/ip6/fe80::1/tcp/1', '/ip6/febf::1/tcp/1', '/ip6zone/eth0/ip6/fe80::1/tcp/1', '/ip6/ff02::1/tcp/1',
  '/dns4/localhost/tcp/1', '/dns4/LocalHost./tcp/1', '/dns4/relay.localhost/tcp/1', '/dns4/relay.local/tcp/1', '/dns4/relay.LOCAL./tcp/1',
  '/dns/relay/tcp/1', '/dns4/db.internal/tcp/1', '/dns4/nas.home.arpa/tcp/1', '/dns4/127.0.0.1/tcp/1', '/dns4/0177.0.0.1/tcp/1', '/dns4/127.0.0.1./tcp/1', '/dns4/a@example.org/tcp/1',
  '/ip6/2606:4700::5efe:10.0.0.1/tcp/1', '/ip6/2606:4700:0:0:200:5efe:7f00:1/tcp/1',
  `/ip4/1.1.1.1/tcp/4001/p2p/${RELAY}/p2p-circuit`, `/dns4/relay.example.org/tcp/4001/p2p/${RELAY}/p2p-circuit`, `/p2p/${RELAY}`, '/unix/tmp%2Fa'
]

describe('isPublicAddr', () => {
  for (const addr of PUBLIC) {
    it(`is true of ${addr}`, () => { assert.equal(isPublicAddr(multiaddr(addr)), true) })
  }

  for (const addr of NOT_PUBLIC) {
    it(`is false of ${addr}`, () => { assert.equal(isPublicAddr(multiaddr(addr)), false) })
  }

  it('says the same of an IPv4 address and of its IPv4-mapped IPv6 spelling', () => {
    fc.assert(fc.property(fc.ipV4(), ip => {
      assert.equal(isPublicAddr(multiaddr(`/ip6/::ffff:${ip}/tcp/1`)), isPublicAddr(multiaddr(`/ip4/${ip}/tcp/1`)))
    }))
  })

  it('is false of every IPv6 address outside 2000::/3', () => {
    fc.assert(fc.property(fc.ipV6(), ip => {
      const addr = multiaddr(`/ip6/${ip}/tcp/1`)
      const [first = '0'] = (addr.getComponents()[0]?.value ?? '').split(':')
      fc.pre((parseInt(first || '0', 16) >> 13) !== 1 && !/^::ffff:/.test(addr.getComponents()[0]?.value ?? ''))
      assert.equal(isPublicAddr(addr), false)
    }))
  })
})
