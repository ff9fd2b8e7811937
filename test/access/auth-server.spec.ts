import assert from 'node:assert/strict'
import { AUTH_PROTOCOL, accessControl, authServer, presentToken } from '../../src/access/index.js'
import { Nodes, until } from './nodes.js'
import type { AccessControl, AuthServerInit } from '../../src/access/index.js'
import type { Connection, Libp2p, PeerId, Stream } from '@libp2p/interface'

const TOKEN = 'open sesame'

/** The wire by hand: field 1, length-delimited. */
function present (token: string): Uint8Array {
  const text = new TextEncoder().encode(token)
  const length = (value: number): number[] => value < 128 ? [value] : [value & 0x7f | 0x80, value >> 7]
  const message = [0x0a, ...length(text.length), ...text]

  return Uint8Array.from([...length(message.length), ...message])
}

/** Everything that comes until the other side ends; 'reset' when it does so with an error. */
async function answerOf (stream: Stream): Promise<number[] | 'reset'> {
  const bytes: number[] = []

  try {
    for await (const chunk of stream) {
      bytes.push(...chunk.subarray())
    }
  } catch {
    return 'reset'
  }

  return stream.status === 'reset' ? 'reset' : bytes
}

/** Verdict { granted: true }; granted: false is an empty message. */
const GRANTED = [2, 0x08, 1]
const REFUSED = [0]

describe('/enigma/auth/1', () => {
  const nodes = new Nodes()
  let now: number
  let access: AccessControl
  let server: Libp2p

  async function startServer (init: Partial<AuthServerInit> = {}): Promise<void> {
    server = await nodes.start({
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'] }
    }, { auth: authServer({ access, token: TOKEN, now: () => now, ...init }) as never })
  }

  async function connect (client?: Libp2p, via = '/tcp/'): Promise<Connection> {
    client ??= await nodes.start()
    const addr = server.getMultiaddrs().find(addr => addr.toString().includes(via) && addr.toString().includes('/ws') === (via === '/ws'))
    assert(addr != null)

    return client.dial(addr, { force: true })
  }

  function openStreams (peer: PeerId): Stream[] {
    return server.getConnections(peer).flatMap(({ streams }) => streams).filter(({ protocol }) => protocol === AUTH_PROTOCOL)
  }

  beforeEach(async () => {
    now = 1_000
    access = accessControl()
    await startServer()
  })

  afterEach(async () => { await nodes.stop() })

  it('authorises a peer that presents the token', async () => {
    const client = await nodes.start()
    const connection = await connect(client)

    assert.equal(access.isAuthorized(client.peerId), false)
    assert.deepEqual(await presentToken(connection, TOKEN), { granted: true, expires: 0 })
    assert.equal(access.isAuthorized(client.peerId), true)
    await until('the stream is gone', () => openStreams(client.peerId).length === 0)
  })

  it('refuses wrong and empty tokens', async () => {
    const client = await nodes.start()
    const connection = await connect(client)

    assert.deepEqual(await presentToken(connection, 'open sesamE'), { granted: false, expires: 0 })
    assert.deepEqual(await presentToken(connection, ''), { granted: false, expires: 0 })
    assert.equal(access.isAuthorized(client.peerId), false)
  })

  it('reads a token that comes one byte at a time and answers in the wire format of the contract', async () => {
    const connection = await connect()
    const stream = await connection.newStream(AUTH_PROTOCOL)
    const answer = answerOf(stream)

    for (const byte of present(TOKEN)) {
      stream.send(Uint8Array.of(byte))
      await new Promise(resolve => setImmediate(resolve))
    }

    assert.deepEqual(await answer, GRANTED)
    await stream.close()

    const second = await connection.newStream(AUTH_PROTOCOL)
    second.send(present('wrong'))
    assert.deepEqual(await answerOf(second), REFUSED)
    await second.close()
  })

  it('takes a message of 1024 bytes', async () => {
    const stream = await (await connect()).newStream(AUTH_PROTOCOL)
    const message = present('x'.repeat(1021))

    assert.equal(message.length, 2 + 1024)
    stream.send(message)
    assert.deepEqual(await answerOf(stream), REFUSED)
    await stream.close()
  })

  const bad: Array<[string, number[]]> = [
    ['an announced length of 1025 bytes, before any of them comes', [0x81, 0x08]],
    ['a length of three bytes', [0x80, 0x80]],
    ['a length in more bytes than it needs', [0x8a, 0x80, 0x00]],
    ['a message that is no protobuf', [3, 0xff, 0xff, 0xff]],
    ['a token that is shorter than it says', [3, 0x0a, 0x09, 0x41]],
    ['a second message', [...present(TOKEN), ...present(TOKEN)]]
  ]

  for (const [what, bytes] of bad) {
    it(`resets the stream on ${what}, and grants nothing`, async () => {
      const client = await nodes.start()
      const connection = await connect(client)
      const stream = await connection.newStream(AUTH_PROTOCOL)

      stream.send(Uint8Array.from(bytes))
      assert.equal(await answerOf(stream), 'reset')
      assert.equal(access.isAuthorized(client.peerId), false)
      await until('the stream is gone', () => openStreams(client.peerId).length === 0)
      // the connection is as good as before
      assert.equal((await presentToken(connection, TOKEN)).granted, true)
    })
  }

  it('resets a stream that ends within the message', async () => {
    const stream = await (await connect()).newStream(AUTH_PROTOCOL)

    stream.send(present(TOKEN).subarray(0, 5))
    await stream.close()
    assert.equal(await answerOf(stream), 'reset')
  })

  it('resets the stream on a byte that follows the verdict', async () => {
    const client = await nodes.start()
    const stream = await (await connect(client)).newStream(AUTH_PROTOCOL)

    stream.send(present(TOKEN))
    assert.deepEqual(await answerOf(stream), GRANTED)
    stream.send(Uint8Array.of(0))
    await until('the stream is gone', () => openStreams(client.peerId).length === 0)
  })

  it('resets a stream on which nothing whole comes within the timeout, and one that is left open after the verdict', async () => {
    await startServer({ timeoutMs: 200 })
    const client = await nodes.start()
    const connection = await connect(client)
    const silent = await connection.newStream(AUTH_PROTOCOL)
    const slow = await connection.newStream(AUTH_PROTOCOL)
    slow.send(present(TOKEN).subarray(0, 5))

    assert.deepEqual(await Promise.all([answerOf(silent), answerOf(slow)]), ['reset', 'reset'])
    assert.equal(access.isAuthorized(client.peerId), false)

    const lingering = await connection.newStream(AUTH_PROTOCOL)
    lingering.send(present(TOKEN))
    assert.deepEqual(await answerOf(lingering), GRANTED)
    assert.equal(openStreams(client.peerId).length, 1)
    await until('the stream is gone', () => openStreams(client.peerId).length === 0)
  })

  it('resets the third stream at once of a connection', async () => {
    const connection = await connect()
    await connection.newStream(AUTH_PROTOCOL)
    await connection.newStream(AUTH_PROTOCOL)
    const third = await connection.newStream(AUTH_PROTOCOL)

    assert.equal(await answerOf(third), 'reset')
  })

  for (const via of ['/tcp/', '/ws']) {
    it(`answers the third wrong token and ends the connection (${via})`, async () => {
      const connection = await connect(undefined, via)

      for (let i = 0; i < 3; i++) {
        assert.equal(connection.status, 'open')
        assert.equal((await presentToken(connection, `wrong ${i}`)).granted, false)
      }

      await until('the connection ends', () => connection.status !== 'open')
      await until('it ends at the server, too', () => server.getConnections().length === 0)
    })
  }

  it('counts wrong tokens by connection, and right ones not at all', async () => {
    const client = await nodes.start()
    const [one, two] = [await connect(client), await connect(client)]

    for (const token of ['wrong', TOKEN, 'wrong', TOKEN]) {
      assert.equal((await presentToken(one, token)).granted, token === TOKEN)
      assert.equal((await presentToken(two, token)).granted, token === TOKEN)
    }

    assert.deepEqual([one.status, two.status], ['open', 'open'])
  })

  it('refuses the eleventh token of a minute from one address, whoever brings it, and lets refusals cost nothing', async () => {
    const [one, two] = [await connect(), await connect()]

    for (let i = 0; i < 10; i++) {
      now = 1_000 + i * 1_000
      assert.equal((await presentToken(i % 2 === 0 ? one : two, TOKEN)).granted, true)
    }

    // wrong and over the limit: not counted as wrong
    for (const token of [TOKEN, 'wrong', 'wrong', 'wrong']) {
      assert.equal((await presentToken(two, token)).granted, false)
    }

    now = 60_999
    assert.equal((await presentToken(one, TOKEN)).granted, false)
    now = 61_000
    assert.equal((await presentToken(one, TOKEN)).granted, true)
    assert.equal((await presentToken(one, TOKEN)).granted, false)
    now = 62_000
    assert.equal((await presentToken(two, TOKEN)).granted, true)
    assert.equal(two.status, 'open')
  })

  it('counts by PeerId behind a trusted proxy, over WebSocket only', async () => {
    await startServer({ trustedProxies: ['127.0.0.0/8'] })
    const [one, two, direct] = [await connect(undefined, '/ws'), await connect(undefined, '/ws'), await connect()]

    for (let i = 0; i < 10; i++) {
      assert.equal((await presentToken(one, TOKEN)).granted, true)
      assert.equal((await presentToken(direct, TOKEN)).granted, true)
    }

    assert.equal((await presentToken(one, TOKEN)).granted, false)
    assert.equal((await presentToken(direct, TOKEN)).granted, false)
    assert.equal((await presentToken(two, TOKEN)).granted, true)
  })

  it('takes the grant back with the last direct connection and not before', async () => {
    const client = await nodes.start()
    const [one, two] = [await connect(client), await connect(client)]

    await presentToken(one, TOKEN)
    await one.close()
    await until('the first connection is gone', () => server.getConnections(client.peerId).length === 1)
    assert.equal(access.isAuthorized(client.peerId), true)
    await two.close()
    await until('the grant is gone', () => !access.isAuthorized(client.peerId))
    const again = await connect(client)
    assert.equal(access.isAuthorized(client.peerId), false)
    await again.close()
  })

  it('does not take back what others granted', async () => {
    const client = await nodes.start()
    access.grant(client.peerId)
    const connection = await connect(client)

    await connection.close()
    await until('the connection is gone', () => server.getConnections().length === 0)
    assert.equal(access.isAuthorized(client.peerId), true)
  })

  it('refuses a denied peer that has the token', async () => {
    const client = await nodes.start()
    const connection = await connect(client)

    access.denyPeer(client.peerId)
    assert.equal((await presentToken(connection, TOKEN)).granted, false)
    access.undenyPeer(client.peerId)
    assert.equal(access.isAuthorized(client.peerId), false)
  })

  it('takes its grants back and frees its streams when it stops', async () => {
    const client = await nodes.start()
    const connection = await connect(client)

    await presentToken(connection, TOKEN)
    const waiting = await connection.newStream(AUTH_PROTOCOL)
    await until('the stream has come', () => openStreams(client.peerId).length === 1)
    const answer = answerOf(waiting)
    const { auth } = server.services as unknown as { auth: { start (): Promise<void>, stop (): Promise<void> } }
    await auth.stop()
    assert.equal(await answer, 'reset')
    assert.equal(access.isAuthorized(client.peerId), false)
    await assert.rejects(connection.newStream(AUTH_PROTOCOL))
    await auth.start()
    assert.equal((await presentToken(connection, TOKEN)).granted, true)
  })

  for (const isLimited of [false, true]) {
    it(`takes no token over a relayed connection (${isLimited ? 'with' : 'without'} limits), which holds no grant either`, async () => {
      const relay = await nodes.startRelay(isLimited)
      const [relayAddr] = relay.getMultiaddrs()
      assert(relayAddr != null)
      server = await nodes.start({
        addresses: { listen: ['/ip4/127.0.0.1/tcp/0', `${relayAddr}/p2p-circuit`] }
      }, { auth: authServer({ access, token: TOKEN, now: () => now }) as never })
      await until('the server is reachable through the relay', () => server.getMultiaddrs().some(addr => addr.toString().includes('/p2p-circuit')))
      const client = await nodes.start()
      const circuit = server.getMultiaddrs().find(addr => addr.toString().includes('/p2p-circuit'))
      assert(circuit != null)
      const relayed = await client.dial(circuit)
      assert.equal(relayed.direct, false)
      assert.equal(relayed.limits != null, isLimited)

      if (isLimited) {
        const stream = await relayed.newStream(AUTH_PROTOCOL, { runOnLimitedConnection: true })
        assert.equal(await answerOf(stream), 'reset')
      } else {
        assert.equal((await presentToken(relayed, TOKEN)).granted, false)
      }

      assert.equal(access.isAuthorized(client.peerId), false)
      const addr = server.getMultiaddrs().find(addr => !addr.toString().includes('/p2p-circuit'))
      assert(addr != null)
      const direct = await client.dial(addr, { force: true })
      assert.equal((await presentToken(direct, TOKEN)).granted, true)
      await direct.close()
      await until('the grant is gone', () => !access.isAuthorized(client.peerId))
      assert.equal(relayed.status, 'open')
    })
  }

  it('never logs a token', async () => {
    const lines: string[] = []
    const logger = Object.assign((...args: unknown[]) => { lines.push(args.map(String).join(' ')) }, {
      enabled: true, error: (...args: unknown[]) => { lines.push(args.map(String).join(' ')) }, trace: (...args: unknown[]) => { lines.push(args.map(String).join(' ')) }
    })
    const log = Object.assign(logger, { newScope: () => log }) as never
    server = await nodes.start({
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] }, logger: { forComponent: () => log }
    }, { auth: authServer({ access, token: TOKEN }) as never })
    const connection = await connect()

    for (const token of [TOKEN, 'hunter2-1', 'hunter2-2', 'hunter2-3']) {
      await presentToken(connection, token)
    }

    await until('the connection ends', () => server.getConnections().length === 0)
    assert(lines.some(line => line.includes('ending connection')))
    assert.deepEqual(lines.filter(line => line.includes(TOKEN) || line.includes('hunter2')), [])
  })
})
