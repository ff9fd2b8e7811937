import assert from 'node:assert/strict'
import fc from 'fast-check'
import { LongText } from '../../src/json/long-text.js'
import { JsonReader } from '../../src/json/reader.js'
import { JsonDecimal, JsonError, parseJsonText } from '../../src/json/text.js'
import type { ReadValue } from '../../src/json/reader.js'
import type { ParseJsonOptions } from '../../src/json/text.js'

/** In pieces that end at these places. */
function read (text: string, cuts: readonly number[], options?: ParseJsonOptions): ReadValue {
  const reader = new JsonReader(options)
  let from = 0

  for (const cut of [...cuts.map(cut => cut % (text.length + 1)).sort((a, b) => a - b), text.length]) {
    reader.push(text.slice(from, cut))
    from = cut
  }

  return reader.end()
}

/** What comes of it: the value, or where it is wrong. */
function outcome (deed: () => unknown): unknown {
  try {
    return deed()
  } catch (err) {
    assert.ok(err instanceof JsonError)

    return /at position \d+$/.exec(err.message)?.[0]
  }
}

const everywhere = (text: string): number[] => Array.from(text, (_, at) => at)
const cuts = fc.oneof(fc.array(fc.nat(), { maxLength: 5 }), fc.constant(Array.from({ length: 400 }, (_, at) => at)))
const piece = fc.constantFrom(
  '{', '}', '[', ']', ',', ':', '"', '\\', ' ', '\n', '0', '1', '12', '-', '.', '5', 'e', 'E', '+', 'true', 'false', 'null', 'nul', 't',
  '""', '"a"', '"b"', '"__proto__"', '"\\n"', '"\\\\"', '"\\""', '"\\u00e9"', '"\\ud83d\\ude00"', '"\\ud83d"', '"\u{1f600}"', '\\u12', '"\u0001"',
  '"\u007f"', '18446744073709551615', '9007199254740993', '1e400', '-0', '1.0', '01', '1.e5', '1e+', '12345678901234567890123456789012345678901234567890'
)

describe('json: a text that comes in pieces', () => {
  it('is read as it is in one, wherever it is cut', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 5, noUnicodeString: false, stringUnit: 'binary' }), fc.constantFrom(undefined, 1), cuts, (value, space, cuts) => {
      const text = JSON.stringify(value, null, space)

      assert.deepEqual(read(text, cuts), parseJsonText(text))
    }), { numRuns: 500 })
  })

  it('is refused where it is in one, whatever is wrong with it', () => {
    fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), fc.constantFrom('', '[', '{"a":', '["'), cuts, (pieces, before, cuts) => {
      const text = before + pieces.join('')

      assert.deepEqual(outcome(() => read(text, cuts)), outcome(() => parseJsonText(text)), JSON.stringify(text))
    }), { numRuns: 20_000 })
  })

  for (const text of ['-', '1.', '1.5e', '1e+', '[1e+]', '1e5x', '-01', 'tru', 'trux', '{"a":1,"a":2}', '{"a" 1}', '{"a":1,}', '[1,]', '"\\u12', '"\\ud83d', '"\\ud83d\\', '"\\ud83dx"', '"\\ud83d\\u0041"', '"\\\\\\"', '', ' ', '1 1', ']']) {
    it(`is refused at the same place as in one: ${text}`, () => {
      const expected = outcome(() => parseJsonText(text))

      assert.match(String(expected), /^at position/)
      assert.equal(outcome(() => read(text, everywhere(text))), expected)
    })
  }

  it('may be 128 levels deep, and no deeper, and is refused before its end', () => {
    const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

    assert.deepEqual(read(deep(128), everywhere(deep(128))), parseJsonText(deep(128)))
    assert.throws(() => { new JsonReader().push('['.repeat(129)) }, /more than 128 levels at position 128$/)
  })

  it('may have so many values, and no more, and is refused before its end', () => {
    assert.deepEqual(read('[1,2,3]', [3], { maxValues: 4 }), [1, 2, 3])
    assert.throws(() => { new JsonReader({ maxValues: 4 }).push('[1,2,3,4') }, /more than 4 values at position 7$/)
  })

  it('has keys of 65,536 characters at most', () => {
    const keyed = (length: number): string => `{"${'k'.repeat(length)}":1}`

    assert.deepEqual(read(keyed(65_536), [1000, 40_000]), parseJsonText(keyed(65_536)))
    assert.throws(() => read(keyed(65_537), [1000, 40_000]), /a key is too long at position 2$/)
  })

  it('gives strings of more than 262,144 characters in their pieces, and shorter ones whole', () => {
    const text = 'a\u00e9\u{1f600}"'.repeat(60_000)
    const long = read(JSON.stringify([text, 'b']), [100_000, 200_000, 300_000])

    assert.ok(Array.isArray(long) && long[0] instanceof LongText)
    assert.equal(long[0].pieces.join(''), text)
    assert.equal(long[0].length, text.length)
    assert.equal(long[1], 'b')
    assert.equal(read(`"${'a'.repeat(262_144)}"`, [99]), 'a'.repeat(262_144))
    assert.ok(read(`"${'a'.repeat(262_145)}"`, [99]) instanceof LongText)
  })

  it('keeps of a number of any length what tells that it is none of 64 bits', () => {
    const digits = '1'.repeat(100_000)

    assert.deepEqual(read(digits, [1, 41, 50_000]), new JsonDecimal('1'.repeat(40)))
    assert.deepEqual(read(digits, [1, 41, 50_000]), parseJsonText(digits))
  })
})
