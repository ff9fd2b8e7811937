import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, writeFile, mkdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { ControlCallError, ControlError, NotRunningError, callNode, controlSocket } from '../../src/control/index.js'
import { EnigmaError } from '../../src/errors.js'
import { until } from '../support/wait.js'
import type { ControlCalls, RunningControlSocket } from '../../src/control/index.js'

describe('the control socket', () => {
  let folder: string
  let errors: unknown[]
  const running: RunningControlSocket[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'enigma-control-'))
    errors = []
  })

  afterEach(async () => {
    await Promise.all(running.splice(0).map(async control => { await control.stop() }))
    await rm(folder, { recursive: true })
  })

  async function listen (calls: ControlCalls = { echo: async params => params }, at = folder): Promise<RunningControlSocket> {
    const control = await controlSocket({ folder: at, calls, onError: err => { errors.push(err) } })

    running.push(control)

    return control
  }

  /** What comes back for these bytes, until the other end closes. */
  async function raw (...parts: Array<string | Buffer>): Promise<string[]> {
    const socket = connect(join(folder, 'control.sock'))

    parts.forEach(part => { socket.write(part) })
    socket.end()

    return (await text(socket)).split('\n').filter(line => line !== '')
  }

  it('answers its owner, and takes its file away at the end', async () => {
    const control = await listen()

    assert.equal(control.path, join(folder, 'control.sock'))
    assert.equal((await stat(control.path)).mode & 0o777, 0o600)
    assert.deepEqual(await callNode(folder, 'echo', { a: [1, 'ü\n', null] }), { a: [1, 'ü\n', null] })
    await control.stop()
    await control.stop()
    assert.deepEqual(await readdir(folder), [])
    await assert.rejects(callNode(folder, 'echo'), NotRunningError)
  })

  it('answers several requests on one connection in their order', async () => {
    await listen({ echo: async ({ n }) => { await new Promise(resolve => { setTimeout(resolve, 5 - Number(n)) }); return n } })

    const lines = [0, 1, 2, 3].map(n => `{"v":1,"call":"echo","params":{"n":${n}}}\n`).join('')

    // byte by byte, too
    assert.deepEqual(await raw(...Array.from(lines)), ['{"v":1,"result":0}', '{"v":1,"result":1}', '{"v":1,"result":2}', '{"v":1,"result":3}'])
  })

  it('passes on failures with a code of the catalogue, and keeps others to the log', async () => {
    await listen({
      busy: async () => { throw new EnigmaError('storage_error', 'not now') },
      broken: async () => { throw new Error('a secret') }
    })

    await assert.rejects(callNode(folder, 'busy'), err => err instanceof ControlCallError && err.code === 'storage_error' && err.message === 'not now')
    await assert.rejects(callNode(folder, 'broken'), err => err instanceof ControlCallError && err.code === 'internal_error' && !err.message.includes('secret'))
    assert.deepEqual(errors.map(String), ['Error: a secret'])

    for (const call of ['other', 'toString', '__proto__', 'constructor', '']) {
      await assert.rejects(callNode(folder, call), { code: 'unknown_call' })
    }
  })

  it('says what is wrong with a request, and closes', async () => {
    await listen()

    for (const line of ['', '{', '[]', 'null', '"echo"', '{"v":1}', '{"call":"echo"}', '{"v":"1","call":"echo"}', '{"v":1,"call":"echo","params":[]}', '{"v":1,"call":"echo","params":null}', '{"v":1,"call":"echo","more":1}']) {
      const [answer = '', ...others] = await raw(`${line}\n`, '{"v":1,"call":"echo"}\n')

      assert.deepEqual([(JSON.parse(answer) as { error: { code: string } }).error.code, others], ['invalid_input', []], line)
    }

    assert.deepEqual(await raw('{"v":2,"call":"echo"}\n'), ['{"v":1,"error":{"code":"unsupported_version","message":"this node speaks version 1 of the control socket"}}'])
  })

  it('takes a request of 4096 bytes and none that is longer', async () => {
    await listen({ echo: async () => 'fits' })

    const request = (bytes: number): string => `{"v":1,"call":"echo"${' '.repeat(bytes - '{"v":1,"call":"echo"}'.length)}}`

    assert.deepEqual(await raw(`${request(4096)}\n`), ['{"v":1,"result":"fits"}'])

    for (const long of [`${request(4097)}\n`, request(4097), Buffer.alloc(1_000_000, 'x')]) {
      assert.match((await raw(long)).join(), /longer than 4096 bytes/)
    }

    // what has no end is no request
    assert.deepEqual(await raw(request(100)), [])
  })

  it('serves 16 callers at once', async () => {
    const control = await listen()
    const sockets = Array.from({ length: 17 }, () => connect(control.path).on('error', () => {}))

    await Promise.all(sockets.map(async socket => { await once(socket, 'connect') }))
    await Promise.race(sockets.map(async socket => { await once(socket, 'close') }))
    assert.equal(sockets.filter(socket => socket.closed).length, 1)
    sockets.forEach(socket => { socket.destroy() })
    await until(async () => await callNode(folder, 'echo').then(() => true, () => false), 'there is room again')
  })

  it('ends with callers connected and calls under way', async () => {
    const asked = Promise.withResolvers<void>()
    const control = await listen({ wait: async () => { asked.resolve(); await new Promise(() => {}) } })
    const call = callNode(folder, 'wait')

    await asked.promise
    await Promise.all([control.stop(), assert.rejects(call, ControlError)])
  })

  it('replaces what a killed process left, and never a socket where somebody answers', async () => {
    const path = join(folder, 'control.sock')
    const other = spawn(process.execPath, ['-e', `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`], { stdio: ['ignore', 'pipe', 'inherit'] })

    await once(other.stdout, 'data')
    await assert.rejects(listen(), { message: `another process listens on ${path}` })
    assert.ok((await stat(path)).isSocket())
    other.kill('SIGKILL')
    await once(other, 'exit')
    assert.ok((await stat(path)).isSocket())
    await assert.rejects(callNode(folder, 'echo'), NotRunningError)
    await listen()
    assert.deepEqual(await callNode(folder, 'echo'), {})
    await assert.rejects(listen(), { message: `another process listens on ${path}` })
    assert.deepEqual(await callNode(folder, 'echo'), {})
  })

  it('leaves a file of that name that is no socket', async () => {
    await writeFile(join(folder, 'control.sock'), 'notes')
    await assert.rejects(listen(), { name: 'ControlError', message: /is in the way of the control socket/ })
    assert.deepEqual(await readdir(folder), ['control.sock'])
  })

  it('takes a path as long as the system does, and says when it is longer', async () => {
    const max = process.platform === 'linux' ? 107 : 103
    const deep = (bytes: number): string => join(folder, 'd'.repeat(bytes - folder.length - '//control.sock'.length))
    const fits = deep(max)
    const long = deep(max + 1)

    await mkdir(fits)
    await mkdir(long)
    await listen(undefined, fits)
    assert.deepEqual(await callNode(fits, 'echo'), {})
    await assert.rejects(listen(undefined, long), { name: 'PathTooLongError', message: new RegExp(`too long for a Unix socket \\(${max + 1} bytes; the system takes ${max}\\): set storage.path to a shorter one`) })
    await assert.rejects(callNode(long, 'echo'), ControlError)
    assert.deepEqual(await readdir(long), [])
  })

  it('says so when what answers is no node', async () => {
    const path = join(folder, 'control.sock')

    for (const [answer, message] of [['hello', /no JSON/], ['{"v":2,"result":1}', /another version/], ['{"v":1}', /another version/], ['[]', /no JSON object/]] as const) {
      const other = spawn(process.execPath, ['-e', `require('net').createServer(s => s.end(${JSON.stringify(`${answer}\n`)})).listen(${JSON.stringify(path)}, () => console.log('up'))`], { stdio: ['ignore', 'pipe', 'inherit'] })

      await once(other.stdout, 'data')
      await assert.rejects(callNode(folder, 'echo'), { name: 'ControlError', message })
      other.kill('SIGTERM')
      await once(other, 'exit')
      await rm(path)
    }
  })
})
