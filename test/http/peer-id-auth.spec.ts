import assert from 'node:assert/strict'
import { generateKeyPair, privateKeyFromProtobuf, publicKeyFromProtobuf, publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { ClientInitiatedHandshake, ServerInitiatedHandshake } from '@libp2p/http-peer-id-auth'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { accessControl } from '../../src/access/index.js'
import { decodeBytes, encodeBytes, formatParams, newChallenge, parseParams } from '../../src/http/peer-id-auth/params.js'
import { PeerIdAuth } from '../../src/http/peer-id-auth/server.js'
import { clientProof, serverProof } from '../../src/http/peer-id-auth/signed-data.js'
import { sealGrant } from '../../src/mailbox/index.js'
import { errorOf, HttpRig, post, pushBody, RawHttp } from './rig.js'
import type { PrivateKey } from '@libp2p/interface'

const HOST = 'relay.example.org'
const HOUR_MS = 3600_000

/** What a client of the server-initiated handshake sends, each field of which can be another. */
interface Proof { hostname: string, key: PrivateKey, publicKey: Uint8Array, serverKey: Uint8Array, challengeClient: string, challengeServer: string, opaque: string, sig?: Uint8Array }

async function seal (proof: Proof): Promise<string> {
  const sig = proof.sig ?? await proof.key.sign(clientProof(proof.hostname, proof.serverKey, proof.challengeClient))

  return formatParams({ 'public-key': encodeBytes(proof.publicKey), opaque: proof.opaque, 'challenge-server': proof.challengeServer, sig: encodeBytes(sig) })
}

function flipped (text: string, at: number): string {
  const index = at < 0 ? text.length + at : at

  return `${text.slice(0, index)}${text[index] === 'A' ? 'B' : 'A'}${text.slice(index + 1)}`
}

describe('http: PeerId authentication', () => {
  let serverKey: PrivateKey
  let clientKey: PrivateKey
  let now = 1_000_000
  let auth: PeerIdAuth

  beforeEach(async () => {
    serverKey = await generateKeyPair('Ed25519')
    clientKey = await generateKeyPair('Ed25519')
    auth = new PeerIdAuth({ privateKey: serverKey, now: () => now })
  })

  function begin (hostname = HOST): Proof {
    const params = parseParams(auth.challenge(hostname))

    return {
      hostname,
      key: clientKey,
      publicKey: publicKeyToProtobuf(clientKey.publicKey),
      serverKey: decodeBytes(params?.get('public-key')) ?? new Uint8Array(),
      challengeClient: params?.get('challenge-client') ?? '',
      challengeServer: newChallenge(),
      opaque: params?.get('opaque') ?? ''
    }
  }

  async function bearerOf (proof: Proof): Promise<string> {
    const verdict = await auth.authenticate(await seal(proof), HOST)

    assert.ok(verdict.peerId != null)

    return parseParams('info' in verdict ? verdict.info ?? '' : '')?.get('bearer') ?? ''
  }

  it('signs what the specification says', async () => {
    const server = privateKeyFromProtobuf(Buffer.from('0801124001010101010101010101010101010101010101010101010101010101010101018a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c', 'hex'))
    const data = serverProof('example.com', Buffer.from('080112208139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394', 'hex'), 'ERERERERERERERERERERERERERERERERERERERERERE=')

    assert.equal(Buffer.from(data).toString('hex'), '6c69627032702d5065657249443d6368616c6c656e67652d7365727665723d455245524552455245524552455245524552455245524552455245524552455245524552455245524552453d36636c69656e742d7075626c69632d6b65793d080112208139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b39414686f73746e616d653d6578616d706c652e636f6d')
    assert.equal(encodeBytes(await server.sign(data)), 'UA88qZbLUzmAxrD9KECbDCgSKAUBAvBHrOCF2X0uPLR1uUCF7qGfLPc7dw3Olo-LaFCDpk5sXN7TkLWPVvuXAA==')
  })

  for (const type of ['Ed25519', 'secp256k1', 'RSA'] as const) {
    it(`knows a client with a key of type ${type}, proves itself, and gives a bearer`, async () => {
      clientKey = type === 'RSA' ? await generateKeyPair('RSA', 2048) : await generateKeyPair(type as 'Ed25519')

      const proof = begin()
      const verdict = await auth.authenticate(await seal(proof), HOST)

      assert.ok(verdict.peerId?.equals(peerIdFromPrivateKey(clientKey)))

      const info = parseParams('info' in verdict ? verdict.info ?? '' : '')

      assert.ok(await publicKeyFromProtobuf(proof.serverKey).verify(serverProof(HOST, proof.publicKey, proof.challengeServer), decodeBytes(info?.get('sig')) ?? new Uint8Array()))
      assert.equal(info?.get('expires'), new Date(now + HOUR_MS).toISOString())

      const again = await auth.authenticate(formatParams({ bearer: info?.get('bearer') ?? '' }), HOST)

      assert.ok(again.peerId?.equals(peerIdFromPrivateKey(clientKey)))
    })
  }

  const forgeries: Array<[string, (proof: Proof) => Promise<Partial<Proof>> | Partial<Proof>]> = [
    ['a signature with one bit changed', async proof => {
      const sig = Uint8Array.from(await proof.key.sign(clientProof(proof.hostname, proof.serverKey, proof.challengeClient)))

      sig[5] = (sig[5] ?? 0) ^ 1
      return { sig }
    }],
    ['an empty signature', () => ({ sig: new Uint8Array() })],
    ['a signature of another key', async () => ({ key: await generateKeyPair('Ed25519') })],
    ['another\'s public key', async () => ({ publicKey: publicKeyToProtobuf((await generateKeyPair('Ed25519')).publicKey) })],
    ['the server\'s own public key', proof => ({ publicKey: proof.serverKey })],
    ['a key of a type that makes no PeerId', async () => {
      const key = await generateKeyPair('ECDSA')

      return { key, publicKey: publicKeyToProtobuf(key.publicKey) }
    }],
    ['a public key that is none', () => ({ publicKey: Uint8Array.of(1, 2, 3) })],
    ['a signature for another host', () => ({ hostname: 'evil.example.org' })],
    ['a signature for another server', async () => ({ serverKey: publicKeyToProtobuf((await generateKeyPair('Ed25519')).publicKey) })],
    ['a signature over another challenge', () => ({ challengeClient: newChallenge() })],
    ['the opaque value of another challenge', () => ({ opaque: begin().opaque })],
    ['an opaque value for another host', () => ({ opaque: begin('other.example.org').opaque })],
    ['an opaque value with its first character changed', proof => ({ opaque: flipped(proof.opaque, 0) })],
    ['an opaque value with one in the middle changed', proof => ({ opaque: flipped(proof.opaque, 80) })],
    ['an opaque value with its last character changed', proof => ({ opaque: flipped(proof.opaque, -1) })],
    ['an opaque value of another process', () => {
      const other = new PeerIdAuth({ privateKey: serverKey, now: () => now })
      const params = parseParams(other.challenge(HOST))

      return { opaque: params?.get('opaque') ?? '', challengeClient: params?.get('challenge-client') ?? '' }
    }],
    ['a bearer in place of the opaque value', async () => ({ opaque: await bearerOf(begin()) })],
    ['no opaque value', () => ({ opaque: '' })],
    ['no challenge for the server', () => ({ challengeServer: '' })],
    ['a challenge without end', () => ({ challengeServer: 'x'.repeat(513) })]
  ]

  for (const [what, forgery] of forgeries) {
    it(`knows nobody by ${what}`, async () => {
      const proof = begin()
      const verdict = await auth.authenticate(await seal({ ...proof, ...await forgery(proof) }), HOST)

      assert.equal(verdict.peerId, undefined)
      assert.match('challenge' in verdict ? verdict.challenge : '', /^libp2p-PeerID challenge-client="/)
    })
  }

  it('knows nobody by a proof under another host than it was made for', async () => {
    assert.equal((await auth.authenticate(await seal(begin()), 'other.example.org')).peerId, undefined)
  })

  it('takes a challenge for a minute, and once', async () => {
    const first = await seal(begin())
    const second = await seal(begin())
    const third = await seal(begin())

    assert.ok((await auth.authenticate(first, HOST)).peerId != null)
    assert.equal((await auth.authenticate(first, HOST)).peerId, undefined, 'again')
    now += 59_999
    assert.ok((await auth.authenticate(second, HOST)).peerId != null)
    now += 1
    assert.equal((await auth.authenticate(third, HOST)).peerId, undefined, 'too late')

    const twice = await seal(begin())
    const both = await Promise.all([auth.authenticate(twice, HOST), auth.authenticate(twice, HOST)])

    assert.equal(both.filter(({ peerId }) => peerId != null).length, 1, 'twice at once')
  })

  it('takes a bearer for an hour, under its own host, from its own process, and unchanged', async () => {
    const bearer = await bearerOf(begin())
    const by = async (text: string, host = HOST): Promise<boolean> => (await auth.authenticate(formatParams({ bearer: text }), host)).peerId != null

    assert.ok(await by(bearer))
    assert.equal(await by(bearer, 'other.example.org'), false)
    assert.equal(await by(begin().opaque), false)

    for (const at of [0, 20, 50, 90, -1]) {
      assert.equal(await by(flipped(bearer, at)), false, String(at))
    }

    for (const text of ['', 'x', `${bearer}A`, `${bearer}=`, `${bearer} `]) {
      assert.equal(await by(text), false, text)
    }

    now += HOUR_MS - 1
    assert.ok(await by(bearer))
    now += 1
    assert.equal(await by(bearer), false)
    now -= 2 * HOUR_MS
    assert.equal(await by(bearer), false, 'a clock that went back')
    assert.equal((await new PeerIdAuth({ privateKey: serverKey, now: () => now }).authenticate(formatParams({ bearer }), HOST)).peerId, undefined)
  })

  it('does not take who begins for who has proven something', async () => {
    const key = encodeBytes(publicKeyToProtobuf(clientKey.publicKey))
    const verdict = await auth.authenticate(formatParams({ 'challenge-server': newChallenge(), 'public-key': key }), HOST)

    assert.equal(verdict.peerId, undefined)
    assert.ok('challenge' in verdict)

    const params = parseParams(verdict.challenge)
    const proof = async (signer: PrivateKey, more: Record<string, string> = {}): Promise<string> => formatParams({
      opaque: params?.get('opaque') ?? '',
      sig: encodeBytes(await signer.sign(clientProof(HOST, decodeBytes(params?.get('public-key')) ?? new Uint8Array(), params?.get('challenge-client') ?? ''))),
      ...more
    })
    const other = await generateKeyPair('Ed25519')

    assert.equal((await auth.authenticate(await proof(other), HOST)).peerId, undefined)
    // the key that was named first counts
    assert.equal((await auth.authenticate(await proof(other, { 'public-key': encodeBytes(publicKeyToProtobuf(other.publicKey)), 'challenge-server': 'x' }), HOST)).peerId, undefined)
    assert.ok((await auth.authenticate(await proof(clientKey), HOST)).peerId?.equals(peerIdFromPrivateKey(clientKey)))
  })

  for (const header of ['libp2p-PeerID', 'libp2p-PeerID ', 'libp2p-PeerID x', 'libp2p-PeerID bearer="a", bearer="b"', 'libp2p-PeerID bearer="a', `libp2p-PeerID bearer="${'x'.repeat(9000)}"`, 'libp2p-PeerID sig="x"', 'libp2p-PeerID opaque="x", sig="!"']) {
    it(`knows nobody by ${header.slice(0, 45)}`, async () => {
      assert.equal((await auth.authenticate(header, HOST)).peerId, undefined)
    })
  }
})

describe('http: who calls', () => {
  const rig = new HttpRig()

  /** The stock client half, in both ways. */
  async function authorize (url: string, mailbox: string, key: PrivateKey, who: 'server' | 'client', host = new URL(url).host): Promise<string> {
    const path = { url }
    const ask = async (authorization?: string): ReturnType<typeof post> => await post(path, '/stat', { recipient: mailbox }, authorization == null ? {} : { authorization })

    if (who === 'server') {
      const handshake = new ServerInitiatedHandshake(key, host)
      const header = await handshake.answerServerChallenge((await ask()).headers.get('www-authenticate') ?? '')
      const answer = await ask(header)

      assert.equal(answer.status, 200)

      return await handshake.decodeBearerToken(answer.headers.get('authentication-info') ?? '')
    }

    const handshake = new ClientInitiatedHandshake(key, host)
    const challenged = await ask(handshake.getChallenge())

    assert.equal(challenged.status, 401)

    const answer = await ask(await handshake.verifyServer(challenged.headers.get('www-authenticate') ?? ''))

    assert.equal(answer.status, 200)

    return handshake.decodeBearerToken(answer.headers.get('authentication-info') ?? '')
  }

  for (const who of ['server', 'client'] as const) {
    it(`is proven by the stock client when the ${who} begins`, async () => {
      const door = await rig.door()
      const key = await generateKeyPair('Ed25519')
      const mine = peerIdFromPrivateKey(key).toString()
      const authorization = await authorize(door.url, mine, key, who)

      await post(door, '/push', pushBody(mine))
      assert.equal((await post(door, '/pull', { recipient: mine })).status, 401)
      assert.equal(((await post(door, '/pull', { recipient: mine }, { authorization })).json.items as unknown[]).length, 1)
      assert.equal((await post(door, '/ack', { recipient: mine, ack: [] })).status, 401)
      assert.equal((await post(door, '/ack', { recipient: mine, ack: [] }, { authorization })).status, 200)

      const stranger = await authorize(door.url, peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString(), key, who).catch(() => authorization)
      const other = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString()
      const refused = await post(door, '/pull', { recipient: other }, { authorization: stranger })

      assert.deepEqual([refused.status, errorOf(refused).code], [403, 'not_owner'])
      assert.equal((await post(door, '/pull', { recipient: 'anybody' }, { authorization: 'Basic eDp5' })).status, 200)
    })
  }

  it('is not proven under a host name that is not ours: 400', async () => {
    const door = await rig.door({ publicHosts: ['relay.example.org', 'relay.example.org:8443'] })
    const mine = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString()
    const body = JSON.stringify({ recipient: mine })
    const ask = async (host: string): Promise<string> => {
      const raw = new RawHttp(door.port).send(`POST /stat HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`)

      return (await raw.end()).slice(9, 12)
    }

    for (const host of [`127.0.0.1:${door.port}`, 'relay.example.org', 'RELAY.example.org:8443']) {
      assert.equal(await ask(host), '401', host)
    }

    for (const host of ['evil.example.org', `localhost:${door.port}`, '127.0.0.1', '127.0.0.1:1', '10.1.2.3', 'relay.example.org:1', '[::1]:1', '']) {
      assert.equal(await ask(host), '400', host)
    }
  })

  it('is let in by a grant of the owner, in a header, and not by another\'s', async () => {
    const door = await rig.door()
    const owner = await generateKeyPair('Ed25519')
    const device = await generateKeyPair('Ed25519')
    const mailbox = peerIdFromPrivateKey(owner).toString()
    const grantee = peerIdFromPrivateKey(device)
    const init = { mailbox, grantee, verbs: ['pull', 'stat'] as const, expiresMs: Date.now() + 60_000 }
    const grant = Buffer.from(await sealGrant(init, owner)).toString('base64url')
    const forged = Buffer.from(await sealGrant(init, device)).toString('base64url')
    const authorization = await authorize(door.url, grantee.toString(), device, 'server')

    assert.equal((await post(door, '/pull', { recipient: mailbox }, { authorization })).status, 403)
    assert.equal((await post(door, '/pull', { recipient: mailbox }, { 'enigma-grant': grant })).status, 401)
    assert.equal((await post(door, '/pull', { recipient: mailbox }, { authorization, 'enigma-grant': grant })).status, 200)
    assert.equal((await post(door, '/ack', { recipient: mailbox, ack: [] }, { authorization, 'enigma-grant': grant })).status, 403)
    assert.equal((await post(door, '/pull', { recipient: mailbox }, { authorization, 'enigma-grant': forged })).status, 403)

    for (const header of ['!', 'AAAA', '', new Array(9).fill(grant).join(',')]) {
      assert.equal((await post(door, '/pull', { recipient: mailbox }, { authorization, 'enigma-grant': header })).status, 400, header.slice(0, 9))
    }
  })

  it('is refused when the peer is denied', async () => {
    const key = await generateKeyPair('Ed25519')
    const access = accessControl()
    const door = await rig.door({ access })
    const mine = peerIdFromPrivateKey(key)
    const authorization = await authorize(door.url, mine.toString(), key, 'server')

    access.denyPeer(mine)

    const refused = await post(door, '/pull', { recipient: mine.toString() }, { authorization })

    assert.deepEqual([refused.status, errorOf(refused).code], [403, 'denied'])
  })
})
