import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parse } from 'smol-toml'
import { ConfigError, importConfig, loadConfig, renderConfig } from '../../src/config/index.js'
import { findKey } from '../../src/config/keys.js'
import { PARTS } from '../../src/config/parts.js'
import { MOVES } from '../../src/config/programs.js'
import { temporaryFolder } from './helpers.js'
import type { Config, ImportFile } from '../../src/config/index.js'

const HEX_64 = '0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20'

const RUST = `[relay]
max_reservations = 50
max_reservations_per_peer = 5
max_circuits_per_peer = 8
max_circuit_duration_secs = 60
max_circuit_bytes = 1048576
[network]
tcp_listen_addr = "/ip4/0.0.0.0/tcp/5001"
quic_listen_addr = "/ip4/0.0.0.0/udp/5001/quic-v1"
advertised_addrs = ["/ip4/203.0.113.7/tcp/5001"]
[auth]
auth_token = "CHANGE_ME_IN_PRODUCTION"
auth_enabled = false
[logging]
level = "debug"
log_format = "json"
log_to_file = true
log_file_path = "~/relay.log"
`

const ENIGMA = `address = "0.0.0.0:9000"
mode = "http"
colour = "blue"
[storage]
kind = "sled"
path = "./relay_db"
[relay]
max_message_bytes = 1000000
max_queue_bytes_per_user = 18446744073709551615
max_messages_per_user = 5
message_ttl_seconds = 0
gc_interval_seconds = 30
pull_batch_max = 10
[rate_limit]
enabled = true
per_ip_rps = 7
burst = 14
ban_seconds = 60
[rate_limit.endpoints]
push_rps = 3
pull_rps = 2
ack_rps = 1
`

const REGISTRY = `address = "127.0.0.1:8443"
mode = "tls"
trusted_proxies = ["10.0.0.1", "2001:db8::1", "nginx"]
allow_sync = true
max_nodes = 0
[rate_limit]
per_ip_rps = 5
[rate_limit.endpoints]
register_rps = 4
[tls]
cert_pem_path = "/c.pem"
key_pem_path = "/k.pem"
[storage]
kind = "memory"
[envelope]
pepper_hex = "${HEX_64}"
[[envelope.keys]]
kid_hex = "0001020304050607"
x25519_private_key_hex = "${HEX_64}"
active = true
[[envelope.keys]]
kid_hex = "0001020304050608"
x25519_private_key_hex = "${HEX_64}"
not_after_epoch_ms = 1700000000000
[presence]
ttl_seconds = 9
[pow]
enabled = true
difficulty = 30
`

describe('config: import', () => {
  const folder = temporaryFolder()
  const file = (path: string, text: string): ImportFile => ({ path, text })

  /** The text that an import makes, and what our own loader says of it with every part switched on. */
  function run (...files: ImportFile[]): { text: string, config: Config, comments: string } {
    const text = importConfig(files, { makeToken: () => 'new-token' })
    const { config } = loadConfig({ path: folder.write('relay.toml', text), env: { HOME: '/h' }, built: new Set(PARTS) })

    return { text, config, comments: text.replaceAll('\n# ', ' ') }
  }

  it('takes the file of the Rust relay', () => {
    const { config, comments } = run(file('rust.toml', RUST))

    assert.equal(config.relay.max_reservations, 50)
    assert.equal(config.relay.max_circuit_bytes, 1_048_576)
    assert.equal(config.network.tcp_listen_addr, '/ip4/0.0.0.0/tcp/5001')
    assert.deepEqual(config.network.announce_addrs, ['/ip4/203.0.113.7/tcp/5001'])
    assert.equal(config.logging.file, '/h/relay.log')
    assert.equal(config.logging.log_format, 'json')
    assert.match(comments, /From rust\.toml:6: counted for each direction by itself/)
    assert.match(comments, /From rust\.toml:10: renamed, was network\.advertised_addrs\./)
    assert.match(comments, /From rust\.toml:18: renamed, was logging\.log_to_file and logging\.log_file_path/)
    assert.equal(run(file('rust.toml', RUST.replace('log_to_file = true', 'log_to_file = false'))).config.logging.file, '')
  })

  it('gives a new token where auth runs on the published one, and keeps one that is secret', () => {
    const enabled = RUST.replace('auth_enabled = false', 'auth_enabled = true')
    const { config, comments } = run(file('rust.toml', enabled))

    assert.equal(config.auth.auth_enabled, true)
    assert.equal(config.auth.auth_token, 'new-token')
    assert.match(comments, /Changed: the old token was empty or the published one/)
    assert.equal(run(file('rust.toml', enabled.replace('CHANGE_ME_IN_PRODUCTION', 'hunter2'))).config.auth.auth_token, 'hunter2')
    assert.match(importConfig([file('rust.toml', enabled)]), /^auth_token = "[\w-]{32}"$/m)
  })

  it('takes the file of enigma-relay', () => {
    const { config, comments } = run(file('er.toml', ENIGMA))

    assert.equal(config.http.address, '0.0.0.0:9000')
    assert.equal(config.http.behind_tls_proxy, true)
    assert.equal(config.storage.kind, 'level')
    assert.equal(config.storage.path, '/h/.meshnet/data')
    assert.deepEqual(pick(config.mailbox, 'max_message_bytes', 'max_queue_bytes_per_user', 'max_messages_per_user', 'message_ttl_seconds', 'gc_interval_seconds', 'pull_batch_max'), {
      max_message_bytes: 1_000_000, max_queue_bytes_per_user: Number.MAX_SAFE_INTEGER, max_messages_per_user: 5, message_ttl_seconds: 1_209_600, gc_interval_seconds: 30, pull_batch_max: 10
    })
    assert.deepEqual(pick(config.rate_limit, 'per_ip_rps', 'burst', 'ban_seconds'), { per_ip_rps: 7, burst: 14, ban_seconds: 60 })
    assert.deepEqual(pick(config.rate_limit.endpoints, 'push_rps', 'pull_rps', 'ack_rps'), { push_rps: 3, pull_rps: 2, ack_rps: 1 })
    assert.match(comments, /Not taken over: er\.toml:3 colour: no such key here/)
    assert.match(comments, /Not taken over: er\.toml:6 storage\.path: the old folder holds sled's files/)
    assert.match(comments, /From er\.toml:8 relay\.max_message_bytes: renamed; bodies up to this size/)
    assert.match(comments, /18446744073709551615 is more than the 9007199254740991 that is allowed/)
    assert.match(comments, /er\.toml:11 relay\.message_ttl_seconds had 0, which is refused: must be an integer from 1 to 3153600000\. The default stands\./)
    assert.match(comments, /Changed: the old server spoke plain HTTP/)
  })

  it('takes the file of the registry', () => {
    const { config, comments } = run(file('reg.toml', REGISTRY))

    assert.deepEqual(pick(config.http, 'address', 'mode', 'tls', 'trusted_proxies'), { address: '127.0.0.1:8443', mode: 'tls', tls: { cert_pem_path: '/c.pem', key_pem_path: '/k.pem', client_ca_pem_path: '' }, trusted_proxies: ['10.0.0.1/32', '2001:db8::1/128'] })
    assert.equal(config.storage.kind, 'memory')
    assert.equal(config.registry.max_nodes, 1)
    assert.equal(config.registry.allow_sync, true)
    assert.equal(config.registry.envelope.pepper_hex, HEX_64)
    assert.deepEqual(config.registry.envelope.keys, [
      { kid_hex: '0001020304050607', x25519_private_key_hex: HEX_64, active: true },
      { kid_hex: '0001020304050608', x25519_private_key_hex: HEX_64, active: false, not_after_epoch_ms: 1_700_000_000_000 }
    ])
    assert.deepEqual(config.registry.presence, { ttl_seconds: 9, gc_interval_seconds: 60 })
    assert.deepEqual(config.registry.pow, { enabled: true, difficulty: 30, ttl_seconds: 120 })
    assert.equal(config.rate_limit.endpoints.register_rps, 4)
    assert.match(comments, /left out, no addresses: "nginx"/)
    assert.match(comments, /reg\.toml has no rate_limit\.burst, which was 10 by default/)
    assert.doesNotMatch(comments, /has no address/)
  })

  it('takes several files, the first of which wins, and says so', () => {
    const { config, comments } = run(file('er.toml', ENIGMA), file('reg.toml', REGISTRY))
    const turned = run(file('reg.toml', REGISTRY), file('er.toml', ENIGMA))

    assert.deepEqual([config.http.address, config.http.mode, config.rate_limit.per_ip_rps, config.storage.kind], ['0.0.0.0:9000', 'http', 7, 'level'])
    assert.deepEqual([turned.config.http.address, turned.config.http.mode, turned.config.rate_limit.per_ip_rps, turned.config.storage.kind], ['127.0.0.1:8443', 'tls', 5, 'memory'])
    assert.match(comments, /Conflict: reg\.toml:1 address had "127\.0\.0\.1:8443"; the file that was named first wins \(er\.toml:1 address\)\./)
    assert.match(comments, /Conflict: reg\.toml:7 rate_limit\.per_ip_rps had 5;/)
    assert.equal(config.registry.max_nodes, 1)
    assert.equal(config.mailbox.max_messages_per_user, 5)
    assert.doesNotMatch(comments, /has no rate_limit\.burst/)
  })

  it('says nothing of a conflict where both say the same', () => {
    assert.doesNotMatch(run(file('a.toml', RUST), file('b.toml', RUST)).text, /Conflict/)
  })

  it('switches the HTTP door off when its certificate is missing, never to plain', () => {
    const { config, comments } = run(file('reg.toml', REGISTRY.replace('/c.pem', '')))

    assert.equal(config.http.enabled, false)
    assert.equal(config.http.mode, 'tls')
    assert.match(comments, /Switched off: mode is "tls"/)
  })

  it('mends or refuses what our own rules refuse', () => {
    const big = run(file('er.toml', ENIGMA.replace('1000000', '200000000')))
    assert.ok(big.config.mailbox.max_inflight_bytes >= 2 * 200_000_000)
    assert.match(big.comments, /Raised: it must hold the largest messages/)

    const huge = run(file('er.toml', ENIGMA.replace('1000000', '9007199254740991')))
    assert.equal(huge.config.mailbox.max_message_bytes, 1_073_741_824)

    const twice = run(file('reg.toml', REGISTRY.replace('0608', '0607')))
    assert.deepEqual(twice.config.registry.envelope.keys, [])
    assert.match(twice.comments, /Refused: two keys have the kid_hex 0001020304050607/)

    assert.equal(run(file('a.toml', '[auth]\nrestrict_connect = true\n')).config.auth.auth_enabled, true)
    assert.match(run(file('a.toml', '[network]\nws_listen_addr = "/ip4/0.0.0.0/tcp/4001/ws"\n')).comments, /Refused: .*same address and port/)
  })

  it('keeps an import of its own output', () => {
    const once = run(file('er.toml', ENIGMA))

    assert.deepEqual(run(file('relay.toml', once.text)).config, once.config)
    assert.deepEqual(parse(run(file('relay.toml', renderConfig())).text), parse(renderConfig()))
  })

  it('refuses what is no TOML or no configuration', () => {
    assert.throws(() => importConfig([file('x.toml', 'a = ')]), (err) => err instanceof ConfigError && err.code === 'config_syntax' && err.message.startsWith('x.toml:1:'))
    assert.throws(() => importConfig([file('Cargo.toml', '[package]\nname = "x"\n')]), (err) => err instanceof ConfigError && err.code === 'config_foreign')
    assert.doesNotThrow(() => importConfig([file('empty.toml', '')]))
  })

  it('lets nothing of a file out of its comments, and no secret into them', () => {
    const { text } = run(file('a\nb = 1.toml', '"x\\ny = 1" = 5\nmode = "http\\nz = 1"\n[envelope]\npepper_hex = "hunter2"\nkeys = "hunter2"\n'), file('b.toml', '[registry.envelope]\npepper_hex = "hunter2"\n[auth]\nauth_token = ["hunter2"]\n[auth.x]\nauth_token = "hunter2"\n'))

    assert.doesNotMatch(text, /^(b|y|z) = /m)
    assert.doesNotMatch(text, /hunter2/)
  })

  it('makes a file that loads of any values', () => {
    const keys = Object.values(MOVES).flatMap(moves => Object.keys(moves))
    const value = fc.constantFrom('0', '1', '-1', '18446744073709551615', '"sled"', '"tls"', '"http"', '"0.0.0.0:80"', '""', 'true', 'false', '[]', '["10.0.0.1", "x"]', '1.5', '{ a = 1 }', '"/x"', `"${HEX_64}"`)

    fc.assert(fc.property(fc.array(fc.uniqueArray(fc.tuple(fc.constantFrom(...keys), value), { selector: ([key]) => key, maxLength: 12 }), { minLength: 1, maxLength: 3 }), (files) => {
      try {
        run(...files.map((entries, index) => file(`${index}.toml`, entries.map(([key, value]) => `${key} = ${value}\n`).join(''))))
      } catch (err) {
        // only a file of which nothing can be used may be refused
        assert.ok(err instanceof ConfigError && err.code === 'config_foreign', String(err))
      }
    }), { numRuns: 500 })
  })

  it('moves old keys to keys that exist', () => {
    for (const [from, { to }] of Object.values(MOVES).flatMap(moves => Object.entries(moves))) {
      assert.ok(to === null || findKey(to) !== undefined, from)
    }
  })
})

function pick<T extends object, K extends keyof T> (object: T, ...keys: K[]): Pick<T, K> {
  return Object.fromEntries(keys.map(key => [key, object[key]])) as Pick<T, K>
}
