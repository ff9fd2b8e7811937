import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { V8_FLAGS, withV8Flags } from '#v8-flags'
import { Home } from './command.js'
import type { LogLine } from './command.js'
import type { AddressInfo } from 'node:net'

/** The environment that a node without a file needs on a machine whose ports may be taken. */
const FREE_PORTS = {
  RELAY_NETWORK__TCP_LISTEN_ADDR: '/ip4/127.0.0.1/tcp/0',
  RELAY_NETWORK__QUIC_LISTEN_ADDR: '',
  RELAY_NETWORK__WS_LISTEN_ADDR: '',
  RELAY_LOGGING__LOG_FORMAT: 'json'
}

describe('the V8 flags of the command', () => {
  it('are left alone where the operator has set them, in NODE_OPTIONS too', () => {
    assert.deepEqual(withV8Flags([], undefined), V8_FLAGS)
    assert.deepEqual(withV8Flags(['--inspect'], '--trace-gc'), [...V8_FLAGS, '--inspect'])
    assert.equal(withV8Flags(V8_FLAGS, ''), undefined)
    assert.equal(withV8Flags([], '--trace-gc --max_semi_space_size=8'), undefined)
  })
})

describe('relay-server, started', () => {
  let home: Home

  beforeEach(async () => {
    home = await Home.make()
  })

  afterEach(async () => {
    await home.remove()
  })

  describe('as a service', () => {
    it('logs JSON lines from listening over ready and shutdown to stopped, and exits 0', async () => {
      const node = home.start(['-c', await home.config('announce_addrs = ["/dns4/relay.example.org/tcp/4001"]')])
      const ready = await node.event('ready')
      node.proc.kill('SIGTERM')
      const { code, stderr } = await node.exit
      const events = node.log().filter(({ event }) => event != null)

      assert.equal(code, 0)
      assert.equal(stderr, '')
      assert.deepEqual(events.map(({ event }) => event), ['listening', 'listening', 'listening', 'listening', 'listening', 'ready', 'shutdown', 'stopped'])
      assert.deepEqual(events.slice(0, 3).map(({ addr }) => String(addr).replace(/\d+(?=\/(quic|ws|p2p))/, 'N').replace(/\/p2p\/.*/, '')), ['/ip4/127.0.0.1/tcp/N', '/ip4/127.0.0.1/udp/N/quic-v1', '/ip4/127.0.0.1/tcp/N/ws'])
      assert.ok((ready.addrs as string[]).some(addr => addr === `/dns4/relay.example.org/tcp/4001/p2p/${String(ready.peer_id)}`))
      assert.match(String(ready.http), /^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
      assert.deepEqual(events.slice(3, 5).map(({ addr }) => addr), [ready.http, ready.ops])
      assert.match(String(ready.ops), /^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
      assert.equal(events.find(({ event }) => event === 'shutdown')?.signal, 'SIGTERM')

      for (const line of node.log()) {
        assert.equal(new Date(String(line.time)).toISOString(), line.time)
        assert.match(String(line.level), /^(info|warn)$/)
        assert.equal(typeof line.msg, 'string')
      }
    })

    it('starts itself again with its V8 flags, as the same process, unless they are set', async function () {
      const flagsOf = async (nodeArgs: string[]): Promise<string[]> => {
        const node = home.start(['-c', await home.config()], { nodeArgs })
        await node.event('ready')
        const commandLine = await readFile(`/proc/${node.proc.pid}/cmdline`, 'utf8')
        node.proc.kill('SIGTERM')
        assert.equal((await node.exit).code, 0)

        return commandLine.split('\0').filter(option => option.startsWith('--'))
      }

      assert.deepEqual(await flagsOf(['--no-deprecation']), [...V8_FLAGS, '--no-deprecation'])
      assert.deepEqual(await flagsOf(['--max-semi-space-size=4']), ['--max-semi-space-size=4'])
    })

    it('keeps its identity, which relay-server id shows', async () => {
      const config = await home.config()
      const ids: unknown[] = []

      for (let i = 0; i < 2; i++) {
        const node = home.start(['-c', config])
        ids.push((await node.event('ready')).peer_id)
        node.proc.kill('SIGTERM')
        assert.equal((await node.exit).code, 0)
      }

      const { stdout } = await home.run(['id', '-c', config])
      assert.deepEqual(new Set(ids), new Set([stdout.split('\n')[0]]))
      assert.equal((await stat(join(home.path, '.meshnet', 'relay_keypair.bin'))).mode & 0o777, 0o600)
    })

    it('starts on built-in defaults and the environment without a file, and says so', async () => {
      const node = home.start([], { env: FREE_PORTS })
      await node.event('ready')
      node.proc.kill('SIGINT')

      assert.equal((await node.exit).code, 0)
      assert.match(String(node.log()[0]?.msg), /no configuration file at .*\.meshnet\/relay\.toml: starting on built-in defaults/)
      assert.equal((await node.event('shutdown')).signal, 'SIGINT')
    })

    it('lets the flag win over the environment, and the environment over the file', async () => {
      const config = await home.config('', '[logging]\nlog_format = "json"\nlevel = "error"\n')
      const byEnvironment = home.start(['-c', config], { env: { RELAY_LOGGING__LEVEL: 'info' } })
      await byEnvironment.event('ready')
      const byFlag = home.start(['-c', config, '-l', 'info'], { env: { RELAY_LOGGING__LEVEL: 'error', RELAY_STORAGE__KIND: 'memory' } })
      await byFlag.event('ready')
    })

    it('has every part that the configuration can switch on', async () => {
      const node = home.start(['-c', await home.config('', '[logging]\nlog_format = "json"\n[mailbox]\nenabled = true\n[registry]\nenabled = true\n')])
      await node.event('ready')

      assert.equal(node.lines.some(line => line.includes('not built yet')), false)
    })

    it('appends to the log file what it prints', async () => {
      const file = join(home.path, 'logs', 'relay.log')
      const node = home.start(['-c', await home.config('', `[logging]\nlog_format = "json"\nfile = "${file}"\n`)])
      await node.event('ready')
      node.proc.kill('SIGTERM')
      await node.exit

      assert.equal(await readFile(file, 'utf8'), `${node.lines.join('\n')}\n`)
      assert.equal((await stat(file)).mode & 0o777, 0o600)
    })
  })

  describe('at a terminal', () => {
    it('begins with the banner: name and version, PeerId, addresses, and how to stop', async () => {
      const node = home.start(['-c', await home.config('', '')])
      await node.until(line => line === 'Press Ctrl+C to stop')
      const [first = '', second = '', ...rest] = node.lines

      assert.match(first, /^enigma-node \d+\.\d+\.\d+/)
      assert.match(second, /^PeerId: 12D3Koo\w+$/)
      const peer = second.slice('PeerId: '.length)
      const listening = rest.filter(line => line.startsWith('Listening on: '))
      assert.equal(listening.length, 3)
      assert.ok(listening.every(line => line.endsWith(`/p2p/${peer}`)))
      assert.match(rest[3] ?? '', /^HTTP: http:\/\/127\.0\.0\.1:\d+$/)
      assert.match(rest[4] ?? '', /^Health and metrics: http:\/\/127\.0\.0\.1:\d+$/)
      assert.deepEqual([...rest.slice(0, 3), ...rest.slice(5, 7)], [...listening, 'Mesh Relay Server is running!', 'Press Ctrl+C to stop'])

      node.proc.kill('SIGINT')
      assert.equal((await node.exit).code, 0)
      assert.match(node.lines.at(-1) ?? '', /INFO: Stopped$/)
    })
  })

  describe('that cannot start', () => {
    it('exits 3 and names the address and the key of a TCP port that is taken', async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      const taken = `/ip4/127.0.0.1/tcp/${port}`

      try {
        for (const [key, value] of [['TCP', taken], ['WS', `${taken}/ws`]] as const) {
          const { code, stderr, stdout } = await home.run([], { env: { ...FREE_PORTS, [`RELAY_NETWORK__${key}_LISTEN_ADDR`]: value } })

          assert.equal(code, 3)
          assert.ok(stderr.includes(value), stderr)
          assert.match(stderr, new RegExp(`in use.*network\\.${key.toLowerCase()}_listen_addr`))
          assert.doesNotMatch(stderr, /\n {4}at /)
          const lines = stdout.trimEnd().split('\n').map(line => JSON.parse(line) as LogLine)
          assert.equal(lines.at(-1)?.level, 'error')
          assert.match(String(lines.at(-1)?.reason), /in use/)
          assert.equal(lines.some(({ event }) => event === 'ready'), false)
        }
      } finally {
        server.close()
      }
    })

    it('exits 3 and names the address and the key of a UDP port that is taken', async () => {
      const socket = createSocket('udp4').bind(0, '127.0.0.1')
      await once(socket, 'listening')
      const value = `/ip4/127.0.0.1/udp/${socket.address().port}/quic-v1`

      try {
        const { code, stderr } = await home.run([], { env: { ...FREE_PORTS, RELAY_NETWORK__QUIC_LISTEN_ADDR: value } })

        assert.equal(code, 3)
        assert.ok(stderr.includes(value), stderr)
        assert.match(stderr, /network\.quic_listen_addr/)
      } finally {
        socket.close()
      }
    })

    it('exits 1 for a key file that is damaged, and leaves it alone', async () => {
      const key = join(home.path, '.meshnet', 'relay_keypair.bin')
      await mkdir(join(home.path, '.meshnet'))
      await writeFile(key, 'not a key')
      const { code, stderr } = await home.run([], { env: { ...FREE_PORTS, RELAY_LOGGING__LOG_FORMAT: 'pretty' } })

      assert.equal(code, 1)
      assert.equal(stderr, `The key file ${key} is not a private key in libp2p's protobuf encoding. Put the right file back from a backup, or move this one away to start with a new identity (a new PeerId).\n`)
      assert.equal(await readFile(key, 'utf8'), 'not a key')
    })

    it('exits 1 for a log file that cannot be opened', async () => {
      const { code, stderr } = await home.run([], { env: { ...FREE_PORTS, RELAY_LOGGING__FILE: home.path } })

      assert.equal(code, 1)
      assert.match(stderr, /log file .* cannot be opened: .*logging\.file/)
    })
  })
})
