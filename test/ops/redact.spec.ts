import assert from 'node:assert/strict'
import { redact } from '../../src/ops/index.js'

describe('redacting', () => {
  const cases: Array<[string, string]> = [
    ['connect ECONNREFUSED 203.0.113.9:4001', 'connect ECONNREFUSED <ip>:4001'],
    ['/ip4/203.0.113.9/tcp/1/p2p/12D3KooWBXRHBjLxuzVkuYLnvJ77PjEdzZPydhHKYuj8biKY3cTR', '/ip4/<ip>/tcp/1/p2p/<peer>'],
    ['/ip6/2001:db8::7/udp/1/quic-v1', '/ip6/<ip>/udp/1/quic-v1'],
    ['connect to ::ffff:203.0.113.9 or [2001:db8:1:2:3:4:5:6]:80', 'connect to ::ffff:<ip> or [<ip>]:80'],
    ['peer QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG left', 'peer <peer> left'],
    ['    at f (file:///a/dist/src/x.js:12:34)', '    at f (file:///a/dist/src/x.js:12:34)'],
    ['version 1.2.3 at 12:34:56', 'version 1.2.3 at 12:34:56']
  ]

  for (const [text, expected] of cases) {
    it(`makes "${expected}" of "${text}"`, () => {
      assert.equal(redact(text), expected)
    })
  }
})
