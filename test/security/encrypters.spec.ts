import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { components, OURS, randomChunks, randomSource, receive, secure, sendAll, STOCK, until, Wire } from './connections.js'
import type { Maker } from './connections.js'

const BULK_BYTES = 30 * 1024 * 1024

for (const name of ['tls', 'noise']) {
  // both are known names
  const ours = OURS[name] as Maker
  const stock = STOCK[name] as Maker
  const pairs: Array<[string, Maker, Maker]> = [['ours dials stock', ours, stock], ['stock dials ours', stock, ours], ['ours dials ours', ours, ours]]

  describe(`the ${name} encrypter`, () => {
    const wire = new Wire()

    after(async () => wire.stop())

    it('has the protocol and the tag of the stock one', async () => {
      const [mine, theirs] = [ours(await components()), stock(await components())]

      assert.equal(mine.protocol, theirs.protocol)
      assert.equal(Reflect.get(mine, Symbol.toStringTag), Reflect.get(theirs, Symbol.toStringTag))
    })

    for (const [title, dialler, listener] of pairs) {
      it(`proves both peers and agrees on the muxer when ${title}`, async () => {
        const [client, server] = [await components(), await components()]
        const secured = await secure(await wire.pair(), dialler(client), listener(server), { client: { remotePeer: server.peerId } })

        assert.equal(secured.client.remotePeer.toString(), server.peerId.toString())
        assert.equal(secured.server.remotePeer.toString(), client.peerId.toString())
        assert.equal(secured.client.streamMuxer?.protocol, '/yamux/1.0.0')
        assert.equal(secured.server.streamMuxer?.protocol, '/yamux/1.0.0')
        assert.equal(secured.client.connection.direction, 'outbound')
        assert.equal(secured.server.connection.direction, 'inbound')
      })

      it(`leaves the muxer open when asked to and ${title}`, async () => {
        const options = { skipStreamMuxerNegotiation: true }
        const secured = await secure(await wire.pair(), dialler(await components()), listener(await components()), { client: options, server: options })

        assert.equal(secured.client.streamMuxer, undefined)
        assert.equal(secured.server.streamMuxer, undefined)
      })

      it(`carries 30 MiB each way at once, in pieces of any size, when ${title}`, async () => {
        const secured = await secure(await wire.pair(), dialler(await components()), listener(await components()))
        const [up, down] = [randomBytes(BULK_BYTES), randomBytes(BULK_BYTES)]
        const random = randomSource(title.length)
        const [atServer, atClient] = await Promise.all([
          receive(secured.server.connection, BULK_BYTES),
          receive(secured.client.connection, BULK_BYTES),
          sendAll(secured.client.connection, randomChunks(up, 400_000, random)),
          sendAll(secured.server.connection, randomChunks(down, 400_000, random))
        ])

        // not deepEqual, which would print them
        assert.ok(up.equals(atServer))
        assert.ok(down.equals(atClient))
      })
    }

    for (const listener of [ours, stock]) {
      it(`carries what was sent just before the close to ${listener === ours ? 'ours' : 'stock'}`, async () => {
        const pair = await wire.pair()
        const { client, server } = await secure(pair, ours(await components()), listener(await components()))
        const bytes = randomBytes(150_000)
        const arrived = receive(server.connection, bytes.byteLength)
        const greeted = receive(client.connection, 1)

        server.connection.send(Uint8Array.of(1))
        // what a socket has not read when it closes turns its end into a reset
        await greeted

        const closeMuxer = async (): Promise<void> => {
          client.connection.send(bytes.subarray(0, 149_000))
          client.connection.send(bytes.subarray(149_000))
        }

        // as a libp2p connection closes: its muxer says goodbye, then the connection below is closed
        await closeMuxer()
        await pair.dialled.close()

        assert.ok(bytes.equals(await arrived))
      })
    }

    it('takes what came before it was asked to', async () => {
      const pair = await wire.pair()
      const options = { signal: AbortSignal.timeout(5000) }
      const dialling = stock(await components()).secureOutbound(pair.dialled, options)

      await until(() => pair.accepted.readBufferLength > 0, 'the first message has come')

      const server = await ours(await components()).secureInbound(pair.accepted, options)
      const client = await dialling
      const arrived = receive(server.connection, 5)

      client.connection.send(Buffer.from('hello'))
      assert.equal(Buffer.from(await arrived).toString(), 'hello')
    })

    for (const type of ['Ed25519', 'secp256k1', 'RSA'] as const) {
      it(`proves an ${type} identity to the stock one, and the other way round`, async () => {
        const [mine, theirs] = [await components(await generateKeyPair(type, 2048)), await components(await generateKeyPair(type, 2048))]
        const secured = await secure(await wire.pair(), ours(mine), stock(theirs))

        assert.equal(secured.client.remotePeer.toString(), theirs.peerId.toString())
        assert.equal(secured.server.remotePeer.toString(), mine.peerId.toString())
      })
    }

    it('refuses a peer other than the one that was dialled', async () => {
      const [client, server, other] = [await components(), await components(), await components()]
      const pair = await wire.pair()

      const accepting = ours(server).secureInbound(pair.accepted, { signal: AbortSignal.timeout(5000) }).catch(() => {})

      await assert.rejects(ours(client).secureOutbound(pair.dialled, { remotePeer: other.peerId, signal: AbortSignal.timeout(5000) }), { name: 'UnexpectedPeerError' })
      pair.dialled.abort(new Error('as the transport does then'))
      await accepting
    })
  })
}
