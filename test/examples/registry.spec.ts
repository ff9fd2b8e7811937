import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { addressOver, Stage } from './helpers.js'

const EXAMPLE = fileURLToPath(new URL('../../examples/registry.js', import.meta.url))

describe('example: the registry', function () {
  this.timeout(300_000)

  let stage: Stage

  beforeEach(() => { stage = new Stage() })
  afterEach(async () => { await stage.end() })

  it('registers, resolves, announces, reads presence, rotates a key and removes', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [EXAMPLE, addressOver(await stage.relay(), 'tcp')])

    assert.equal(stdout, [
      'Alice is registered, and only her key can change that',
      'Bob found Alice, signed by herself: true',
      "Bob sees Alice's peer at 1 address",
      'Bob sees her new key: true',
      'Removed: true. Still there: false',
      ''
    ].join('\n'))
  })
})
