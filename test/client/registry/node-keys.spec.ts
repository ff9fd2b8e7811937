import assert from 'node:assert/strict'
import { NodeKeyCache, NodeKeys } from '../../../src/client/registry/node-keys.js'
import { openEnvelope, sealEnvelope } from '../../../src/registry/crypto/envelope.js'
import { ephemeralKeyAgreement, keyAgreement } from '../../../src/registry/crypto/key-agreement.js'
import { encodeIdentity } from '../../../src/registry/identity.js'
import { bytesOf, hexOf, readVectors } from '../../registry/vectors.js'
import type { NodeKey } from '../../../src/client/registry/carrier.js'
import type { PublicIdentity } from '../../../src/client/index.js'

const PROTOCOL_ERROR = { name: 'ClientError', code: 'protocol_error' }
const never = new AbortController().signal

describe('registry client: the node\'s envelope keys', () => {
  const { envelopes: [vector] } = readVectors()

  assert.ok(vector != null)

  const [pepper, userId, kid] = [vector.pepper, vector.userId, vector.kid].map(bytesOf) as [Uint8Array, Uint8Array, Uint8Array]
  const node = keyAgreement(bytesOf(vector.nodePrivateKey))
  const active: NodeKey = { kid, publicKey: node.publicKey, active: true }
  const keys = new NodeKeys({ keys: [active], pepper })

  it('seal so that the node opens it, with another key each time', () => {
    const sealed = [keys.seal(userId, Buffer.from(vector.plaintext)), keys.seal(userId, Buffer.from(vector.plaintext))]

    for (const envelope of sealed) {
      assert.equal(hexOf(envelope.kid), vector.kid)
      assert.equal(Buffer.from(openEnvelope(envelope, { own: node, pepper, userId })).toString(), vector.plaintext)
    }

    assert.notDeepEqual(sealed[0]?.senderPublicKey, sealed[1]?.senderPublicKey)
  })

  it('open what the vectors have, as the node sealed it', () => {
    const own = keyAgreement(bytesOf(vector.clientPrivateKey))
    const identity = keys.open({ kid, senderPublicKey: node.publicKey, nonce: bytesOf(vector.nonce), ciphertext: bytesOf(vector.ciphertext) }, userId, own)

    assert.equal(Buffer.from(encodeIdentity(identity)).toString(), vector.plaintext)
  })

  it('open nothing that is not from a key of the node, for this user, and a whole identity of it', () => {
    const own = ephemeralKeyAgreement()
    const stranger = ephemeralKeyAgreement()
    const identity: PublicIdentity = { userId, signingPublicKey: Uint8Array.of(1), encryptionPublicKey: Uint8Array.of(2), signature: Uint8Array.of(3), createdAtMs: 1n }
    const seal = (text: string, from = node, id = userId) => sealEnvelope(Buffer.from(text), { own: from, to: own.publicKey, pepper, userId: id, kid })
    const json = Buffer.from(encodeIdentity(identity)).toString()
    const isRefused = (envelope: ReturnType<typeof seal>, what: string): void => { assert.throws(() => keys.open(envelope, userId, own), PROTOCOL_ERROR, what) }

    assert.deepEqual(keys.open(seal(json), userId, own), identity)
    isRefused(seal(json, stranger), 'of a key that the node does not list')
    isRefused({ ...seal(json), kid: new Uint8Array(8) }, 'of a key id that the node does not list')
    isRefused(seal(json, node, new Uint8Array(32)), 'of another user')
    isRefused(seal(Buffer.from(encodeIdentity({ ...identity, userId: new Uint8Array(32) })).toString()), 'the identity of another user')
    isRefused(seal(json.replace('}', ',"more":1}')), 'a field more')
    isRefused(seal(json.replace('"signature":[3]', '"signature":[3],"signature":[3]')), 'a field twice')
    isRefused(seal(json.replace('[3]', '[256]')), 'no byte')
    isRefused(seal(json.replace('[3]', '[]')), 'no signature')
    isRefused(seal(`${json} x`), 'more than the identity')
    isRefused({ ...seal(json), ciphertext: seal(json).ciphertext.fill(1) }, 'altered')
  })

  it('are none without one in use, of other lengths, or without a pepper', () => {
    for (const told of [
      { keys: [], pepper },
      { keys: [{ ...active, active: false }], pepper },
      { keys: [{ ...active, kid: new Uint8Array(7) }], pepper },
      { keys: [active, { ...active, publicKey: new Uint8Array(33) }], pepper },
      { keys: [active], pepper: new Uint8Array(0) }
    ]) {
      assert.throws(() => new NodeKeys(told), PROTOCOL_ERROR)
    }

    // nothing can be sealed to a key of low order
    assert.throws(() => new NodeKeys({ keys: [{ ...active, publicKey: new Uint8Array(32) }], pepper }).seal(userId, new Uint8Array(1)), PROTOCOL_ERROR)
  })

  it('are asked for once by all who need them, again when they are too old, and when they were dropped', async () => {
    let asked = 0
    let now = 0
    const cache = new NodeKeyCache(300_000, async () => {
      asked++

      return { keys: [active], pepper }
    }, () => now)
    const [first, second] = await Promise.all([cache.get(never), cache.get(never)])

    assert.equal(first, second)
    now = 299_999
    assert.equal(await cache.get(never), first)
    assert.equal(asked, 1)
    now = 300_000

    const later = await cache.get(never)

    assert.notEqual(later, first)
    assert.equal(asked, 2)
    // somebody else's old ones: those of now stay
    cache.drop(first)
    assert.equal(await cache.get(never), later)
    cache.drop(later)
    assert.notEqual(await cache.get(never), later)
    assert.equal(asked, 3)
  })

  it('are asked for again after the asking failed', async () => {
    let asked = 0
    const cache = new NodeKeyCache(1000, async () => {
      if (++asked === 1) {
        throw new Error('not now')
      }

      return { keys: [active], pepper }
    })

    await assert.rejects(cache.get(never), /not now/)
    await cache.get(never)
    assert.equal(asked, 2)
  })
})
