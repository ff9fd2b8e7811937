import assert from 'node:assert/strict'
import { resolveConfig } from '../../src/config/index.js'
import { distance, nearest } from '../../src/config/nearest.js'
import { loadText, refusedText, temporaryFolder } from './helpers.js'

describe('config: unknown and old names', () => {
  const folder = temporaryFolder()
  const lines = (text: string): string[] => refusedText(folder, text).message.split('\n').map(line => line.replace(folder.path('relay.toml'), 'relay.toml'))

  it('names file, line, key, value and nearest known key, all at once and in the order of the file', () => {
    assert.deepEqual(lines('[relay]\nmax_reservation = 5\nmax_circuits = -1\n\n[network]\nmax_circuits_per_peer = 2\n[loging]\nlevel = "x"\n[logging]\nlevel = "loud"\n'), [
      'relay.toml:2: relay.max_reservation = 5: unknown key; did you mean relay.max_reservations?',
      'relay.toml:3: relay.max_circuits = -1: must be an integer from 0 to 9007199254740991',
      'relay.toml:6: network.max_circuits_per_peer = 2: unknown key; did you mean relay.max_circuits_per_peer?',
      'relay.toml:7: [loging]: unknown section; did you mean [logging]?',
      'relay.toml:10: logging.level = "loud": must be one of "trace", "debug", "info", "warn", "error"',
      'If an unknown name comes from a newer version of relay-server: this version does not have it.'
    ])
  })

  it('names a known key also where none is close, and thinks of a newer version', () => {
    const [first, second, note] = lines('[relay]\nquantum = true\n[quantum]\nx = 1\n')

    assert.match(first ?? '', /^relay\.toml:2: relay\.quantum = true: unknown key; the nearest known one is relay\./)
    assert.match(second ?? '', /^relay\.toml:3: \[quantum\]: unknown section; the nearest known one is \[\w+\]$/)
    assert.match(note ?? '', /newer version/)
  })

  it('says what a section must be, and what a key at the top is', () => {
    assert.deepEqual(lines('relay = 5\nmax_circuits = 5\n').slice(0, 2), [
      'relay.toml:1: relay: must be a section, written [relay], not an integer',
      'relay.toml:2: max_circuits = 5: unknown key; did you mean relay.max_circuits?'
    ])
    assert.match(lines('[[relay]]\nmax_circuits = 1\n')[0] ?? '', /^relay\.toml:1: relay: must be a section, written \[relay\], not a list$/)
    assert.match(lines('[relay.max_circuits]\nx = 1\n')[0] ?? '', /relay\.max_circuits = \{ x = 1 \}: must be an integer from 0 to 9007199254740991, not a table$/)
  })

  it('is not moved by names that every object has', () => {
    assert.match(lines('[relay]\nconstructor = 1\n"__proto__" = 2\ntoString = 3\n').join(), /relay\.constructor.*relay\.__proto__.*relay\.toString/)
    assert.match(lines('[__proto__]\nx = 1\n')[0] ?? '', /\[__proto__\]: unknown section/)
    assert.throws(() => resolveConfig(JSON.parse('{"relay":{"__proto__":5}}')), /relay\.__proto__ = 5: unknown key/)
  })

  it('shows odd names and values so that they cannot do anything to a terminal', () => {
    const [line] = lines('[relay]\n"a\\u001b[31m\\n\\u009b" = "\\u001b]0;x\\u0007\\u202e"\n')

    assert.match(line ?? '', /^relay\.toml:2: relay\."a\\u001b\[31m\\n\\u009b" = "\\u001b\]0;x\\u0007\\u202e": unknown key/)
    assert.ok((lines(`[relay]\nx = "${'y'.repeat(10_000)}"\n`)[0] ?? '').length < 300)
    assert.ok((lines(`[relay]\n${'y'.repeat(10_000)} = 1\n`)[0] ?? '').length < 11_000)
  })

  it('shows no value that may be a secret', () => {
    for (const text of [
      '[auth]\nauth_tokn = "hunter2"', '[auth]\ntoken = "hunter2"', 'password = "hunter2"', '[network]\nauth_token = "hunter2"', '[auth]\nauth_token = ["hunter2"]',
      '[registry.envelope]\npepper = "hunter2"', '[registry.envelope]\npepper_hex = "hunter2"', 'auth = "hunter2"', '[more]\nauth_token = "hunter2"', 'list = [{ a = "hunter2" }]',
      '[[registry.envelope.keys]]\nkid_hex = "0001020304050607"\nx25519_private_key_hex = "hunter2"', '[[registry.envelope.keys]]\nx25519_private_key = "hunter2"', '[envelope]\npepper_hex = "hunter2"'
    ]) {
      assert.doesNotMatch(lines(text).join('\n'), /hunter2/, text)
    }
  })

  it('takes the old names of the logging keys, with a warning', () => {
    const load = (text: string): { file: string, warnings: string[] } => {
      const { config, warnings } = loadText(folder, text)

      return { file: config.logging.file, warnings: warnings.map(warning => warning.replace(`${folder.path('relay.toml')}`, 'relay.toml')) }
    }

    assert.deepEqual(load('[logging]\nlog_to_file = false\nlog_file_path = "/x"\n'), { file: '', warnings: ['relay.toml:2: logging.log_to_file is an old name: write logging.file instead', 'relay.toml:3: logging.log_file_path is an old name: write logging.file instead'] })
    assert.equal(load('[logging]\nlog_to_file = true\nlog_file_path = "/x"\n').file, '/x')
    assert.equal(load('[logging]\nlog_file_path = "~/x"\n').file, folder.path('x'))
    assert.equal(load('[logging]\nlog_to_file = true\nlog_file_path = "/x"\nfile = "/y"\n').file, '/y')
    assert.match(load('[logging]\nlog_to_file = true\nfile = ""\n').warnings.join(), /ignored, since logging\.file is set too/)
    assert.match(load('[logging]\nlog_to_file = true\n').warnings.join(), /names no file/)
    assert.deepEqual(lines('[logging]\nlog_to_file = "yes"\n'), ['relay.toml:2: logging.log_to_file = "yes": must be true or false, not text'])
    assert.match(lines('[logging]\nlog_file_path = 5\n')[0] ?? '', /^relay\.toml:2: logging\.file = 5: must be a path/)
  })

  it('takes the old name of announce_addrs, with a warning', () => {
    const addr = '/ip4/203.0.113.7/tcp/4001'
    const { config, source, warnings } = loadText(folder, `[network]\nadvertised_addrs = ["${addr}"]\n`)

    assert.deepEqual(config.network.announce_addrs, [addr])
    assert.equal(source.has('network.announce_addrs'), true)
    assert.match(warnings.join(), /relay\.toml:2: network\.advertised_addrs is an old name: write network\.announce_addrs instead/)
    assert.deepEqual(loadText(folder, `[network]\nadvertised_addrs = ["${addr}"]\nannounce_addrs = []\n`).config.network.announce_addrs, [])
    assert.throws(() => resolveConfig({ network: { advertised_addrs: [addr] } } as object), /the new name is network\.announce_addrs/)
  })

  it('loads the file of the Rust relay', () => {
    const { config, warnings } = loadText(folder, '[relay]\nmax_reservations = 100\nmax_reservations_per_peer = 5\nmax_circuits_per_peer = 16\nmax_circuit_duration_secs = 120\nmax_circuit_bytes = 10485760\n[network]\ntcp_listen_addr = "/ip4/0.0.0.0/tcp/4001"\nquic_listen_addr = "/ip4/0.0.0.0/udp/4001/quic-v1"\n[auth]\nauth_token = "CHANGE_ME_IN_PRODUCTION"\nauth_enabled = false\n[logging]\nlevel = "info"\nlog_format = "pretty"\nlog_to_file = false\n')

    assert.deepEqual(config, resolveConfigAt(folder.path()))
    assert.equal(warnings.length, 1)
  })

  function resolveConfigAt (home: string): object {
    return loadText(folder, '', { env: { HOME: home } }).config
  }

  it('recognises files of other programs and names the command that turns them into ours', () => {
    const relay = refusedText(folder, 'address = "0.0.0.0:8080"\nmode = "http"\n[relay]\nmax_message_bytes = 5\n[tls]\ncert_pem_path = ""\n[storage]\nkind = "sled"\n')
    const registry = refusedText(folder, 'mode = "tls"\nallow_sync = true\n[envelope]\npepper_hex = "hunter2"\n[rate_limit.endpoints]\nregister_rps = 1\n')

    assert.equal(relay.code, 'config_foreign')
    assert.match(relay.message, /looks like a configuration of enigma-relay\. .*relay-server import-config .*relay\.toml/)
    assert.match(relay.message, /relay\.toml:1: address = "0\.0\.0\.0:8080": unknown key; enigma-relay's address is http\.address here/)
    assert.match(relay.message, /:4: relay\.max_message_bytes = 5: unknown key; .* mailbox\.max_message_bytes here/)
    assert.match(relay.message, /:5: \[tls\]: unknown section; .* \[http\.tls\] here/)
    assert.equal(registry.code, 'config_foreign')
    assert.match(registry.message, /looks like a configuration of enigma-node-registry/)
    assert.doesNotMatch(registry.message, /hunter2|newer version/)
    assert.equal(refusedText(folder, 'mode = "http"\n[rate_limit.endpoints]\nregister_rps = 1\n').message.includes('enigma-node-registry. To'), true)
    assert.equal(refusedText(folder, 'address = "x"\n').code, 'config_foreign')
    assert.equal(refusedText(folder, 'address = "x"\n[network]\n').code, 'config_invalid')
  })

  it('measures how far names are from each other', () => {
    assert.equal(distance('', 'abc'), 3)
    assert.equal(distance('abc', 'abc'), 0)
    assert.equal(distance('abcd', 'abdc'), 1)
    assert.equal(distance('kitten', 'sitting'), 3)
    assert.deepEqual(nearest('auth.token', ['auth.auth_token', 'auth.allow_peers']), { name: 'auth.auth_token', close: true })
    assert.equal(nearest('x', []), undefined)
  })
})
