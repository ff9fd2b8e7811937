import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { Base64Pieces, decodeBase64, decodeBase64Url } from '../../src/json/base64.js'
import { LongText } from '../../src/json/long-text.js'
import { JsonDecimal, JsonError, parseJson } from '../../src/json/parse.js'
import { Utf8Pieces } from '../../src/json/utf8-pieces.js'
import type { JsonValue } from '../../src/json/parse.js'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** As JSON.parse has it, where that is exact. */
function plain (value: JsonValue): unknown {
  if (value instanceof JsonDecimal) {
    return Number(value.text)
  }

  if (typeof value === 'bigint') {
    return Number(value)
  }

  if (Array.isArray(value)) {
    return value.map(plain)
  }

  return typeof value === 'object' && value != null ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)])) : value
}

/** Base64 that is decoded in pieces which end at these places. */
function inPieces (text: string, cuts: readonly number[]): Uint8Array | undefined {
  const ends = [...cuts].sort((a, b) => a - b)
  const decoding = new Base64Pieces(new LongText([...ends, text.length].map((end, at) => text.slice(ends[at - 1] ?? 0, end))))

  while (decoding.step()) {
    // on
  }

  return decoding.bytes
}

describe('json: JSON and base64', () => {
  it('reads what JSON.stringify writes, with and without space, as JSON.parse does', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 6, noUnicodeString: false, stringUnit: 'binary' }), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
      const text = JSON.stringify(value, null, space)

      assert.deepEqual(plain(parseJson(bytesOf(text))), JSON.parse(text))
    }))
  })

  it('takes nothing that JSON.parse does not take, whatever is changed', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 3 }), fc.nat(), fc.constantFrom('', '"', '\\', '{', '}', '[', ']', ',', ':', '0', '-', '.', 'e', 'n', '\u0000', ' '), (value, at, char) => {
      const text = JSON.stringify(value)
      const changed = text.slice(0, at % text.length) + char + text.slice(at % text.length + 1)
      let ours: JsonValue

      try {
        ours = parseJson(bytesOf(changed))
      } catch (err) {
        assert.ok(err instanceof JsonError)
        return
      }

      assert.deepEqual(plain(ours), JSON.parse(changed))
    }), { numRuns: 1000 })
  })

  it('keeps whole numbers of any 64 bits', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }), number => {
      const value = parseJson(bytesOf(String(number)))

      assert.equal(BigInt(value as number | bigint), number)
      assert.equal(typeof value === 'bigint', number > BigInt(Number.MAX_SAFE_INTEGER) || number < BigInt(Number.MIN_SAFE_INTEGER))
    }))
  })

  it('takes UTF-8 alone, wherever it is cut', () => {
    const unit = fc.oneof(fc.string({ unit: 'binary', maxLength: 3 }).map(text => Buffer.from(text)), fc.uint8Array({ maxLength: 3 }))

    fc.assert(fc.property(fc.array(unit, { maxLength: 6 }), fc.array(fc.nat(18), { maxLength: 4 }), (parts, cuts) => {
      const bytes = Buffer.concat(parts)
      const ends = [...cuts].sort((a, b) => a - b)
      const read = (): string => {
        const utf8 = new Utf8Pieces()
        const text = [...ends, bytes.length].map((end, at) => utf8.text(bytes.subarray(ends[at - 1] ?? 0, end))).join('')

        utf8.end()

        return text
      }

      if (isUtf8(bytes)) {
        assert.equal(read(), bytes.toString())
      } else {
        assert.throws(read, JsonError)
      }
    }), { numRuns: 5000 })
  })

  it('tells nothing of the text in an error', () => {
    assert.throws(() => parseJson(bytesOf('{"secret": hunter2}')), (err: Error) => !err.message.includes('hunter') && /at position 11$/.test(err.message))
  })

  it('takes base64 in its one right spelling alone, whole and in pieces', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), bytes => {
      const text = Buffer.from(bytes).toString('base64')
      const url = Buffer.from(bytes).toString('base64url')

      assert.deepEqual(decodeBase64(text), Buffer.from(bytes))
      assert.deepEqual(decodeBase64Url(url), Buffer.from(bytes))
    }))
    // of Node.js' own decoder only the one right spelling comes back as it was
    const isRight = (text: string): boolean => Buffer.from(text, 'base64').toString('base64') === text
    const character = fc.constantFrom(...'AZaz09+/-_=. \n\u00e9\u2003')
    const changed = fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.array(fc.tuple(fc.nat(60), fc.nat(2), character), { maxLength: 3 }))
      .map(([bytes, changes]) => changes.reduce((text, [at, skip, char]) => text.slice(0, at) + char + text.slice(at + skip), Buffer.from(bytes).toString('base64')))

    fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: character }), changed), fc.array(fc.nat(60), { maxLength: 4 }), (text, cuts) => {
      assert.equal(decodeBase64(text) != null, isRight(text))
      assert.deepEqual(decodeBase64(text) ?? Buffer.from(text, 'base64'), Buffer.from(text, 'base64'))
      assert.deepEqual(inPieces(text, cuts), decodeBase64(text))
    }), { numRuns: 5000 })
  })
})
