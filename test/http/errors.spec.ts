import assert from 'node:assert/strict'
import { errorOf, HttpRig, call, post, pushBody, RawHttp } from './rig.js'

/** The contract, "HTTP": errors are always JSON, on every path and status. */
describe('http: errors', () => {
  const rig = new HttpRig()

  for (const [method, path, status, code, allow] of [
    ['GET', '/', 404, 'unknown_call', null],
    ['POST', '/nowhere', 404, 'unknown_call', null],
    ['POST', '/push/', 404, 'unknown_call', null],
    ['POST', '/PUSH', 404, 'unknown_call', null],
    ['GET', '/%zz', 400, 'invalid_input', null],
    ['GET', '/push', 405, 'method_not_allowed', 'POST'],
    ['PUT', '/pull', 405, 'method_not_allowed', 'POST'],
    ['POST', '/health', 405, 'method_not_allowed', 'GET'],
    ['PROPFIND', '/health', 405, 'method_not_allowed', 'GET'],
    ['OPTIONS', '/push', 405, 'method_not_allowed', 'POST'],
    ['GET', '/%70ush', 405, 'method_not_allowed', 'POST'],
    ['GET', '/push?x=/health', 405, 'method_not_allowed', 'POST'],
    ['GET', '/%2Fpush', 404, 'unknown_call', null]
  ] as const) {
    it(`answers ${method} ${path} with ${status} ${code}`, async () => {
      const door = await rig.door()
      const answer = await call(door.url + path, { method })

      assert.equal(answer.status, status)
      assert.equal(errorOf(answer).code, code)
      assert.equal(answer.headers.get('content-type'), 'application/json')
      assert.equal(answer.headers.get('allow'), allow)
    })
  }

  it('answers HEAD with the status alone', async () => {
    const door = await rig.door()

    assert.equal((await call(`${door.url}/health`, { method: 'HEAD' })).status, 405)
  })

  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', 'json', '']) {
    it(`refuses the content type "${type}" with 415`, async () => {
      const answer = await post(await rig.door(), '/push', pushBody('a'), { 'content-type': type })

      assert.equal(answer.status, 415)
      assert.equal(errorOf(answer).code, 'unsupported_media_type')
    })
  }

  for (const type of ['application/json; charset=utf-8', 'application/vnd.api+json', 'TEXT/JSON']) {
    it(`takes the content type "${type}"`, async () => {
      assert.equal((await post(await rig.door(), '/push', pushBody('a'), { 'content-type': type })).status, 200)
    })
  }

  it('refuses a body over the limit with 413, by its length before it comes and by its bytes', async () => {
    const door = await rig.door({ rules: { maxMessageBytes: 1000 } })
    const declared = new RawHttp(door.port).send('POST /push HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2097153\r\n\r\n')

    assert.match(await declared.end(), /^HTTP\/1\.1 413 [\s\S]*connection: close[\s\S]*"code":"message_too_large"/)
    assert.equal(errorOf(await post(door, '/push', ' '.repeat(2_097_153))).code, 'message_too_large')

    const chunked = await call(`${door.url}/push`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob([' '.repeat(3_000_000)]).stream(),
      duplex: 'half'
    } as RequestInit)

    assert.equal(chunked.status, 413)
    assert.equal((await post(door, '/pull', JSON.stringify({ recipient: 'a' }) + ' '.repeat(2_000_000))).status, 200)
  })

  for (const [what, text] of [
    ['nothing', ''],
    ['no JSON', '{'],
    ['trailing data', '{"recipient":"a"}x'],
    ['two values', '{"recipient":"a"}{}'],
    ['a duplicate key', '{"recipient":"a","recipient":"a"}'],
    ['a duplicate key within', '{"recipient":"a","x":{"y":1,"y":1}}'],
    ['a key that is twice in other spellings', '{"recipient":"a","\\u0072ecipient":"a"}'],
    ['half of a surrogate pair', '{"recipient":"\\ud800"}'],
    ['a byte order mark', '\ufeff{"recipient":"a"}'],
    ['a comment', '{"recipient":"a"/**/}'],
    ['a trailing comma', '{"recipient":"a",}'],
    ['a raw control character', '{"recipient":"a\n"}'],
    ['NaN', '{"recipient":"a","x":NaN}'],
    ['a leading zero', '{"recipient":"a","x":01}'],
    ['200 levels', `{"recipient":"a","x":${'['.repeat(200)}${']'.repeat(200)}}`],
    ['100,000 values', `{"recipient":"a","x":[${'0,'.repeat(100_000)}0]}`],
    ['a prototype', '{"__proto__":{"recipient":"a"}}']
  ] as const) {
    it(`refuses ${what} as JSON`, async () => {
      const answer = await post(await rig.door(), '/pull', text)

      assert.equal(answer.status, 400)
      assert.equal(errorOf(answer).code, 'invalid_input')
    })
  }

  it('takes a thousand values, which is more than any call has, and 65,536 in an ack', async () => {
    const door = await rig.door()
    const status = async (path: string, values: number, more = {}): Promise<number> => (await post(door, path, { recipient: 'a', ...more, x: new Array(values).fill(0) })).status

    for (const path of ['/pull', '/stat']) {
      // beside the object, the recipient and the array
      assert.deepEqual([await status(path, 997), await status(path, 998)], [200, 400], path)
    }

    assert.deepEqual([await status('/ack', 65_532, { ack: [] }), await status('/ack', 65_533, { ack: [] })], [200, 400])
  })

  it('refuses bytes that are no UTF-8', async () => {
    const door = await rig.door()

    assert.equal((await post(door, '/pull', Buffer.from('{"recipient":"\xff"}', 'latin1'))).status, 400)
    assert.equal((await post(door, '/pull', '{"recipient":"a\\u00e4\\n\\"\\\\","x":[true,false,null,-1.5e3]}')).status, 200)
  })

  for (const [what, text, status, code] of [
    ['what is no HTTP', 'hello\r\n\r\n', 400, 'invalid_input'],
    ['a broken header', 'GET /health HTTP/1.1\r\nno colon\r\n\r\n', 400, 'invalid_input'],
    ['two lengths', 'POST /push HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', 400, 'invalid_input'],
    ['a length beside chunks', 'POST /push HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n', 400, 'invalid_input'],
    ['a head of 20 KiB', `GET /health HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'head_too_large'],
    ['a path of 20 KiB', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, 431, 'head_too_large'],
    ['an expectation that nobody knows', 'GET /health HTTP/1.1\r\nhost: x\r\nexpect: tea\r\n\r\n', 417, 'invalid_input'],
    ['CONNECT', 'CONNECT example.org:443 HTTP/1.1\r\nhost: example.org\r\n\r\n', 405, 'method_not_allowed'],
    ['CONNECT of another version', 'CONNECT example.org:443 HTTP/2.0\r\nhost: example.org\r\n\r\n', 405, 'method_not_allowed'],
    ['another version', 'GET /health HTTP/2.0\r\nhost: x\r\n\r\n', 400, 'invalid_input'],
    ['a transfer coding beside chunks', 'POST /pull HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n', 400, 'invalid_input'],
    ['an obsolete line folding', 'GET /health HTTP/1.1\r\nhost: x\r\nx: a\r\n b\r\n\r\n', 400, 'invalid_input'],
    ['bare line feeds', 'GET /health HTTP/1.1\nhost: x\n\n', 400, 'invalid_input'],
    ['a length in the trailers', 'POST /pull HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\ncontent-length: 5\r\n\r\n', 400, 'invalid_input'],
    ['a chunk extension of 20 KiB', `POST /pull HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}\r\n`, 413, 'message_too_large'],
    ['HTTP/2 without TLS', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'invalid_input']
  ] as const) {
    it(`answers ${what} with ${status}, and closes`, async () => {
      const { port } = await rig.door()
      const answer = await new RawHttp(port).send(text).end()

      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `))
      assert.match(answer, /content-type: application\/json\r\n/)
      assert.match(answer, new RegExp(`\\{"error":\\{"code":"${code}","message":"[^"]+"\\}\\}$`))
    })
  }

  for (const [what, head] of [
    ['no host', 'GET /health HTTP/1.1\r\n\r\n'],
    ['two hosts', 'GET /health HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n'],
    ['a host that is none', 'GET /health HTTP/1.1\r\nhost: a b\r\n\r\n'],
    ['a host with a name before it', 'GET /health HTTP/1.1\r\nhost: me@x\r\n\r\n']
  ] as const) {
    it(`refuses ${what} with 400`, async () => {
      const { port } = await rig.door()
      const raw = new RawHttp(port).send(head)

      assert.match(await raw.until(/\}\}$/), /^HTTP\/1\.1 400 [\s\S]*"code":"invalid_input"/)
      raw.destroy()
    })
  }

  it('takes targets with a scheme and a host, and an empty host', async () => {
    const { port } = await rig.door()
    const answerTo = async (head: string): Promise<string> => await new RawHttp(port).send(`${head}connection: close\r\n\r\n`).end()

    assert.match(await answerTo('GET http://x:1/health HTTP/1.1\r\nhost: x\r\n'), /^HTTP\/1\.1 200 /)
    assert.match(await answerTo('GET /health HTTP/1.1\r\nhost:\r\n'), /^HTTP\/1\.1 200 /)
    assert.match(await answerTo('GET http://x:1/push HTTP/1.1\r\nhost: x\r\n'), /^HTTP\/1\.1 405 [\s\S]*allow: POST\r\n/)
  })

  it('keeps a connection on which it refused something', async () => {
    const { port } = await rig.door()
    const refused = ['GET /nowhere', 'GET /push', 'HEAD /health', 'DELETE /health'].map(line => `${line} HTTP/1.1\r\nhost: x\r\n\r\n`).join('')
    const small = 'POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}'
    const answer = await new RawHttp(port).send(`${refused}${small}GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`).end()

    assert.deepEqual(answer.match(/HTTP\/1\.1 \d+/g)?.map(line => Number(line.slice(-3))), [404, 405, 405, 405, 404, 200])
  })

  it('answers garbage behind a good request after the answer to that', async () => {
    const { port } = await rig.door()
    const answer = await new RawHttp(port).send('GET /health HTTP/1.1\r\nhost: x\r\n\r\nGARBAGE\r\n\r\n').end()

    assert.match(answer, /^HTTP\/1\.1 200 OK[\s\S]*\{"status":"ok"\}/)
  })

  it('sends 100 Continue only when it wants the body', async () => {
    const { port } = await rig.door({ rules: { maxMessageBytes: 1000 } })
    const body = JSON.stringify(pushBody('a'))
    const wanted = new RawHttp(port).send(`POST /push HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: ${body.length}\r\n\r\n`)

    await wanted.until(/100 Continue/)
    assert.match(await wanted.send(body).until(/\}$/), /HTTP\/1\.1 200 OK/)
    wanted.destroy()

    const unwanted = await new RawHttp(port).send('POST /push HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 9999999\r\n\r\n').end()

    assert.match(unwanted, /^HTTP\/1\.1 413 /)
  })
})
