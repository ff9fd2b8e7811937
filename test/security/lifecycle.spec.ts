import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { closed, components, OURS, receive, room, secure, sendAll, STOCK, until, Wire } from './connections.js'
import type { Maker, Pair, Secured } from './connections.js'
import type { Socket } from 'node:net'

const MIB = 1024 * 1024

describe('an encrypted connection', () => {
  const failures: unknown[] = []
  const note = (err: unknown): void => { failures.push(err) }

  before(() => {
    process.on('uncaughtExceptionMonitor', note)
    process.on('unhandledRejection', note)
  })

  after(() => {
    process.off('uncaughtExceptionMonitor', note)
    process.off('unhandledRejection', note)
  })

  afterEach(() => { assert.deepEqual(failures.splice(0), []) })

  for (const name of ['tls', 'noise']) {
    // both are known names
    const ours = OURS[name] as Maker
    const stock = STOCK[name] as Maker

    describe(`of ${name}`, () => {
      const wire = new Wire()

      after(async () => wire.stop())

      async function connect (client = ours, server = ours): Promise<Pair & Secured> {
        const pair = await wire.pair()

        return { ...pair, ...await secure(pair, client(await components()), server(await components())) }
      }

      it('holds a sender whose reader has stopped, and goes on when the reader does', async () => {
        const { client, server } = await connect(ours, ours)
        const chunk = randomBytes(64 * 1024)
        let sent = 0

        server.connection.addEventListener('message', () => {})
        server.connection.pause()

        // the kernel's buffers on loopback take some MiB
        while (sent < 64 * MIB && (client.connection.send(chunk) || await drained(client.connection))) {
          sent += chunk.byteLength
        }

        assert.ok(sent < 32 * MIB, `${sent} bytes were taken`)
        assert.ok(server.connection.readBufferLength <= 4 * MIB)

        const total = sent + chunk.byteLength
        let arrived = 0

        server.connection.addEventListener('message', event => { arrived += event.data.byteLength })
        server.connection.resume()
        await until(() => arrived === total, 'all that was sent arrives')
        await until(() => !client.connection.writableNeedsDrain, 'the sender is told')
      })

      it('can be paused and resumed at any time', async () => {
        const { client, server } = await connect()
        const bytes = randomBytes(8 * MIB)
        const whole = receive(server.connection, bytes.byteLength)

        server.connection.addEventListener('message', () => {
          server.connection.pause()
          setImmediate(() => { server.connection.resume() })
        })
        await Promise.all([whole, sendAll(client.connection, [bytes.subarray(0, MIB), bytes.subarray(MIB, 3 * MIB), bytes.subarray(3 * MIB)])])
        assert.ok(bytes.equals(await whole))
      })

      for (const [title, other] of [['ours', ours], ['stock', stock]] as const) {
        it(`ends on both sides when one of them closes (${title})`, async () => {
          const { client, server, dialled, accepted } = await connect(ours, other)
          const ends = Promise.all([closed(dialled), closed(accepted), closed(client.connection), closed(server.connection)])

          await client.connection.close()

          for (const event of await ends) {
            assert.equal(event.error, undefined)
          }

          assert.equal(client.connection.status, 'closed')
          assert.equal(server.connection.status, 'closed')
          assert.ok(dialled.timeline.close != null && accepted.timeline.close != null)
          await until(() => socketOf(dialled).destroyed && socketOf(accepted).destroyed, 'both sockets are gone')
        })

        it(`ends on both sides when the remote closes (${title})`, async () => {
          const { client, server, dialled, accepted } = await connect(ours, other)
          const ends = Promise.all([closed(dialled), closed(client.connection)])

          server.connection.send(randomBytes(1000))
          await receive(client.connection, 1000)
          await accepted.close()

          for (const event of await ends) {
            assert.equal(event.error, undefined)
          }

          assert.equal(server.connection.status, 'closed')
        })

        it(`tells a reset in the middle of a transfer (${title})`, async () => {
          const { client, server, dialled, accepted } = await connect(ours, other)
          const ends = Promise.all([closed(dialled), closed(client.connection)])

          await Promise.all([receive(server.connection, MIB), sendAll(client.connection, [randomBytes(MIB)])])
          client.connection.send(randomBytes(MIB))
          server.connection.send(randomBytes(MIB))
          accepted.abort(new Error('told in the test'))

          for (const event of await ends) {
            assert.match(String(event.error), /ECONNRESET|EPIPE|TCP transmission|reset/)
          }

          assert.equal(server.connection.status, 'aborted')
          assert.throws(() => client.connection.send(Uint8Array.of(1)))
        })
      }

      it('is aborted from above and from below', async () => {
        for (const side of ['above', 'below'] as const) {
          const { client, server, dialled } = await connect()
          const ends = Promise.all([closed(client.connection), closed(dialled)])

          server.connection.addEventListener('message', () => {})
          client.connection.send(randomBytes(MIB))
          ;(side === 'above' ? client.connection : dialled).abort(new Error('told in the test'))

          for (const event of await ends) {
            assert.equal(event.error?.message, 'told in the test')
            assert.equal(event.local, true)
          }

          await until(() => socketOf(dialled).destroyed && server.connection.status !== 'open', 'the socket is gone and the remote hears of it')
        }
      })

      it('is aborted at any moment, on either side, in the middle of what it does', async () => {
        const moments: Record<string, (secured: Pair & Secured, abort: () => void) => void> = {
          'right after the handshake': (_, abort) => { abort() },
          'within a message': ({ client, server }, abort) => {
            server.connection.addEventListener('message', abort, { once: true })
            client.connection.send(randomBytes(200_000))
          },
          'within its own sending': ({ server }, abort) => {
            server.connection.send(randomBytes(200_000))
            abort()
          },
          'in the microtask after it': ({ server }, abort) => {
            server.connection.send(randomBytes(200_000))
            queueMicrotask(abort)
          },
          'while the remote sends': ({ client, server }, abort) => {
            server.connection.addEventListener('message', () => {})
            client.connection.send(randomBytes(MIB))
            setImmediate(abort)
          },
          'while the remote closes': ({ client }, abort) => {
            client.connection.close().catch(() => {})
            setImmediate(abort)
          },
          'while it closes': ({ server }, abort) => {
            server.connection.close().catch(() => {})
            abort()
          }
        }

        for (let round = 0; round < 5; round++) {
          for (const [moment, run] of Object.entries(moments)) {
            for (const side of ['above', 'below'] as const) {
              const secured = await connect(round % 2 === 0 ? ours : stock)

              run(secured, () => { (side === 'above' ? secured.server.connection : secured.accepted).abort(new Error(moment)) })
              await until(() => socketOf(secured.dialled).destroyed && socketOf(secured.accepted).destroyed, `both sockets are gone when it is aborted ${moment}`)
            }
          }
        }
      })

      it('leaves no listener of its own on what has closed', async () => {
        const { client, server, dialled, accepted } = await connect()
        const plain = await wire.pair()
        const events = ['message', 'drain', 'close', 'remoteCloseWrite']
        const count = (connection: unknown, event: string): number => (connection as { listenerCount: (event: string) => number }).listenerCount(event)

        await client.connection.close()
        await until(() => server.connection.status === 'closed', 'both are closed')

        for (const connection of [dialled, accepted]) {
          for (const event of events) {
            assert.ok(count(connection, event) <= count(plain.dialled, event), `${event} is still listened to`)
          }

          assert.equal(socketOf(connection).listenerCount('data'), name === 'tls' ? 0 : 1)
        }
      })

      it('ends a handshake that the remote does not go on with, when the signal says so', async () => {
        for (const side of ['secureInbound', 'secureOutbound'] as const) {
          const { accepted, dialled } = await wire.pair()
          const controller = new AbortController()
          const handshake = ours(await components())[side](accepted, { signal: controller.signal })

          setImmediate(() => { controller.abort(new Error('too late')) })
          await assert.rejects(handshake)
          // as the transport does
          accepted.abort(new Error('the upgrade failed'))
          await until(() => dialled.status !== 'open', 'the remote hears of it')
          await until(() => socketOf(accepted).destroyed, 'the socket is gone')
        }
      })

      it('refuses to begin when the signal has spoken already', async () => {
        const { accepted } = await wire.pair()

        await assert.rejects(ours(await components()).secureInbound(accepted, { signal: AbortSignal.abort() }))
        accepted.abort(new Error('the upgrade failed'))
        await until(() => socketOf(accepted).destroyed, 'the socket is gone')
      })

      it('fails a handshake that the remote cuts at any point', async () => {
        for (const bytes of [0, 1, 40, 100]) {
          const { accepted, dialled } = await wire.pair()
          const relayed = await wire.pair()
          const handshake = ours(await components()).secureInbound(accepted, { signal: AbortSignal.timeout(5000) })
          const dialling = ours(await components()).secureOutbound(relayed.dialled, { signal: AbortSignal.timeout(5000) }).catch(() => {})
          let left = bytes

          dialled.addEventListener('message', event => { relayed.accepted.send(event.data) })
          relayed.accepted.addEventListener('message', event => {
            if (dialled.status === 'open') {
              const passed = event.data.slice(0, Math.min(left, event.data.byteLength))

              dialled.send(passed)
              left -= passed.byteLength

              if (left === 0) {
                dialled.abort(new Error('cut'))
                relayed.accepted.abort(new Error('cut'))
              }
            }
          })

          await assert.rejects(handshake)
          // who dials has no more to wait for when it has sent the last message
          await dialling
          accepted.abort(new Error('the upgrade failed'))
          await until(() => socketOf(accepted).destroyed, 'the socket is gone')
        }
      })

      it('fails a handshake with a remote that speaks something else', async () => {
        for (const junk of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), randomBytes(100), Buffer.alloc(70_000)]) {
          const { accepted, dialled } = await wire.pair()
          const handshake = ours(await components()).secureInbound(accepted, { signal: AbortSignal.timeout(1000) })

          dialled.send(junk)
          dialled.close().catch(() => {})
          await assert.rejects(handshake)
          accepted.abort(new Error('the upgrade failed'))
        }
      })

      it('is aborted when a byte is changed on the way', async () => {
        for (const tampered of ['client', 'server'] as const) {
          const [outer, inner] = [await wire.pair(), await wire.pair()]
          // client – outer.dialled → outer.accepted ⇄ inner.dialled → inner.accepted – server
          const active = { tampering: false }
          const relay = (from: Pair['dialled'], to: Pair['dialled'], victim: 'client' | 'server'): void => {
            from.addEventListener('message', event => {
              const bytes = event.data.slice()

              if (active.tampering && tampered === victim) {
                // within the first record, behind its head
                bytes[20] = (bytes[20] ?? 0) ^ 1
              }

              if (to.status === 'open') {
                to.send(bytes)
              }
            })
          }

          relay(outer.accepted, inner.dialled, 'server')
          relay(inner.dialled, outer.accepted, 'client')

          const { client, server } = await secure({ dialled: outer.dialled, accepted: inner.accepted }, ours(await components()), ours(await components()))
          const [victim, sender] = tampered === 'client' ? [client, server] : [server, client]
          const received: number[] = []

          await Promise.all([receive(victim.connection, 10), sendAll(sender.connection, [randomBytes(10)])])
          victim.connection.addEventListener('message', event => { received.push(event.data.byteLength) })

          const end = closed(victim.connection)

          active.tampering = true
          sender.connection.send(randomBytes(1000))

          const event = await end

          assert.ok(event.error != null && event.local)
          assert.equal(victim.connection.status, 'aborted')
          assert.deepEqual(received, [])
        }
      })

      it('ends after the silence that its transport allows', async () => {
        const short = new Wire(200)

        try {
          const pair = await short.pair()
          const { client } = await secure(pair, ours(await components()), ours(await components()))
          const [below, above] = await Promise.all([closed(pair.dialled), closed(client.connection)])

          assert.ok(below.error != null && above.error != null)
          await until(() => socketOf(pair.dialled).destroyed, 'the socket is gone')
        } finally {
          await short.stop()
        }
      })

      it('stays open as long as something comes or goes', async () => {
        const short = new Wire(400)

        try {
          const pair = await short.pair()
          const { client, server } = await secure(pair, ours(await components()), ours(await components()))
          const start = Date.now()

          server.connection.addEventListener('message', () => {})

          while (Date.now() - start < 1200) {
            client.connection.send(Uint8Array.of(1))
            await new Promise(resolve => setTimeout(resolve, 50))
          }

          assert.equal(client.connection.status, 'open')
          assert.equal(server.connection.status, 'open')
        } finally {
          await short.stop()
        }
      })
    })
  }
})

function socketOf (connection: object): Socket {
  return (connection as { socket: Socket }).socket
}

/** Whether there is room again before long. */
async function drained (stream: Secured['client']['connection']): Promise<boolean> {
  return room(stream, 300).then(() => true, () => false)
}
