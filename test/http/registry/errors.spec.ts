import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { call, errorOf, post, RawHttp } from '../rig.js'
import { base64Bytes } from '../../../src/http/registry/spellings.js'
import { RegistryRig, assertRefused } from './rig.js'
import fc from 'fast-check'

const HEX_64 = 'ab'.repeat(32)
const PRESENCE = { user_id: HEX_64, addr: 'x', ts_ms: 1 }
const UNPREFIXED = /^(?!invalid input: )/

const BODIES = { '/register': '{}', '/resolve': '{}', '/announce': '{}', '/sync': '{}', '/nodes': '{}' } as const
const OWN = ['/update', '/remove', '/presence'] as const

/** specs/registry.md, 2.1: extractor failures are structured, and always 400; the contract, "HTTP": 404, 405 and 415. */
describe('http: errors of the registry\'s calls', () => {
  const rig = new RegistryRig()

  for (const [what, text] of [
    ['nothing', ''],
    ['no JSON', '{'],
    ['trailing data', `${JSON.stringify(PRESENCE)}x`],
    ['a duplicate key', JSON.stringify(PRESENCE).replace('{', '{"ts_ms":1,')],
    ['a duplicate key in another spelling', JSON.stringify(PRESENCE).replace('{', '{"ts_\\u006ds":1,')],
    ['half of a surrogate pair', JSON.stringify(PRESENCE).replace('"x"', '"\\ud800"')],
    ['a byte order mark', `\ufeff${JSON.stringify(PRESENCE)}`],
    ['a time of 1.0', JSON.stringify(PRESENCE).replace('"ts_ms":1', '"ts_ms":1.0')],
    ['a time of 1e3', JSON.stringify(PRESENCE).replace('"ts_ms":1', '"ts_ms":1e3')],
    ['a time of 2^64', JSON.stringify(PRESENCE).replace('"ts_ms":1', '"ts_ms":18446744073709551616')],
    ['200 levels', JSON.stringify(PRESENCE).replace('"x"', `${'['.repeat(200)}${']'.repeat(200)}`)],
    ['a million levels', '['.repeat(1_000_000)],
    ['100,000 values', JSON.stringify(PRESENCE).replace('"x"', `[${'0,'.repeat(100_000)}0]`)],
    ['an array in place of an object', JSON.stringify(Object.values(PRESENCE))],
    ['text', '"x"'],
    ['null', 'null'],
    ['a prototype', `{"__proto__":${JSON.stringify(PRESENCE)}}`]
  ] as const) {
    it(`refuses ${what} as JSON with 400`, async () => {
      assertRefused(await post(await rig.door(), '/announce', text), 400, 'INVALID_INPUT', UNPREFIXED)
    })
  }

  for (const [path, body] of Object.entries(BODIES)) {
    it(`refuses an empty object at ${path}, and tells nothing of a body in its message`, async () => {
      const door = await rig.door()

      assertRefused(await post(door, path, body), 400, 'INVALID_INPUT', UNPREFIXED)
      assert.ok(!(await post(door, path, '{"hunter2":"hunter3"}')).text.includes('hunter'))
    })

    it(`refuses a body over 2 MiB at ${path} with 400, by its length before it comes and by its bytes`, async () => {
      const door = await rig.door()
      const declared = new RawHttp(door.port).send(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2097153\r\n\r\n`)

      assert.match(await declared.end(), /^HTTP\/1\.1 400 [\s\S]*connection: close[\s\S]*"code":"INVALID_INPUT"/)

      const zipped = await post(door, path, gzipSync(Buffer.alloc(3_000_000, ' ')), { 'content-encoding': 'gzip' })

      assertRefused(zipped, 400, 'INVALID_INPUT', UNPREFIXED)
      assert.deepEqual(errorOf(zipped).details, { code: 'MESSAGE_TOO_LARGE', max_body_bytes: '2097152' })
    })
  }

  it('reads 1,000 values of a body that has a dozen', async () => {
    const { url } = await rig.door()

    for (const path of ['/register', '/update', '/remove', '/resolve', '/announce', '/presence']) {
      // the list itself is one, and so is the object
      for (const [length, isRead] of [[998, true], [999, false]] as const) {
        const { json } = await post({ url }, path, { list: new Array<number>(length).fill(0) })

        assert.equal(errorOf({ json }).message.includes('more than 1000 values'), !isRead, `${path} ${length}`)
      }
    }
  })

  it('takes a body of exactly 2 MiB', async () => {
    const text = JSON.stringify(PRESENCE)

    assert.equal((await post(await rig.door(), '/announce', text + ' '.repeat(2_097_152 - text.length))).text, '{"ok":true}')
  })

  for (const path of OWN) {
    it(`refuses a body over 2 MiB at ${path}, which the reference does not have, with 413`, async () => {
      assertRefused(await post(await rig.door(), path, ' '.repeat(2_097_153)), 413, 'MESSAGE_TOO_LARGE')
    })
  }

  for (const [method, path, allow] of [
    ['GET', '/register', 'POST'], ['GET', '/resolve', 'POST'], ['PUT', '/announce', 'POST'], ['DELETE', '/sync', 'POST'], ['GET', '/update', 'POST'], ['GET', '/remove', 'POST'], ['GET', '/presence', 'POST'],
    ['DELETE', '/nodes', 'GET, POST'], ['POST', '/envelope_pubkey', 'GET'], ['POST', '/envelope_pubkeys', 'GET'], ['POST', '/pow/challenge', 'GET'], ['POST', `/check_user/${HEX_64}`, 'GET']
  ] as const) {
    it(`answers ${method} ${path.slice(0, 20)} with 405`, async () => {
      const answer = await call((await rig.door()).url + path, { method })

      assertRefused(answer, 405, 'METHOD_NOT_ALLOWED')
      assert.equal(answer.headers.get('allow'), allow)
    })
  }

  for (const path of ['/register/', '/check_user', `/check_user/${HEX_64}/x`, '/pow', '/nodes/x', '/envelope_pubkey/x']) {
    it(`answers ${path.slice(0, 20)} with 404`, async () => {
      assertRefused(await call((await rig.door()).url + path), 404, 'NOT_FOUND')
    })
  }

  it('refuses a path that cannot be decoded with 400', async () => {
    assertRefused(await call(`${(await rig.door()).url}/check_user/%zz`), 400, 'INVALID_INPUT')
  })

  for (const type of ['text/plain', '']) {
    it(`refuses the content type "${type}" with 415`, async () => {
      assertRefused(await post(await rig.door(), '/announce', PRESENCE, { 'content-type': type }), 415, 'UNSUPPORTED_MEDIA_TYPE')
    })
  }

  for (const [method, path] of [
    ...Object.keys(BODIES).map(path => ['POST', path] as const), ...OWN.map(path => ['POST', path] as const), ['GET', `/check_user/${HEX_64}`] as const, ['GET', '/nodes'] as const,
    ['GET', '/envelope_pubkey'] as const, ['GET', '/envelope_pubkeys'] as const, ['GET', '/pow/challenge'] as const
  ]) {
    it(`answers ${method} ${path.slice(0, 20)} with 404 where the registry is off`, async () => {
      const { url } = await rig.without()

      assertRefused(await call(url + path, method === 'POST' ? { method, headers: { 'content-type': 'application/json' }, body: '{}' } : {}), 404, 'NOT_FOUND')
    })
  }

  it('spells its codes in upper case, and leaves those of the mailbox as they are', async () => {
    const door = await rig.door({ mailbox: undefined })

    assertRefused(await post(door, '/pull', '{}'), 400, 'invalid_input')
    assertRefused(await post(door, '/resolve', '{}'), 400, 'INVALID_INPUT')
    assertRefused(await call(`${door.url}/nowhere`), 404, 'unknown_call')
  })

  it('answers INTERNAL when there is no key, and tells the log why (N16)', async () => {
    const now = 1000
    const door = await rig.door({ rules: { now: () => now, envelopeKeys: [{ kid: new Uint8Array(8), privateKey: new Uint8Array(32).fill(1), active: true, notAfterMs: now - 1 }] } })
    const answer = await call(`${door.url}/envelope_pubkey`)

    assert.deepEqual([answer.status, answer.text], [500, '{"error":{"code":"INTERNAL","message":"internal error"}}'])
    assert.equal(door.bugs.splice(0).length, 1)
  })

  it('reads base64 with its padding or without, and nothing else', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), bytes => {
      const text = Buffer.from(bytes).toString('base64')

      assert.deepEqual(Buffer.from(base64Bytes(text)), Buffer.from(bytes))
      assert.deepEqual(Buffer.from(base64Bytes(text.replace(/=+$/, ''))), Buffer.from(bytes))
      assert.equal(base64Bytes(`${text}=`).byteLength, 0)
      assert.equal(base64Bytes(` ${text}`).byteLength, 0)
    }))
    fc.assert(fc.property(fc.string({ maxLength: 12 }), text => {
      const bytes = Buffer.from(base64Bytes(text))

      assert.ok(bytes.byteLength === 0 || bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, ''), text)
    }))

    for (const spare of ['aGl', 'aGl=', 'aH', 'aH==']) {
      assert.equal(base64Bytes(spare).byteLength, 0, spare)
    }
  })
})
