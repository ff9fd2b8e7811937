import assert from 'node:assert/strict'
import { BUILT_PARTS, ConfigError, loadConfig, renderConfig, resolveConfig, unbuiltParts } from '../../src/config/index.js'
import { defaultConfig } from '../../src/config/resolve.js'
import { PARTS } from '../../src/config/parts.js'
import { breaches } from '../../src/config/rules.js'
import { loadText, refusedText, temporaryFolder } from './helpers.js'
import type { PartialConfig } from '../../src/config/index.js'

const HEX_64 = 'ab'.repeat(32)
const FRAME = 8_388_608 + 4096

/** Errors (or warnings) that a configuration breaks, by their keys. */
function broken (partial: PartialConfig, kind: 'errors' | 'warnings' = 'errors'): string[] {
  return breaches(merge(partial)).filter(({ warning }) => (warning === true) === (kind === 'warnings')).map(({ keys }) => keys[0] ?? '')
}

function merge (partial: PartialConfig): ReturnType<typeof defaultConfig> {
  const config = defaultConfig()

  for (const [section, values] of Object.entries(partial)) {
    Object.assign(config[section as keyof typeof config], values)
  }

  return config
}

describe('config: rules between keys', () => {
  const folder = temporaryFolder()
  const all = new Set(PARTS)

  it('finds nothing wrong with the defaults', () => {
    assert.deepEqual(breaches(defaultConfig()), [])
  })

  it('refuses auth with an empty or the published token', () => {
    for (const token of ['CHANGE_ME_IN_PRODUCTION', '', ' \t']) {
      assert.deepEqual(broken({ auth: { auth_enabled: true, auth_token: token } }), ['auth.auth_token'])
      assert.deepEqual(broken({ auth: { auth_enabled: false, auth_token: token } }), [])
    }

    assert.deepEqual(broken({ auth: { auth_enabled: true, auth_token: 'secret' } }), [])
    assert.throws(() => resolveConfig({ auth: { auth_enabled: true } }), (err) => {
      assert.ok(err instanceof ConfigError)
      assert.match(err.message, /^auth\.auth_enabled = true: auth\.auth_enabled needs a secret auth\.auth_token, not the published default; set a long random one$/)

      return true
    })
  })

  it('names the line of the key that the user set', () => {
    const message = refusedText(folder, '[auth]\nauth_enabled = true\nauth_token = ""\n').message

    assert.equal(message, `${folder.path('relay.toml')}:3: auth.auth_token = "********": auth.auth_enabled needs a secret auth.auth_token, not an empty one; set a long random one`)
    assert.match(refusedText(folder, '\n[auth]\nauth_enabled = true\n').message, /relay\.toml:3: auth\.auth_enabled = true: /)
  })

  it('says nothing of a rule whose keys are wrong anyway', () => {
    assert.equal(refusedText(folder, '[auth]\nauth_enabled = true\nauth_token = 5\n').problems.length, 1)
  })

  it('refuses restrict_connect without auth', () => {
    assert.deepEqual(broken({ auth: { restrict_connect: true } }), ['auth.restrict_connect'])
    assert.deepEqual(broken({ auth: { restrict_connect: true, auth_enabled: true, auth_token: 'x' } }), [])
  })

  it('refuses two transports on one port, unless it is 0', () => {
    assert.deepEqual(broken({ network: { ws_listen_addr: '/ip4/0.0.0.0/tcp/4001/ws' } }), ['network.ws_listen_addr'])
    assert.deepEqual(broken({ network: { webrtc_listen_addr: '/ip4/0.0.0.0/udp/4001/webrtc-direct' } }), ['network.webrtc_listen_addr'])
    assert.deepEqual(broken({ network: { webrtc_listen_addr: '/ip4/0.0.0.0/udp/4002/webrtc-direct' } }), [])
    assert.deepEqual(broken({ network: { ws_listen_addr: '/ip4/127.0.0.1/tcp/4001/ws' } }), [])
    assert.deepEqual(broken({ network: { tcp_listen_addr: '/ip4/0.0.0.0/tcp/0', ws_listen_addr: '/ip4/0.0.0.0/tcp/0/ws' } }), [])
    assert.deepEqual(broken({ network: { tcp_listen_addr: '', quic_listen_addr: '', ws_listen_addr: '' } }, 'warnings'), ['network.tcp_listen_addr'])
  })

  it('wants room in max_inflight_bytes for two of the largest frames', () => {
    assert.deepEqual(broken({ mailbox: { max_inflight_bytes: 2 * FRAME } }), [])
    assert.deepEqual(broken({ mailbox: { max_inflight_bytes: 2 * FRAME - 1 } }), ['mailbox.max_inflight_bytes'])
    assert.deepEqual(broken({ mailbox: { max_inflight_bytes: 4 * FRAME } }, 'warnings'), [])
    assert.deepEqual(broken({ mailbox: { max_inflight_bytes: 4 * FRAME - 1 } }, 'warnings'), ['mailbox.max_inflight_bytes'])

    // the smallest frame that is reckoned with holds 128 KiB
    assert.deepEqual(broken({ mailbox: { max_message_bytes: 1, max_inflight_bytes: 2 * (131_072 + 4096) } }), [])
    assert.deepEqual(broken({ mailbox: { max_message_bytes: 1, max_inflight_bytes: 2 * (131_072 + 4096) - 1 } }), ['mailbox.max_inflight_bytes'])
  })

  it('warns about limits that the largest message does not fit into', () => {
    assert.deepEqual(broken({ mailbox: { max_queue_bytes_per_user: 8_388_608 } }, 'warnings'), [])
    assert.deepEqual(broken({ mailbox: { max_queue_bytes_per_user: 8_388_607 } }, 'warnings'), ['mailbox.max_queue_bytes_per_user'])
    assert.deepEqual(broken({ storage: { max_bytes: 8_388_608 } }, 'warnings'), [])
    assert.deepEqual(broken({ storage: { max_bytes: 8_388_607 } }, 'warnings'), ['storage.max_bytes'])
  })

  it('wants the registry for owner proofs of registered handles', () => {
    assert.deepEqual(broken({ mailbox: { owner_proof: 'registered' }, registry: { enabled: false } }), ['mailbox.owner_proof'])
    assert.deepEqual(broken({ mailbox: { owner_proof: 'always' } }), [])
    assert.deepEqual(broken({ registry: { enabled: false } }), [])
    assert.equal(resolveConfig({ mailbox: { owner_proof: 'always' } }).mailbox.owner_proof, 'always')
    assert.throws(() => resolveConfig({ mailbox: { owner_proof: 'always' }, registry: { enabled: false } }), (err: unknown) => err instanceof ConfigError && /owner_proof/.test(err.message))
  })

  it('wants one active envelope key, and each id once', () => {
    const key = { kid_hex: '00112233445566aa', x25519_private_key_hex: HEX_64, active: true }
    const keys = (...keys: Array<typeof key>): PartialConfig => ({ registry: { envelope: { pepper_hex: '', keys } } })

    assert.deepEqual(broken(keys(key)), [])
    assert.deepEqual(broken(keys({ ...key, active: false })), ['registry.envelope.keys'])
    assert.deepEqual(broken(keys(key, { ...key, kid_hex: '00112233445566AA' })), ['registry.envelope.keys'])
    assert.deepEqual(broken({ registry: { allow_sync: true } }, 'warnings'), ['registry.allow_sync'])
  })

  it('serves plain HTTP on loopback only, unless a proxy speaks TLS', () => {
    for (const address of ['127.0.0.1:1', '127.1.2.3:1', '[::1]:1', 'localhost:1']) {
      assert.deepEqual(broken({ http: { address } }), [], address)
    }

    for (const address of ['0.0.0.0:1', '192.168.0.1:1', '[::]:1', '[2001:db8::1]:1']) {
      assert.deepEqual(broken({ http: { address } }), ['http.address'], address)
      assert.deepEqual(broken({ http: { address, behind_tls_proxy: true } }), [], address)
    }
  })

  it('wants certificate and key for mode = "tls"', () => {
    const tls = { cert_pem_path: '/c', key_pem_path: '/k', client_ca_pem_path: '' }

    assert.deepEqual(broken({ http: { mode: 'tls', address: '0.0.0.0:1', tls } }), [])
    assert.deepEqual(broken({ http: { mode: 'tls', tls: { ...tls, cert_pem_path: '' } } }), ['http.mode'])
    assert.deepEqual(broken({ http: { mode: 'tls', tls: { ...tls, key_pem_path: '' } } }), ['http.mode'])
    assert.deepEqual(broken({ http: { tls } }, 'warnings'), ['http.tls.cert_pem_path'])
  })

  it('keeps the operators\' address apart', () => {
    assert.deepEqual(broken({ ops: { address: '127.0.0.1:8080' } }), ['ops.address'])
    assert.deepEqual(broken({ ops: { address: '127.0.0.1:0' }, http: { address: '127.0.0.1:0' } }), [])
    assert.deepEqual(broken({ ops: { address: '0.0.0.0:8081' } }, 'warnings'), ['ops.address'])
    assert.deepEqual(broken({ ops: { address: '0.0.0.0:8081', metrics_token: 'x' } }, 'warnings'), [])
  })

  it('asks the rules of a part only while it is on, and warns while it is not built', () => {
    const text = '[http]\nmode = "tls"\n'

    assert.match(refusedText(folder, text, { built: all }).message, /relay\.toml:2: http\.mode = "tls": http\.mode = "tls" needs http\.tls\.cert_pem_path and http\.tls\.key_pem_path/)
    assert.match(loadText(folder, text, { built: new Set() }).warnings.join(), /http\.mode = "tls" needs/)
    assert.deepEqual(loadText(folder, `${text}enabled = false\n`, { built: all }).warnings, [])
  })
})

describe('config: parts that are not built', () => {
  const folder = temporaryFolder()
  const built = new Set(['relay'] as const)

  it('are named when the user\'s own file, environment or flag switches them on', () => {
    assert.deepEqual(unbuiltParts(loadText(folder, ''), built), [])
    assert.deepEqual(unbuiltParts(loadText(folder, '[relay]\nenabled = true\n[storage]\nkind = "memory"\n'), built), [])
    assert.deepEqual(unbuiltParts(loadText(folder, '[mailbox]\nenabled = true\n'), built), ['mailbox'])
    assert.deepEqual(unbuiltParts(loadText(folder, '[mailbox]\nenabled = false\nmax_message_bytes = 5\n'), built), [])
    assert.deepEqual(unbuiltParts(loadText(folder, '[registry.presence]\nttl_seconds = 5\n'), built), ['registry'])
    assert.deepEqual(unbuiltParts(loadConfig({ env: { HOME: '/h', RELAY_HTTP__ADDRESS: '127.0.0.1:0' } }), built), ['http'])
    assert.deepEqual(unbuiltParts(loadConfig({ env: { HOME: '/h', RELAY_HTTP__ENABLED: 'false' } }), built), [])
    assert.deepEqual(unbuiltParts(loadText(folder, renderConfig()), built), ['mailbox', 'registry', 'http', 'rate_limit', 'ops'])
    assert.deepEqual(unbuiltParts(loadText(folder, renderConfig()), new Set(PARTS)), [])
  })

  it('are those without the relay', () => {
    assert.ok(BUILT_PARTS.has('relay'))
  })
})
