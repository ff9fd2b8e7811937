import assert from 'node:assert/strict'
import fc from 'fast-check'
import { CidrSet } from '../../src/access/cidr.js'
import { ConfigError, resolveConfig } from '../../src/config/index.js'
import { checkValue } from '../../src/config/check.js'
import { getKey, knownKeys } from '../../src/config/keys.js'
import { getValue } from '../../src/config/resolve.js'
import type { IntegerKey, KeySpec } from '../../src/config/schema.js'

const PEER = '12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5'
const HEX_64 = 'ab'.repeat(32)

function takes (spec: KeySpec, value: unknown, source: 'toml' | 'js' = 'js'): boolean {
  return 'value' in checkValue(spec, value, source)
}

/** What each format takes, and what it just does not. */
const TEXTS: Record<string, { good: string[], bad: string[] }> = {
  path: { good: ['~', '~/a', '/a b/c', 'relative', 'a~b'], bad: ['~bob/x', 'a\0b'] },
  'multiaddr-tcp': {
    good: ['/ip4/0.0.0.0/tcp/0', '/ip4/127.0.0.1/tcp/65535', '/ip6/::/tcp/4001', '/ip6/2001:db8::1/tcp/1'],
    bad: ['/ip4/0.0.0.0/tcp/65536', '/ip4/256.0.0.1/tcp/1', '/ip6/1.2.3.4/tcp/1', '/ip4/::/tcp/1', '/dns4/example.org/tcp/1', '/ip4/0.0.0.0/udp/1', '/ip4/0.0.0.0/tcp/01', '/ip4/0.0.0.0/tcp/4001/ws', `/ip4/0.0.0.0/tcp/1/p2p/${PEER}`, '/ip4/0.0.0.0/tcp/4001/', ' /ip4/0.0.0.0/tcp/1', '4001', '0.0.0.0:4001']
  },
  'multiaddr-quic': { good: ['/ip4/0.0.0.0/udp/4001/quic-v1', '/ip6/::/udp/0/quic-v1'], bad: ['/ip4/0.0.0.0/udp/4001/quic', '/ip4/0.0.0.0/tcp/4001/quic-v1', '/ip4/0.0.0.0/udp/4001', '/ip4/0.0.0.0/udp/4001/webrtc-direct'] },
  'multiaddr-ws': { good: ['/ip4/0.0.0.0/tcp/4002/ws', '/ip6/::1/tcp/0/ws'], bad: ['/ip4/0.0.0.0/tcp/4002', '/ip4/0.0.0.0/tcp/4002/wss', '/ip4/0.0.0.0/udp/4002/ws'] },
  'multiaddr-webrtc-direct': { good: ['/ip4/0.0.0.0/udp/4003/webrtc-direct'], bad: ['/ip4/0.0.0.0/udp/4003/webrtc', '/ip4/0.0.0.0/tcp/4003/webrtc-direct'] },
  'host-port': { good: ['127.0.0.1:0', '0.0.0.0:65535', '[::1]:8080', 'localhost:80'], bad: ['127.0.0.1', ':8080', '127.0.0.1:65536', '::1:8080', '[127.0.0.1]:80', 'example.org:80', '127.0.0.1:080', 'http://127.0.0.1:80', '8080'] },
  'hex-32': { good: [HEX_64, HEX_64.toUpperCase()], bad: [HEX_64.slice(1), `${HEX_64}0`, `g${HEX_64.slice(1)}`, `0x${HEX_64.slice(2)}`] },
  plain: { good: ['x', 'a b', 'ü'], bad: [] }
}

const ENTRIES: Record<string, { good: unknown[], bad: unknown[] }> = {
  multiaddr: { good: ['/dns4/relay.example.org/tcp/4001', '/dnsaddr/x.example/tcp/1/ws', '/ip4/203.0.113.7/udp/4001/quic-v1', '/dns4/a.example/tcp/443/tls/ws', `/ip6/2001:db8::1/tcp/1/p2p/${PEER}`], bad: ['', '/', 'relay.example.org:4001', '/ip4/0.0.0.0/tcp/4001', '/ip6/::/tcp/1', '/ip4/1.2.3.4/tcp/0', '/ip4/1.2.3.4', '/dns4/a b/tcp/1', `/ip4/1.2.3.4/tcp/1/p2p/${PEER}/p2p-circuit`, 5, '/ip4/1.2.3.4/nonsense/1'] },
  'peer-id': { good: [PEER, 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'], bad: ['', '12D3Koo', `${PEER}x`, 'me', 1] },
  cidr: { good: ['0.0.0.0/0', '10.0.0.0/8', '192.0.2.7/32', '::/0', '2001:db8::/128'], bad: ['10.0.0.1', '10.0.0.0/33', '::/129', '10.0.0.0/08', '10.0.0/8', '10.0.0.0/-1', 'fe80::1%eth0/64', '10.0.0.0/8 ', 8] },
  host: { good: ['relay.example.org', 'relay.example.org:8443', '192.0.2.7', '[2001:db8::1]:443', '[::1]', 'localhost'], bad: ['', 'https://relay.example.org', 'relay.example.org/', 'a b', 'a:0', 'a:65536', '::1', '-a.example', true] },
  origin: { good: ['*', 'https://app.example.org', 'http://localhost:3000', 'tauri://localhost'], bad: ['', 'app.example.org', 'https://app.example.org/', 'https://a@b', 'null', 1] },
  'envelope-key': {
    good: [{ kid_hex: '0011223344556677', x25519_private_key_hex: HEX_64, active: true }, { kid_hex: 'AA11223344556677', x25519_private_key_hex: HEX_64, not_after_epoch_ms: 1 }],
    bad: ['x', [], { kid_hex: '00', x25519_private_key_hex: HEX_64 }, { kid_hex: '0011223344556677' }, { kid_hex: '0011223344556677', x25519_private_key_hex: HEX_64, active: 'yes' }, { kid_hex: '0011223344556677', x25519_private_key_hex: HEX_64, not_after_epoch_ms: 0 }, { kid_hex: '0011223344556677', x25519_private_key_hex: HEX_64, not_after_epoch_ms: 2 ** 53 }, { kid_hex: '0011223344556677', x25519_private_key_hex: HEX_64, more: 1 }]
  }
}

describe('config: every key', () => {
  for (const { key, path, spec } of knownKeys) {
    describe(key, () => {
      it('takes its default', () => {
        assert.ok(takes(spec, spec.default))
        assert.deepEqual(getValue(resolveConfig(), { key, path, spec }) !== undefined, true)
      })

      it('refuses every other type', () => {
        const samples: Record<KeySpec['type'], unknown> = { integer: 1, boolean: true, text: 'x', choice: 'x', list: ['x'] }

        for (const [type, sample] of Object.entries(samples)) {
          const same = type === spec.type || (['text', 'choice'].includes(type) && ['text', 'choice'].includes(spec.type))
          assert.ok(same || !takes(spec, sample), `${key} took ${type}`)
        }

        for (const sample of [null, {}, new Date(), () => 1, Symbol('x'), undefined]) {
          assert.ok(!takes(spec, sample))
        }
      })

      switch (spec.type) {
        case 'integer': integerTests(spec); break
        case 'boolean': break
        case 'choice':
          it('takes its choices and nothing like them', () => {
            for (const choice of spec.choices) {
              assert.ok(takes(spec, choice))
              assert.ok(!takes(spec, choice.toUpperCase()))
              assert.ok(!takes(spec, `${choice} `))
            }
            assert.ok(!takes(spec, ''))
          })
          break
        case 'text':
          it('takes texts of its format only', () => {
            // the table has every format: the test would throw
            const { good, bad } = TEXTS[spec.format] ?? assert.fail(spec.format)

            good.forEach(text => assert.ok(takes(spec, text), text))
            bad.forEach(text => assert.ok(!takes(spec, text), text))
            assert.equal(takes(spec, ''), spec.allowEmpty)
          })
          break
        case 'list':
          it('takes entries of its format only', () => {
            const { good, bad } = ENTRIES[spec.format] ?? assert.fail(spec.format)

            assert.ok(takes(spec, []))
            assert.ok(takes(spec, good))
            good.forEach(entry => assert.ok(takes(spec, [entry]), JSON.stringify(entry)))
            bad.forEach(entry => assert.ok(!takes(spec, [entry]), JSON.stringify(entry)))
            assert.ok(!takes(spec, [good[0], bad[0]]))
          })
      }
    })
  }

  it('takes the address ranges that the access rules take', () => {
    const part = fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.%]{0,12}$/))
    const { spec } = getKey('auth.deny_cidrs')

    fc.assert(fc.property(part, fc.oneof(fc.integer({ min: -1, max: 130 }).map(String), fc.constantFrom('', '08', ' 8', '8 ', '1e1')), fc.boolean(), (ip, bits, slash) => {
      const text = `${ip}${slash ? '/' : ''}${bits}`
      let taken = true

      try {
        // the rules themselves say whether they take it
        new CidrSet().add(text)
      } catch {
        taken = false
      }

      // config may be stricter about a single address, never laxer
      assert.ok(taken || !takes(spec, [text]), text)
    }), { numRuns: 2000 })
  })

  it('turns every kind of whole number into the same number', () => {
    const { spec } = getKey('relay.max_circuits')

    assert.deepEqual(checkValue(spec, 5n, 'toml'), { value: 5 })
    assert.deepEqual(checkValue(spec, 5, 'js'), { value: 5 })
    assert.deepEqual(checkValue(spec, -0, 'js'), { value: 0 })
    assert.ok(Object.is((checkValue(spec, -0, 'js') as { value: number }).value, 0))
  })

  it('names the place of every problem of a list', () => {
    assert.throws(() => resolveConfig({ auth: { deny_cidrs: ['10.0.0.0/8', '10.0.0.1', 'x'] } }), (err) => {
      assert.ok(err instanceof ConfigError)
      assert.deepEqual(err.problems.map(({ key, value, hint }) => ({ key, value, hint })), [
        { key: 'auth.deny_cidrs[1]', value: '"10.0.0.1"', hint: 'for the one address write "10.0.0.1/32"' },
        { key: 'auth.deny_cidrs[2]', value: '"x"', hint: undefined }
      ])

      return true
    })
  })
})

function integerTests (spec: IntegerKey): void {
  it(`takes ${spec.min} to ${spec.max} and nothing beside`, () => {
    for (const source of ['toml', 'js'] as const) {
      assert.ok(takes(spec, BigInt(spec.min), source))
      assert.ok(takes(spec, BigInt(spec.max), source))
      assert.ok(!takes(spec, BigInt(spec.min) - 1n, source))
      assert.ok(!takes(spec, BigInt(spec.max) + 1n, source))
      assert.ok(!takes(spec, 2n ** 64n, source))
    }

    assert.ok(takes(spec, spec.min))
    assert.ok(takes(spec, spec.max))
    assert.ok(!takes(spec, spec.min - 1))
    assert.ok(!takes(spec, spec.max + 1))
  })

  it('refuses what is no whole number', () => {
    for (const value of [spec.min + 0.5, Number.NaN, Infinity, '5', `${spec.min}`]) {
      assert.ok(!takes(spec, value))
    }

    // a float of TOML, though it has no fraction
    assert.ok(!takes(spec, spec.min, 'toml'))
  })
}
