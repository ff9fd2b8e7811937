import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { noise as stockNoise } from '@libp2p/noise'
import { NoiseEncrypter } from '../../src/security/noise/encrypter.js'
import { NoiseStream } from '../../src/security/noise/noise-stream.js'
import { holdSocket } from '../../src/security/tls/raw-socket.js'
import { TlsStream } from '../../src/security/tls/tls-stream.js'
import { forgetWarning } from '../../src/security/warning.js'
import { noise, tls } from '../../src/security/index.js'
import { components, OURS, receive, secure, STOCK, Wire } from './connections.js'
import type { PrivateKey } from '@libp2p/interface'
import type { Maker } from './connections.js'

// A failure here means that a new version of a dependency took away what src/security leans on: it works on, at the stock
// encrypters' cost, and says so once.
describe('what the encrypters lean on', () => {
  const wire = new Wire()

  after(async () => wire.stop())

  it('is there: a connection of @libp2p/tcp gives its socket', async () => {
    for (const connection of Object.values(await wire.pair())) {
      assert.equal(holdSocket(connection).kind, 'taken')
    }
  })

  it('is there: both sides of TLS run on the real socket', async () => {
    const { client, server } = await secure(await wire.pair(), tls()(await components()), tls()(await components()))

    assert.ok(client.connection instanceof TlsStream)
    assert.ok(server.connection instanceof TlsStream)
  })

  it('is there: the handshake of @libp2p/noise gives its keys', async () => {
    const { client, server } = await secure(await wire.pair(), noise()(await components()), noise()(await components()))

    assert.ok(client.connection instanceof NoiseStream)
    assert.ok(server.connection instanceof NoiseStream)
  })

  describe('when it is missing', () => {
    it('TLS goes the stock way, with one warning for all connections', async () => {
      const warnings: string[] = []
      const onWarning = (message: string): void => { warnings.push(message) }

      forgetWarning('tls')

      for (const hide of ['socket', 'readBuffer', 'sendClose', 'sendReset']) {
        const pair = await wire.pair()
        // the connection as a later version might build it
        const accepted = without(pair.accepted, hide)
        const { client, server } = await secure({ ...pair, accepted }, tls({ onWarning })(await components()), tls({ onWarning })(await components()))
        const arrived = receive(server.connection, 5)

        assert.ok(!(server.connection instanceof TlsStream))
        client.connection.send(Buffer.from('hello'))
        assert.equal(Buffer.from(await arrived).toString(), 'hello')
      }

      assert.equal(warnings.length, 1)
      assert.match(warnings[0] ?? '', /stock path/)
    })

    it('Noise goes the stock way from the second connection on, with one warning', async () => {
      const warnings: string[] = []
      // as if Split() were done in some other way: by the stock crypto
      const changed: typeof stockNoise = ({ crypto: _, ...init } = {}) => stockNoise(init)
      const encrypter = new NoiseEncrypter(await components(), { onWarning: message => { warnings.push(message) } }, changed)

      forgetWarning('noise')

      for (const connection of ['first', 'second', 'third']) {
        const pair = await wire.pair()
        const accepting = encrypter.secureInbound(pair.accepted, { signal: AbortSignal.timeout(5000) })
        const dialling = noise()(await components()).secureOutbound(pair.dialled, { signal: AbortSignal.timeout(5000) })

        if (connection === 'first') {
          await assert.rejects(accepting, /keys of the handshake/)
          await dialling
          continue
        }

        const [server, client] = await Promise.all([accepting, dialling])
        const arrived = receive(server.connection, 5)

        client.connection.send(Buffer.from('hello'))
        assert.equal(Buffer.from(await arrived).toString(), 'hello')
      }

      assert.equal(warnings.length, 1)
      assert.match(warnings[0] ?? '', /stock record layer/)
    })
  })

  it('is not looked for where there is no socket: no warning', async () => {
    const warnings: string[] = []
    const pair = await wire.pair()
    const hidden = without(pair.accepted, 'socket', 'remoteAddr')

    forgetWarning('tls')
    await secure({ ...pair, accepted: hidden }, tls()(await components()), tls({ onWarning: message => { warnings.push(message) } })(await components()))
    assert.deepEqual(warnings, [])
  })
})

describe('a Noise peer', () => {
  const wire = new Wire()

  after(async () => wire.stop())

  for (const [title, maker] of Object.entries({ ours: OURS.noise as Maker, stock: STOCK.noise as Maker })) {
    it(`is refused when its identity did not sign its key (${title})`, async () => {
      const [real, other] = [await generateKeyPair('Ed25519'), await generateKeyPair('Ed25519')]
      const liar = new Proxy(real, {
        get: (target, property): unknown => property === 'sign' ? other.sign.bind(other) : Reflect.get(target, property, target)
      }) satisfies PrivateKey
      const pair = await wire.pair()
      const options = { signal: AbortSignal.timeout(5000) }
      const dialling = maker(await components(liar)).secureOutbound(pair.dialled, options).catch(() => {})

      await assert.rejects((OURS.noise as Maker)(await components()).secureInbound(pair.accepted, options), /Invalid payload signature/)
      pair.accepted.abort(new Error('the upgrade failed'))
      await dialling
    })
  }

  it('signs its static key once for all handshakes', async () => {
    const key = await generateKeyPair('Ed25519')
    let signatures = 0
    const counting = new Proxy(key, {
      get (target, property): unknown {
        if (property === 'sign') {
          signatures++
        }

        const value: unknown = Reflect.get(target, property, target)

        return typeof value === 'function' ? value.bind(target) : value
      }
    })
    const encrypter = noise()(await components(counting))

    for (let i = 0; i < 3; i++) {
      await secure(await wire.pair(), noise()(await components()), encrypter)
    }

    assert.equal(signatures, 1)
  })
})

/** The same connection, to whoever does not look for these properties. */
function without <T extends object> (connection: T, ...properties: string[]): T {
  return new Proxy(connection, {
    get (target, property): unknown {
      const value: unknown = properties.includes(String(property)) ? undefined : Reflect.get(target, property, target)

      // the log is a function with properties of its own
      return typeof value === 'function' && property !== 'log' ? value.bind(target) : value
    },
    set: (target, property, value) => Reflect.set(target, property, value, target)
  })
}
