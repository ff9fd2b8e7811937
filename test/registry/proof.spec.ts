import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import * as fc from 'fast-check'
import { proofMessage, signProof } from '../../src/registry/crypto/proof.js'
import { InvalidRegistryInputError } from '../../src/registry/errors.js'
import { verifyProof } from '../../src/registry/openssl/verify-proof.js'
import { bytesOf, hexOf, readVectors } from './vectors.js'
import type { ProofSubject } from '../../src/registry/crypto/proof.js'

const SECRET = new Uint8Array(32).fill(7)
const PUBLIC = ed25519.getPublicKey(SECRET)
const SUBJECT: ProofSubject = { call: 'register', userId: new Uint8Array(32).fill(1), identity: Uint8Array.of(1, 2, 3), peerId: Uint8Array.of(4, 5), issuedMs: 1_800_000_000_000n }
const L = (1n << 252n) + 27742317777372353535851937790883648493n
/** The points of small order, in all encodings that fit 32 bytes (Chalkias, Garillot, Nikolaenko: "Taming the many EdDSAs", table 1). */
const SMALL_ORDER = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff'
].map(bytesOf)

describe('registry proofs', () => {
  it('are what the vectors say, to the byte', () => {
    const { proofs } = readVectors()

    assert.deepEqual(new Set(proofs.map(({ call }) => call)), new Set(['register', 'update', 'remove', 'announce']))

    for (const { name, call, userId, identity, peerId, issuedMs, secretKey, publicKey, message, signature } of proofs) {
      const subject = { call, userId: bytesOf(userId), identity: identity == null ? undefined : Buffer.from(identity), peerId: peerId == null ? undefined : bytesOf(peerId), issuedMs: BigInt(issuedMs) }

      assert.equal(hexOf(proofMessage(subject)), message, name)
      assert.equal(hexOf(signProof(subject, bytesOf(secretKey))), signature, name)
      assert.equal(hexOf(ed25519.getPublicKey(bytesOf(secretKey))), publicKey, name)
      assert.ok(verifyProof(subject, bytesOf(signature), bytesOf(publicKey)), name)
    }
  })

  it('hold for one call, user, identity, caller and time, and for nothing else', () => {
    const signature = signProof(SUBJECT, SECRET)
    const others: Array<Partial<ProofSubject>> = [
      { call: 'update' }, { call: 'remove' }, { call: 'announce' }, { userId: new Uint8Array(32).fill(2) },
      { identity: Uint8Array.of(1, 2, 4) }, { identity: new Uint8Array(0) }, { identity: undefined },
      { peerId: Uint8Array.of(4, 6) }, { peerId: undefined }, { issuedMs: 1_800_000_000_001n }
    ]

    assert.ok(verifyProof(SUBJECT, signature, PUBLIC))

    for (const other of others) {
      assert.equal(verifyProof({ ...SUBJECT, ...other }, signature, PUBLIC), false)
    }
  })

  it('cannot be read as another subject: parts know their lengths', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (one, other) => {
      const [first, second] = [one, other].map(peerId => hexOf(proofMessage({ ...SUBJECT, peerId })))

      assert.equal(first === second, hexOf(one) === hexOf(other))
    }))
  })

  it('are judged as noble judges strictly, whatever was damaged', () => {
    fc.assert(fc.property(fc.nat(95), fc.nat(7), fc.boolean(), (at, bit, isDamaged) => {
      const whole = Buffer.concat([signProof(SUBJECT, SECRET), PUBLIC])

      if (isDamaged) {
        whole[at] = (whole[at] ?? 0) ^ 1 << bit
      }

      const [signature, key] = [new Uint8Array(whole.subarray(0, 64)), new Uint8Array(whole.subarray(64))]

      assert.equal(verifyProof(SUBJECT, signature, key), ed25519.verify(signature, proofMessage(SUBJECT), key, { zip215: false }))
    }), { numRuns: 60 })
  })

  it('prove nothing with a key of small order, whatever is signed', () => {
    for (const key of SMALL_ORDER) {
      for (const point of SMALL_ORDER) {
        // with s = 0 such a pair signs one message in eight, or all
        for (let issuedMs = 1n; issuedMs <= 8n; issuedMs++) {
          assert.equal(verifyProof({ ...SUBJECT, issuedMs }, Buffer.concat([point, new Uint8Array(32)]), key), false)
        }
      }
    }
  })

  it('prove nothing with a key of small order beside a point that is none, nor the other way round', () => {
    const little = (value: bigint): Uint8Array => Uint8Array.from({ length: 32 }, (_, at) => Number(value >> BigInt(8 * at) & 0xffn))
    const { scalar } = ed25519.utils.getExtendedPublicKey(SECRET)

    for (const point of SMALL_ORDER) {
      for (let issuedMs = 1n; issuedMs <= 16n; issuedMs++) {
        const subject = { ...SUBJECT, issuedMs }
        const h = BigInt(`0x${createHash('sha512').update(point).update(PUBLIC).update(proofMessage(subject)).digest().reverse().toString('hex')}`)

        // 5 = 5 + h * 0: whatever the message is
        assert.equal(verifyProof(subject, Buffer.concat([ed25519.Point.BASE.multiply(5n).toBytes(), little(5n)]), point), false)
        assert.equal(verifyProof(subject, Buffer.concat([point, little(h * scalar % L)]), PUBLIC), false)
      }
    }
  })

  it('have one signature: s is below the order of the group', () => {
    const signature = signProof(SUBJECT, SECRET)
    const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + L
    const other = Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse()])

    assert.equal(verifyProof(SUBJECT, other, PUBLIC), false)
  })

  it('have 64 bytes, and keys have 32', () => {
    const signature = signProof(SUBJECT, SECRET)

    assert.equal(verifyProof(SUBJECT, signature.subarray(1), PUBLIC), false)
    assert.equal(verifyProof(SUBJECT, Buffer.concat([signature, Uint8Array.of(0)]), PUBLIC), false)
    assert.equal(verifyProof(SUBJECT, signature, PUBLIC.subarray(1)), false)
    assert.equal(verifyProof(SUBJECT, signature, Uint8Array.of(1, 2, 3)), false)
    assert.throws(() => signProof(SUBJECT, SECRET.subarray(1)), InvalidRegistryInputError)
    assert.throws(() => proofMessage({ ...SUBJECT, userId: new Uint8Array(31) }), InvalidRegistryInputError)
    assert.throws(() => proofMessage({ ...SUBJECT, issuedMs: 1n << 64n }), InvalidRegistryInputError)
  })
})
