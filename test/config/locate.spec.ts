import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parse } from 'smol-toml'
import { locateKeys } from '../../src/config/locate.js'

/** A key or a value as TOML text, and the places inside it: path below it and line, counted from its own first line. */
interface Piece {
  readonly text: string
  readonly places: ReadonlyArray<{ path: Array<string | number>, line: number }>
}

const newlines = (text: string): number => text.split('\n').length - 1

const name = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_-]{1,6}$/).map(value => ({ value, text: value })),
  fc.string({ maxLength: 5, unit: 'grapheme' }).filter(value => value.isWellFormed()).map(value => ({ value, text: JSON.stringify(value).replaceAll('\u007f', '\\u007f') })),
  fc.stringMatching(/^[ a-z.#=[\]{}"]{0,5}$/).map(value => ({ value, text: `'${value}'` }))
).filter(({ value }) => value !== '__proto__')

const scalar = fc.oneof(
  fc.constantFrom('1', '-5', '1.5', 'true', '1979-05-27 07:32:00Z', '07:32:00', '0xff', 'inf', '""', "''", '"#"', '"]"', "'}'", '"\\""', '"\\\\"', "'\\'", '"[x]\\n"'),
  fc.constantFrom('"""\nx = 1\n[y]\n"""', '"""a\\"""b""""', '"""\\\n  x"""', "'''\n# no comment\n'''", "''''x'''''", '""""""', '"""""x"""""', '"""\\\\"""')
)

const gap = fc.constantFrom('', ' ', '\n', ' # ] } " \'\n', '\r\n\t')
const leaf: fc.Arbitrary<Piece> = scalar.map(text => ({ text, places: [] }))

const value: fc.Arbitrary<Piece> = fc.letrec<{ value: Piece }>(tie => ({
  value: fc.oneof(
    { maxDepth: 3 },
    { weight: 3, arbitrary: leaf },
    { weight: 1, arbitrary: fc.tuple(fc.array(fc.tuple(gap, tie('value'), gap), { maxLength: 3 }), fc.boolean(), gap).map(([entries, trailing, end]) => join('[', entries.map(([before, entry, after], index) => ({ before, entry: { text: entry.text, places: [{ path: [index], line: 0 }, ...entry.places.map(place => ({ path: [index, ...place.path], line: place.line }))] }, after })), ']', trailing ? end : '', trailing)) },
    { weight: 1, arbitrary: fc.uniqueArray(fc.tuple(name, tie('value')), { maxLength: 3, selector: ([{ value }]) => value }).map(entries => join('{', entries.map(([key, entry]) => ({ before: ' ', entry: { text: `${key.text} = ${entry.text}`, places: [{ path: [key.value], line: newlines(key.text) }, ...entry.places.map(place => ({ path: [key.value, ...place.path], line: place.line }))] }, after: '' })), '}', ' ', false)) }
  )
})).value

function join (open: string, entries: Array<{ before: string, entry: Piece, after: string }>, close: string, end: string, trailing: boolean): Piece {
  let text = open
  const places: Array<{ path: Array<string | number>, line: number }> = []

  for (const [index, { before, entry, after }] of entries.entries()) {
    text += before
    places.push(...entry.places.map(place => ({ path: place.path, line: place.line + newlines(text) })))
    text += entry.text + after + (index < entries.length - 1 || trailing ? ',' : '')
  }

  return { text: text + end + close, places }
}

const filler = fc.constantFrom('', '\n', '# [relay]\n', '\n\n  # x = "\n', '\t\r\n')
const pairs = fc.uniqueArray(fc.tuple(filler, name, value), { maxLength: 4, selector: ([, { value }]) => value })
const table = fc.tuple(filler, fc.array(name, { minLength: 1, maxLength: 3 }), fc.boolean(), pairs)

describe('config: lines of keys', () => {
  it('finds the line of every key of a random document', () => {
    let parsed = 0

    fc.assert(fc.property(pairs, fc.array(table, { maxLength: 4 }), (top, tables) => {
      let text = ''
      const places: Array<{ path: Array<string | number>, line: number }> = []
      const lists = new Map<string, number>()
      const write = (path: Array<string | number>, keys: typeof top): void => {
        for (const [before, key, piece] of keys) {
          text += before
          const line = newlines(text) + 1
          places.push({ path: [...path, key.value], line }, ...piece.places.map(place => ({ path: [...path, key.value, ...place.path], line: place.line + line })))
          text += `${key.text} = ${piece.text}\n`
        }
      }

      write([], top)

      for (const [before, names, isList, keys] of tables) {
        const path: Array<string | number> = []

        for (const [index, { value }] of names.entries()) {
          path.push(value)
          const length = lists.get(JSON.stringify(path))

          if (isList && index === names.length - 1) {
            lists.set(JSON.stringify(path), (length ?? 0) + 1)
            path.push(length ?? 0)
          } else if (length !== undefined) {
            path.push(length - 1)
          }
        }

        text += before
        const header = names.map(({ text }) => text).join(' . ')
        places.push({ path: [...path], line: newlines(text) + 1 })
        text += isList ? `[[ ${header} ]] # x\n` : `[${header}]\n`
        write(path, keys)
      }

      try {
        parse(text)
      } catch {
        // a table that was defined twice, for example: only documents that parse are located
        return
      }

      parsed++
      const locator = locateKeys(text)
      const seen = new Set<string>()

      for (const { path, line } of places) {
        // a table may have been opened before by a deeper one
        if (!seen.has(JSON.stringify(path)) && !openedBefore(places, path, line)) {
          assert.equal(locator.line(path), line, `${JSON.stringify(path)} in\n${text}`)
        }

        seen.add(JSON.stringify(path))
      }
    }), { numRuns: 1500 })

    assert.ok(parsed > 500, `only ${parsed} documents were TOML`)
  })

  it('finds an entry for every leaf that the parser finds', () => {
    const text = 'a.b."c d".e = 1\n[t]\n  x . y = [ # one\n  1, { z = 2, "w.v" = [3,\n 4] },\n]\n[[l]]\nk = 1\n[[l]]\nk = 2\n[l.sub]\nq = """\n[no]\n"""\nr = 1'
    const locator = locateKeys(text)

    assert.deepEqual([
      ['a', 'b', 'c d', 'e'], ['t'], ['t', 'x', 'y'], ['t', 'x', 'y', 0], ['t', 'x', 'y', 1, 'z'], ['t', 'x', 'y', 1, 'w.v', 1], ['l', 0, 'k'], ['l', 1, 'k'], ['l', 1, 'sub', 'q'], ['l', 1, 'sub', 'r']
    ].map(path => locator.line(path)), [1, 2, 3, 4, 4, 5, 8, 10, 12, 15])
  })

  it('names the line of what is around a key that it does not know, and none where there is nothing', () => {
    assert.equal(locateKeys('\n[relay]\n').line(['relay', 'x', 'y']), 2)
    assert.equal(locateKeys('').line(['relay']), undefined)
    assert.equal(locateKeys('').line([]), undefined)
  })

  it('keeps up with a file of the largest size', () => {
    const long = 'x'.repeat(1_000_000)

    for (const value of [`"${long}"`, `'${long}'`, `"""\n${long.replaceAll('xxxx', 'x\\\\\n')}"""`, `'''${long}'''`, `[${'1,\n'.repeat(300_000)}]`, `[ # ${long}\n]`]) {
      const text = `a = ${value}\nb = 1\n`

      assert.doesNotThrow(() => parse(text))
      assert.equal(locateKeys(text).line(['b']), text.split('\n').length - 1)
    }
  })

  it('comes to an end on any text', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a[\]{}"'=,.#\n\\]{0,40}$/)), (text) => {
      locateKeys(text).line(['a'])
    }), { numRuns: 5000 })
  })
})

function openedBefore (places: ReadonlyArray<{ path: Array<string | number>, line: number }>, path: Array<string | number>, line: number): boolean {
  return places.some(other => other.line < line && path.every((part, index) => other.path[index] === part))
}
