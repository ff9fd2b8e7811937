import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { connect, TLSSocket } from 'node:tls'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { generateCertificate, verifyPeerCertificate } from '@libp2p/tls/utils'
import { der, extension, octets, sequence } from '../../src/security/tls/der-writer.js'
import { makeCertificate } from '../../src/security/tls/make-certificate.js'
import { verifyCertificate } from '../../src/security/tls/verify.js'
import { components, OURS, until, Wire } from './connections.js'
import { forge, newKey } from './forge.js'
import type { ConnectionEncrypter, PrivateKey } from '@libp2p/interface'
import type { Socket } from 'node:net'
import type { Forgery } from './forge.js'
import type { Maker } from './connections.js'

const HOUR_MS = 3600 * 1000
const UNKNOWN_OID = Buffer.from('06032a0304', 'hex')
const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex')

describe('the rules of libp2p for a certificate', () => {
  let identity: PrivateKey
  let other: PrivateKey

  before(async () => {
    identity = await generateKeyPair('Ed25519')
    other = await generateKeyPair('Ed25519')
  })

  async function verify (forgery: Omit<Forgery, 'identity'>, now = Date.now()): Promise<string> {
    const { der } = await forge({ identity, ...forgery })

    return (await verifyCertificate(new X509Certificate(der), { now })).toString()
  }

  async function assertRefused (forgery: Omit<Forgery, 'identity'>, message: RegExp): Promise<void> {
    await assert.rejects(verify(forgery), { code: 'invalid_certificate', message })
  }

  async function assertAccepted (forgery: Omit<Forgery, 'identity'>): Promise<void> {
    assert.equal(await verify(forgery), peerIdFromPrivateKey(identity).toString())
  }

  it('accept what follows them, and what the stock encrypter makes', async () => {
    await assertAccepted({})
    assert.equal(
      (await verifyCertificate(new X509Certificate((await generateCertificate(identity)).cert), { now: Date.now() })).toString(),
      peerIdFromPrivateKey(identity).toString()
    )
  })

  for (const type of ['Ed25519', 'RSA', 'secp256k1'] as const) {
    it(`are followed by what this node makes for an ${type} identity, as the stock encrypter sees it`, async () => {
      const key = type === 'RSA' ? await generateKeyPair(type, 2048) : await generateKeyPair(type)
      const peerId = peerIdFromPrivateKey(key)
      const certificate = new X509Certificate((await makeCertificate(key)).cert)

      assert.ok((await verifyCertificate(certificate, { now: Date.now() })).equals(peerId))
      assert.ok((await verifyPeerCertificate(certificate.raw, peerId)).equals(peerId))
    })
  }

  it('accept an RSA and a secp256k1 identity', async () => {
    for (const key of [await generateKeyPair('RSA', 2048), await generateKeyPair('secp256k1')]) {
      const { der } = await forge({ identity: key })

      assert.equal((await verifyCertificate(new X509Certificate(der), { now: Date.now() })).toString(), peerIdFromPrivateKey(key).toString())
    }
  })

  it('accept it in its first and its last second, and not before or after', async () => {
    const [notBefore, notAfter] = [new Date(1_900_000_000_000), new Date(2_600_000_000_000)] // the second is after 2049
    const at = async (now: number): Promise<string> => verify({ notBefore, notAfter }, now)

    await at(notBefore.getTime())
    await at(notAfter.getTime())
    await assert.rejects(at(notBefore.getTime() - 1), /not valid yet/)
    await assert.rejects(at(notAfter.getTime() + 1), /expired/)
  })

  it('refuse none at all', async () => {
    await assert.rejects(verifyCertificate(undefined, { now: Date.now() }), { code: 'invalid_certificate', message: /no certificate/ })
  })

  it('refuse one that another key has signed', async () => {
    await assertRefused({ certificateSigner: newKey() }, /signature of the certificate/)
  })

  it('refuse one that names another issuer', async () => {
    await assertRefused({ issuer: sequence(der(0x31, sequence(Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from('someone'))))) }, /not self-signed/)
  })

  it('refuse one without the libp2p extension, and one with two', async () => {
    await assertRefused({ times: 0 }, /exactly once/)
    await assertRefused({ times: 2 }, /exactly once/)
  })

  it('refuse an identity that did not sign', async () => {
    await assertRefused({ signer: other }, /did not sign/)
  })

  it('refuse an identity that signed another certificate', async () => {
    await assertRefused({ signedKey: newKey() }, /did not sign/)
  })

  it('refuse an extension that is cut, empty or goes on', async () => {
    const whole = sequence(octets(Buffer.alloc(36)), octets(Buffer.alloc(64)))

    for (const value of [Buffer.alloc(0), whole.subarray(0, 20), sequence(octets(Buffer.alloc(36))), Buffer.concat([whole, whole]), sequence(octets(Buffer.from('0801', 'hex')), octets(Buffer.alloc(64)))]) {
      await assertRefused({ value }, /extension is malformed|did not sign/)
    }
  })

  it('refuse a critical extension that nobody here knows, and ignore one that is not critical', async () => {
    await assertRefused({ extensions: [extension(UNKNOWN_OID, Buffer.of(1), true)] }, /critical extension/)
    await assertAccepted({ extensions: [extension(UNKNOWN_OID, Buffer.of(1), false)] })
    await assertAccepted({ extensions: [extension(BASIC_CONSTRAINTS, sequence(), true)] })
  })

  it('accept a libp2p extension that is not critical, and one that is not the first', async () => {
    await assertAccepted({ critical: false })
    await assertAccepted({ extensionsBefore: [extension(UNKNOWN_OID, Buffer.of(1), false)] })
  })

  it('refuse a signature by way of SHA-1, and unique identifiers', async () => {
    await assertRefused({ hash: 'sha1' }, /not allowed/)
    await assertRefused({ uniqueIds: true }, /unique identifiers/)
  })

  it('refuse someone else than expected', async () => {
    const { der } = await forge({ identity })

    await assert.rejects(verifyCertificate(new X509Certificate(der), { now: Date.now(), expected: peerIdFromPrivateKey(other) }), { name: 'UnexpectedPeerError' })
  })
})

describe('a remote without a proof', () => {
  const wire = new Wire()
  // a known name
  const ours = OURS.tls as Maker
  let encrypter: ConnectionEncrypter
  let identity: PrivateKey

  before(async () => {
    encrypter = ours(await components())
    identity = await generateKeyPair('Ed25519')
  })

  after(async () => wire.stop())

  function socketOf (connection: object): Socket {
    const socket = (connection as { socket: Socket }).socket

    socket.removeAllListeners('data')

    return socket
  }

  /** A bare TLS peer with this certificate, dialling us and dialled by us; how we end it. */
  async function refusals (certificate: { cert?: string, key?: string }): Promise<string[]> {
    const messages: string[] = []

    for (const weListen of [true, false]) {
      const { dialled, accepted } = await wire.pair()
      const [mine, theirs] = weListen ? [accepted, dialled] : [dialled, accepted]
      const socket = socketOf(theirs)
      const options = { ...certificate, rejectUnauthorized: false }
      const raw = weListen
        ? connect({ ...options, socket, ALPNProtocols: ['libp2p'] })
        : new TLSSocket(socket, { ...options, isServer: true, requestCert: true, ALPNProtocols: ['libp2p'] })

      raw.on('error', () => {})
      raw.resume()

      const signal = AbortSignal.timeout(5000)

      await (weListen ? encrypter.secureInbound(mine, { signal }) : encrypter.secureOutbound(mine, { signal })).then(
        () => { messages.push('accepted') },
        (err: Error) => { messages.push(err.message) }
      )

      if (messages.at(-1) !== 'accepted') {
        assert.equal(mine.status, 'aborted')
        await until(() => raw.destroyed, 'the remote sees the end')
      }

      raw.destroy()
    }

    return messages
  }

  it('is told apart from one that has it', async () => {
    assert.deepEqual(await refusals(await forge({ identity })), ['accepted', 'accepted'])
  })

  it('is cut off when it dials without a certificate', async () => {
    const [message] = await refusals({}).catch((err: Error) => [err.message])

    assert.match(message ?? '', /no certificate/)
  })

  it('is cut off when it sends a second certificate', async () => {
    const [first, second] = [await forge({ identity }), await forge({ identity })]

    for (const message of await refusals({ key: first.key, cert: first.cert + second.cert })) {
      assert.match(message, /more than one certificate/)
    }
  })

  it('is cut off with a forged, expired or mismatched one', async () => {
    const past = new Date(Date.now() - HOUR_MS)
    const future = new Date(Date.now() + HOUR_MS)
    const cases: Array<[Omit<Forgery, 'identity'>, RegExp]> = [
      [{ notAfter: past }, /expired/],
      [{ notBefore: future }, /not valid yet/],
      [{ signer: await generateKeyPair('Ed25519') }, /did not sign/],
      [{ signedKey: newKey() }, /did not sign/],
      [{ times: 0 }, /exactly once/],
      [{ certificateSigner: newKey() }, /signature of the certificate/]
    ]

    for (const [forgery, message] of cases) {
      for (const found of await refusals(await forge({ identity, ...forgery }))) {
        assert.match(found, message)
      }
    }
  })

  it('is cut off when it speaks TLS 1.2, or agrees on no protocol of ours', async () => {
    for (const options of [{ maxVersion: 'TLSv1.2', ALPNProtocols: ['libp2p'] }, { ALPNProtocols: ['h2'] }] as const) {
      const { dialled, accepted } = await wire.pair()
      const raw = connect({ ...await forge({ identity }), ...options, ALPNProtocols: [...options.ALPNProtocols], socket: socketOf(dialled), rejectUnauthorized: false })

      raw.on('error', () => {})
      await assert.rejects(encrypter.secureInbound(accepted, { signal: AbortSignal.timeout(5000) }))
      assert.equal(accepted.status, 'aborted')
    }
  })

  it('cannot resume a session, which would spare it the proof', async () => {
    const certificate = await forge({ identity })
    const sessions: Buffer[] = []

    for (const session of [undefined, 'last']) {
      const { dialled, accepted } = await wire.pair()
      const raw = connect({ ...certificate, socket: socketOf(dialled), rejectUnauthorized: false, ALPNProtocols: ['libp2p'], session: session == null ? undefined : sessions.at(-1) })

      raw.on('error', () => {})
      raw.on('session', found => { sessions.push(found) })
      raw.resume()

      const secured = await encrypter.secureInbound(accepted, { signal: AbortSignal.timeout(5000) })

      assert.equal(secured.remotePeer.toString(), peerIdFromPrivateKey(identity).toString())
      secured.connection.send(Uint8Array.of(1))
      await until(() => sessions.length > 0 && raw.bytesRead > 0, 'a session is offered')
      assert.equal(raw.isSessionReused(), false)
      raw.destroy()
    }
  })
})
