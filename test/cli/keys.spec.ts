import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Home } from './command.js'
import type { Running } from './command.js'

interface Shown {
  pepper_hex: string
  keys: Array<{ kid_hex: string, x25519_public_key_hex: string, active: boolean, not_after_epoch_ms?: number }>
}

describe('relay-server keys show', () => {
  let home: Home

  beforeEach(async () => {
    home = await Home.make()
  })

  afterEach(async () => {
    await home.remove()
  })

  const socket = (): string => join(home.path, '.meshnet', 'data', 'control.sock')

  async function started (): Promise<Running> {
    const node = home.start(['-c', await home.config('', '[logging]\nlevel = "trace"\nlog_format = "json"\nfile = "~/log"\n')])

    await node.event('ready')

    return node
  }

  async function shown (): Promise<Shown> {
    const { code, stdout, stderr } = await home.run(['keys', 'show', '--json', '-c', join(home.path, 'relay.toml')])

    assert.deepEqual([code, stderr], [0, ''])

    return JSON.parse(stdout) as Shown
  }

  it('prints the same of a running, a stopped, a killed and a new node, and leaves it nowhere else', async () => {
    const first = await started()

    assert.equal((await stat(socket())).mode & 0o777, 0o600)
    const running = await shown()

    assert.match(running.pepper_hex, /^[0-9a-f]{64}$/)
    assert.equal(running.keys.length, 1)
    assert.match(JSON.stringify(running.keys), /^\[\{"kid_hex":"[0-9a-f]{16}","x25519_public_key_hex":"[0-9a-f]{64}","active":true\}\]$/)

    first.proc.kill('SIGTERM')
    assert.equal((await first.exit).code, 0)
    assert.ok(!(await readdir(join(home.path, '.meshnet', 'data'))).includes('control.sock'))
    assert.deepEqual(await shown(), running)

    const second = await started()

    second.proc.kill('SIGKILL')
    await second.exit
    assert.ok((await stat(socket())).isSocket())
    assert.deepEqual(await shown(), running)

    const third = await started()

    assert.deepEqual(await shown(), running)
    third.proc.kill('SIGTERM')
    await third.exit

    const written = [...first.lines, ...second.lines, ...third.lines, await readFile(join(home.path, 'log'), 'utf8'), await first.stderr].join('\n')

    assert.ok(written.includes('"level":"trace"') || written.includes('ready'))
    assert.ok(!written.includes(running.pepper_hex) && !running.keys.some(({ x25519_public_key_hex: key }) => written.includes(key)))
  })

  it('prints what the configuration sets', async () => {
    const config = await home.config('', `[registry.envelope]
pepper_hex = "${'0a'.repeat(32)}"
keys = [
  { kid_hex = "0001020304050607", x25519_private_key_hex = "${'10'.repeat(32)}", active = true },
  { kid_hex = "0001020304050608", x25519_private_key_hex = "${'11'.repeat(32)}", active = false, not_after_epoch_ms = 4102444800000 },
  { kid_hex = "0001020304050609", x25519_private_key_hex = "${'12'.repeat(32)}", active = true, not_after_epoch_ms = 1000 }
]
[logging]
log_format = "json"
`)
    const node = home.start(['-c', config])

    await node.event('ready')
    const running = await home.run(['keys', 'show', '-c', config])
    const lines = running.stdout.split('\n')

    assert.deepEqual([running.code, running.stderr], [0, ''])
    assert.equal(lines[0], `pepper_hex = "${'0a'.repeat(32)}"`)
    assert.match(lines.slice(3).join('\n'), /^0001020304050607 {2}[0-9a-f]{64} {2}active\n0001020304050608 {2}[0-9a-f]{64} {2}accepted, until 2100-01-01T00:00:00.000Z\n0001020304050609 {2}[0-9a-f]{64} {2}not accepted, over since 1970-01-01T00:00:01.000Z\n$/)
    assert.ok(!running.stdout.includes('10'.repeat(32)))
    node.proc.kill('SIGTERM')
    await once(node.proc, 'exit')
    assert.deepEqual(await home.run(['keys', 'show', '-c', config]), running)
  })

  it('exits 1 when the node was never started, and makes nothing', async () => {
    const { code, stdout, stderr } = await home.run(['keys', 'show'])

    assert.deepEqual([code, stdout, stderr], [1, '', `There are no keys yet in ${join(home.path, '.meshnet', 'data')}: they are made at the first start.\n`])
    assert.deepEqual(await readdir(home.path), [])
  })

  it('exits 2 where there can be no keys', async () => {
    for (const [section, message] of [['[registry]\nenabled = false\n', /registry\.enabled is false/], ['[storage]\nkind = "memory"\n', /storage\.kind is "memory"/]] as const) {
      const { code, stdout, stderr } = await home.run(['keys', 'show', '-c', await home.file('relay.toml', section)])

      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, message)
    }
  })

  it('says why it cannot ask a node whose path is too long for a socket', async () => {
    const path = `~/${'d'.repeat(100)}`
    const config = await home.config('', `[storage]\npath = "${path}"\n[logging]\nlog_format = "json"\n`)
    const node = home.start(['-c', config])

    await node.event('ready')
    assert.ok(node.log().some(({ level, reason }) => level === 'warn' && /too long for a Unix socket/.test(String(reason))))
    const asked = await home.run(['keys', 'show', '-c', config])

    assert.deepEqual([asked.code, asked.stdout], [1, ''])
    assert.match(asked.stderr, /too long for a Unix socket.*set storage\.path to a shorter one/)
    node.proc.kill('SIGTERM')
    await node.exit
    assert.equal((await home.run(['keys', 'show', '-c', config])).code, 0)
  })
})
