import type { TProperties, TSchema, Type as TypeBox } from 'typebox'

type Options = Readonly<Record<string, unknown>>

const optionals = new WeakSet<object>()

function literalType (value: unknown): string {
  return typeof value === 'number' ? 'integer' : typeof value
}

/**
 * The builders of TypeBox that the door uses, with TypeBox's types and the schemas that it makes: `Static` and OpenAPI come of them. TypeBox itself
 * is 683 modules, a fifth of what a node has to load before it is ready, and only its types are needed here.
 */
// what these give is JSON Schema, which TypeBox's types describe and do not look into
export const Type = {
  Array: (items: TSchema, options?: Options) => ({ type: 'array', items, ...options }),
  BigInt: (options?: Options) => ({ type: 'bigint', ...options }),
  Boolean: (options?: Options) => ({ type: 'boolean', ...options }),
  Integer: (options?: Options) => ({ type: 'integer', ...options }),
  Literal: (value: unknown, options?: Options) => ({ type: literalType(value), const: value, ...options }),
  Null: (options?: Options) => ({ type: 'null', ...options }),
  Object: (properties: TProperties, options?: Options) => {
    const required = Object.keys(properties).filter(name => !optionals.has(properties[name] as object))

    return { type: 'object', ...(required.length === 0 ? {} : { required }), properties, ...options }
  },
  Optional: (schema: TSchema) => {
    const copy = { ...schema }

    optionals.add(copy)

    return copy
  },
  /** Keys are any text. */
  Record: (_key: TSchema, values: TSchema, options?: Options) => ({ type: 'object', additionalProperties: values, ...options }),
  String: (options?: Options) => ({ type: 'string', ...options }),
  Union: (anyOf: TSchema[], options?: Options) => ({ anyOf, ...options })
} as unknown as Pick<typeof TypeBox, 'Array' | 'BigInt' | 'Boolean' | 'Integer' | 'Literal' | 'Null' | 'Object' | 'Optional' | 'Record' | 'String' | 'Union'>
