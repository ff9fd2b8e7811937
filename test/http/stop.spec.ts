import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import { until, within } from '../support/wait.js'
import { HttpRig, pushBody, RawHttp } from './rig.js'
import { selfSigned } from './pki.js'
import type { TestDoor } from './rig.js'

/** Much longer than a test: what ends before it was not waited for. */
const DRAIN_MS = 600_000

describe('http: the end of a door', () => {
  const rig = new HttpRig()

  async function stop ({ door }: TestDoor): Promise<void> {
    await within(door.stop({ signal: AbortSignal.timeout(DRAIN_MS) }), 'the door stops')
  }

  async function tlsDoor (): Promise<TestDoor & { ca: string }> {
    const { cert, key } = selfSigned()

    return { ...await rig.door({ headerTimeoutMs: DRAIN_MS, tls: { options: { cert, key }, warnings: [] } }), ca: cert }
  }

  const head = (length: number): string => `POST /push HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`

  it('does not wait for connections that ask for nothing', async () => {
    const door = await rig.door({ headerTimeoutMs: DRAIN_MS })
    const silent = new RawHttp(door.port)
    const idle = new RawHttp(door.port).send('GET /health HTTP/1.1\r\nhost: x\r\n\r\n')

    await idle.until(/ok/)
    await until(() => door.door.connections.open === 2, 'both are open')
    await stop(door)
    await Promise.all([silent.end(), idle.end()])
  })

  it('does not wait for connections that ask for nothing over TLS either', async () => {
    const { ca, ...door } = await tlsDoor()
    const silent = connect(door.port, '127.0.0.1').on('error', () => {})
    const encrypted = connectTls({ port: door.port, host: '127.0.0.1', ca }).on('error', () => {}).resume()
    const session = connectHttp2(door.url, { ca }).on('error', () => {})

    // a ticket, or settings, come when the handshake is at its end there too
    await Promise.all([once(silent, 'connect'), once(encrypted, 'session'), once(session, 'remoteSettings')])
    await until(() => door.door.connections.open === 3, 'all are open')
    await stop(door)
  })

  it('gives a head that has begun the time that heads have', async () => {
    const door = await rig.door({ headerTimeoutMs: 300 })
    const begun = new RawHttp(door.port).send('GET /health HTTP/1.1\r\n')

    await until(() => door.door.connections.open === 1, 'it is open')
    await stop(door)
    await begun.end()
  })

  for (const [what, body, answer] of [
    ['is right', JSON.stringify(pushBody('a')), /^HTTP\/1\.1 200 [\s\S]*connection: close[\s\S]*"stored":true/i],
    ['is wrong', '{"recipient":"a"}', /^HTTP\/1\.1 400 [\s\S]*connection: close[\s\S]*"invalid_input"/i]
  ] as const) {
    it(`answers a call whose body was on its way and ${what}, as the last one of its connection`, async () => {
      const door = await rig.door()
      const raw = new RawHttp(door.port).send(`${head(body.length)}${body.slice(0, 5)}`)

      await until(() => door.inflight.used > 0, 'it has begun')

      const stopped = stop(door)

      assert.match(await raw.send(body.slice(5)).end(), answer)
      await stopped
    })
  }

  it('answers calls under way over HTTP/2, and ends their session', async () => {
    const { ca, ...door } = await tlsDoor()
    const session = connectHttp2(door.url, { ca })
    const closed = once(session, 'close')
    const call = (path: string): ReturnType<typeof session.request> => session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/json' })
    const poll = call('/pull')
    const push = call('/push')
    const body = JSON.stringify(pushBody('b'))

    poll.end('{"recipient":"a","wait_ms":30000}')
    push.write(body.slice(0, 5))
    await until(() => door.inflight.used > 0, 'the push has begun')

    const stopped = stop(door)

    push.end(body.slice(5))
    assert.match(await text(poll), /^\{"items":\[\]/)
    assert.match(await text(push), /^\{"stored":true/)
    await Promise.all([stopped, closed])
  })

  it('cuts what is not done when the time is over', async () => {
    const door = await rig.door()
    const stuck = new RawHttp(door.port).send(`${head(100_000)}{"recipient"`)

    await until(() => door.inflight.used > 0, 'it has begun')
    await within(door.door.stop({ signal: AbortSignal.timeout(50) }), 'the door stops')
    assert.equal(await stuck.end(), '')
  })
})
