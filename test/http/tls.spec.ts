import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect as connectHttp2 } from 'node:http2'
import { request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import { loadTls } from '../../src/http/index.js'
import { until, within } from '../support/wait.js'
import { HttpRig, pushBody } from './rig.js'
import { KEY_TYPES, selfSigned } from './pki.js'
import type { IncomingMessage } from 'node:http'
import type { RequestOptions } from 'node:https'

describe('http: TLS', () => {
  const rig = new HttpRig()
  let folder: string

  before(async () => { folder = await mkdtemp(join(tmpdir(), 'enigma-tls-')) })
  after(async () => { await rm(folder, { recursive: true }) })

  async function file (name: string, content: string): Promise<string> {
    const path = join(folder, name)

    await writeFile(path, content)

    return path
  }

  async function get (url: string, options: RequestOptions): Promise<{ status: number, body: string }> {
    const sent = request(`${url}/health`, { agent: false, ...options })

    sent.end()

    const [answer] = await once(sent, 'response') as [IncomingMessage]

    return { status: answer.statusCode ?? 0, body: await text(answer) }
  }

  for (const type of KEY_TYPES) {
    it(`serves HTTP/1.1 with a key of type ${type}`, async () => {
      const { cert, key } = selfSigned(type)
      const { url } = await rig.door({ tls: await loadTls({ certPath: await file('cert.pem', cert), keyPath: await file('key.pem', key) }) })

      assert.match(url, /^https:/)
      assert.deepEqual(await get(url, { ca: cert }), { status: 200, body: '{"status":"ok"}' })
    })
  }

  it('serves HTTP/2: calls, errors, and many at once', async () => {
    const { cert, key } = selfSigned()
    const { url } = await rig.door({ tls: await loadTls({ certPath: await file('cert.pem', cert), keyPath: await file('key.pem', key) }) })
    const session = connectHttp2(url, { ca: cert })
    const ask = async (method: string, path: string, body?: unknown): Promise<[number, Record<string, unknown>]> => {
      const stream = session.request({ ':method': method, ':path': path, ...(body == null ? {} : { 'content-type': 'application/json' }) })

      stream.end(body == null ? undefined : JSON.stringify(body))

      const [headers] = await once(stream, 'response') as [Record<string, string>]

      assert.equal(headers['content-type'], 'application/json')

      return [Number(headers[':status']), JSON.parse(await text(stream)) as Record<string, unknown>]
    }

    try {
      assert.equal((await ask('POST', '/push', pushBody('a')))[0], 200)
      assert.equal((await ask('GET', '/push'))[0], 405)
      assert.equal((await ask('GET', '/nowhere'))[0], 404)
      assert.equal((await ask('POST', '/push', { recipient: 5 }))[0], 400)

      const waiting = ask('POST', '/pull', { recipient: 'b', wait_ms: 30_000 })
      const pushed = await Promise.all(Array.from({ length: 50 }, async () => await ask('POST', '/push', pushBody('b'))))

      assert.deepEqual(new Set(pushed.map(([status]) => status)), new Set([200]))
      assert.equal((await waiting)[0], 200)
    } finally {
      session.close()
    }
  })

  it('gives out a message of 8 MiB over HTTP/2', async () => {
    const { cert, key } = selfSigned()
    const { url, mailbox } = await rig.door({ tls: await loadTls({ certPath: await file('cert.pem', cert), keyPath: await file('key.pem', key) }) })
    const session = connectHttp2(url, { ca: cert })
    const body = Buffer.alloc(8 * 1024 * 1024, 7)

    await mailbox.push({ mailbox: 'a', messageId: Buffer.alloc(16, 1), chunkIndex: 0, chunkCount: 1, kind: 'opaque', totalLen: 1n, sentMs: 1n, body })

    try {
      const stream = session.request({ ':method': 'POST', ':path': '/pull', 'content-type': 'application/json' })

      stream.end('{"recipient":"a"}')

      const { items } = JSON.parse(await text(stream)) as { items: Array<{ ciphertext_b64: string }> }

      assert.equal(items[0]?.ciphertext_b64, body.toString('base64'))
    } finally {
      session.close()
    }
  })

  it('lets only those in who show a certificate of the authority, where one is set', async () => {
    const server = selfSigned()
    const client = selfSigned()
    const stranger = selfSigned()
    const { url } = await rig.door({
      tls: await loadTls({ certPath: await file('cert.pem', server.cert), keyPath: await file('key.pem', server.key), clientCaPath: await file('ca.pem', client.cert) })
    })

    assert.equal((await get(url, { ca: server.cert, cert: client.cert, key: client.key })).status, 200)
    await assert.rejects(get(url, { ca: server.cert }))
    await assert.rejects(get(url, { ca: server.cert, cert: stranger.cert, key: stranger.key }))
  })

  it('says which file is wrong, and why', async () => {
    const { cert, key } = selfSigned()
    const other = selfSigned('rsa')
    const weak = selfSigned('prime192v1')
    const good = { certPath: await file('good.pem', cert), keyPath: await file('good.key', key) }

    for (const [paths, message] of [
      [{ certPath: join(folder, 'none') }, /^http\.tls\.cert_pem_path: cannot read .*none: there is no such file$/],
      [{ keyPath: folder }, /^http\.tls\.key_pem_path: cannot read .*: it is a folder$/],
      [{ certPath: await file('a', 'hello') }, /^http\.tls\.cert_pem_path: there is no PEM certificate in .*a$/],
      [{ certPath: good.keyPath }, /there is no PEM certificate in .*good\.key, but a private key$/],
      [{ keyPath: good.certPath }, /^http\.tls\.key_pem_path: there is no PEM private key in .*good\.pem, but a certificate$/],
      [{ certPath: await file('b', cert.replace(/\nMI/, '\n//')) }, /^http\.tls\.cert_pem_path: certificate 1 in .*b cannot be read: /],
      [{ keyPath: await file('c', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n') }, /^http\.tls\.key_pem_path: the private key in .*c cannot be read: /],
      [{ keyPath: await file('d', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n') }, /is encrypted with a passphrase/],
      [{ keyPath: await file('e', other.key) }, /^http\.tls\.key_pem_path: the key in .*e is not that of the first certificate in .*good\.pem$/],
      [{ certPath: await file('g', other.cert + cert) }, /^http\.tls\.key_pem_path: the key in .*good\.key is that of certificate 2, which has to be the first, in .*g$/],
      [{ certPath: await file('weak.pem', weak.cert), keyPath: await file('weak.key', weak.key) }, /^http\.tls\.cert_pem_path: TLS does not take the certificate in .*weak\.pem with the key in .*weak\.key: .*too small/],
      [{ clientCaPath: await file('f', 'x') }, /^http\.tls\.client_ca_pem_path: there is no PEM certificate/]
    ] as const) {
      await assert.rejects(loadTls({ ...good, ...paths }), { code: 'config_tls', message })
    }

    assert.deepEqual((await loadTls(good)).warnings, [])

    const old = selfSigned('P-256', new Date(Date.now() - 1000))

    assert.match((await loadTls({ certPath: await file('old.pem', old.cert), keyPath: await file('old.key', old.key) })).warnings.join(), /was valid until/)
    assert.match((await loadTls(good, Date.now() - 30 * 24 * 3600 * 1000)).warnings.join(), /is not valid before/)
  })

  it('closes a handshake that does not come to its end', async () => {
    const { cert, key } = selfSigned()
    const { port, door } = await rig.door({ headerTimeoutMs: 300, tls: await loadTls({ certPath: await file('cert.pem', cert), keyPath: await file('key.pem', key) }) })
    const sockets = Array.from({ length: 50 }, () => connect(port, '127.0.0.1').on('error', () => {}))

    // the beginning of a ClientHello
    sockets.forEach(socket => { socket.write(Buffer.from('160301020001', 'hex')) })
    await Promise.all(sockets.map(async socket => { await once(socket, 'close') }))
    await until(() => door.connections.open === 0, 'the door counts none of them')
  })

  for (const [what, connectTo] of [
    ['handshakes', async (port: number) => await Promise.resolve(connect(port, '127.0.0.1'))],
    ['heads', async (port: number, ca: string) => {
      const socket = connectTls({ port, host: '127.0.0.1', ca })

      await once(socket, 'secureConnect')

      return socket
    }]
  ] as const) {
    it(`closes ${what} that come byte by byte, and lets others be`, async () => {
      const { cert, key } = selfSigned()
      const { url, port, door } = await rig.door({ headerTimeoutMs: 500, tls: await loadTls({ certPath: await file('cert.pem', cert), keyPath: await file('key.pem', key) }) })
      const session = connectHttp2(url, { ca: cert })

      await once(session, 'connect')

      const sockets = await Promise.all(Array.from({ length: 20 }, async () => (await connectTo(port, cert)).on('error', () => {}).resume()))
      // a ClientHello of 512 bytes, or a head
      const beginning = what === 'handshakes' ? Buffer.from('160301020001', 'hex') : Buffer.from('GET /he')
      const closed = sockets.map(async socket => { await once(socket, 'close') })

      sockets.forEach(socket => { socket.write(beginning) })

      const dripping = setInterval(() => { sockets.forEach(socket => { socket.write(what === 'handshakes' ? '\0' : 'x') }) }, 50)

      try {
        await within(Promise.all(closed), 'all are closed')
        await until(() => door.connections.open === 1, 'the door counts none of them')
        assert.equal((await get(url, { ca: cert })).status, 200)
        assert.equal(session.closed, false)
      } finally {
        clearInterval(dripping)
        session.destroy()
      }
    })
  }
})
