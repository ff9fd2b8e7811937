import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { LogFileError, createEvents, createLog, logEvents } from '../../src/ops/index.js'
import type { Config } from '../../src/config/index.js'
import type { EventFields, EventName } from '../../src/ops/index.js'

type Logging = Config['logging']

const JSON_INFO: Logging = { level: 'info', log_format: 'json', file: '', log_ip_addresses: false }
const PRETTY: Logging = { ...JSON_INFO, log_format: 'pretty' }
const ADDR = '/ip4/203.0.113.9/tcp/9'

/** One of each event; a missing one does not compile. */
const SAMPLES: { [E in EventName]: EventFields[E] } = {
  listening: { addr: '/ip4/127.0.0.1/tcp/4001/p2p/12D3KooWA' },
  ready: { peer_id: '12D3KooWA', addrs: ['/ip4/127.0.0.1/tcp/4001/p2p/12D3KooWA', '/dns4/r.example/tcp/1/p2p/12D3KooWA'], http: null, ops: null },
  connection_established: { peer_id: '12D3KooWB', transport: 'tcp', direction: 'inbound', num_established: 1 },
  connection_closed: { peer_id: '12D3KooWB', cause: 'remote', remaining: 0 },
  reservation_req_accepted: { peer_id: '12D3KooWB', renewed: false, expires: 1_800_000_000 },
  reservation_req_denied: { peer_id: '12D3KooWB', reason: 'limit', status: 'RESERVATION_REFUSED' },
  reservation_timed_out: { peer_id: '12D3KooWB' },
  reservation_closed: { peer_id: '12D3KooWB' },
  circuit_req_accepted: { src_peer_id: '12D3KooWB', dst_peer_id: '12D3KooWC' },
  circuit_req_denied: { src_peer_id: '12D3KooWB', dst_peer_id: '12D3KooWC', reason: 'no reservation', status: 'NO_RESERVATION' },
  circuit_closed: { src_peer_id: '12D3KooWB', dst_peer_id: '12D3KooWC', bytes_to_dst: 1, bytes_to_src: 2, duration_ms: 3, reason: 'closed' },
  shutdown: { signal: 'SIGTERM' },
  stopped: {}
}

function collect (): { stdout: Writable, written: () => string, lines: () => Array<Record<string, unknown>> } {
  let written = ''
  const stdout = new Writable({
    write (chunk: Buffer, _, done) {
      written += chunk.toString()
      done()
    }
  })

  return {
    stdout,
    written: () => written,
    lines: () => written.split('\n').slice(0, -1).map(line => JSON.parse(line) as Record<string, unknown>)
  }
}

/** Runs a script that has `createLog` and `logging`; the script is the body of an async function. */
function child (logging: Logging, body: string): ReturnType<typeof spawn> {
  const module = new URL('../../src/ops/index.js', import.meta.url).href

  return spawn(process.execPath, ['--input-type=module', '-e', `import { createLog } from ${JSON.stringify(module)}
    const logging = ${JSON.stringify(logging)}
    ${body}`], { stdio: ['ignore', 'pipe', 'pipe'] })
}

describe('the log', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'enigma-log-'))
  })

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  describe('as JSON', () => {
    it('is one object a line with the time, the level as a word and the message', () => {
      const { stdout, lines } = collect()
      const log = createLog({ ...JSON_INFO, level: 'trace' }, { stdout })
      log.trace('a')
      log.debug('b')
      log.info('c', { n: 1, list: ['x', 'y'], nothing: null, absent: undefined })
      log.warn('two\nlines and "quotes"')
      log.error('e')

      assert.deepEqual(lines().map(({ time, ...rest }) => rest), [
        { level: 'trace', msg: 'a' },
        { level: 'debug', msg: 'b' },
        { level: 'info', msg: 'c', n: 1, list: ['x', 'y'], nothing: null },
        { level: 'warn', msg: 'two\nlines and "quotes"' },
        { level: 'error', msg: 'e' }
      ])

      for (const { time } of lines()) {
        assert.equal(new Date(String(time)).toISOString(), time)
      }
    })

    it('holds nothing below its level', () => {
      const { stdout, lines } = collect()
      const log = createLog({ ...JSON_INFO, level: 'warn' }, { stdout })
      log.info('no')
      log.event('stopped', {})
      log.warn('yes')

      assert.deepEqual(lines().map(({ msg }) => msg), ['yes'])
    })

    it('does not let a field take the place of a key that every line has', () => {
      const { stdout, written, lines } = collect()
      createLog(JSON_INFO, { stdout }).info('real', { msg: 'false', level: 'error', time: 'never', event: 'ready', other: 1 })

      assert.equal(lines()[0]?.msg, 'real')
      assert.equal(lines()[0]?.event, undefined)
      assert.equal(lines()[0]?.other, 1)
      assert.equal(written().match(/"msg"/g)?.length, 1)
      assert.equal(written().match(/"level"/g)?.length, 1)
    })
  })

  describe('of events', () => {
    const messages: Record<EventName, string> = {
      listening: 'Listening',
      ready: 'Ready',
      connection_established: 'ConnectionEstablished',
      connection_closed: 'ConnectionClosed',
      reservation_req_accepted: 'ReservationReqAccepted',
      reservation_req_denied: 'ReservationReqDenied',
      reservation_timed_out: 'ReservationTimedOut',
      reservation_closed: 'ReservationClosed',
      circuit_req_accepted: 'CircuitReqAccepted',
      circuit_req_denied: 'CircuitReqDenied',
      circuit_closed: 'CircuitClosed',
      shutdown: 'Shutdown',
      stopped: 'Stopped'
    }

    for (const [name, msg] of Object.entries(messages) as Array<[EventName, string]>) {
      it(`writes ${name} at info with flat fields, as ${msg}`, () => {
        const { stdout, lines } = collect()
        const events = createEvents()
        logEvents(events, createLog(JSON_INFO, { stdout }))
        events.dispatchEvent(new CustomEvent(name, { detail: SAMPLES[name] }))
        const [{ time, ...rest } = {}, ...more] = lines()

        assert.equal(more.length, 0)
        assert.deepEqual(rest, { level: 'info', event: name, ...SAMPLES[name], msg })
      })
    }

    it('stops when it is detached', () => {
      const { stdout, written } = collect()
      const events = createEvents()
      logEvents(events, createLog(JSON_INFO, { stdout }))()
      events.dispatchEvent(new CustomEvent('stopped', { detail: {} }))

      assert.equal(written(), '')
    })
  })

  describe('and privacy', () => {
    const established = { ...SAMPLES.connection_established, remote_addr: ADDR }

    for (const level of ['trace', 'debug', 'info', 'warn', 'error'] as const) {
      for (const shown of [true, false]) {
        const expected = shown && (level === 'trace' || level === 'debug')

        it(`${expected ? 'shows' : 'hides'} remote addresses at level ${level} with log_ip_addresses = ${shown}`, () => {
          for (const format of ['json', 'pretty'] as const) {
            const { stdout, written } = collect()
            const log = createLog({ level, log_format: format, file: '', log_ip_addresses: shown }, { stdout })
            log.event('connection_established', established)
            log.debug('x', { remote_addr: ADDR })

            assert.equal(written().split('203.0.113.9').length - 1, expected ? 2 : 0)
          }
        })
      }
    }

    it('has addresses in no line above debug, whatever is switched on', () => {
      const { stdout, lines } = collect()
      const log = createLog({ ...JSON_INFO, level: 'trace', log_ip_addresses: true }, { stdout })
      log.info('x', { remote_addr: ADDR })
      log.warn('x', { remote_addr: ADDR })
      log.error('x', { remote_addr: ADDR })
      log.event('connection_established', established)
      log.event('connection_established', SAMPLES.connection_established)

      assert.deepEqual(lines().map(line => [line.level, line.remote_addr]), [
        ['info', undefined], ['warn', undefined], ['error', undefined], ['debug', ADDR], ['info', undefined]
      ])
    })

    it('leaves out what an event has beside its own fields', () => {
      const { stdout, written } = collect()
      const log = createLog({ ...JSON_INFO, level: 'trace' }, { stdout })

      for (const [name, sample] of Object.entries(SAMPLES) as Array<[EventName, EventFields[EventName]]>) {
        const leaky = { ...sample, token: 'SECRET', body: 'SECRET', mailbox: 'SECRET', handle: 'SECRET' }
        log.event(name, leaky as never)
      }

      assert.equal(written().includes('SECRET'), false)
    })
  })

  describe('for people', () => {
    it('begins with the banner, whatever was logged before the node was ready', () => {
      const { stdout, written } = collect()
      const events = createEvents()
      const log = createLog(PRETTY, { stdout, name: 'enigma-node', version: '1.2.3', holdUntilReady: true })
      logEvents(events, log)
      log.warn('an early warning')
      events.dispatchEvent(new CustomEvent('listening', { detail: SAMPLES.listening }))
      events.dispatchEvent(new CustomEvent('ready', { detail: SAMPLES.ready }))
      log.info('a later line')

      const lines = written().split('\n')
      assert.deepEqual(lines.slice(0, 6), [
        'enigma-node 1.2.3',
        'PeerId: 12D3KooWA',
        'Listening on: /ip4/127.0.0.1/tcp/4001/p2p/12D3KooWA',
        'Listening on: /dns4/r.example/tcp/1/p2p/12D3KooWA',
        'Mesh Relay Server is running!',
        'Press Ctrl+C to stop'
      ])
      assert.match(lines[6] ?? '', /WARN: an early warning$/)
      assert.match(lines[7] ?? '', /INFO: a later line$/)
      assert.equal(lines.length, 9)
    })

    it('shows what was held when the node never gets ready', async () => {
      const { stdout, written } = collect()
      const log = createLog(PRETTY, { stdout, holdUntilReady: true })
      log.error('could not start')
      assert.equal(written(), '')
      await log.flush()

      assert.match(written(), /ERROR: could not start\n$/)
    })

    it('holds a bounded number of lines', () => {
      const { stdout, written } = collect()
      const log = createLog(PRETTY, { stdout, holdUntilReady: true })

      for (let i = 0; i < 1000; i++) {
        log.info('line')
      }
      assert.equal(written(), '')
      log.info('line')

      assert.equal(written().split('\n').length - 1, 1001)
    })

    it('prints the fields of an event behind its name, and colours only a terminal', () => {
      const { stdout, written } = collect()
      createLog(PRETTY, { stdout }).event('reservation_req_denied', SAMPLES.reservation_req_denied)

      assert.match(written(), /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\] INFO: ReservationReqDenied \{"peer_id":"12D3KooWB","reason":"limit","status":"RESERVATION_REFUSED"\}\n$/)
    })

    it('prints a stack below its line', () => {
      const { stdout, written } = collect()
      createLog(PRETTY, { stdout }).error('broken', { stack: 'Error: x\n    at y' })

      assert.match(written(), /ERROR: broken\n {4}Error: x\n {8}at y\n$/)
    })

    it('does not let text draw on the terminal', () => {
      const { stdout, written } = collect()
      createLog(PRETTY, { stdout }).info('a\u001b[2Jb\rc\u202ed\nINFO: forged', { field: '\u001b]0;title\u0007\r\nINFO: forged', c1: '\u009b2J' })

      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(written().slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u202e]/)
      assert.match(written(), /a\\u001b\[2Jb/)
    })
  })

  describe('in a file', () => {
    it('has the same lines, appended, in a file of mode 0600', async () => {
      const path = join(folder, 'new', 'relay.log')

      for (const n of [1, 2]) {
        const { stdout } = collect()
        const log = createLog({ ...JSON_INFO, file: path }, { stdout })
        log.info('start', { n })
        await log.close()
        await log.close()
        log.info('after the end')
      }

      const lines = (await readFile(path, 'utf8')).trimEnd().split('\n').map(line => JSON.parse(line) as { n: number })
      assert.deepEqual(lines.map(({ n }) => n), [1, 2])
      assert.equal((await stat(path)).mode & 0o777, 0o600)
    })

    it('has the banner too when it is for people, and no colours', async () => {
      const path = join(folder, 'relay.log')
      const { stdout } = collect()
      const log = createLog({ ...PRETTY, file: path }, { stdout: Object.assign(stdout, { isTTY: true }) })
      log.event('ready', SAMPLES.ready)
      log.warn('careful')
      await log.close()
      const content = await readFile(path, 'utf8')

      assert.match(content, /Listening on: \/ip4/)
      assert.match(content, /WARN: careful/)
      assert.equal(content.includes('\u001b'), false)
    })

    it('is refused with its path and key when it cannot be opened', () => {
      const { stdout } = collect()

      for (const file of [folder, '/dev/null/relay.log']) {
        assert.throws(() => createLog({ ...JSON_INFO, file }, { stdout }), (err: unknown) => {
          assert.ok(err instanceof LogFileError)
          assert.equal(err.code, 'log_file_unusable')
          assert.ok(err.message.includes(file))
          assert.match(err.message, /logging\.file/)
          return true
        })
      }
    })

    it('goes on without it when the disk is full, and says so once on standard output', async () => {
      const { stdout, lines } = collect()
      const log = createLog({ ...JSON_INFO, file: '/dev/full' }, { stdout })
      log.info('one')
      log.info('two')
      await log.close()

      assert.deepEqual(lines().map(({ msg }) => msg).sort(), ['one', 'the log file cannot be written, lines are lost until it can be', 'two'])
      assert.match(String(lines().find(({ level }) => level === 'error')?.reason), /ENOSPC/)
    })

    it('says in the file how many lines are missing when it can be written again', async () => {
      // a named pipe is "full" until it is read
      const path = join(folder, 'pipe')
      execFileSync('mkfifo', [path])
      const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
      const { stdout, lines } = collect()
      const log = createLog({ ...JSON_INFO, file: path }, { stdout })
      let sent = 0

      while (!lines().some(({ level }) => level === 'error')) {
        log.info('x'.repeat(9000), { n: ++sent })
      }
      log.info('also lost', { n: ++sent })

      const buffer = Buffer.alloc(1_000_000)
      const first = buffer.toString('utf8', 0, readSync(reader, buffer)).split('\n')
      log.info('back', { n: ++sent })
      const second = buffer.toString('utf8', 0, readSync(reader, buffer)).split('\n').filter(line => line !== '').map(line => JSON.parse(line) as Record<string, unknown>)
      await log.close()
      closeSync(reader)
      const whole = first.filter(line => line.endsWith('}')).length

      assert.deepEqual(second.map(({ msg, lines, n }) => [msg, lines ?? n]), [['log lines were lost', sent - 1 - whole], ['back', sent]])
    })
  })

  describe('on standard output', () => {
    it('does not end the process when its reader is gone', async () => {
      const proc = child(JSON_INFO, `const log = createLog(logging)
        log.info('first')
        let n = 0
        const timer = setInterval(() => { log.info('more'); if (++n === 20) { clearInterval(timer); log.close().then(() => process.stderr.write('still here')) } }, 5)`)
      const errors = text(proc.stderr as NodeJS.ReadableStream)
      await once(proc.stdout as NodeJS.ReadableStream, 'data')
      proc.stdout?.destroy()
      const [code] = await once(proc, 'exit')

      assert.equal(code, 0)
      assert.equal(await errors, 'still here')
    })

    it('loses nothing at exit after a flush, even when its reader is slow', async () => {
      const proc = child(JSON_INFO, `const log = createLog(logging)
        for (let n = 0; n < 3000; n++) log.info('x'.repeat(100), { n })
        await log.flush()
        process.exit(0)`)
      // not read before the pipe (64 KiB) is full and the child waits
      await once(proc.stdout as NodeJS.ReadableStream, 'readable')
      const lines = (await text(proc.stdout as NodeJS.ReadableStream)).trimEnd().split('\n')

      assert.equal(lines.length, 3000)
      assert.equal((JSON.parse(lines.at(-1) ?? '') as { n: number }).n, 2999)
    })

    it('keeps a bounded amount for a reader that does not read, and says how much was lost', async () => {
      const waiting: Array<() => void> = []
      let written = ''
      let stalled = true
      const stdout = new Writable({
        write (chunk: Buffer, _, done) {
          written += chunk.toString()
          if (stalled) { waiting.push(done) } else { done() }
        }
      })
      const log = createLog(JSON_INFO, { stdout })

      for (let n = 0; n < 3000; n++) {
        log.info('x'.repeat(1000), { n })
      }
      assert.ok(stdout.writableLength <= 1_048_576, `${stdout.writableLength}`)
      assert.ok(stdout.writableLength > 1_040_000)

      stalled = false
      waiting.forEach(done => done())
      await log.flush()
      const passed = written.trimEnd().split('\n').length
      log.info('back')
      const last = written.trimEnd().split('\n').slice(passed).map(line => JSON.parse(line) as Record<string, unknown>)

      assert.deepEqual(last.map(({ msg, lines }) => [msg, lines]), [['log lines were lost', 3000 - passed], ['back', undefined]])
    })
  })
})
