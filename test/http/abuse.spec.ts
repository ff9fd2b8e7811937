import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { ServerInitiatedHandshake } from '@libp2p/http-peer-id-auth'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { InflightBudget } from '../../src/calls/index.js'
import { until } from '../support/wait.js'
import { call, errorOf, HttpRig, post, pushBody, RawHttp } from './rig.js'
import type { Mailbox } from '../../src/mailbox/index.js'
import type { Answer } from './rig.js'

const HEAD = 'POST /push HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'

describe('http: abuse', () => {
  const rig = new HttpRig()

  it('ends heads that come a byte at a time, and connections that say nothing, while others are answered', async () => {
    const door = await rig.door({ headerTimeoutMs: 500 })
    const slow = Array.from({ length: 100 }, (_, n) => new RawHttp(door.port).send(n % 2 === 0 ? 'POST /pu' : ''))
    const timer = setInterval(() => { slow.forEach(({ socket }, n) => n % 2 === 0 && socket.write('s')) }, 100)

    try {
      for (let n = 0; n < 10; n++) {
        assert.equal((await post(door, '/push', pushBody('a'))).status, 200)
      }

      const answers = await Promise.all(slow.map(async raw => await raw.end()))

      assert.ok(answers.every(answer => /^HTTP\/1\.1 408 [\s\S]*"request_timeout"/.test(answer)))
    } finally {
      clearInterval(timer)
    }
  })

  it('ends bodies that do not come to their end, and forgets what came of them', async () => {
    const door = await rig.door({ headerTimeoutMs: 300, bodyTimeoutMs: 300 })
    const slow = [
      ...Array.from({ length: 20 }, () => new RawHttp(door.port).send(`${HEAD}content-length: 100000\r\n\r\n{"recipient"`)),
      ...Array.from({ length: 20 }, () => new RawHttp(door.port).send(`${HEAD}content-length: 1000\r\n\r\n{"recipient"`)),
      ...Array.from({ length: 20 }, () => new RawHttp(door.port).send(`${HEAD}transfer-encoding: chunked\r\n\r\n5\r\n{"rec\r\n`))
    ]
    const answers = await Promise.all(slow.map(async raw => await raw.end()))

    assert.ok(answers.every(answer => /^HTTP\/1\.1 408 [\s\S]*"request_timeout"/.test(answer)), answers.find(answer => !answer.includes('408')))
    await until(() => door.inflight.used === 0, 'nothing is held of them')
  })

  it('holds bodies of many to what all doors may hold together, and goes on', async () => {
    const rules = { maxMessageBytes: 100_000, maxInflightBytes: 300_000 }
    const inflight = new InflightBudget(300_000)
    const given = await rig.door({ rules })
    const door = await rig.door({ rules, mailbox: { mailbox: given.mailbox, inflight } })
    const begun = Array.from({ length: 30 }, () => new RawHttp(door.port).send(`${HEAD}content-length: 130000\r\n\r\n${' '.repeat(100_000)}`))
    let most = 0
    const watch = setInterval(() => { most = Math.max(most, inflight.used) }, 5)

    try {
      const bodies = Array.from({ length: 20 }, () => pushBody('a', { ciphertext_b64: Buffer.alloc(90_000).toString('base64') }))

      // who began first is refused when there is no other way
      for (const body of bodies) {
        const { status } = await post(door, '/push', body)

        assert.ok(status === 200 || status === 429, String(status))
      }

      assert.equal((await post(door, '/push', pushBody('a'))).status, 200)
    } finally {
      clearInterval(watch)
      begun.forEach(raw => { raw.destroy() })
    }

    // what one read of each connection brings comes on top
    assert.ok(most < 300_000 + 30 * 65_536 * 2, String(most))
    await until(() => inflight.used === 0, 'nothing is held')
  })

  it('gives the place of the oldest connection of whoever has most to a newcomer, and refuses whoever has most', async () => {
    const door = await rig.door({ maxConnections: 20 })
    const many = Array.from({ length: 40 }, () => connect({ port: door.port, host: '127.0.0.1', localAddress: '127.0.0.2' }).on('error', () => {}))
    let open = many.length

    many.forEach(socket => socket.once('close', () => { open-- }))
    await until(() => open === 20, 'half of them are closed')
    assert.deepEqual(door.door.connections, { open: 20, accepted: 20, refused: { full: 20, displaced: 0 } })
    assert.equal((await call(`${door.url}/health`)).status, 200)
    assert.equal(open, 19)
    assert.deepEqual(door.door.connections.refused, { full: 20, displaced: 1 })
    many.forEach(socket => { socket.destroy() })
  })

  it('stops decoding at the limit, whatever a body promises', async () => {
    const callers = 8
    const bomb = gzipSync(Buffer.alloc(200_000_000, ' '))
    // a call's body: base64 of the largest message, and names and numbers around it
    const maxMessageBytes = 6_000_000
    const limit = 4 * Math.ceil(maxMessageBytes / 3) + 65_536
    // of each: what was sent, there and here, and the pieces that it came in
    const sent = 4 * bomb.byteLength
    const inflight = new InflightBudget(256 * 1024 * 1024)
    const door = await rig.door({ rules: { maxMessageBytes }, mailbox: { mailbox: (await rig.door({ rules: { maxMessageBytes } })).mailbox, inflight } })
    const before = process.memoryUsage().arrayBuffers
    let held = 0
    let buffers = 0
    const watch = setInterval(() => {
      held = Math.max(held, inflight.used)
      buffers = Math.max(buffers, process.memoryUsage().arrayBuffers - before)
    }, 1)

    try {
      const answers = await Promise.all(Array.from({ length: callers }, async () => await post(door, '/push', bomb, { 'content-encoding': 'gzip' })))

      // the others wait for one that unpacks to many times its size, or are refused for those that wait for them
      assert.ok(answers.every(answer => ['message_too_large', 'rate_limited'].includes(errorOf(answer).code)))
      assert.ok(answers.some(({ status }) => status === 413))
    } finally {
      clearInterval(watch)
    }

    assert.ok(held > limit / 2, 'they were seen')
    // one is decoded at a time
    assert.ok(held <= limit + callers * bomb.byteLength, `${held} bytes held`)
    // in pieces, which garbage collection may not have seen to when the next one begins
    assert.ok(buffers <= callers * (limit + sent), `${buffers} bytes of buffers`)
  })

  it('refuses a large body as soon as it is wrong, and reads no more of it', async () => {
    const door = await rig.door()

    for (const wrong of ['['.repeat(100_000), '{"a":1,"a":2'.padEnd(100_000), `[${'0,'.repeat(50_000)}`, `{"a":"\\x${'a'.repeat(100_000)}`, `{"a":"\xff${'a'.repeat(100_000)}`]) {
      const raw = new RawHttp(door.port).send(`${HEAD}content-length: 2000000\r\n\r\n`)

      raw.socket.write(wrong, 'latin1')
      assert.match(await raw.until(/\}\}$/), /^HTTP\/1\.1 400 [\s\S]*connection: close[\s\S]*"code":"invalid_input"/i)
      raw.destroy()
    }

    await until(() => door.inflight.used === 0, 'nothing is held of them')
  })

  it('refuses what is wrong at the end of a large body, and text where a message is not', async () => {
    const door = await rig.door()
    const long = 'a'.repeat(400_000)
    const right = JSON.stringify(pushBody('a', { ciphertext_b64: long }))

    for (const [body, message] of [
      [`${right}x`, `something follows the value at position ${right.length}`],
      [right.slice(0, -1), `a comma or the end of the object is expected at position ${right.length - 1}`],
      [JSON.stringify(pushBody('a', { ciphertext_b64: `${long}!aaa` })), 'invalid base64'],
      [JSON.stringify(pushBody('a', { ciphertext_b64: `!aaa${long}` })), 'invalid base64'],
      [JSON.stringify(pushBody(long)), 'recipient: is too long'],
      [JSON.stringify(pushBody('a', {}, { kind: long })), 'meta.kind: is too long'],
      [JSON.stringify(pushBody('a', { message_id: long })), 'message_id: is too long']
    ] as const) {
      const answer = await post(door, '/push', body)

      assert.equal(answer.status, 400)
      assert.ok(errorOf(answer).message.endsWith(message), errorOf(answer).message)
    }
  })

  it('closes a connection on which nothing comes after an answer', async () => {
    const door = await rig.door({ idleTimeoutMs: 200 })
    const raw = new RawHttp(door.port).send('GET /health HTTP/1.1\r\nhost: x\r\n\r\n')

    assert.match(await raw.end(), /^HTTP\/1\.1 200 [\s\S]*\{"status":"ok"\}$/)
    await until(() => door.door.connections.open === 0, 'the door counts none')
  })

  it('makes no more answers than it may hold for callers that do not read them, and serves others', async () => {
    const given = await rig.door()
    let pulls = 0
    const mailbox: Mailbox = Object.create(given.mailbox, {
      pull: {
        value: async (...args: Parameters<Mailbox['pull']>) => {
          pulls++

          return await given.mailbox.pull(...args)
        }
      }
    })
    // of one caller a quarter: two answers of 11 MB
    const door = await rig.door({ maxAnswerBytes: 64 * 1024 * 1024, mailbox: { mailbox, inflight: new InflightBudget(64 * 1024 * 1024) } })

    await given.mailbox.push({ mailbox: 'a', messageId: Buffer.alloc(16, 1), chunkIndex: 0, chunkCount: 1, kind: 'opaque', totalLen: 1n, sentMs: 1n, body: Buffer.alloc(8 * 1024 * 1024) })

    const body = '{"recipient":"a"}'
    const pull = `POST /pull HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    const deaf = Array.from({ length: 30 }, () => {
      const raw = new RawHttp(door.port).send(pull)

      raw.socket.pause()

      return raw
    })

    await until(() => pulls > 0, 'the first answer is made')

    const other = connect({ port: door.port, host: '127.0.0.1', localAddress: '127.0.0.2' })
    let received = 0

    other.on('data', data => { received += data.byteLength })
    other.write(pull)
    await until(() => received > 11_000_000, 'another caller has its answer')
    other.destroy()
    assert.ok(pulls <= 4, `${pulls} answers were made`)

    // what they held goes back with them
    deaf.forEach(raw => { raw.destroy() })
    await until(() => door.door.connections.open === 0, 'they are gone')
    assert.equal(((await post(door, '/pull', { recipient: 'a' })).json.items as unknown[]).length, 1)
  })

  it('takes no proof that was made for another host or node, and none twice', async () => {
    const [door, other] = [await rig.door(), await rig.door()]
    const { host } = new URL(door.url)
    const key = await generateKeyPair('Ed25519')
    const mailbox = peerIdFromPrivateKey(key).toString()
    const ask = async (of: { url: string }, authorization?: string): Promise<Answer> => await post(of, '/stat', { recipient: mailbox }, authorization == null ? {} : { authorization })
    const challenge = async (): Promise<string> => (await ask(door)).headers.get('www-authenticate') ?? ''

    // who passes our challenge on under a name of its own gets a proof for that name
    assert.equal((await ask(door, await new ServerInitiatedHandshake(key, 'evil.example.org').answerServerChallenge(await challenge()))).status, 401)

    const handshake = new ServerInitiatedHandshake(key, host)
    const proof = await handshake.answerServerChallenge(await challenge())

    assert.equal((await ask(other, proof)).status, 401)

    const answer = await ask(door, proof)

    assert.equal(answer.status, 200)
    assert.equal((await ask(door, proof)).status, 401)

    const bearer = await handshake.decodeBearerToken(answer.headers.get('authentication-info') ?? '')

    assert.deepEqual([(await ask(door, bearer)).status, (await ask(other, bearer)).status], [200, 401])
  })

  it('forgets callers that go away in the middle of a body or of a poll', async () => {
    const door = await rig.door()

    for (let n = 0; n < 50; n++) {
      const body = new RawHttp(door.port).send(`${HEAD}content-length: ${n % 2 === 0 ? 500 : 500_000}\r\n\r\n{"recipient"`)
      const poll = new RawHttp(door.port)
      const text = JSON.stringify({ recipient: 'a', wait_ms: 30_000 })

      poll.send(`POST /pull HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`)
      await Promise.all([once(body.socket, 'connect'), once(poll.socket, 'connect')])
      body.destroy()
      poll.destroy()
    }

    await until(() => door.door.connections.open === 0 && door.inflight.used === 0, 'nothing is left of them')
    assert.equal((await post(door, '/push', pushBody('a'))).status, 200)
  })
})
