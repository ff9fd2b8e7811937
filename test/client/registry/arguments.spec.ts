import assert from 'node:assert/strict'
import { ed25519 } from '@noble/curves/ed25519.js'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { createIdentity, isSigned, registryClient, userIdOf } from '../../../src/client/index.js'
import { pepperFrom, signerOf, userIdFrom } from '../../../src/client/registry/arguments.js'
import { identityJson } from '../../../src/client/registry/identity.js'
import { MAX_IDENTITY_BYTES } from '../../../src/registry/sizes.js'
import { bytesOf, hexOf, readVectors } from '../../registry/vectors.js'
import type { PublicIdentity } from '../../../src/client/index.js'

const INVALID = { name: 'ClientError', code: 'invalid_argument', retryable: false }

describe('registry client: arguments', () => {
  const secretKey = new Uint8Array(32).fill(7)
  const encryptionPublicKey = new Uint8Array(32).fill(9)

  it('makes user ids of names as the vectors say, and takes 64 hex and 32 bytes for one', () => {
    for (const { name, userId } of readVectors().userIds) {
      assert.equal(hexOf(userIdOf(name)), userId)
      assert.equal(hexOf(userIdFrom(name)), userId)
      assert.equal(hexOf(userIdFrom(userId)), userId)
      assert.equal(hexOf(userIdFrom(userId.toUpperCase())), userId)
      assert.equal(hexOf(userIdFrom(bytesOf(userId))), userId)
    }

    for (const user of ['', ' ', 'a\nb', 'x'.repeat(65), new Uint8Array(31), new Uint8Array(33)]) {
      assert.throws(() => userIdFrom(user), INVALID)
    }
  })

  it('takes libp2p\'s Ed25519 keys and bare seeds for the same key, and no other keys', async () => {
    const key = await generateKeyPair('Ed25519')

    assert.deepEqual(signerOf(key).publicKey, key.publicKey.raw)
    assert.deepEqual(signerOf(key.raw.slice(0, 32)), signerOf(key))
    assert.throws(() => signerOf(new Uint8Array(64)), INVALID)
    const other = await generateKeyPair('secp256k1')

    assert.throws(() => signerOf(other), INVALID)
  })

  it('takes a pepper as 32 bytes and as 64 hex', () => {
    assert.deepEqual(pepperFrom('AB'.repeat(32)), new Uint8Array(32).fill(0xab))
    assert.deepEqual(pepperFrom(new Uint8Array(32).fill(1)), new Uint8Array(32).fill(1))

    for (const pepper of ['', 'ab', 'zz'.repeat(32), new Uint8Array(31)]) {
      assert.throws(() => pepperFrom(pepper), INVALID)
    }
  })

  it('puts an identity together, whose signature covers its name and keys', () => {
    const identity = createIdentity({ userName: 'alice', signingKey: secretKey, encryptionPublicKey, createdAtMs: 5 })

    assert.deepEqual({ ...identity, signature: undefined }, { userId: userIdOf('alice'), usernameHint: 'alice', signingPublicKey: ed25519.getPublicKey(secretKey), encryptionPublicKey, signature: undefined, createdAtMs: 5n })
    assert.equal(isSigned(identity), true)

    for (const altered of [{ usernameHint: 'bob' }, { usernameHint: undefined }, { encryptionPublicKey: secretKey }, { signingPublicKey: encryptionPublicKey }, { signature: new Uint8Array(64) }, { signature: new Uint8Array(1) }]) {
      assert.equal(isSigned({ ...identity, ...altered }), false, JSON.stringify(Object.keys(altered)))
    }

    const nameless = createIdentity({ userName: 'alice', signingKey: secretKey, encryptionPublicKey, withName: false })

    assert.equal('usernameHint' in nameless, false)
    assert.equal(isSigned(nameless), true)
    assert.deepEqual(createIdentity({ userName: 'alice', signingKey: secretKey, encryptionPublicKey, signature: Uint8Array.of(1) }).signature, Uint8Array.of(1))
  })

  it('refuses what may not be registered before anything is sent', () => {
    const identity = createIdentity({ userName: 'alice', signingKey: secretKey, encryptionPublicKey })
    const wrong: Array<Partial<PublicIdentity>> = [
      { userId: new Uint8Array(31) }, { signingPublicKey: new Uint8Array(0) }, { encryptionPublicKey: new Uint8Array(0) }, { signature: new Uint8Array(0) }, { createdAtMs: 0n }, { createdAtMs: 1n << 64n }, { usernameHint: ' ' }
    ]

    for (const fields of wrong) {
      assert.throws(() => identityJson({ ...identity, ...fields }), INVALID, Object.keys(fields).join())
    }

    for (const createdAtMs of [0, 1.5, NaN, -1]) {
      assert.throws(() => createIdentity({ userName: 'alice', signingKey: secretKey, encryptionPublicKey, createdAtMs }), INVALID)
    }

    // digits and commas
    const room = MAX_IDENTITY_BYTES - identityJson({ ...identity, signature: Uint8Array.of(1) }).byteLength
    const largest = { ...identity, signature: new Uint8Array(1 + room / 2).fill(1) }

    assert.equal(identityJson(largest).byteLength, MAX_IDENTITY_BYTES - room % 2)
    assert.throws(() => identityJson({ ...identity, signature: new Uint8Array(largest.signature.byteLength + 1).fill(1) }), INVALID)
  })

  it('refuses clients that cannot be', () => {
    const pepper = new Uint8Array(32)

    assert.throws(() => registryClient({ url: 'ftp://x', pepper }), INVALID)
    assert.throws(() => registryClient({ url: 'http://x', pepper: 'x' }), INVALID)
    assert.throws(() => registryClient({ url: 'http://x', pepper, keysMs: 0 }), INVALID)
    assert.throws(() => registryClient({ url: 'http://x', pepper, maxCalls: 1001 }), INVALID)
  })
})
