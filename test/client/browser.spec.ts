import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { importsOf, walkImports } from './import-graph.js'

const CLIENT = new URL('../../src/client/index.js', import.meta.url)
const DIST = new URL('../../', import.meta.url)

/** Of this package, what a browser may load: the client, and codecs that need nothing of Node.js. */
const SHARED = new Set([
  'src/calls/outbox.js',
  'src/errors.js',
  'src/exact-uint64.js',
  'src/framing.js',
  'src/http/peer-id-auth/params.js',
  'src/http/peer-id-auth/signed-data.js',
  'src/mailbox/errors.js',
  'src/mailbox/grant-record.js',
  'src/mailbox/messages.js',
  'src/mailbox/names.js',
  'src/mailbox/pb/mailbox.js',
  'src/mailbox/responses.js',
  'src/json/text.js',
  'src/registry/crypto/envelope.js',
  'src/registry/crypto/expect-length.js',
  'src/registry/crypto/key-agreement.js',
  'src/registry/crypto/proof.js',
  'src/registry/crypto/user-id.js',
  'src/registry/errors.js',
  'src/registry/identity.js',
  'src/registry/pb/registry.js',
  'src/registry/pow/solve.js',
  'src/registry/pow/zero-bits.js',
  'src/registry/read-identity.js',
  'src/registry/sizes.js',
  'src/registry/white-space.js',
  'src/registry/wire/parts.js',
  'src/registry/wire/requests.js',
  'src/registry/wire/responses.js',
  'src/wire-messages.js',
  'src/wire-reader.js'
])

describe('the client in a browser', () => {
  it('imports nothing of Node.js, as the exports of all packages resolve there', () => {
    const { files, builtins } = walkImports(CLIENT)

    assert.ok(files.size > 100, `${files.size} files`)
    assert.deepEqual(builtins, [])
    // native packages load their other half by one of these
    for (const file of files) {
      assert.doesNotMatch(readFileSync(new URL(file), 'utf8'), /node-gyp-build|bindings\(|\.node['"]\)/, file)
    }
  })

  it('imports of this package its own files and the shared codecs, no server part', () => {
    const own = [...walkImports(CLIENT).files].filter(file => file.startsWith(DIST.href)).map(file => file.slice(DIST.href.length))

    assert.deepEqual(own.filter(file => !file.startsWith('src/client/') && !SHARED.has(file)), [])
    assert.deepEqual([...SHARED].filter(file => !own.includes(file)), [])
  })

  it('uses no global of Node.js', () => {
    for (const file of walkImports(CLIENT).files) {
      if (file.startsWith(DIST.href)) {
        assert.doesNotMatch(readFileSync(new URL(file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''), /\bBuffer\b|\bprocess\.|\bsetImmediate\b|\brequire\(|\.unref\(/, file)
      }
    }
  })

  it('is walked as it is written: an import of a builtin would show', () => {
    assert.deepEqual(importsOf("import a from 'node:fs'\nimport './b.js'\nexport * from \"c\"\nawait import('d')"), ['node:fs', './b.js', 'c', 'd'])
    assert.match(walkImports(new URL('../../src/version.js', import.meta.url)).builtins.join(), /imports node:fs$/)
  })
})
