import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultConfig, loadConfig, resolveConfig } from '../../src/config/index.js'
import { loadText, refusal, refusedText, temporaryFolder } from './helpers.js'

describe('config: loading', () => {
  const folder = temporaryFolder()

  it('starts on the built-in defaults when there is no file at the default path', () => {
    const { config, path, source, warnings } = loadConfig({ env: { HOME: folder.path() } })

    assert.equal(path, null)
    assert.equal(source.size, 0)
    assert.deepEqual(warnings, [])
    assert.equal(config.relay.max_reservations, 100)
    assert.equal(config.identity.key_file, folder.path('.meshnet/relay_keypair.bin'))
  })

  it('reads the file at the default path', () => {
    mkdirSync(folder.path('.meshnet'))
    writeFileSync(folder.path('.meshnet/relay.toml'), '[relay]\nmax_circuits = 7\n')

    const { config, path } = loadConfig({ env: { HOME: folder.path() } })

    assert.equal(path, folder.path('.meshnet/relay.toml'))
    assert.equal(config.relay.max_circuits, 7)
  })

  it('puts a flag over the environment, the environment over the file, the file over the default', () => {
    const { config, source } = loadText(folder, '[logging]\nlevel = "error"\nlog_format = "json"\n[relay]\nmax_circuits = 1\n', {
      env: { HOME: folder.path(), RELAY_LOGGING__LEVEL: 'debug', RELAY_RELAY__MAX_CIRCUITS: '2' },
      flags: { logLevel: 'trace' }
    })

    assert.equal(config.logging.level, 'trace')
    assert.equal(config.relay.max_circuits, 2)
    assert.equal(config.logging.log_format, 'json')
    assert.equal(config.relay.max_circuits_per_peer, 16)
    assert.deepEqual(source.get('logging.level'), { kind: 'flag', flag: '--log-level' })
    assert.deepEqual(source.get('relay.max_circuits'), { kind: 'env', name: 'RELAY_RELAY__MAX_CIRCUITS' })
    assert.deepEqual(source.get('logging.log_format'), { kind: 'file', file: folder.path('relay.toml'), line: 3 })
    assert.equal(source.has('relay.max_circuits_per_peer'), false)
  })

  it('names the missing file and the command that makes one', () => {
    const path = folder.path('my relay.toml')
    const err = refusal({ path, env: {} })

    assert.equal(err.code, 'config_not_found')
    assert.equal(err.message, `Configuration file not found: ${path}\nTo make one with every key explained: relay-server --generate-config --config '${path}'`)
  })

  it('says what is wrong with a file as a whole', () => {
    assert.match(refusal({ path: folder.path(), env: {} }).message, /is a folder, not a file/)
    assert.match(refusal({ path: join(folder.write('a', ''), 'relay.toml'), env: {} }).message, /lies in something that is not a folder/)
    assert.match(refusal({ path: folder.write('b', new Uint8Array([0x23, 0x0a, 0x23, 0xff, 0x0a])), env: {} }).message, /b:2: the configuration file is not UTF-8/)
    assert.match(refusal({ path: folder.write('c', '#'.repeat(1_048_577)), env: {} }).message, /longer than 1048576 bytes/)
    assert.equal(loadConfig({ path: folder.write('d', '#'.repeat(1_048_576)), env: { HOME: '/' } }).config.relay.enabled, true)
  })

  it('says that a file may not be read', function () {
    const path = folder.write('relay.toml', '')
    chmodSync(path, 0)

    // root reads it all the same
    if (process.getuid?.() === 0) {
      assert.doesNotThrow(() => loadConfig({ path, env: { HOME: '/' } }))
    } else {
      assert.match(refusal({ path, env: {} }).message, /permission denied/)
    }
  })

  it('names line and column of what is no TOML, and shows nothing of the file', () => {
    const err = refusedText(folder, '[auth]\nauth_token = hunter2\n')

    assert.equal(err.code, 'config_syntax')
    assert.match(err.message, /relay\.toml:2:\d+: not valid TOML: /)
    assert.doesNotMatch(err.message, /hunter2/)
    assert.match(refusedText(folder, '[relay]\n[relay]\n').message, /relay\.toml:2:\d+: not valid TOML: trying to redefine/)
  })

  it('takes a byte order mark and Windows line ends', () => {
    const { config, source } = loadText(folder, '\uFEFF# hello\r\n[relay]\r\nmax_circuits = 3\r\n')

    assert.equal(config.relay.max_circuits, 3)
    assert.deepEqual(source.get('relay.max_circuits'), { kind: 'file', file: folder.path('relay.toml'), line: 3 })
  })

  it('expands ~ in paths, and says when it cannot', () => {
    const { config } = loadText(folder, '[storage]\npath = "~/data"\n[logging]\nfile = "/var/log/~/relay.log"\n')

    assert.equal(config.storage.path, folder.path('data'))
    assert.equal(config.logging.file, '/var/log/~/relay.log')
    assert.match(refusedText(folder, '[storage]\npath = "~bob/data"\n').message, /relay\.toml:2: storage\.path = "~bob\/data": .*another user's/)
  })

  it('resolves an object to a whole config that resolves to itself', () => {
    const config = resolveConfig({ relay: { max_circuits: 5 }, auth: { allow_peers: [] } })

    assert.equal(config.relay.max_circuits, 5)
    assert.deepEqual(resolveConfig(config), config)
    assert.deepEqual(resolveConfig(defaultConfig()), resolveConfig())
    assert.throws(() => resolveConfig({ relay: { max_circuits: 0.5, max_reservations: Number.NaN } }), {
      name: 'ConfigError',
      code: 'config_invalid',
      message: 'relay.max_circuits = 0.5: must be an integer from 0 to 9007199254740991\nrelay.max_reservations = NaN: must be an integer from 0 to 9007199254740991'
    })
  })
})
