import { Type } from './type.js'
import type { TSchema, TUnsafe } from 'typebox'
import type { LongText } from '../json/long-text.js'

const U32_MAX = 0xffff_ffff
/** A power of two: the compiler of schemas writes it as a `number`. */
const U64_END = 2n ** 64n

/** An unsigned number of 64 bits, exact: `bigint` beyond 2^53. */
export function u64 (description: string): ReturnType<typeof buildU64> {
  return buildU64(description)
}

function buildU64 (description: string) {
  return Type.Union([Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), Type.BigInt({ minimum: 0n, exclusiveMaximum: U64_END })], { description, format: 'uint64' })
}

export function u32 (description: string): ReturnType<typeof buildU32> {
  return buildU32(description)
}

function buildU32 (description: string) {
  return Type.Integer({ description, minimum: 0, maximum: U32_MAX })
}

const longs = new WeakSet<object>()

/** A string, which comes as `LongText` when it is longer than anything but a message is. */
export function longString (options: Readonly<Record<string, unknown>>): ReturnType<typeof buildLongString> {
  const schema = buildLongString(options)

  longs.add(schema)

  return schema
}

function buildLongString (options: Readonly<Record<string, unknown>>) {
  // what makes schemas here looks into none of their types
  return Type.String(options) as unknown as TUnsafe<string | LongText>
}

export function mayBeLong (schema: object): boolean {
  return longs.has(schema)
}

/** A field that may be missing, or null, which is the same. */
export function optional<T extends TSchema> (schema: T): ReturnType<typeof buildOptional<T>> {
  return buildOptional(schema)
}

function buildOptional<T extends TSchema> (schema: T) {
  return Type.Optional(Type.Union([schema, Type.Null()]))
}

/** The body of every error. */
export const ErrorBody = Type.Object({
  error: Type.Object({
    code: Type.String({ description: 'One of docs/errors.md.' }),
    message: Type.String({ description: 'For people.' }),
    details: Type.Optional(Type.Record(Type.String(), Type.String()))
  })
})
