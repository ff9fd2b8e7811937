import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { renderClientErrorTable } from '../../src/client/errors.js'
import { CLIENT_DEFAULTS, INBOX_DEFAULTS, REGISTRY_DEFAULTS, SEND_DEFAULTS } from '../../src/client/options.js'

const DOCS = readFileSync(new URL('../../../docs/client.md', import.meta.url), 'utf8')
const CONTRACTS = ['index', 'inbox', 'registry/types'].map(name => readFileSync(new URL(`../../../src/client/${name}.ts`, import.meta.url), 'utf8')).join()

describe('docs/client.md', () => {
  it('has the client\'s error codes', () => {
    assert.ok(DOCS.includes(renderClientErrorTable()))
  })

  it('has every option with its default, and so have the docstrings', () => {
    for (const [name, value] of Object.entries({ ...CLIENT_DEFAULTS, ...SEND_DEFAULTS, ...INBOX_DEFAULTS, ...REGISTRY_DEFAULTS })) {
      assert.match(DOCS, new RegExp(`\\| \`${name}\` \\| ${value} \\|`), name)
      assert.match(CONTRACTS, new RegExp(`@default ${value} \\*/\\n  ${name}\\?: number`), name)
    }
  })
})
