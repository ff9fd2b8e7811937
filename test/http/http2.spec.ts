import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { text } from 'node:stream/consumers'
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
    const { url } = await rig.door({ tls: { options: { cert, key }, warnings: [] } })
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
})
