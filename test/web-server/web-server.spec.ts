import assert from 'node:assert/strict'
import { once } from 'node:events'
import { closeWebServer, listenOn, webServer } from '../../src/web-server.js'
import { codeOfError, open, parseAnswer, rawRequest, rest } from '../support/http.js'
import { until, within } from '../support/wait.js'
import type { WebServerInit } from '../../src/web-server.js'

const INIT: WebServerInit = {
  headerTimeoutMs: 60_000,
  requestTimeoutMs: 60_000,
  idleTimeoutMs: 60_000,
  maxConnections: 100,
  maxHeaderBytes: 8192,
  maxBodyBytes: 100,
  onError: () => {}
}

describe('a server over HTTP', () => {
  const stops: Array<() => Promise<void>> = []

  afterEach(async () => { await Promise.all(stops.splice(0).map(async stop => { await stop() })) })

  async function start (init: Partial<WebServerInit> = {}): Promise<{ url: string, stop: (graceMs: number) => Promise<void>, released: PromiseWithResolvers<string>, errors: unknown[] }> {
    const errors: unknown[] = []
    const app = webServer({ ...INIT, onError: err => { errors.push(err) }, ...init })
    const released = Promise.withResolvers<string>()

    app.get('/hello', () => ({ hello: 'world' }))
    app.get('/user/:name', () => ({}))
    app.post('/body', () => ({ ok: true }))
    app.get('/bug', () => { throw new TypeError('a secret') })
    app.get('/slow', async () => await released.promise)
    stops.push(async () => { await closeWebServer(app, 0) })

    return { url: await listenOn(app, { host: '127.0.0.1', port: 0 }), stop: async graceMs => { await closeWebServer(app, graceMs) }, released, errors }
  }

  const head = 'Host: x\r\nConnection: close\r\n'

  const refused: Array<[what: string, request: string, status: number, code: string, headers?: Record<string, string>]> = [
    ['an unknown path', `GET /nowhere HTTP/1.1\r\n${head}\r\n`, 404, 'unknown_call'],
    ['an unknown path with a body of an unknown type', `POST /nowhere HTTP/1.1\r\n${head}Content-Type: a/b\r\nContent-Length: 1\r\n\r\nx`, 404, 'unknown_call'],
    ['a path that goes on', `GET /hello/ HTTP/1.1\r\n${head}\r\n`, 404, 'unknown_call'],
    ['a wrong method', `DELETE /hello HTTP/1.1\r\n${head}\r\n`, 405, 'method_not_allowed', { allow: 'GET, HEAD' }],
    ['a wrong method with a query and a body that never comes', 'POST /hello?x=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n', 405, 'method_not_allowed', { allow: 'GET, HEAD', connection: 'close' }],
    ['a wrong method on a path with a name in it', `PUT /user/alice HTTP/1.1\r\n${head}\r\n`, 405, 'method_not_allowed', { allow: 'GET, HEAD' }],
    ['a path with an empty name in it', `PUT /user/ HTTP/1.1\r\n${head}\r\n`, 404, 'unknown_call'],
    ['a method that few have', `PROPFIND /body HTTP/1.1\r\n${head}\r\n`, 405, 'method_not_allowed', { allow: 'POST' }],
    ['a content type that is not taken', `POST /body HTTP/1.1\r\n${head}Content-Type: a/b\r\nContent-Length: 1\r\n\r\nx`, 415, 'unsupported_media_type'],
    ['a body that is too large', `POST /body HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 101\r\n\r\n${'1'.repeat(101)}`, 413, 'message_too_large'],
    ['a body that is no JSON', `POST /body HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 1\r\n\r\n{`, 400, 'invalid_input'],
    ['a path that is no UTF-8', `GET /user/%ff HTTP/1.1\r\n${head}\r\n`, 400, 'invalid_input'],
    ['no Host', 'GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'invalid_input'],
    ['two Hosts', `GET /hello HTTP/1.1\r\n${head}Host: y\r\n\r\n`, 400, 'invalid_input'],
    ['what is no HTTP', 'hello\r\n\r\n', 400, 'invalid_input'],
    ['an unknown method', `BREW /hello HTTP/1.1\r\n${head}\r\n`, 400, 'invalid_input'],
    ['two lengths', `POST /body HTTP/1.1\r\n${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\nx`, 400, 'invalid_input'],
    ['a head that is too large', `GET /hello HTTP/1.1\r\n${head}X: ${'x'.repeat(9000)}\r\n\r\n`, 431, 'head_too_large'],
    ['an expectation that nobody has', `GET /hello HTTP/1.1\r\n${head}Expect: a miracle\r\n\r\n`, 417, 'invalid_input'],
    ['a proxy request', 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n', 405, 'method_not_allowed'],
    ['the beginning of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'invalid_input'],
    ['a bug of ours, of which it tells nothing', `GET /bug HTTP/1.1\r\n${head}\r\n`, 500, 'internal_error']
  ]

  for (const [what, request, status, code, headers = {}] of refused) {
    it(`answers ${what} with ${status} and JSON`, async () => {
      const { url } = await start()
      const answer = await rawRequest(url, request)

      assert.equal(answer.status, status)
      assert.equal(codeOfError(answer.headers['content-type'], answer.body), code)
      assert.equal(Number(answer.headers['content-length']), answer.body.length)
      assert.doesNotMatch(answer.body, /secret|alice/)

      for (const [name, value] of Object.entries(headers)) {
        assert.equal(answer.headers[name], value, name)
      }
    })
  }

  it('takes HTTP/1.0 without a Host, absolute paths, and requests for an upgrade it does not know', async () => {
    const { url } = await start()

    assert.equal((await rawRequest(url, 'GET /hello HTTP/1.0\r\n\r\n')).status, 200)
    assert.equal((await rawRequest(url, `GET http://x/hello HTTP/1.1\r\n${head}\r\n`)).body, '{"hello":"world"}')
    assert.equal((await rawRequest(url, 'GET /hello HTTP/1.1\r\nHost: x\r\nConnection: upgrade, close\r\nUpgrade: h9\r\n\r\n')).status, 200)
  })

  it('answers HEAD without a body, errors too', async () => {
    const { url } = await start()

    assert.equal((await rawRequest(url, `HEAD /hello HTTP/1.1\r\n${head}\r\n`)).status, 200)
    assert.deepEqual(await rawRequest(url, `HEAD /nowhere HTTP/1.1\r\n${head}\r\n`).then(({ status, body }) => ({ status, body })), { status: 404, body: '' })
  })

  it('keeps what is wrong with itself for whoever reads the log', async () => {
    const { url, errors } = await start()

    await fetch(`${url}/bug`)
    assert.match(String(errors[0]), /a secret/)
  })

  it('answers a head that does not come to its end with 408, and closes a connection that never begins', async () => {
    const { url } = await start({ headerTimeoutMs: 100, requestTimeoutMs: 200 })
    const silent = open(url)
    const begun = await rawRequest(url, 'GET /hello HTTP/1.1\r\nHost: x\r\n')

    assert.equal(begun.status, 408)
    assert.equal(codeOfError(begun.headers['content-type'], begun.body), 'request_timeout')
    await within(rest(silent), 'the silent connection is closed')
  })

  it('answers a body that does not come to its end with 408', async () => {
    const { url } = await start({ headerTimeoutMs: 100, requestTimeoutMs: 200 })

    assert.equal((await rawRequest(url, 'POST /body HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{')).status, 408)
  })

  it('closes a connection on which nothing happens', async () => {
    const { url } = await start({ idleTimeoutMs: 100 })
    const socket = open(url)

    socket.write('GET /hello HTTP/1.1\r\nHost: x\r\n\r\n')
    assert.equal(parseAnswer(await within(rest(socket), 'the idle connection is closed')).status, 200)
  })

  it('takes the last connection that it may have and closes the next one', async () => {
    const { url } = await start({ maxConnections: 2 })
    const first = open(url)
    const second = open(url)

    await Promise.all([once(first, 'connect'), once(second, 'connect')])
    first.write('GET /hello HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(first, 'data')
    second.write('GET /hello HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(second, 'data')
    assert.equal(await within(rest(open(url)), 'the third connection is closed'), '')
    first.destroy()
    await until(async () => await fetch(`${url}/hello`).then(({ ok }) => ok, () => false), 'there is room again')
    second.destroy()
  })

  it('lets a request under way be answered when it closes, for as long as it is told', async () => {
    const { url, stop, released } = await start()
    const answer = fetch(`${url}/slow`)
    const idle = open(url)

    await once(idle, 'connect')
    idle.write('GET /hello HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(idle, 'data')

    const stopped = stop(20_000)

    await within(rest(idle), 'the idle connection is closed')
    released.resolve('done')
    assert.equal(await (await answer).text(), 'done')
    await stopped

    const second = await start()
    const cut = fetch(`${second.url}/slow`)

    cut.catch(() => {})
    await until(async () => (await fetch(`${second.url}/hello`)).ok, 'it answers')
    await second.stop(1)
    await assert.rejects(cut)
  })

  it('has a base URL for IPv6 too', async () => {
    const app = webServer(INIT)

    stops.push(async () => { await closeWebServer(app, 0) })
    assert.match(await listenOn(app, { host: '::1', port: 0 }), /^http:\/\/\[::1\]:[1-9]\d*$/)
  })
})
