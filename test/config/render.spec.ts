import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { parse } from 'smol-toml'
import { defaultConfig, loadConfig, renderConfig, renderEffective, resolveConfig } from '../../src/config/index.js'
import { withDocsTable } from '../../src/config/docs.js'
import { knownKeys } from '../../src/config/keys.js'
import { loadText, temporaryFolder } from './helpers.js'

const root = new URL('../../../', import.meta.url)

describe('config: rendering', () => {
  const folder = temporaryFolder()

  it('keeps relay.toml.example byte-equal to what the schema renders', () => {
    assert.equal(readFileSync(new URL('relay.toml.example', root), 'utf8'), renderConfig())
  })

  it('keeps the tables of docs/configuration.md equal to the schema', () => {
    const document = readFileSync(new URL('docs/configuration.md', root), 'utf8')

    assert.equal(document, withDocsTable(document))
    assert.throws(() => withDocsTable('# nothing'), /has no line/)
  })

  it('renders every key, with its explanation, to a file that loads to exactly the defaults', () => {
    const { config, source, warnings } = loadText(folder, renderConfig())

    assert.deepEqual(JSON.parse(JSON.stringify(parse(renderConfig()))), defaultConfig())
    assert.deepEqual(config, loadConfig({ env: { HOME: folder.path() } }).config)
    assert.deepEqual([...source.keys()], knownKeys.map(({ key }) => key))
    assert.deepEqual(warnings, [])

    for (const { spec } of knownKeys) {
      assert.ok(renderConfig().replaceAll('\n# ', ' ').includes(spec.doc), spec.doc)
    }
  })

  it('renders without comments on request', () => {
    const text = renderConfig(defaultConfig(), { comments: false })

    assert.doesNotMatch(text, /^\s*#/m)
    assert.deepEqual(parse(text), parse(renderConfig()))
  })

  it('shows the effective configuration as TOML, its secrets masked, with the place of what was set', () => {
    const loaded = loadText(folder, '[auth]\nauth_token = "hunter2"\n[registry.envelope]\nkeys = [{ kid_hex = "0011223344556677", x25519_private_key_hex = "' + 'ab'.repeat(32) + '", active = true, not_after_epoch_ms = 5 }]\n', {
      env: { HOME: folder.path(), RELAY_RELAY__MAX_CIRCUITS: '9', RELAY_REGISTRY__ENVELOPE__PEPPER_HEX: 'cd'.repeat(32), RELAY_OPS__METRICS_TOKEN: 'hunter3' }
    })
    const text = renderEffective(loaded.config, loaded.source)

    assert.doesNotMatch(text, /hunter|abab|cdcd/)
    assert.match(text, /^max_circuits = 9 # RELAY_RELAY__MAX_CIRCUITS$/m)
    assert.ok(text.includes(`auth_token = "********" # ${folder.path('relay.toml')}:2\n`))

    const { auth, registry, ops, ...shown } = JSON.parse(JSON.stringify(parse(text)))
    const { auth: _a, registry: _r, ops: _o, ...real } = loaded.config

    assert.deepEqual(shown, real)
    assert.equal(auth.auth_token, '********')
    assert.equal(ops.metrics_token, '********')
    assert.deepEqual(registry.envelope, { pepper_hex: '********', keys: [{ kid_hex: '0011223344556677', x25519_private_key_hex: '********', active: true, not_after_epoch_ms: 5 }] })
  })

  it('shows an unset secret as empty', () => {
    assert.match(renderEffective(resolveConfig()), /^metrics_token = ""$/m)
  })
})
