import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:tls'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { defaultLogger } from '@libp2p/logger'
import { tls } from '../../src/security/index.js'
import { CertificateSource } from '../../src/security/tls/certificate-source.js'
import { components, until, Wire } from './connections.js'
import { forge } from './forge.js'
import type { ConnectionEncrypter, PrivateKey } from '@libp2p/interface'
import type { Socket } from 'node:net'

const LIFETIME = 1000

describe('the certificate of a process', () => {
  let now = 0
  let signatures = 0
  let failing = false
  let privateKey: PrivateKey
  let source: CertificateSource

  before(async () => {
    const key = await generateKeyPair('Ed25519')

    privateKey = new Proxy(key, {
      get (target, property): unknown {
        if (property !== 'sign') {
          return Reflect.get(target, property, target)
        }

        return async (data: Uint8Array) => {
          signatures++

          if (failing) {
            throw new Error('no signature')
          }

          return target.sign(data)
        }
      }
    })
  })

  beforeEach(() => {
    now = 1_000_000
    signatures = 0
    failing = false
    source = new CertificateSource({ privateKey, lifetime: LIFETIME, log: defaultLogger().forComponent('test'), now: () => now })
  })

  it('is made once, whoever asks at the same time', async () => {
    const [first, second] = await Promise.all([source.get(), source.get()])

    assert.equal(first, second)
    assert.equal(source.get(), first)
    assert.equal(signatures, 1)
  })

  it('is renewed when it is too old and not before, while the old one goes on serving', async () => {
    const first = await source.get()

    now += LIFETIME - 1
    assert.equal(source.get(), first)
    assert.equal(signatures, 1)
    now++
    assert.equal(source.get(), first)
    assert.equal(source.get(), first)
    await until(() => source.get() !== first, 'there is a new one')
    assert.equal(signatures, 2)
  })

  it('stays in use when it cannot be renewed, and is tried again a minute later', async () => {
    const first = await source.get()

    failing = true
    now += LIFETIME
    assert.equal(source.get(), first)
    await until(() => signatures === 2, 'it was tried')
    await new Promise(resolve => setImmediate(resolve))
    assert.equal(source.get(), first)
    assert.equal(signatures, 2)
    failing = false
    now += 60_000
    assert.equal(source.get(), first)
    await until(() => source.get() !== first, 'there is a new one')
  })

  it('tells the first who asks that it cannot be made, and can be made later', async () => {
    failing = true
    await assert.rejects(async () => source.get(), /no signature/)
    failing = false
    assert.ok(await source.get() != null)
  })

  describe('on the wire', () => {
    const wire = new Wire()

    after(async () => wire.stop())

    /** A bare TLS peer that dials `encrypter`. */
    async function dial (encrypter: ConnectionEncrypter): Promise<{ serial: string, answers: () => Promise<void> }> {
      const { dialled, accepted } = await wire.pair()
      const { socket } = dialled as unknown as { socket: Socket }

      socket.removeAllListeners('data')

      const raw = connect({ ...await forge({ identity: privateKey }), socket, rejectUnauthorized: false, ALPNProtocols: ['libp2p'] })

      raw.on('error', () => {})

      const { connection } = await encrypter.secureInbound(accepted, { signal: AbortSignal.timeout(5000) })

      return {
        serial: raw.getPeerX509Certificate()?.serialNumber ?? '',
        answers: async () => {
          const arrived = once(raw, 'data')

          connection.send(Uint8Array.of(1))
          await arrived
        }
      }
    }

    it('is the same for all connections', async () => {
      const encrypter = tls()(await components())
      const [first, second] = [await dial(encrypter), await dial(encrypter)]

      assert.notEqual(first.serial, '')
      assert.equal(second.serial, first.serial)
    })

    it('is a new one after its time, and connections under the old one go on', async () => {
      const encrypter = tls({ certificateLifetimeSeconds: 0 })(await components())
      const opened = [await dial(encrypter)]

      while (opened.at(-1)?.serial === opened[0]?.serial) {
        opened.push(await dial(encrypter))
        assert.ok(opened.length < 100)
      }

      for (const { answers } of opened) {
        await answers()
      }
    })
  })
})
