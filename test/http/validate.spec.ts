import assert from 'node:assert/strict'
import { Type } from '../../src/http/type.js'
import { bodyCheck } from '../../src/http/validate.js'
import { optional, u32, u64 } from '../../src/http/schema.js'
import { parseJson } from '../../src/json/parse.js'

const SHAPE = Type.Object({
  name: Type.String(),
  hex: optional(Type.String({ pattern: '^[0-9a-f]{4}$' })),
  big: optional(u64('')),
  small: optional(u32('')),
  flag: Type.Optional(Type.Boolean()),
  yes: Type.Optional(Type.Literal(true)),
  list: Type.Optional(Type.Array(Type.Object({ at: Type.Integer({ minimum: 1, maximum: 9 }) }, { additionalProperties: false }))),
  labels: Type.Optional(Type.Record(Type.String(), Type.String())),
  either: Type.Optional(Type.Union([Type.String(), Type.Boolean(), Type.Null()]))
})

describe('http: shapes of bodies', () => {
  const check = bodyCheck(SHAPE)
  const problem = (json: string): string | undefined => check(parseJson(Buffer.from(json)))?.message

  const right = [
    '{"name":""}',
    '{"name":"a","hex":null,"big":null,"small":null}',
    '{"name":"a","hex":"00ff","big":18446744073709551615,"small":4294967295,"flag":false,"yes":true,"list":[],"labels":{},"either":null}',
    '{"name":"a","big":9007199254740992,"list":[{"at":1},{"at":9}],"labels":{"a":"b"},"either":"x","other":{"deep":[1.5]}}',
    '{"name":"a","toString":1,"__proto__":{"name":2}}'
  ]

  for (const json of right) {
    it(`takes ${json}`, () => { assert.equal(problem(json), undefined) })
  }

  const wrong: ReadonlyArray<readonly [json: string, message: string]> = [
    ['null', 'the body: must be an object'],
    ['[]', 'the body: must be an object'],
    ['1.5', 'the body: must be an object'],
    ['{}', 'the body: lacks name'],
    ['{"__proto__":{"name":"a"}}', 'the body: lacks name'],
    ['{"name":null}', 'name: must be a string'],
    ['{"name":"a","hex":"00F"}', 'hex: must match ^[0-9a-f]{4}$'],
    ['{"name":"a","hex":"00ff\\n"}', 'hex: must match ^[0-9a-f]{4}$'],
    ['{"name":"a","big":18446744073709551616}', 'big: is not as it should be'],
    ['{"name":"a","big":-1}', 'big: is not as it should be'],
    ['{"name":"a","big":1.0}', 'big: is not as it should be'],
    ['{"name":"a","small":4294967296}', 'small: must be at most 4294967295'],
    ['{"name":"a","small":9007199254740993}', 'small: must be a whole number'],
    ['{"name":"a","small":-1}', 'small: must be at least 0'],
    ['{"name":"a","flag":null}', 'flag: must be true or false'],
    ['{"name":"a","yes":false}', 'yes: must be true'],
    ['{"name":"a","list":{}}', 'list: must be an array'],
    ['{"name":"a","list":[{"at":1},{"at":10}]}', 'list.1.at: must be at most 9'],
    ['{"name":"a","list":[{"at":1,"a secret":2}]}', 'list.0: has a field too many'],
    ['{"name":"a","labels":{"b":1}}', 'labels: must be a string'],
    ['{"name":"a","either":1}', 'either: is not as it should be']
  ]

  for (const [json, message] of wrong) {
    it(`says of ${json}: ${message}`, () => { assert.equal(problem(json), message) })
  }

  it('asks for a body where there is none', () => {
    assert.equal(check(undefined)?.code, 'unsupported_media_type')
  })

  it('lets nothing in by a schema that it does not know', () => {
    assert.throws(() => bodyCheck({ type: 'date' }), TypeError)
  })
})
