import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { addressOver, Stage } from './helpers.js'

const EXAMPLE = fileURLToPath(new URL('../../examples/mailbox.js', import.meta.url))

describe('example: the mailbox', function () {
  this.timeout(300_000)

  let stage: Stage

  beforeEach(() => { stage = new Stage() })
  afterEach(async () => { await stage.end() })

  it('sends to a peer that is offline, which gets it when it comes', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [EXAMPLE, addressOver(await stage.relay(), 'tcp')])

    assert.equal(stdout, "Alice's message was queued\nBob got: Hello Bob\nWaiting for Bob now: 0\n")
  })

  it('leaves messages with --push and takes them with --inbox', async () => {
    const relay = addressOver(await stage.relay(), 'tcp')
    const key = join(await stage.folder(), 'bob.key')
    const first = stage.client('--name', 'bob', '--relay', relay, '--inbox', '--key', key)
    const [, push = ''] = await first.line(/Second terminal: npm run example:test-client -- (.*)$/)

    await first.line(/All that was waiting is here/)
    assert.equal(await stage.client('--relay', relay, ...push.split(' ')).exit(), 0)
    await first.line(/^\[bob\] Message by the mailbox: "hello"$/)
    first.signal('SIGINT')
    assert.equal(await first.exit(), 0)

    const pushed = stage.client('--relay', relay, '--push', push.split(' ')[1] ?? '', '--message', 'while you were away')

    await pushed.line(/^\[client\] Stored: 1 waiting there/)
    assert.equal(await pushed.exit(), 0)

    const second = stage.client('--name', 'bob', '--relay', relay, '--inbox', '--key', key)

    await second.line(/^\[bob\] Message by the mailbox: "while you were away"$/)
    second.signal('SIGINT')
    assert.equal(await second.exit(), 0)
    assert.equal(second.lines.filter(line => line.includes('Message')).length, 1)
  })

  it('says what is wrong with a push and exits with 1', async () => {
    const relay = addressOver(await stage.relay({ mailbox: { enabled: false } }), 'tcp')
    const client = stage.client('--relay', relay, '--push', 'bob', '--message', 'hello')

    await client.line(/Error: The mailbox: unsupported: /)
    assert.equal(await client.exit(), 1)
  })
})
