import assert from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { callNode } from '../../src/control/index.js'
import { Person } from '../http/registry/person.js'
import { Home } from './command.js'
import type { Running } from './command.js'
import type { KeysView } from '../../src/node/registry-keys.js'
import type { Keys } from '../../src/registry/index.js'

const DAY_MS = 24 * 3600 * 1000

describe('relay-server keys rotate', () => {
  let home: Home
  let folder: string

  beforeEach(async () => {
    home = await Home.make()
    folder = join(home.path, '.meshnet', 'data')
  })

  afterEach(async () => {
    await home.remove()
  })

  async function started (): Promise<{ node: Running, http: string }> {
    const node = home.start(['-c', await home.config('', '[logging]\nlevel = "trace"\nlog_format = "json"\nfile = "~/log"\n[rate_limit]\nenabled = false\n')])
    const { http } = await node.event('ready')

    return { node, http: String(http) }
  }

  async function keys (command: 'show' | 'rotate', ...more: string[]): Promise<KeysView> {
    const { code, stdout, stderr } = await home.run(['keys', command, '--json', ...more])

    assert.deepEqual([code, stderr], [0, ''])

    return JSON.parse(stdout) as KeysView
  }

  /** What registering with an envelope for the first of these keys is answered. */
  async function register (http: string, name: string, { pepper_hex: pepper, keys: [key] }: KeysView): Promise<string> {
    assert.ok(key != null)

    const sealedTo: Keys = { pepper: bytes(pepper), keys: [{ kid: bytes(key.kid_hex), publicKey: bytes(key.x25519_public_key_hex), active: true, notAfterMs: 0 }] }
    const answer = await fetch(`${http}/register`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(new Person(name).register(sealedTo)) })

    return await answer.text()
  }

  it('makes a new key while the node runs: what is sealed to the old one is taken for a day, and a kill -9 undoes nothing', async () => {
    const first = await started()
    const before = await keys('show')
    const begun = Date.now()
    const after = await keys('rotate')
    const [active, old] = after.keys

    assert.equal(after.pepper_hex, before.pepper_hex)
    assert.equal(after.keys.length, 2)
    assert.ok(active?.active === true && active.not_after_epoch_ms == null && active.kid_hex !== before.keys[0]?.kid_hex)
    assert.ok(old?.active === false && old.kid_hex === before.keys[0]?.kid_hex)
    assert.ok(old.not_after_epoch_ms != null && old.not_after_epoch_ms >= begun + DAY_MS && old.not_after_epoch_ms <= Date.now() + DAY_MS)
    assert.deepEqual(await (await fetch(`${first.http}/envelope_pubkeys`)).json(), after.keys)
    assert.equal(await register(first.http, 'alice', before), '{"ok":true}')
    assert.equal(await register(first.http, 'bob', after), '{"ok":true}')
    first.node.proc.kill('SIGKILL')
    await first.node.exit

    const second = await started()

    assert.deepEqual(await keys('show'), after)
    assert.equal(await register(second.http, 'carol', before), '{"ok":true}')

    const log = await readFile(join(home.path, 'log'), 'utf8')

    assert.ok(log.includes('the registry has a new envelope key'))
    assert.ok(![...after.keys.flatMap(key => [key.kid_hex, key.x25519_public_key_hex]), after.pepper_hex].some(text => log.includes(text)))
  })

  it('ends the old key when it is told to: after a while, or at once', async () => {
    const { http } = await started()
    const first = await keys('show')
    const begun = Date.now()
    const second = await keys('rotate', '--old-for', '90m')
    const end = second.keys[1]?.not_after_epoch_ms ?? 0

    assert.ok(end >= begun + 5_400_000 && end <= Date.now() + 5_400_000)

    const { code, stdout } = await home.run(['keys', 'rotate', '--old-for', '0'])
    const third = await keys('show')

    assert.equal(code, 0)
    assert.match(stdout, new RegExp(`^${third.keys[0]?.kid_hex} is the active key now\\.\\n\\npepper_hex = "${first.pepper_hex}"\\n`))
    assert.match(stdout, new RegExp(`\\n${third.keys[0]?.kid_hex} {2}[0-9a-f]{64} {2}active\\n${second.keys[0]?.kid_hex} {2}[0-9a-f]{64} {2}not accepted, over since [^\\n]+\\n${first.keys[0]?.kid_hex} {2}[0-9a-f]{64} {2}accepted, until `))
    assert.match(await register(http, 'alice', second), /unknown envelope key/)
    // its own end stands
    assert.equal(await register(http, 'alice', first), '{"ok":true}')
  })

  it('makes it in the store of a node that is stopped, and makes nothing where no node ever was', async () => {
    const missing = await home.run(['keys', 'rotate'])

    assert.deepEqual(missing, { code: 1, stdout: '', stderr: `There are no keys yet in ${folder}: they are made at the first start.\n` })
    assert.deepEqual(await readdir(home.path), [])

    const { node } = await started()
    const before = await keys('show')

    node.proc.kill('SIGTERM')
    await node.exit

    const after = await keys('rotate', '--old-for', '7d')

    assert.deepEqual(after.keys.map(({ active }) => active), [true, false])
    assert.equal(after.keys[1]?.kid_hex, before.keys[0]?.kid_hex)

    const { http } = await started()

    assert.deepEqual(await keys('show'), after)
    assert.equal(await register(http, 'alice', before), '{"ok":true}')
  })

  it('exits 2 where the configuration sets the keys, says what to do there, and changes nothing', async () => {
    const config = await home.config('', `[registry.envelope]
keys = [{ kid_hex = "0001020304050607", x25519_private_key_hex = "${'10'.repeat(32)}", active = true }]
[logging]
log_format = "json"
`)
    const node = home.start(['-c', config])

    await node.event('ready')
    const before = await home.run(['keys', 'show', '-c', config])

    assert.deepEqual(await home.run(['keys', 'rotate', '-c', config]), {
      code: 2, stdout: '', stderr: 'registry.envelope.keys sets the keys: put a new active one before the others there, give the old one a not_after_epoch_ms, and start the node again\n'
    })
    // of a node that runs with another configuration than the command has
    assert.deepEqual(await home.run(['keys', 'rotate']), { code: 1, stdout: '', stderr: 'the keys come from the configuration: they are changed there\n' })
    assert.deepEqual(await home.run(['keys', 'show', '-c', config]), before)
  })

  it('exits 2 for what is no duration, and where there can be no keys', async () => {
    for (const wrong of ['', '-1', '1', '1.5h', 'a day', '1w', '3651d', '24 h', '99999999999999d']) {
      const { code, stdout, stderr } = await home.run(['keys', 'rotate', `--old-for=${wrong}`])

      assert.deepEqual([code, stdout], [2, ''], wrong)
      assert.match(stderr, /'--old-for <duration>' argument '.*' is invalid/, wrong)
    }

    for (const section of ['[registry]\nenabled = false\n', '[storage]\nkind = "memory"\n']) {
      assert.equal((await home.run(['keys', 'rotate', '-c', await home.file('relay.toml', section)])).code, 2)
    }

    assert.equal((await home.run(['keys'])).code, 2)
  })

  it('over the socket: takes an end in milliseconds, and passes over no other wish', async () => {
    await started()
    const before = await keys('show')

    for (const params of [{ not_after_epoch_ms: '1' }, { not_after_epoch_ms: 0.5 }, { not_after_epoch_ms: 0 }, { not_after_epoch_ms: 8_640_000_000_000_001 }, { not_after_epoch_ms: null }, { old_for_ms: 1 }]) {
      await assert.rejects(callNode(folder, 'keys.rotate', params), { code: 'invalid_input' }, JSON.stringify(params))
    }

    assert.deepEqual(await keys('show'), before)

    const { keys: [, old] } = await callNode(folder, 'keys.rotate', { not_after_epoch_ms: 8_640_000_000_000_000 }) as KeysView

    assert.equal(old?.not_after_epoch_ms, 8_640_000_000_000_000)
    assert.match((await home.run(['keys', 'show'])).stdout, /accepted, until \+275760-09-13T00:00:00.000Z/)
  })
})

function bytes (hex: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}
