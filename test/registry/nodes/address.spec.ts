import assert from 'node:assert/strict'
import { listedAddress, NodeRefusedError } from '../../../src/registry/nodes/index.js'

const ID = '12D3KooWRm8J3iL796zPFi2EtGGtUJn58AG67gcRzQ4FENEemvpg'

/** Spellings of 127.0.0.1 that some resolver or parser takes for it. */
const LOOPBACK = [
  '127.0.0.1', '127.0.0.1.', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.1', '0X7F.0.0.0x1', '017700000001', '0177.0.0.1', '0177.0.0.01',
  '127.0.0.0x1', '%31%32%37.0.0.1', '127%2e0%2e0%2e1', '①②⑦.⓪.⓪.①', '１２７.0.0.1', '127。0。0。1', '127.255.255.255', '0', '0.0.0.0', '00.0.0.0',
  '[::1]', '[0:0:0:0:0:0:0:1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:7f00:0001]', '[::127.0.0.1]', '[::7f00:1]',
  '[64:ff9b::127.0.0.1]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2002:7f00:0001::1]', '[2001:0:4136:e378:8000:63bf:80ff:fffe]',
  '[2001:470:1f0b::5efe:127.0.0.1]', '[2001:470:1f0b:0:200:5efe:7f00:1]', '[fe80::5efe:7f00:1]', '[::ffff:0:127.0.0.1]',
  'localhost', 'LOCALHOST', 'localhost.', 'LocalHost.', 'ｌｏｃａｌｈｏｓｔ', 'a.localhost', 'a.b.LOCALHOST.', 'loc%61lhost', 'localhost.local'
]

const SPECIAL = [
  '10.1.2.3', '100.64.0.1', '100.127.255.254', '169.254.169.254', '0xa9fea9fe', '2852039166', '0251.0376.0251.0376', '172.16.0.1', '172.31.255.255', '192.168.1.1', '0300.0250.1.1',
  '192.0.0.1', '192.0.2.1', '198.18.0.1', '198.19.255.255', '198.51.100.1', '203.0.113.1', '192.88.99.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '0xffffffff',
  '[fe80::1]', '[fec0::1]', '[fc00::1]', '[fd12:3456:789a::1]', '[ff02::1]', '[ff0e::1]', '[100::1]', '[2001:db8::1]', '[3fff::1]', '[2001:2::1]', '[2001:10::1]', '[5f00::1]',
  '[::ffff:10.0.0.1]', '[::ffff:169.254.169.254]', '[64:ff9b::a9fe:a9fe]', '[64:ff9b::8.8.8.8]', '[2002:a00:1::1]', '[2002:808:808::1]', '[2001:470:1f0b::5efe:10.0.0.1]', '[::ffff:0:a00:1]', '[4000::1]', '[::8.8.8.8]',
  'router', 'printer.local', 'db.internal', 'nas.home.arpa', 'intranet', 'metadata'
]

const MALFORMED = [
  '', ' ', 'http://', 'https://', 'http://:80', 'ftp://example.org', 'HTTP://example.org', 'example.org', '//example.org', 'ws://example.org', 'http:example.org', 'http:/example.org',
  'http://user@example.org', 'http://user:pass@example.org', 'http://@example.org', 'http://example.org@127.0.0.1', 'http://example.org:80@127.0.0.1/', 'http://example.org\\@127.0.0.1/', 'http://example.org%40127.0.0.1',
  'http://example.org#@127.0.0.1', 'http://example.org?x', 'http://example.org/#x', 'http://exa\tmple.org', 'http://exa\nmple.org', 'http://example.org/\r\nhost: x', 'http://example.org /x', 'http://exam\u00adple.org', 'http://exa\u200bmple.org',
  'http://example.org:0', 'http://example.org:65536', 'http://example.org:-1', 'http://example.org:8o', 'http://exam_ple..org', 'http://-example.org', 'http://1.2.3.4.5', 'http://1.2.3.256', 'http://example.123',
  'http://[fe80::1%25eth0]', 'http://[fe80::1%eth0]', 'http://[::1', 'http://::1', 'http://[1.2.3.4]', 'http://[::1]x', `http://${'a'.repeat(64)}.org`, `http://example.org/${'a'.repeat(240)}`,
  '/', `/p2p/${ID}`, '/ip4/1.1.1.1/tcp/4001', '/ip4/1.1.1.1/tcp/4001/p2p/x', `/ip4/1.1.1.1/p2p/${ID}`, `/ip4/1.1.1.1/udp/4001/p2p/${ID}`, `/ip4/1.1.1.1/tcp/0/p2p/${ID}`, `/ip4/1.1.1.1/tcp/65536/p2p/${ID}`,
  `/ip4/1.1.1.1/tcp/4001/p2p/${ID}/p2p-circuit`, `/ip4/1.1.1.1/tcp/4001/p2p/${ID}/p2p-circuit/p2p/${ID}`, `/p2p-circuit/p2p/${ID}`, `/p2p/${ID}/p2p-circuit/ip4/1.1.1.1/tcp/1/p2p/${ID}`,
  `/ip4/1.1.1.1/tcp/443/tls/ws/p2p/${ID}`, `/ip4/1.1.1.1/tcp/443/wss/p2p/${ID}`, `/ip4/1.1.1.1/tcp/443/tls/sni/localhost/ws/p2p/${ID}`, `/ip4/1.1.1.1/tcp/80/http/p2p/${ID}`, `/ip4/1.1.1.1/tcp/80/ip4/127.0.0.1/tcp/1/p2p/${ID}`,
  `/ip4/1.1.1.1/udp/4001/webrtc-direct/p2p/${ID}`, `/unix/tmp%2Fsocket/p2p/${ID}`, `/ip6zone/eth0/ip6/fe80::1/tcp/1/p2p/${ID}`, `/ip4/127.1/tcp/1/p2p/${ID}`, `/ip4/0x7f000001/tcp/1/p2p/${ID}`, `/ip4/2130706433/tcp/1/p2p/${ID}`, `/ip6/fe80::1%25eth0/tcp/1/p2p/${ID}`,
  `/dns4/a@127.0.0.1/tcp/1/p2p/${ID}`, `/dns4/127.0.0.1:80/tcp/1/p2p/${ID}`, `/dns4/a%2f127.0.0.1/tcp/1/p2p/${ID}`, `/dns4/a b/tcp/1/p2p/${ID}`, `/dnsaddr/example.org/tcp/1/p2p/${ID}`, `/dnsaddr/example.org/p2p/${ID}/p2p/${ID}`
]

function multiaddrsOf (host: string): string[] {
  const bare = /^\[(.*)\]$/.exec(host)?.[1]

  return bare != null
    ? [`/ip6/${bare}/tcp/4001/p2p/${ID}`, `/ip6/${bare}/udp/4001/quic-v1/p2p/${ID}`, `/dns6/${bare}/tcp/4001/p2p/${ID}`]
    : ['dns', 'dns4', 'dns6'].map(name => `/${name}/${host}/tcp/4001/p2p/${ID}`).concat(`/dnsaddr/${host}/p2p/${ID}`, /^\d+\.\d+\.\d+\.\d+$/.test(host) ? `/ip4/${host}/tcp/80/ws/p2p/${ID}` : [])
}

function refuses (address: string, allowPrivate = false): void {
  assert.throws(() => listedAddress(address, { allowPrivate }), NodeRefusedError, JSON.stringify(address))
}

describe('addresses of nodes', () => {
  for (const [what, hosts] of [['the loopback address', LOOPBACK], ['addresses and names that are not public', SPECIAL]] as const) {
    it(`refuses ${what} at every spelling, in URLs and multiaddrs`, () => {
      for (const host of hosts) {
        for (const address of [`http://${host}`, `https://${host}/`, `http://${host}:8080/registry`, ` http://${host}\n`, ...multiaddrsOf(host)]) {
          refuses(address)
        }
      }
    })
  }

  it('refuses what is no place: malformed, with user info, behind a relay, with a zone, over transports that lead to another name', () => {
    for (const address of MALFORMED) {
      refuses(address)
      refuses(address, true)
    }
  })

  it('has one spelling for a node', () => {
    for (const [address, listed] of [
      ['https://example.org', 'https://example.org'], ['https://EXAMPLE.org./', 'https://example.org'], [' https://example.org:443// ', 'https://example.org'], ['http://example.org:80', 'http://example.org'],
      ['http://example.org:443', 'http://example.org:443'], ['https://münchen.example/a/./b/../c/', 'https://xn--mnchen-3ya.example/a/c'], ['http://134744072:8080', 'http://8.8.8.8:8080'],
      ['http://[::ffff:8.8.8.8]', 'http://8.8.8.8'], ['https://[2606:4700:0:0::1111]:8443', 'https://[2606:4700::1111]:8443'],
      [`/ip4/8.8.8.8//tcp/4001/p2p/${ID}/`, `/ip4/8.8.8.8/tcp/4001/p2p/${ID}`], [`/dns4/Node.Example.org./udp/4001/quic-v1/p2p/${ID}`, `/dns4/node.example.org/udp/4001/quic-v1/p2p/${ID}`],
      [`/dnsaddr/example.org/p2p/${ID}`, `/dnsaddr/example.org/p2p/${ID}`], [`/ip6/2606:4700:0:0::1111/tcp/80/ws/p2p/${ID}`, `/ip6/2606:4700::1111/tcp/80/ws/p2p/${ID}`]
    ]) {
      assert.equal(listedAddress(address ?? ''), listed)
    }
  })

  it('takes addresses that are not public where they are allowed', () => {
    for (const host of ['127.1', 'localhost', 'router', '[::1]', '192.168.0.1']) {
      assert.ok(listedAddress(`http://${host}:8080`, { allowPrivate: true }).startsWith('http://'))
    }

    assert.equal(listedAddress(`/ip4/127.0.0.1/tcp/1/p2p/${ID}`, { allowPrivate: true }), `/ip4/127.0.0.1/tcp/1/p2p/${ID}`)
  })
})
