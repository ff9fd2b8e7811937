import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { pureJsCrypto } from '@libp2p/noise'
import fc from 'fast-check'
import { Uint8ArrayList } from 'uint8arraylist'
import { Nonce } from '../../src/security/noise/nonce.js'
import { RecordKey } from '../../src/security/noise/record-key.js'
import { RecordReader, RecordWriter } from '../../src/security/noise/records.js'

const KEY = new RecordKey(Buffer.alloc(32, 7))
const LAST_NONCE = 2n ** 64n - 2n

function readAll (reader: RecordReader, chunks: Iterable<Uint8Array>): Uint8Array {
  const output = new Uint8ArrayList()

  for (const chunk of chunks) {
    reader.read(chunk, output)
  }

  return output.subarray()
}

function * cut (bytes: Uint8Array, sizes: number[]): Generator<Uint8Array> {
  for (let offset = 0, i = 0; offset < bytes.byteLength; i++) {
    const size = sizes[i % sizes.length] ?? 1

    yield bytes.subarray(offset, offset + size)
    offset += size
  }
}

describe('Noise records', () => {
  it('give back what was sealed, however it is cut on the way', () => {
    fc.assert(fc.property(
      fc.array(fc.array(fc.integer({ min: 0, max: 70_000 }), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
      fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 100_000 })), { minLength: 1, maxLength: 8 }),
      (sends, sizes) => {
        const writer = new RecordWriter(KEY)
        const plain = sends.map(pieces => new Uint8ArrayList(...pieces.map(size => randomBytes(size))))
        const sealed = Buffer.concat(plain.map(list => writer.seal(list)))

        assert.ok(Buffer.concat(plain.map(list => list.subarray())).equals(readAll(new RecordReader(KEY), cut(sealed, sizes))))
      }
    ), { numRuns: 60 })
  })

  it('take 65,519 bytes, and the next byte goes into a second one', () => {
    const size = (bytes: number): number => new RecordWriter(KEY).seal(new Uint8ArrayList(Buffer.alloc(bytes))).byteLength

    assert.equal(size(65_519), 65_519 + 18)
    assert.equal(size(65_520), 65_520 + 36)
  })

  it('are as RFC 8439 seals them, under counters from 0, little-endian behind four zeros', () => {
    const nonce = new Nonce(0x0102030405060708n)

    assert.equal(Buffer.from(nonce.next()).toString('hex'), '000000000807060504030201')
    assert.equal(Buffer.from(new Nonce().next()).toString('hex'), '000000000000000000000000')
  })

  it('carry the counter over 32 bits', () => {
    const nonce = new Nonce(0xffffffffn)

    assert.equal(Buffer.from(nonce.next()).toString('hex'), '00000000ffffffff00000000')
    assert.equal(Buffer.from(nonce.next()).toString('hex'), '000000000000000001000000')
  })

  it('are the same bytes as the stock encrypter makes, at every size', () => {
    const bytes = Buffer.alloc(32, 7)

    for (const size of [1, 12, 299, 300, 301, 1200, 65_519]) {
      const plaintext = randomBytes(size)
      const expected = pureJsCrypto.chaCha20Poly1305Encrypt(plaintext, new Nonce().next(), new Uint8Array(), bytes).subarray()

      assert.ok(new RecordWriter(KEY).seal(new Uint8ArrayList(plaintext)).subarray(2).equals(expected))
    }
  })

  it('end with the last counter but one, for good', () => {
    const writer = new RecordWriter(KEY, new Nonce(LAST_NONCE))
    const reader = new RecordReader(KEY, new Nonce(LAST_NONCE))
    const sealed = writer.seal(new Uint8ArrayList(Buffer.of(1)))

    assert.deepEqual([...readAll(reader, [sealed])], [1])

    for (let i = 0; i < 2; i++) {
      assert.throws(() => writer.seal(new Uint8ArrayList(Buffer.of(1))), /nonces/)
      assert.throws(() => readAll(reader, [sealed]), /nonces/)
    }
  })

  it('are refused when they are replayed, reordered, left out or changed', () => {
    const refused = { code: 'invalid_record' }

    // the small are sealed and opened in another way than the large
    for (const size of [100, 1000]) {
      const writer = new RecordWriter(KEY)
      const [first, second] = [writer.seal(new Uint8ArrayList(Buffer.alloc(size, 1))), writer.seal(new Uint8ArrayList(Buffer.alloc(size, 2)))]
      assert.throws(() => readAll(new RecordReader(KEY), [first, first]), refused)
      assert.throws(() => readAll(new RecordReader(KEY), [second, first]), refused)
      assert.throws(() => readAll(new RecordReader(KEY), [second]), refused)
      assert.throws(() => readAll(new RecordReader(new RecordKey(Buffer.alloc(32, 8))), [first]), refused)

      for (const index of [2, 50, first.byteLength - 1]) {
        const changed = Buffer.from(first)

        changed[index] = (changed[index] ?? 0) ^ 1
        assert.throws(() => readAll(new RecordReader(KEY), [changed]), refused)
      }
    }
  })

  it('give out nothing of one that is not whole or not true', () => {
    const sealed = new RecordWriter(KEY).seal(new Uint8ArrayList(Buffer.alloc(1000)))
    const output = new Uint8ArrayList()

    new RecordReader(KEY).read(sealed.subarray(0, -1), output)
    assert.equal(output.byteLength, 0)
    sealed[1017] = (sealed[1017] ?? 0) ^ 1
    assert.throws(() => { new RecordReader(KEY).read(sealed, output) })
    assert.equal(output.byteLength, 0)
  })

  it('are refused when shorter than a tag, and may be empty', () => {
    const empty = new RecordWriter(KEY)

    assert.throws(() => readAll(new RecordReader(KEY), [Buffer.from([0, 15, ...Buffer.alloc(15)])]), { code: 'invalid_record' })
    assert.throws(() => readAll(new RecordReader(KEY), cut(Buffer.from([0, 15, ...Buffer.alloc(15)]), [1])), { code: 'invalid_record' })
    assert.equal(empty.seal(new Uint8ArrayList()).byteLength, 0)
  })

  it('may come byte by byte', () => {
    const bytes = randomBytes(30_000)
    const sealed = new RecordWriter(KEY).seal(new Uint8ArrayList(bytes))

    assert.ok(bytes.equals(readAll(new RecordReader(KEY), cut(sealed, [1]))))
  })
})
