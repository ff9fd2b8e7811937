import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, readFile, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BIN, Home } from './command.js'

const { version } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }

describe('the command', () => {
  let home: Home

  beforeEach(async () => {
    home = await Home.make()
  })

  afterEach(async () => {
    await home.remove()
  })

  for (const flag of ['-h', '--help']) {
    it(`shows every option and command with ${flag}`, async () => {
      const { code, stdout, stderr } = await home.run([flag])

      assert.equal(code, 0)
      assert.equal(stderr, '')

      for (const name of ['-c, --config <path>', '-l, --log-level <level>', '--generate-config', '--force', '-h, --help', '-V, --version', 'check-config', 'print-config', 'id ', 'verify', 'import-config <file...>', 'Not built yet:']) {
        assert.ok(stdout.includes(name), name)
      }
    })
  }

  for (const flag of ['-V', '--version']) {
    it(`shows its version with ${flag}`, async () => {
      assert.deepEqual(await home.run([flag]), { code: 0, stdout: `relay-server ${version}\n`, stderr: '' })
    })
  }

  describe('called wrongly exits 2 and says why on standard error', () => {
    const cases: Array<[string[], RegExp]> = [
      [['chek-config'], /unknown command 'chek-config'\n\(Did you mean check-config\?\)/],
      [['--confg', 'x'], /unknown option '--confg'\n\(Did you mean --config\?\)/],
      [['check-config', '--confg', 'x'], /Did you mean --config/],
      [['--config'], /argument missing/],
      [['-l', 'loud'], /argument 'loud' is invalid. Allowed choices are trace, debug, info, warn, error/],
      [['check-config', 'extra'], /too many arguments/],
      [['import-config'], /missing required argument/],
      [['--force'], /--force has a meaning only with --generate-config/],
      [['--generate-config', 'id'], /--generate-config and id do not go together/]
    ]

    for (const [args, message] of cases) {
      it(args.join(' '), async () => {
        const { code, stdout, stderr } = await home.run(args)

        assert.equal(code, 2)
        assert.equal(stdout, '')
        assert.match(stderr, message)
        assert.doesNotMatch(stderr, /\n {4}at /)
        assert.deepEqual(await readdir(home.path), [])
      })
    }
  })

  describe('that is not built yet exits 2 and says so', () => {
    for (const args of [['status', '--json'], ['token', 'mint', '--days', '3'], ['drain', '--help'], ['import', 'file']]) {
      it(args.join(' '), async () => {
        assert.deepEqual(await home.run(args), { code: 2, stdout: '', stderr: `relay-server ${args[0]} is not built yet (this is version ${version})\n` })
      })
    }

    it('and is listed in the help as such', async () => {
      const [, planned = ''] = (await home.run(['--help'])).stdout.split('Not built yet:')

      assert.deepEqual([...planned.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name), ['status', 'doctor', 'backup', 'restore', 'export', 'import', 'ban', 'unban', 'bans', 'token', 'reload', 'drain'])
    })
  })

  describe('under a Node.js that is too old', () => {
    const line = /^relay-server needs Node\.js 22 or newer; this is v[\d.]+ \([^\n]+\)\n$/

    it('says so in one line and exits 2', async () => {
      const pretend = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"21.7.3"})'
      const { code, stdout, stderr } = await home.run([], { nodeArgs: ['--import', pretend] })

      assert.equal(code, 2)
      assert.equal(stdout, '')
      assert.match(stderr, line)
    })

    it('does the same where an old one is really installed', async () => {
      for (const node of ['/usr/bin/node', '/usr/local/bin/node'].filter(path => existsSync(path))) {
        if (parseInt(execFileSync(node, ['-p', 'process.versions.node']).toString()) < 22) {
          const { code, stderr } = await home.run([], { node })

          assert.equal(code, 2)
          assert.match(stderr, line)
        }
      }
    })

    it('has no word of newer JavaScript in front of that', async () => {
      for (const file of [BIN, join(dirname(BIN), 'v8-flags.js')]) {
        assert.doesNotMatch(await readFile(file, 'utf8'), /\?\.|\?\?|^import\s+(?!.* from '\.\/v8-flags\.js'$)[^(]|\bawait\b|\|\|=|catch\s*\{/m)
      }
    })
  })

  it('says what to run when it has not been built', async () => {
    await cp(dirname(BIN), join(home.path, 'bin'), { recursive: true })
    await home.file('package.json', '{"type":"module"}')

    assert.deepEqual(await home.run([], { bin: join(home.path, 'bin', 'relay-server.js') }), { code: 1, stdout: '', stderr: 'relay-server is not built yet: run npm run build\n' })
  })

  it('does not crash when nobody reads what it prints', async () => {
    const proc = spawn(process.execPath, [BIN, 'print-config'], { env: { PATH: process.env.PATH, HOME: home.path }, stdio: ['ignore', 'pipe', 'inherit'] })
    proc.stdout.destroy()
    const [code] = await once(proc, 'exit') as [number]

    assert.equal(code, 0)
  })
})
