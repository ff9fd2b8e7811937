import assert from 'node:assert/strict'
import { EnvelopeError } from '../../src/registry/errors.js'
import { RowSeal } from '../../src/registry/openssl/row-seal.js'
import { hexOf } from './vectors.js'

const ALICE = new Uint8Array(32).fill(1)
const BOB = new Uint8Array(32).fill(2)

describe('registry rows at rest', () => {
  const seal = new RowSeal(new Uint8Array(64).fill(5))
  const other = new RowSeal(new Uint8Array(64).fill(6))

  it('open for the user, the area and the node that they were sealed for', () => {
    const row = seal.seal('identity', ALICE, Buffer.from('{"a":1}'))

    assert.equal(row.byteLength, 7 + 40)
    assert.equal(Buffer.from(new RowSeal(new Uint8Array(64).fill(5)).open('identity', ALICE, row)).toString(), '{"a":1}')
    assert.throws(() => seal.open('identity', BOB, row), EnvelopeError)
    assert.throws(() => seal.open('presence', ALICE, row), EnvelopeError)
    assert.throws(() => other.open('identity', ALICE, row), EnvelopeError)
    assert.throws(() => seal.open('identity', ALICE, row.map((byte, at) => at === 30 ? byte ^ 1 : byte)), EnvelopeError)
    assert.throws(() => seal.open('identity', ALICE, row.subarray(0, 39)), EnvelopeError)
  })

  it('lie under an index that is the node\'s own, and are never sealed alike', () => {
    assert.equal(hexOf(seal.index(ALICE)), hexOf(seal.index(ALICE)))
    assert.notEqual(hexOf(seal.index(ALICE)), hexOf(seal.index(BOB)))
    assert.notEqual(hexOf(seal.index(ALICE)), hexOf(other.index(ALICE)))
    assert.notEqual(hexOf(seal.seal('identity', ALICE, BOB)), hexOf(seal.seal('identity', ALICE, BOB)))
  })
})
