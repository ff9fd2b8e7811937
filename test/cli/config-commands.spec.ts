import assert from 'node:assert/strict'
import { chmod, mkdir, readFile, readdir, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { renderConfig } from '../../src/config/index.js'
import { Home } from './command.js'
import type { Config } from '../../src/config/index.js'

describe('the command and its configuration', () => {
  let home: Home

  beforeEach(async () => {
    home = await Home.make()
  })

  afterEach(async () => {
    await home.remove()
  })

  describe('--generate-config', () => {
    it('writes every key with its default to the default path, for nobody but the owner, and says so', async () => {
      const path = join(home.path, '.meshnet', 'relay.toml')

      assert.deepEqual(await home.run(['--generate-config']), { code: 0, stdout: `Wrote ${path}\nStart the node with it: relay-server\n`, stderr: '' })
      assert.equal(await readFile(path, 'utf8'), renderConfig())
      assert.equal((await stat(path)).mode & 0o777, 0o600)
      assert.equal((await stat(join(home.path, '.meshnet'))).mode & 0o777, 0o700)
    })

    it('never overwrites, unless it is told to', async () => {
      const path = await home.file('relay.toml', '# mine\n')
      const second = await home.run(['--generate-config', '-c', path])

      assert.equal(second.code, 2)
      assert.match(second.stderr, /exists already and is left as it is; --force overwrites it/)
      assert.equal(await readFile(path, 'utf8'), '# mine\n')

      const third = await home.run(['--generate-config', '--force', '-c', path])

      assert.equal(third.code, 0)
      assert.ok(third.stdout.startsWith(`Wrote ${path}\n`))
      assert.equal(await readFile(path, 'utf8'), renderConfig())
      assert.deepEqual(await readdir(home.path), ['relay.toml'])
    })

    it('makes the folders of --config and prints a command that can be pasted', async () => {
      const { stdout, code } = await home.run(['--generate-config', '--config', 'new folder/deep/relay.toml'])

      assert.equal(code, 0)
      assert.ok(stdout.includes(`relay-server --config '${home.path}/new folder/deep/relay.toml'`))
      assert.equal((await home.run(['check-config', '-c', join(home.path, 'new folder', 'deep', 'relay.toml')])).code, 0)
    })

    it('expands ~ where no shell did', async () => {
      assert.equal((await home.run(['--generate-config', '--config=~/x.toml'])).code, 0)
      assert.deepEqual(await readdir(home.path), ['x.toml'])
    })

    it('replaces what a link names, not the link', async () => {
      const path = await home.file('real.toml', '# mine\n')
      await symlink(path, join(home.path, 'link.toml'))
      assert.equal((await home.run(['--generate-config', '--force', '-c', 'link.toml'])).code, 0)

      assert.equal(await readlink(join(home.path, 'link.toml')), path)
      assert.equal(await readFile(path, 'utf8'), renderConfig())
    })

    it('exits 1 with the path and the reason when it cannot write', async () => {
      await home.file('file', '')

      for (const args of [['-c', 'file/relay.toml'], ['--force', '-c', join(home.path, '.')]]) {
        const { code, stderr } = await home.run(['--generate-config', ...args])

        assert.equal(code, 1, args.join(' '))
        assert.match(stderr, /cannot be written: E/)
        assert.doesNotMatch(stderr, /\n {4}at /)
      }
      assert.deepEqual(await readdir(home.path), ['file'])
    })
  })

  describe('check-config', () => {
    it('is content without a file and says which defaults it means', async () => {
      assert.deepEqual(await home.run(['check-config']), { code: 0, stdout: `No configuration file at ${home.path}/.meshnet/relay.toml: the built-in defaults are fine\n`, stderr: '' })
    })

    it('finds the default path, and --config before and after the command', async () => {
      const path = await home.config()
      await mkdir(join(home.path, '.meshnet'))
      await writeFile(join(home.path, '.meshnet', 'relay.toml'), await readFile(path))

      assert.equal((await home.run(['check-config'])).stdout, `${home.path}/.meshnet/relay.toml: fine\n`)
      assert.equal((await home.run(['check-config', '-c', path])).stdout, `${path}: fine\n`)
      assert.equal((await home.run(['--config', path, 'check-config'])).stdout, `${path}: fine\n`)
    })

    it('prints every problem at once, of the file and the environment', async () => {
      const path = await home.file('bad.toml', '[relay]\nmax_circuits = -1\nmax_cirkuits = 1\n[logging]\nlog_format = "xml"\n')
      const { code, stdout, stderr } = await home.run(['check-config', '-c', path], { env: { RELAY_AUTH__AUTH_ENABLED: 'maybe' } })

      assert.equal(code, 2)
      assert.equal(stdout, '')

      for (const piece of ['bad.toml:2', 'relay.max_circuits', 'bad.toml:3', 'relay.max_cirkuits', 'bad.toml:5', 'logging.log_format', 'RELAY_AUTH__AUTH_ENABLED']) {
        assert.ok(stderr.includes(piece), `${piece} in\n${stderr}`)
      }
    })
  })

  describe('a file that cannot be used ends each command with 2 and no stack', () => {
    const files: Array<[string, string | undefined, RegExp]> = [
      ['missing', undefined, /Configuration file not found: .*missing\.toml\n.*relay-server --generate-config --config/],
      ['no TOML', '[relay\n', /some\.toml:1.*not valid TOML/],
      ['from a newer version', '[relay]\nmax_wormholes = 3\n', /max_wormholes[^]*newer version/],
      ['of enigma-relay', 'address = "0.0.0.0:8080"\nmode = "http"\n[relay]\nmax_message_bytes = 1\nmessage_ttl_seconds = 5\n', /relay-server import-config/],
      ['with the published token', '[auth]\nauth_enabled = true\n', /auth_token/]
    ]

    for (const [name, content, message] of files) {
      for (const command of content === undefined ? [[], ['check-config'], ['print-config'], ['id']] : [[], ['check-config']]) {
        it(`${name}: ${command[0] ?? 'start'}`, async () => {
          const path = content === undefined ? join(home.path, 'missing.toml') : await home.file('some.toml', content)
          const { code, stdout, stderr } = await home.run([...command, '--config', path])

          assert.equal(code, 2)
          assert.equal(stdout, '')
          assert.match(stderr, message)
          assert.doesNotMatch(stderr, /\n {4}at /)
        })
      }
    }

    it('unreadable', async () => {
      const { code, stderr } = await home.run(['check-config', '--config', home.path])

      assert.equal(code, 2)
      assert.match(stderr, /is a folder, not a file/)

      // for root there is no file that may not be read
      if (process.geteuid?.() !== 0) {
        const path = await home.config()
        await chmod(path, 0)
        assert.match((await home.run(['check-config', '-c', path])).stderr, /permission denied/)
      }
    })
  })

  describe('print-config', () => {
    it('is TOML with the effective values and masked secrets', async () => {
      const path = await home.file('relay.toml', '[auth]\nauth_token = "from-the-file"\n[relay]\nmax_circuits = 7\n[logging]\nlevel = "warn"\n')
      const { code, stdout } = await home.run(['print-config', '-c', path, '-l', 'debug'], { env: { RELAY_RELAY__MAX_RESERVATIONS: '9' } })
      const shown = parse(stdout) as unknown as Config

      assert.equal(code, 0)
      assert.equal(shown.relay.max_circuits, 7)
      assert.equal(shown.relay.max_reservations, 9)
      assert.equal(shown.logging.level, 'debug')
      assert.equal(shown.identity.key_file, join(home.path, '.meshnet', 'relay_keypair.bin'))
      assert.equal(stdout.includes('from-the-file'), false)
    })
  })

  describe('import-config', () => {
    it('prints ours, made of several files', async () => {
      const relay = await home.file('old.toml', '[relay]\nmax_circuits_per_peer = 3\n[logging]\nlog_to_file = false\n')
      const enigma = await home.file('enigma.toml', 'address = "127.0.0.1:9999"\n[relay]\nmax_message_bytes = 1234\n')
      const { code, stdout, stderr } = await home.run(['import-config', relay, enigma])
      assert.equal(code, 0, stderr)

      const made = await home.file('made.toml', stdout)
      assert.equal((await home.run(['check-config', '-c', made])).code, 0)
      const config = parse(stdout) as unknown as Config
      assert.equal(config.relay.max_circuits_per_peer, 3)
      assert.equal(config.mailbox.max_message_bytes, 1234)
    })

    it('exits 2 for files that are missing or no text', async () => {
      const binary = await home.file('binary', Buffer.from([0xff, 0xfe, 0x00]))

      for (const [path, message] of [[join(home.path, 'nope'), /nope cannot be read: ENOENT/], [binary, /not UTF-8/]] as const) {
        const { code, stdout, stderr } = await home.run(['import-config', path])

        assert.equal(code, 2)
        assert.equal(stdout, '')
        assert.match(stderr, message)
      }
    })
  })
})
