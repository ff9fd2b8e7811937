import { LongText } from '../json/long-text.js'
import { HttpError } from './errors.js'
import { mayBeLong } from './schema.js'
import type { TSchema } from 'typebox'

/** What is wrong, and where: names with dots between them, empty for the whole body. */
interface Problem {
  readonly place: string
  readonly reason: string
}

type Fields = Readonly<Record<string, unknown>>
type Check = (value: unknown) => Problem | undefined

/** Keywords of JSON Schema that `type.ts` makes; others say nothing about a value. */
interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly pattern?: string
  readonly minimum?: number | bigint
  readonly maximum?: number | bigint
  readonly exclusiveMaximum?: number | bigint
}

/** Tells what is wrong with a body, by a schema of `type.ts`. */
export function bodyCheck (schema: TSchema): (body: unknown) => HttpError | undefined {
  const check = compile(schema as Schema)

  return body => {
    if (body === undefined) {
      return new HttpError('unsupported_media_type', 'a body of JSON is required')
    }

    const problem = check(body)

    return problem == null ? undefined : new HttpError('invalid_input', `${problem.place === '' ? 'the body' : problem.place}: ${problem.reason}`)
  }
}

function compile (schema: Schema): Check {
  const { type, anyOf, pattern } = schema

  if (anyOf != null) {
    return oneOf(anyOf)
  }

  if ('const' in schema) {
    return value => value === schema.const ? undefined : wrong(`must be ${String(schema.const)}`)
  }

  switch (type) {
    case 'object': return objectCheck(schema)
    case 'array': return arrayCheck(schema)
    case 'string': return stringCheck(pattern, mayBeLong(schema))
    case 'boolean': return value => typeof value === 'boolean' ? undefined : wrong('must be true or false')
    case 'null': return value => value === null ? undefined : wrong('must be null')
    case 'integer': return numberCheck(schema, (value): value is number => Number.isInteger(value))
    case 'bigint': return numberCheck(schema, (value): value is bigint => typeof value === 'bigint')
    // of what this cannot check, nothing is let in
    default: throw new TypeError(`no such type of a schema: ${String(type)}`)
  }
}

/** Of what may be left null, the problem is that of the one alternative. */
function oneOf (schemas: readonly Schema[]): Check {
  const checks = schemas.map(compile)
  const [first, ...others] = schemas.filter(({ type }) => type !== 'null').map(compile)
  const problemOf = first != null && others.length === 0 ? first : () => wrong('is not as it should be')

  return value => checks.some(check => check(value) == null) ? undefined : problemOf(value)
}

function objectCheck ({ properties = {}, required = [], additionalProperties: others = true }: Schema): Check {
  const fields = Object.entries(properties).map(([name, schema]) => ({ name, check: compile(schema), isRequired: required.includes(name) }))
  const known = new Set(Object.keys(properties))
  const checkOther = typeof others === 'boolean' ? () => wrong('has a field too many') : compile(others)
  const checkOthers = (value: Fields): Problem | undefined => {
    for (const [name, other] of Object.entries(value)) {
      const problem = known.has(name) ? undefined : checkOther(other)

      if (problem != null) {
        // what a caller made up is not said again
        return problem
      }
    }

    return undefined
  }

  return value => {
    // a number that is no whole one is an object too, of a class of its own
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
      return wrong('must be an object')
    }

    for (const { name, check, isRequired } of fields) {
      const problem = Object.hasOwn(value, name) ? check((value as Fields)[name]) : isRequired ? wrong(`lacks ${name}`) : undefined

      if (problem != null) {
        return Object.hasOwn(value, name) ? below(name, problem) : problem
      }
    }

    return others === true ? undefined : checkOthers(value as Fields)
  }
}

function arrayCheck ({ items = {} }: Schema): Check {
  const check = compile(items)

  return value => {
    if (!Array.isArray(value)) {
      return wrong('must be an array')
    }

    for (let at = 0; at < value.length; at++) {
      const problem = check(value[at])

      if (problem != null) {
        return below(String(at), problem)
      }
    }

    return undefined
  }
}

function stringCheck (pattern: string | undefined, mayBeLong: boolean): Check {
  const form = pattern == null ? undefined : new RegExp(pattern, 'u')

  return value => {
    if (value instanceof LongText) {
      return mayBeLong ? undefined : wrong('is too long')
    }

    if (typeof value !== 'string') {
      return wrong('must be a string')
    }

    return form?.test(value) === false ? wrong(`must match ${String(pattern)}`) : undefined
  }
}

function numberCheck ({ minimum, maximum, exclusiveMaximum }: Schema, isOfType: (value: unknown) => value is number | bigint): Check {
  return value => {
    if (!isOfType(value)) {
      return wrong('must be a whole number')
    }

    if (minimum != null && value < minimum) {
      return wrong(`must be at least ${minimum}`)
    }

    if (maximum != null && value > maximum) {
      return wrong(`must be at most ${maximum}`)
    }

    return exclusiveMaximum != null && value >= exclusiveMaximum ? wrong(`must be less than ${exclusiveMaximum}`) : undefined
  }
}

function wrong (reason: string): Problem {
  return { place: '', reason }
}

function below (name: string, { place, reason }: Problem): Problem {
  return { place: place === '' ? name : `${name}.${place}`, reason }
}
