import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { BUILT_PARTS, ConfigError, loadConfig, renderConfig, renderEffective, resolveConfig } from '../../src/config/index.js'
import { envName, findKey, knownKeys } from '../../src/config/keys.js'
import { breaches } from '../../src/config/rules.js'
import { getValue, setValue, defaultConfig } from '../../src/config/resolve.js'
import { tomlValue } from '../../src/config/toml.js'
import { temporaryFolder } from './helpers.js'
import type { KnownKey } from '../../src/config/keys.js'
import type { LoadedConfig } from '../../src/config/index.js'
import type { Config } from '../../src/config/schema.js'

const hex = (length: number): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF'), minLength: length, maxLength: length })
const port = fc.integer({ min: 0, max: 65_535 })
const ip = fc.oneof(fc.ipV4().map(addr => ({ family: 'ip4', addr })), fc.constantFrom('::', '::1', '2001:db8::7').map(addr => ({ family: 'ip6', addr })))
const listen = (suffix: (port: number) => string): fc.Arbitrary<string> => fc.tuple(ip, port).map(([{ family, addr }, port]) => `/${family}/${addr}/${suffix(port)}`)
const text = fc.string({ unit: 'binary' }).filter(text => text.isWellFormed())

const TEXTS: Record<string, fc.Arbitrary<string>> = {
  path: text.filter(text => text !== '' && !text.includes('\0') && !text.startsWith('~')),
  'multiaddr-tcp': listen(port => `tcp/${port}`),
  'multiaddr-quic': listen(port => `udp/${port}/quic-v1`),
  'multiaddr-ws': listen(port => `tcp/${port}/ws`),
  'multiaddr-webrtc-direct': listen(port => `udp/${port}/webrtc-direct`),
  'host-port': fc.tuple(ip, port).map(([{ family, addr }, port]) => family === 'ip4' ? `${addr}:${port}` : `[${addr}]:${port}`),
  'hex-32': hex(64),
  plain: text.filter(text => text !== '')
}

const ENTRIES: Record<string, fc.Arbitrary<unknown>> = {
  multiaddr: fc.tuple(fc.domain(), fc.integer({ min: 1, max: 65_535 })).map(([host, port]) => `/dns4/${host}/tcp/${port}`),
  'peer-id': fc.constantFrom('12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5', 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'),
  cidr: fc.tuple(ip, fc.integer({ min: 0, max: 32 })).map(([{ addr }, bits]) => `${addr}/${bits}`),
  host: fc.domain(),
  origin: fc.oneof(fc.constant('*'), fc.domain().map(host => `https://${host}`)),
  'envelope-key': fc.record({ kid_hex: hex(16), x25519_private_key_hex: hex(64), active: fc.boolean(), not_after_epoch_ms: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }) }, { requiredKeys: ['kid_hex', 'x25519_private_key_hex', 'active'] })
}

function right ({ spec }: KnownKey): fc.Arbitrary<unknown> {
  switch (spec.type) {
    case 'integer': return fc.oneof(fc.integer({ min: spec.min, max: spec.max }), fc.constantFrom(spec.min, spec.max))
    case 'boolean': return fc.boolean()
    case 'choice': return fc.constantFrom(...spec.choices)
    case 'text': return fc.oneof(TEXTS[spec.format] ?? assert.fail(spec.format), spec.allowEmpty ? fc.constant('') : fc.nat().map(() => spec.default))
    case 'list': return fc.array(ENTRIES[spec.format] ?? assert.fail(spec.format), { maxLength: 3 })
  }
}

/** TOML of a value that no key takes, or that this one does not. */
function wrong ({ spec }: KnownKey): fc.Arbitrary<string> {
  const anywhere = fc.constantFrom('1979-05-27', 'nan', '1.5', '{ x = 1 }', '[[]]', '[1]', '-1')
  const ranged = spec.type === 'integer' ? [`${BigInt(spec.max) + 1n}`, `${spec.min - 1}`, `${spec.min}.0`, `"${spec.min}"`, 'true'] : ['7']

  return fc.oneof(anywhere, fc.constantFrom(...ranged))
}

const somePick = fc.subarray([...knownKeys], { minLength: 1, maxLength: 12 })

const rightConfig: fc.Arbitrary<Config> = somePick.chain(keys => fc.tuple(...keys.map(known => right(known).map(value => ({ known, value }))))).map(values => {
  const config = defaultConfig()
  values.forEach(({ known, value }) => { setValue(config, known, value) })

  return config
}).filter(config => breaches(config, BUILT_PARTS).every(({ warning }) => warning === true))

describe('config: properties of loading', () => {
  const folder = temporaryFolder()

  function load (content: string | Uint8Array, env: NodeJS.ProcessEnv = {}): LoadedConfig | ConfigError {
    const path = folder.path('relay.toml')
    writeFileSync(path, content)

    try {
      return loadConfig({ path, env: { HOME: '/home/me', ...env } })
    } catch (err) {
      assert.ok(err instanceof ConfigError, String(err))

      return err
    }
  }

  it('loads what it renders to the same config, with and without comments', () => {
    fc.assert(fc.property(rightConfig, fc.boolean(), (config, comments) => {
      const loaded = load(renderConfig(config, { comments }))

      assert.ok(!(loaded instanceof ConfigError), String(loaded))
      assert.deepEqual(loaded.config, expandAll(config))
      assert.deepEqual(resolveConfig(loaded.config), loaded.config)
      assert.equal(loaded.source.size, knownKeys.length)
    }), { numRuns: 300 })
  })

  it('shows every config as TOML without its secrets', () => {
    fc.assert(fc.property(rightConfig, fc.string({ unit: fc.constantFrom(...'GHJKLM'), minLength: 12 }), (config, secret) => {
      config.auth.auth_token = secret
      config.ops.metrics_token = secret
      const shown = renderEffective(config)

      assert.ok(!shown.includes(secret))
      assert.ok(config.registry.envelope.keys.every(({ x25519_private_key_hex: key }) => !shown.includes(key)))
      load(shown)
    }), { numRuns: 100 })
  })

  it('reads the same from the environment as from a file', () => {
    fc.assert(fc.property(rightConfig, (config) => {
      const env: NodeJS.ProcessEnv = {}

      for (const known of knownKeys) {
        const value = getValue(config, known)
        env[envName(known.path)] = Array.isArray(value) ? (known.key === 'registry.envelope.keys' ? JSON.stringify(value) : value.join(',')) : String(value)
      }

      const loaded = load('', env)

      assert.ok(!(loaded instanceof ConfigError), String(loaded))
      assert.deepEqual(loaded.config, expandAll(config))
    }), { numRuns: 100 })
  })

  it('names each wrong key of a random file with its line, and nothing beside', () => {
    const entries = fc.subarray([...knownKeys], { minLength: 1, maxLength: 10 }).chain(keys => fc.tuple(...keys.map(known => fc.oneof(
      right(known).map(value => ({ known, toml: tomlValue(value), bad: false })),
      wrong(known).map(toml => ({ known, toml, bad: !fits(known, toml) }))
    ))))

    fc.assert(fc.property(entries, (values) => {
      // dotted keys at the top, so that any order is TOML
      let line = 1
      const expected: Array<{ key: string, line: number }> = []
      let toml = ''

      for (const { known, toml: value, bad } of values) {
        if (bad) {
          expected.push({ key: known.key, line })
        }

        toml += `${known.key} = ${value}\n`
        line = toml.split('\n').length
      }

      const loaded = load(toml)
      const problems = loaded instanceof ConfigError ? loaded.problems : []
      const found = problems.filter(({ message }) => message.startsWith('must') || message.startsWith('is missing') || message.startsWith('unknown'))

      for (const { key, line } of expected) {
        assert.ok(found.some(problem => problem.key?.startsWith(key) === true && problem.origin.kind === 'file' && problem.origin.line === line), `${key} in line ${line} of\n${toml}\n${String(loaded)}`)
      }

      for (const problem of found) {
        assert.ok(expected.some(({ key }) => problem.key?.startsWith(key) === true), `${problem.key} is right in\n${toml}`)
      }
    }), { numRuns: 500 })
  })

  it('ends with a config or a ConfigError on any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => { load(bytes) }), { numRuns: 500 })
  })

  it('ends with a config or a ConfigError on mutated files', () => {
    const whole = renderConfig(defaultConfig(), { comments: false })

    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(whole.length), fc.nat(20), fc.string({ unit: fc.constantFrom(...'[]{}="\'.,#\n-1a'), maxLength: 6 })), { minLength: 1, maxLength: 4 }), (cuts) => {
      const loaded = load(cuts.reduce((text, [at, length, insert]) => text.slice(0, at) + insert + text.slice(at + length), whole))

      if (loaded instanceof ConfigError) {
        assert.ok(loaded.problems.length > 0)
        assert.equal(loaded.message.split('\n').length, loaded.problems.length + loaded.notes.length)
      }
    }), { numRuns: 500 })
  })

  it('ends with a config or a ConfigError in any environment', () => {
    const names = fc.oneof(fc.constantFrom(...knownKeys.map(({ path }) => envName(path))), fc.stringMatching(/^RELAY_[A-Z_]{0,20}$/))

    fc.assert(fc.property(fc.dictionary(names, fc.string({ unit: 'binary' })), (env) => {
      const loaded = load('', env)

      if (loaded instanceof ConfigError) {
        assert.ok(loaded.problems.every(({ origin, key }) => origin.kind === 'env' || findKey(key ?? '') !== undefined))
      }
    }), { numRuns: 300 })
  })
})

function fits (known: KnownKey, toml: string): boolean {
  return known.spec.type === 'integer' && /^-?\d+$/.test(toml) && BigInt(toml) >= known.spec.min && BigInt(toml) <= known.spec.max
}

function expandAll (config: Config): Config {
  const copy = structuredClone(config)

  for (const known of knownKeys.filter(({ spec }) => spec.type === 'text' && spec.format === 'path')) {
    setValue(copy, known, String(getValue(copy, known)).replace(/^~\//, '/home/me/'))
  }

  return copy
}
