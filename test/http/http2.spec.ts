import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { text } from 'node:stream/consumers'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { ServerInitiatedHandshake } from '@libp2p/http-peer-id-auth'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { until } from '../support/wait.js'
import { HttpRig } from './rig.js'
import { selfSigned } from './pki.js'
import type { ClientHttp2Session, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2'

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly code: string | undefined
}

/** The contract, "HTTP", where HTTP/2 differs from HTTP/1. */
describe('http: HTTP/2', () => {
  const rig = new HttpRig()
  const sessions: ClientHttp2Session[] = []

  afterEach(() => { sessions.splice(0).forEach(session => { session.destroy() }) })

  async function session (): Promise<ClientHttp2Session> {
    const { cert, key } = selfSigned()
    const { url } = await rig.door({ rules: { maxMessageBytes: 1000 }, tls: { options: { cert, key }, warnings: [] } })
    const opened = connect(url, { ca: cert })

    sessions.push(opened)
    await once(opened, 'connect')

    return opened
  }

  async function ask (session: ClientHttp2Session, request: OutgoingHttpHeaders, body?: string): Promise<Answer> {
    const stream = session.request(request)

    stream.end(body)

    const [headers] = await once(stream, 'response') as [IncomingHttpHeaders]
    const answer = await text(stream)

    return { status: Number(headers[':status']), headers, code: answer === '' ? undefined : (JSON.parse(answer) as { error?: { code: string } }).error?.code }
  }

  it('answers CONNECT with 405, and goes on', async () => {
    const opened = await session()
    const { status, headers, code } = await ask(opened, { ':method': 'CONNECT', ':authority': 'example.org:443' })

    assert.deepEqual([status, code, headers.allow, headers['content-type']], [405, 'method_not_allowed', 'GET, POST', 'application/json'])
    assert.equal((await ask(opened, { ':path': '/health' })).status, 200)
  })

  it('answers what is no call, or is said wrong, as over HTTP/1', async () => {
    const opened = await session()

    for (const [request, status, code, allow] of [
      [{ ':path': '/push', ':method': 'TRACE' }, 405, 'method_not_allowed', 'POST'],
      [{ ':path': '/push', ':method': 'BREW' }, 405, 'method_not_allowed', 'POST'],
      [{ ':path': '/nowhere', ':method': 'BREW' }, 404, 'unknown_call', undefined],
      [{ ':path': '*', ':method': 'OPTIONS' }, 404, 'unknown_call', undefined],
      [{ ':path': '/%zz' }, 400, 'invalid_input', undefined],
      [{ ':path': '/health', host: 'evil.example.org' }, 400, 'invalid_input', undefined],
      [{ ':path': '/push', ':method': 'POST', expect: 'tea' }, 417, 'invalid_input', undefined],
      [{ ':path': '/health', ':method': 'HEAD' }, 405, undefined, 'GET']
    ] as const) {
      const answer = await ask(opened, request)

      assert.deepEqual([answer.status, answer.code, answer.headers.allow], [status, code, allow], JSON.stringify(request))
    }
  })

  it('takes a proof of a PeerId under the name of :authority', async () => {
    const opened = await session()
    const key = await generateKeyPair('Ed25519')
    const { host } = new URL(opened.originSet?.[0] ?? '')
    const stat = async (headers: OutgoingHttpHeaders): Promise<Answer> => await ask(opened, { ':path': '/stat', ':method': 'POST', 'content-type': 'application/json', ...headers }, JSON.stringify({ recipient: peerIdFromPrivateKey(key).toString() }))
    const challenge = async (): Promise<string> => String((await stat({ ':authority': host })).headers['www-authenticate'])

    assert.equal((await stat({ ':authority': 'evil.example.org' })).status, 400)
    assert.equal((await stat({ ':authority': host, authorization: await new ServerInitiatedHandshake(key, 'evil.example.org').answerServerChallenge(await challenge()) })).status, 401)

    const handshake = new ServerInitiatedHandshake(key, host)
    const answer = await stat({ ':authority': host, authorization: await handshake.answerServerChallenge(await challenge()) })

    assert.equal(answer.status, 200)

    const authorization = await handshake.decodeBearerToken(String(answer.headers['authentication-info']))

    assert.equal((await stat({ ':authority': host, authorization })).status, 200)
  })

  for (const [what, type, status] of [['that it has refused', 'text/plain', 415], ['that is larger than it may be', 'application/json', 413]] as const) {
    it(`takes nothing more of a body ${what}`, async () => {
      const opened = await session()
      const stream = opened.request({ ':path': '/push', ':method': 'POST', 'content-type': type })
      const pour = (): void => {
        if (!stream.destroyed && stream.write(Buffer.alloc(65_536, ' '))) {
          setImmediate(pour)
        }
      }

      stream.on('drain', pour)
      pour()

      const [headers] = await once(stream, 'response') as [IncomingHttpHeaders]

      assert.equal(headers[':status'], status)
      stream.resume()
      await until(() => stream.closed, 'the stream is ended')
      assert.equal((await ask(opened, { ':path': '/health' })).status, 200)
    })
  }
})
