import assert from 'node:assert/strict'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import * as fc from 'fast-check'
import { blindIndex, envelopeKey, keyIdOf, openEnvelope, sealEnvelope } from '../../src/registry/crypto/envelope.js'
import { ephemeralKeyAgreement, keyAgreement } from '../../src/registry/crypto/key-agreement.js'
import { userIdOf } from '../../src/registry/crypto/user-id.js'
import { EnvelopeError, InvalidRegistryInputError } from '../../src/registry/errors.js'
import { openAgreed, sealAgreed } from '../../src/registry/openssl/envelope.js'
import { nodeKeyAgreement } from '../../src/registry/openssl/key-agreement.js'
import { open, randomNonce, seal } from '../../src/registry/openssl/xchacha.js'
import { MAX_IDENTITY_BYTES } from '../../src/registry/sizes.js'
import { bytesOf, hexOf, readVectors } from './vectors.js'

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })

describe('registry envelopes', () => {
  const { envelopes, lowOrderKeys, userIds } = readVectors()

  for (const [engine, agreementOf] of [['noble', keyAgreement], ['OpenSSL', nodeKeyAgreement]] as const) {
    it(`are what the vectors say, to the byte and both ways (${engine})`, () => {
      assert.ok(envelopes.length > 0)

      for (const vector of envelopes) {
        const node = agreementOf(bytesOf(vector.nodePrivateKey))
        const client = agreementOf(bytesOf(vector.clientPrivateKey))
        const [pepper, userId, kid, nonce] = [vector.pepper, vector.userId, vector.kid, vector.nonce].map(bytesOf) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
        const plaintext = Buffer.from(vector.plaintext)

        assert.equal(hexOf(node.publicKey), vector.nodePublicKey)
        assert.equal(hexOf(client.publicKey), vector.clientPublicKey)
        assert.equal(hexOf(client.agree(node.publicKey)), vector.shared)
        assert.equal(hexOf(envelopeKey(pepper, userId, bytesOf(vector.shared))), vector.aeadKey)
        assert.equal(hexOf(blindIndex(pepper, userId)), vector.blindIndex)

        // register: the client seals and the node opens; resolve: the other way
        for (const [from, to] of [[client, node], [node, client]] as const) {
          const sealed = sealEnvelope(plaintext, { own: from, to: to.publicKey, pepper, userId, kid, nonce })

          assert.equal(hexOf(sealed.ciphertext), vector.ciphertext)
          assert.deepEqual(sealed.senderPublicKey, from.publicKey)
          assert.equal(hexOf(openEnvelope(sealed, { own: to, pepper, userId })), hexOf(plaintext))

          // and the node's own way
          const agreed = { shared: from.agree(to.publicKey), pepper, userId }

          assert.deepEqual(sealAgreed(plaintext, { ...agreed, kid, senderPublicKey: from.publicKey, nonce }), { ...sealed, ciphertext: Buffer.from(sealed.ciphertext) })
          assert.equal(hexOf(openAgreed(sealed, agreed)), hexOf(plaintext))
        }
      }
    })

    it(`are not made with a key of low order, nor opened (${engine})`, () => {
      const own = agreementOf(new Uint8Array(32).fill(9))
      const [pepper, userId, kid] = [new Uint8Array(32), new Uint8Array(32), new Uint8Array(8)]

      assert.ok(lowOrderKeys.length >= 12)

      for (const to of lowOrderKeys.map(bytesOf)) {
        assert.throws(() => sealEnvelope(new Uint8Array(1), { own, to, pepper, userId, kid }), InvalidRegistryInputError)
        assert.throws(() => openEnvelope({ kid, senderPublicKey: to, nonce: new Uint8Array(24), ciphertext: new Uint8Array(17) }, { own, pepper, userId }), InvalidRegistryInputError)
      }
    })
  }

  it('agree on the same secret by noble and by OpenSSL, whatever the keys', () => {
    fc.assert(fc.property(bytes(32), bytes(32), (privateKey, publicKey) => {
      const [noble, node] = [keyAgreement(privateKey), nodeKeyAgreement(privateKey)]

      assert.deepEqual(node.publicKey, noble.publicKey)
      assert.deepEqual(node.agree(publicKey), noble.agree(publicKey))
    }), { numRuns: 40 })
  })

  for (const hasCallback of [true, false]) {
    it(`agree on the same secret ${hasCallback ? 'beside the event loop' : 'in a Node.js that cannot do that beside the event loop'}`, async () => {
      const own = nodeKeyAgreement(new Uint8Array(32).fill(9), hasCallback)

      await fc.assert(fc.asyncProperty(bytes(32), async publicKey => {
        assert.equal(hexOf(await own.agreeAside(publicKey)), hexOf(own.agree(publicKey)))
      }), { numRuns: 20 })

      for (const wrong of [...lowOrderKeys.map(bytesOf), new Uint8Array(0), new Uint8Array(31).fill(9), new Uint8Array(33).fill(9)]) {
        await assert.rejects(own.agreeAside(wrong), InvalidRegistryInputError)
      }
    })
  }

  it('are XChaCha20-Poly1305 by OpenSSL as by noble, and open by no other key, nonce, data or length', () => {
    fc.assert(fc.property(bytes(32), bytes(24), fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ maxLength: 1500 }), fc.nat(), (key, nonce, aad, plaintext, at) => {
      const sealed = xchacha20poly1305(key, nonce, aad).encrypt(plaintext)

      assert.equal(hexOf(Buffer.concat(seal(key, nonce, aad, plaintext))), hexOf(sealed))
      assert.equal(hexOf(open(key, nonce, aad, sealed)), hexOf(plaintext))

      const flipped = (whole: Uint8Array): Uint8Array => whole.map((byte, index) => index === at % whole.byteLength ? byte ^ 0x10 : byte)

      assert.throws(() => open(flipped(key), nonce, aad, sealed))
      assert.throws(() => open(key, flipped(nonce), aad, sealed))
      assert.throws(() => open(key, nonce, Buffer.concat([aad, Buffer.of(0)]), sealed))
      assert.throws(() => open(key, nonce, aad, flipped(sealed)))
      assert.throws(() => open(key, nonce, aad, sealed.subarray(0, -1)))
      assert.throws(() => open(key, nonce, aad, sealed.subarray(0, at % 16)))
    }), { numRuns: 100 })
  })

  it('have nonces that are never used twice, and do not change once they are given out', () => {
    const nonces = Array.from({ length: 1000 }, () => randomNonce())
    const texts = nonces.map(hexOf)

    assert.ok(nonces.every(({ byteLength }) => byteLength === 24))
    assert.equal(new Set(texts).size, 1000)
    Array.from({ length: 200 }, () => randomNonce())
    assert.deepEqual(nonces.map(hexOf), texts)
  })

  it('open with the right key, pepper and user, and with nothing else', () => {
    const kid = new Uint8Array(8)

    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), bytes(32), bytes(32), fc.nat(), fc.nat(7), (plaintext, pepper, userId, at, bit) => {
      const [own, other] = [nodeKeyAgreement(pepper), ephemeralKeyAgreement()]
      const sealed = sealEnvelope(plaintext, { own: other, to: own.publicKey, pepper, userId, kid })

      assert.deepEqual(openEnvelope(sealed, { own, pepper, userId }), plaintext)

      const flipped = (whole: Uint8Array): Uint8Array => whole.map((byte, index) => index === at % whole.byteLength ? byte ^ 1 << bit : byte)

      for (const wrong of [{ ciphertext: flipped(sealed.ciphertext) }, { nonce: flipped(sealed.nonce) }]) {
        assert.throws(() => openEnvelope({ ...sealed, ...wrong }, { own, pepper, userId }), EnvelopeError)
        assert.throws(() => openAgreed({ ...sealed, ...wrong }, { shared: own.agree(other.publicKey), pepper, userId }), EnvelopeError)
      }

      assert.throws(() => openEnvelope(sealed, { own, pepper: flipped(pepper), userId }), EnvelopeError)
      assert.throws(() => openEnvelope(sealed, { own, pepper, userId: flipped(userId) }), EnvelopeError)
      assert.throws(() => openEnvelope(sealed, { own: ephemeralKeyAgreement(), pepper, userId }), EnvelopeError)
    }), { numRuns: 25 })
  })

  it('hold an identity of 65,520 bytes and none that is larger', () => {
    const own = ephemeralKeyAgreement()
    const options = { own, to: own.publicKey, pepper: new Uint8Array(32), userId: new Uint8Array(32), kid: new Uint8Array(8) }
    const sealed = sealEnvelope(new Uint8Array(MAX_IDENTITY_BYTES), options)

    assert.equal(sealed.ciphertext.byteLength, 65_536)
    assert.equal(openEnvelope(sealed, options).byteLength, MAX_IDENTITY_BYTES)
    assert.throws(() => sealEnvelope(new Uint8Array(MAX_IDENTITY_BYTES + 1), options), InvalidRegistryInputError)
    assert.throws(() => openEnvelope({ ...sealed, ciphertext: new Uint8Array(65_537) }, options), InvalidRegistryInputError)
    assert.throws(() => openEnvelope({ ...sealed, ciphertext: new Uint8Array(15) }, options), InvalidRegistryInputError)

    const agreed = { ...options, shared: own.agree(own.publicKey), senderPublicKey: own.publicKey }

    assert.equal(openAgreed(sealAgreed(new Uint8Array(MAX_IDENTITY_BYTES), agreed), agreed).byteLength, MAX_IDENTITY_BYTES)
    assert.throws(() => sealAgreed(new Uint8Array(MAX_IDENTITY_BYTES + 1), agreed), InvalidRegistryInputError)
    assert.throws(() => openAgreed({ ...sealed, ciphertext: new Uint8Array(65_537) }, agreed), InvalidRegistryInputError)
    assert.throws(() => openAgreed({ ...sealed, ciphertext: new Uint8Array(15) }, agreed), InvalidRegistryInputError)
  })

  it('have parts of the right length', () => {
    const own = ephemeralKeyAgreement()
    const options = { own, to: own.publicKey, pepper: new Uint8Array(32), userId: new Uint8Array(32), kid: new Uint8Array(8), nonce: new Uint8Array(24) }

    for (const part of ['to', 'pepper', 'userId', 'kid', 'nonce'] as const) {
      for (const by of [-1, 1]) {
        assert.throws(() => sealEnvelope(new Uint8Array(1), { ...options, [part]: new Uint8Array(options[part].byteLength + by) }), InvalidRegistryInputError, part)
      }
    }

    assert.throws(() => keyAgreement(new Uint8Array(31)), InvalidRegistryInputError)
    assert.throws(() => nodeKeyAgreement(new Uint8Array(33)), InvalidRegistryInputError)
    assert.throws(() => keyIdOf(new Uint8Array(31)), InvalidRegistryInputError)
    assert.equal(keyIdOf(own.publicKey).byteLength, 8)
    assert.notDeepEqual(keyIdOf(own.publicKey), keyIdOf(ephemeralKeyAgreement().publicKey))
  })

  it('are about users whose ids are made of their names', () => {
    for (const { name, userId } of userIds) {
      assert.equal(hexOf(userIdOf(name)), userId, name)
    }

    assert.equal(hexOf(userIdOf('é'.repeat(32))), hexOf(userIdOf(`\u00a0${'é'.repeat(32)}\u3000`)))

    for (const wrong of ['', ' ', 'a\nb', 'a\u0085', 'é'.repeat(32) + 'a', '\ud800', ' '.repeat(100_000)]) {
      assert.throws(() => userIdOf(wrong), InvalidRegistryInputError)
    }

    // no white space: another user
    assert.notEqual(hexOf(userIdOf('\ufeffalice')), hexOf(userIdOf('alice')))
  })
})
