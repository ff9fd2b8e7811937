import assert from 'node:assert/strict'
import { loadConfig } from '../../src/config/index.js'
import { envName, knownKeys } from '../../src/config/keys.js'
import { expandHome, homeFolder } from '../../src/config/home.js'
import { refusal, temporaryFolder } from './helpers.js'

const PEERS = ['12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5', 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N']
const PEPPER = '0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20'
const KEYS = [{ kid_hex: '0001020304050607', x25519_private_key_hex: PEPPER, active: true, not_after_epoch_ms: 5 }]

describe('config: environment', () => {
  const folder = temporaryFolder()
  const load = (env: NodeJS.ProcessEnv): ReturnType<typeof loadConfig> => loadConfig({ env: { HOME: folder.path(), ...env } })
  const refuse = (env: NodeJS.ProcessEnv): string => refusal({ env: { HOME: folder.path(), ...env } }).message

  it('has a name for every key', () => {
    for (const { path, key, spec } of knownKeys) {
      const value = spec.type === 'list' ? '' : String(spec.default)
      const { source } = load({ [envName(path)]: value })

      assert.deepEqual([...source.keys()], [key])
    }

    assert.equal(envName(['http', 'tls', 'cert_pem_path']), 'RELAY_HTTP__TLS__CERT_PEM_PATH')
  })

  it('reads numbers, switches, texts, lists and the JSON of keys', () => {
    const { config } = load({
      RELAY_RELAY__MAX_CIRCUITS: '1_000',
      RELAY_RELAY__ENABLED: 'false',
      RELAY_HTTP__ADDRESS: '127.0.0.1:0',
      RELAY_HTTP__TLS__CERT_PEM_PATH: '~/cert.pem',
      RELAY_AUTH__ALLOW_PEERS: ` ${PEERS.join(' , ')},`,
      RELAY_AUTH__DENY_CIDRS: '',
      RELAY_NETWORK__TCP_LISTEN_ADDR: '',
      RELAY_REGISTRY__ENVELOPE__KEYS: JSON.stringify(KEYS)
    })

    assert.equal(config.relay.max_circuits, 1000)
    assert.equal(config.relay.enabled, false)
    assert.equal(config.http.address, '127.0.0.1:0')
    assert.equal(config.http.tls.cert_pem_path, folder.path('cert.pem'))
    assert.deepEqual(config.auth.allow_peers, PEERS)
    assert.deepEqual(config.auth.deny_cidrs, [])
    assert.equal(config.network.tcp_listen_addr, '')
    assert.deepEqual(config.registry.envelope.keys, KEYS)
  })

  it('names variable, key, value and range of what it refuses', () => {
    assert.equal(refuse({ RELAY_REGISTRY__POW__DIFFICULTY: '31' }), 'RELAY_REGISTRY__POW__DIFFICULTY: registry.pow.difficulty = 31: must be an integer from 1 to 30')

    for (const value of ['', ' 5', '5.0', '0x5', '1e3', 'five', '1__0', '--5']) {
      assert.match(refuse({ RELAY_RELAY__MAX_CIRCUITS: value }), /^RELAY_RELAY__MAX_CIRCUITS: relay\.max_circuits = ".*": must be an integer from 0/, value)
    }

    for (const value of ['', '1', 'yes', 'TRUE']) {
      assert.match(refuse({ RELAY_RELAY__ENABLED: value }), /^RELAY_RELAY__ENABLED: relay\.enabled = ".*": must be true or false/, value)
    }

    assert.match(refuse({ RELAY_AUTH__ALLOW_PEERS: `${PEERS[0]},me` }), /^RELAY_AUTH__ALLOW_PEERS: auth\.allow_peers\[1\] = "me": must be a PeerId/)
    assert.match(refuse({ RELAY_REGISTRY__ENVELOPE__KEYS: '{"kid_hex":1}' }), /^RELAY_REGISTRY__ENVELOPE__KEYS: registry\.envelope\.keys = "\*+": must be a list/)
  })

  it('reads secrets from files, without the newline at the end', () => {
    const { config, source } = load({
      RELAY_AUTH__AUTH_TOKEN_FILE: folder.write('token', ' se cret \n'),
      RELAY_OPS__METRICS_TOKEN_FILE: folder.write('metrics', 'two\nlines\r\n\n'),
      RELAY_REGISTRY__ENVELOPE__PEPPER_HEX_FILE: folder.write('pepper', PEPPER),
      RELAY_REGISTRY__ENVELOPE__KEYS_FILE: folder.write('keys', `${JSON.stringify(KEYS, null, 2)}\n`)
    })

    assert.equal(config.auth.auth_token, ' se cret ')
    assert.equal(config.ops.metrics_token, 'two\nlines')
    assert.equal(config.registry.envelope.pepper_hex, PEPPER)
    assert.deepEqual(config.registry.envelope.keys, KEYS)
    assert.deepEqual(source.get('auth.auth_token'), { kind: 'env', name: 'RELAY_AUTH__AUTH_TOKEN_FILE' })
    assert.equal(load({ RELAY_AUTH__AUTH_TOKEN_FILE: '~/token' }).config.auth.auth_token, ' se cret ')
  })

  it('keeps names that are keys apart from names of secret files', () => {
    const { config } = load({ RELAY_IDENTITY__KEY_FILE: '/keys/relay.bin', RELAY_LOGGING__FILE: '/logs/relay.log' })

    assert.equal(config.identity.key_file, '/keys/relay.bin')
    assert.equal(config.logging.file, '/logs/relay.log')
  })

  it('refuses secret files that are missing, folders, unnamed, doubled, or not for secrets', () => {
    assert.match(refuse({ RELAY_AUTH__AUTH_TOKEN_FILE: folder.path('none') }), /^RELAY_AUTH__AUTH_TOKEN_FILE: auth\.auth_token: the file ".*none" was not found$/)
    assert.match(refuse({ RELAY_AUTH__AUTH_TOKEN_FILE: folder.path() }), /is a folder/)
    assert.match(refuse({ RELAY_AUTH__AUTH_TOKEN_FILE: '' }), /names no file/)
    assert.match(refuse({ RELAY_AUTH__AUTH_TOKEN_FILE: folder.write('a', 'b'), RELAY_AUTH__AUTH_TOKEN: 'c' }), /RELAY_AUTH__AUTH_TOKEN is set too/)
    assert.match(refuse({ RELAY_RELAY__MAX_CIRCUITS_FILE: folder.path('a') }), /^RELAY_RELAY__MAX_CIRCUITS_FILE: unknown setting .*only secrets can be read from a file/)
  })

  it('refuses an unknown name with two underscores and names the nearest', () => {
    assert.match(refuse({ RELAY_RELAY__MAX_RESERVATION: '5' }), /^RELAY_RELAY__MAX_RESERVATION: unknown setting \(= "5"\); did you mean RELAY_RELAY__MAX_RESERVATIONS\?/)
    assert.match(refuse({ RELAY_HTTP_TLS__CERT_PEM_PATH: 'x' }), /did you mean RELAY_HTTP__TLS__CERT_PEM_PATH\?/)
    assert.match(refuse({ RELAY_RELAY__MAX_MESSAGE_BYTES: '5' }), /is RELAY_MAILBOX__MAX_MESSAGE_BYTES here/)
    assert.match(refuse({ RELAY_LOGGING__LOG_TO_FILE: 'true' }), /the new name is RELAY_LOGGING__FILE/)
    assert.match(refuse({ RELAY_NEW__THING: 'true' }), /the nearest known one is RELAY_.*\nIf an unknown name comes from a newer version/)
    assert.match(refuse({ RELAY_relay__max_circuits: '5' }), /did you mean RELAY_RELAY__MAX_CIRCUITS\?/)
  })

  it('warns about and ignores names without two underscores', () => {
    const { source, warnings } = load({ RELAY_SERVICE_HOST: '10.0.0.1', RELAY_PORT: 'tcp://10.0.0.1:4001', RELAY_: '', RELAYED__X: '1' })

    assert.equal(source.size, 0)
    assert.deepEqual(warnings, ['RELAY_, RELAY_PORT, RELAY_SERVICE_HOST: no setting of relay-server (those are RELAY_<SECTION>__<KEY>), ignored'])
    assert.match(load({ RELAY_AUTH_AUTH_TOKEN: 'hunter2' }).warnings[0] ?? '', /^RELAY_AUTH_AUTH_TOKEN is .* ignored; did you mean RELAY_AUTH__AUTH_TOKEN/)
  })

  it('shows no secret', () => {
    for (const env of [
      { RELAY_REGISTRY__ENVELOPE__PEPPER_HEX: 'hunter2' },
      { RELAY_REGISTRY__ENVELOPE__KEYS: 'hunter2' },
      { RELAY_REGISTRY__ENVELOPE__KEYS: '[{"kid_hex":"0001020304050607","x25519_private_key_hex":"hunter2"}]' },
      { RELAY_REGISTRY__ENVELOPE__KEYS: '["hunter2"]' },
      { RELAY_REGISTRY__ENVELOPE__PEPPER_HEX_FILE: folder.write('pepper', 'hunter2') },
      { RELAY_AUTH__TOKEN: 'hunter2' },
      { RELAY_AUTH__AUTH_TOKN: 'hunter2' }
    ]) {
      const message = refuse(env)
      assert.doesNotMatch(message, /hunter2/)
      assert.match(message, /\*{8}/)
    }
  })

  it('expands ~ at the begin of a path only, and where it stands for the own folder', () => {
    assert.equal(expandHome('~', '/h'), '/h')
    assert.equal(expandHome('~/a', '/h'), '/h/a')
    assert.equal(expandHome('~bob/a', '/h'), '~bob/a')
    assert.equal(expandHome('/a/~/b', '/h'), '/a/~/b')
    assert.equal(expandHome('~/a', undefined), undefined)
    assert.equal(expandHome('/a', undefined), '/a')
  })

  it('takes the home folder of the account where HOME is not set, and none where there is no account', () => {
    assert.equal(homeFolder({}, () => '/home/me'), '/home/me')
    assert.equal(homeFolder({ HOME: '' }, () => '/home/me'), '/home/me')
    assert.equal(homeFolder({ HOME: '/h' }, () => '/home/me'), '/h')
    assert.equal(homeFolder({}, () => ''), undefined)
    assert.equal(homeFolder({}, () => { throw new Error('ENOENT') }), undefined)
  })
})
