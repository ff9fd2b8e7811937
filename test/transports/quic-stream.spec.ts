import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { StreamResetError } from '@libp2p/interface'
import { PROTOCOL, ending, node, pair, stopAll, until, write } from './nodes.js'
import { rawPeer } from './raw-peer.js'
import type { Kind, Pair } from './nodes.js'
import type { Stream } from '@libp2p/interface'

const PAIRS: ReadonlyArray<readonly [Kind, Kind]> = [['ours', 'stock'], ['stock', 'ours'], ['ours', 'ours']]

describe('streams of the QUIC transport', () => {
  afterEach(stopAll)

  for (const kinds of PAIRS) {
    describe(`${kinds[0]} dials ${kinds[1]}`, () => {
      let link: Pair
      /** An end that is ours, and the other one. */
      let open: () => Promise<[Stream, Stream]>

      beforeEach(async () => {
        link = await pair(kinds)
        open = async () => {
          const [a, b] = await link.stream()
          return kinds[0] === 'ours' ? [a, b] : [b, a]
        }
      })

      it('ends as reset when the peer resets before anything was read', async () => {
        const [own, peer] = await open()
        const end = ending(own)
        peer.abort(new Error('cut'))
        const { status, error, fin } = await end

        assert.equal(status, 'reset')
        assert.equal(error?.name, StreamResetError.name)
        assert.equal(fin, false)
      })

      it('ends as reset when the peer resets after some bytes', async () => {
        const [own, peer] = await open()
        const end = ending(own)
        peer.send(new Uint8Array(1000))
        await until(() => own.readStatus === 'readable' && peer.writeBufferLength === 0)
        peer.abort(new Error('cut'))
        const { status, error, fin } = await end

        assert.equal(status, 'reset')
        assert.equal(error?.name, StreamResetError.name)
        assert.equal(fin, false)
      })

      it('gives out bytes that were read before the reset came', async () => {
        const [own, peer] = await open()
        own.pause()
        peer.send(new Uint8Array(100))
        await until(() => own.readBufferLength === 100)
        const closed = once(own, 'close')
        peer.abort(new Error('cut'))
        await closed
        assert.equal(own.status, 'reset')

        let bytes = 0
        own.addEventListener('message', event => { bytes += event.data.byteLength })
        own.resume()
        assert.equal(bytes, 100)
      })

      it('notices a reset while it is paused and the peer had sent more than is read', async () => {
        const [own, peer] = await open()
        own.pause()
        const closed = once(own, 'close')
        peer.send(new Uint8Array(300_000))
        await until(() => own.readBufferLength > 0 && peer.writeBufferLength === 0)
        peer.abort(new Error('cut'))
        const [event] = await closed

        assert.equal(own.status, 'reset')
        assert.equal(event.error.name, StreamResetError.name)
      })

      it('takes a FIN for a FIN and writes on', async () => {
        const [own, peer] = await open()
        const atPeer = ending(peer)
        const end = ending(own)
        const finished = once(own, 'remoteCloseWrite')
        peer.send(new Uint8Array(10))
        await peer.close()
        await finished
        assert.equal(own.status, 'open')

        await write(own, new Uint8Array(200_000))
        await own.close()

        const { status, error, bytes, fin } = await end
        assert.deepEqual({ status, error, bytes, fin }, { status: 'closed', error: undefined, bytes: 10, fin: true })
        assert.equal((await atPeer).bytes, 200_000)
      })

      it('sends a FIN and reads on', async () => {
        const [own, peer] = await open()
        const atPeer = ending(peer)
        const end = ending(own)
        const finished = once(peer, 'remoteCloseWrite')
        own.send(new Uint8Array(10))
        await own.close()
        await finished

        await write(peer, new Uint8Array(200_000))
        await peer.close()

        const { status, bytes } = await end
        assert.deepEqual({ status, bytes }, { status: 'closed', bytes: 200_000 })
        assert.deepEqual({ ...await atPeer }, { status: 'closed', bytes: 10, fin: true, error: undefined })
      })

      it('carries 30 MB both ways at once, bit for bit', async () => {
        const [own, peer] = await open()
        const hashes = await Promise.all([copy(own, peer), copy(peer, own)])

        for (const { sent, received } of hashes) {
          assert.equal(received, sent)
        }
      })

      it('opens 200 streams side by side', async () => {
        const counts = await Promise.all(Array.from({ length: 200 }, async (_, i) => {
          const [own, peer] = await open()
          const end = ending(own)
          const atPeer = ending(peer)
          peer.send(new Uint8Array(i))
          await Promise.all([peer.close(), own.close()])
          const [{ status, bytes }, { status: peerStatus }] = await Promise.all([end, atPeer])
          assert.deepEqual({ status, peerStatus }, { status: 'closed', peerStatus: 'closed' })
          return bytes
        }))

        assert.equal(counts.reduce((sum, bytes) => sum + bytes), 199 * 100)
        await until(() => link.connection.streams.length === 0 && link.inbound.streams.length === 0)
      })

      it('flushes what is pending when it is closed', async () => {
        const [own, peer] = await open()
        const end = ending(peer)
        const data = randomBytes(3_000_000)
        own.send(data)
        await own.close()
        await until(() => peer.remoteWriteStatus === 'closed')
        await peer.close()
        assert.equal((await end).bytes, data.byteLength)
      })

      it('ends its streams with an error when the connection is cut', async () => {
        const [own, peer] = await open()
        const end = ending(own)
        peer.send(new Uint8Array(10))
        await until(() => peer.writeBufferLength === 0)
        const other = kinds[0] === 'ours' ? link.inbound : link.connection
        other.abort(new Error('cut'))
        const { status, error } = await end

        assert.notEqual(status, 'closed')
        assert.ok(error != null)
      })

      it('ends paused streams with an error when the connection is cut', async () => {
        const [own, peer] = await open()
        own.pause()
        const closed = once(own, 'close')
        peer.send(new Uint8Array(300_000))
        await until(() => own.readBufferLength > 0)
        const other = kinds[0] === 'ours' ? link.inbound : link.connection
        other.abort(new Error('cut'))
        const [event] = await closed

        assert.equal(own.status, 'aborted')
        assert.ok(event.error != null)
      })
    })
  }

  describe('a reader that is paused', () => {
    for (const peerKind of ['ours', 'stock'] as const) {
      it(`holds a sender that is ${peerKind} and keeps at most one chunk`, async () => {
        const link = await pair([peerKind, 'ours'], { listener: { quic: { maxStreamData: 500_000 } } })
        const [sender, reader] = await link.stream()
        const total = 20_000_000
        let most = 0
        let bytes = 0

        reader.pause()
        const sent = (async () => {
          for (let i = 0; i < 200; i++) {
            await write(sender, new Uint8Array(total / 200))
          }

          await sender.close()
        })()

        let stalled = 0
        let before = -1

        // it stands still when nothing changes any more
        await until(() => {
          most = Math.max(most, reader.readBufferLength)
          stalled = sender.writeBufferLength === before ? stalled + 1 : 0
          before = sender.writeBufferLength
          return stalled > 50
        })

        assert.ok(sender.writableNeedsDrain, 'the sender is held')
        assert.ok(most > 0 && most <= 65_536 + 20, `${most} bytes were kept`)

        reader.addEventListener('message', event => { bytes += event.data.byteLength })
        reader.resume()
        await sent
        await until(() => bytes === total)
        await reader.close()
      })
    }

    it('keeps at most one chunk while nobody listens', async () => {
      const link = await pair(['stock', 'ours'])
      const [sender, reader] = await link.stream()
      sender.send(new Uint8Array(5_000_000))
      await until(() => reader.readBufferLength > 0)
      await until(() => sender.writableNeedsDrain)
      assert.ok(reader.readBufferLength <= 65_536)

      const end = ending(reader)
      await sender.close()
      await until(() => reader.remoteWriteStatus === 'closed')
      await reader.close()
      assert.equal((await end).bytes, 5_000_000)
    })

    it('learns of the reset of a sender that it held, when it reads on', async () => {
      const link = await pair(['ours', 'ours'])
      const [sender, reader] = await link.stream()
      reader.pause()
      sender.send(new Uint8Array(10_000_000))
      await until(() => reader.readBufferLength > 0 && sender.writableNeedsDrain)
      sender.abort(new Error('enough'))

      const end = ending(reader)
      reader.resume()
      const { status, bytes, fin } = await end
      assert.equal(status, 'reset')
      assert.equal(fin, false)
      assert.ok(bytes < 10_000_000)
    })

    for (const peerKind of ['ours', 'stock'] as const) {
      it(`tells a peer that is ${peerKind} of its abort`, async () => {
        const link = await pair([peerKind, 'ours'])
        const [sender, reader] = await link.stream()
        const inspected = peerKind === 'ours' ? ending(sender) : undefined
        reader.pause()
        sender.send(new Uint8Array(10_000_000))
        await until(() => reader.readBufferLength > 0)
        reader.abort(new Error('enough'))

        // the stock stream knows no reset: its write fails, and it is aborted by that
        await until(() => sender.status !== 'open')
        assert.notEqual(sender.status, 'closed')

        if (inspected != null) {
          assert.equal((await inspected).status, 'reset')
        }
      })
    }
  })

  it('aborts with RESET_STREAM and STOP_SENDING, and sends no FIN', async () => {
    const listener = await node('ours')
    const arrived = Promise.withResolvers<Stream>()
    await listener.handle(PROTOCOL, stream => { arrived.resolve(stream) })
    const raw = await rawPeer(listener)
    const peer = await raw.open(PROTOCOL)
    const own = await arrived.promise
    own.send(new Uint8Array(100))
    own.abort(new Error('enough'))
    const read = (async () => { while (await peer.read(10) != null) { /* what came before */ } })()
    await assert.rejects(read, /^Error: stream reset by peer/)
    // the first bytes that come end the read that was under way, and the stop follows
    await assert.rejects(async () => { while (true) { await peer.write(new Uint8Array(1)) } }, /^Error: sending stopped by peer/)
    raw.close()
  })

  it('closes its writing half alone when the peer stops reading', async () => {
    const listener = await node('ours')
    const arrived = Promise.withResolvers<Stream>()
    await listener.handle(PROTOCOL, stream => { arrived.resolve(stream) })
    const raw = await rawPeer(listener)
    const peer = await raw.open(PROTOCOL)
    const own = await arrived.promise
    const end = ending(own)
    await peer.stopRead()
    await until(() => {
      try {
        own.send(new Uint8Array(1000))
        return false
      } catch {
        return true
      }
    })

    assert.equal(own.status, 'open')
    assert.equal(own.writeStatus, 'closed')
    await peer.write(new Uint8Array(7))
    await peer.finishWrite()
    assert.equal((await end).bytes, 7)
    raw.close()
  })

  it('ends as reset when the peer stops reading and then resets', async () => {
    const listener = await node('ours')
    const arrived = Promise.withResolvers<Stream>()
    await listener.handle(PROTOCOL, stream => { arrived.resolve(stream) })
    const raw = await rawPeer(listener)
    const peer = await raw.open(PROTOCOL)
    const own = await arrived.promise
    own.pause()
    const end = ending(own)
    await peer.stopRead()
    await peer.resetWrite()
    assert.equal((await end).status, 'reset')
    raw.close()
  })

  it('rejects close() when the signal aborts before all is written', async () => {
    const link = await pair(['ours', 'ours'])
    const [own, peer] = await link.stream()
    peer.pause()
    own.send(new Uint8Array(10_000_000))
    await assert.rejects(own.close({ signal: AbortSignal.timeout(50) }))
    own.abort(new Error('done'))
  })
})

async function copy (from: Stream, to: Stream): Promise<{ sent: string, received: string }> {
  const sent = createHash('sha256')
  const received = createHash('sha256')
  to.addEventListener('message', event => {
    received.update(event.data.subarray())
  })
  const finished = once(to, 'end')

  for (let left = 30_000_000; left > 0;) {
    const chunk = randomBytes(Math.min(left, 1 + Math.floor(Math.random() * 300_000)))
    left -= chunk.byteLength
    sent.update(chunk)
    await write(from, chunk)
  }

  await from.close()
  await finished

  return { sent: sent.digest('hex'), received: received.digest('hex') }
}
