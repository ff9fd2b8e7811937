import { Compile } from 'typebox/compile'
import { HttpError } from './errors.js'
import type { TSchema } from 'typebox'

/** Tells what is wrong with a body, by a schema. */
export function bodyCheck (schema: TSchema): (body: unknown) => HttpError | undefined {
  const compiled = Compile(schema)

  return body => {
    if (body === undefined) {
      return new HttpError('unsupported_media_type', 'a body of JSON is required')
    }

    if (compiled.Check(body)) {
      return undefined
    }

    const [first] = compiled.Errors(body)
    const place = first == null || first.instancePath === '' ? 'the body' : first.instancePath.slice(1).replaceAll('/', '.')

    return new HttpError('invalid_input', `${place}: ${reasonOf(first)}`)
  }
}

/** Nothing of the body, and no words of JavaScript. */
function reasonOf (error: { keyword: string, message: string, params: object } | undefined): string {
  switch (error?.keyword) {
    case undefined:
    case 'anyOf': return 'is not as it should be'
    case 'required': return `lacks ${error != null && 'requiredProperties' in error.params ? String(error.params.requiredProperties) : 'a field'}`
    default: return error?.message ?? ''
  }
}
