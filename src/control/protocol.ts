import { ControlError } from './errors.js'

// One JSON object a line, in both directions (docs/operations.md). Answers come in the order of the requests.

/** Changes only when older readers would misread something. */
export const CONTROL_VERSION = 1

/** Of a line, without its end. */
export const MAX_REQUEST_BYTES = 4096
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024

export interface ControlRequest {
  v: number
  /** Like `keys.show`. */
  call: string
  params: Readonly<Record<string, unknown>>
}

export type ControlAnswer = { v: number, result: unknown, error?: undefined } | { v: number, error: { code: string, message: string }, result?: undefined }

/** @throws ControlError for what is no request */
export function parseRequest (line: string): ControlRequest {
  const { v, call, params = {}, ...others } = parseObject(line)

  if (!Number.isInteger(v) || typeof call !== 'string' || typeof params !== 'object' || params == null || Array.isArray(params) || Object.keys(others).length > 0) {
    throw new ControlError('a request is a line like {"v":1,"call":"keys.show"}')
  }

  return { v: Number(v), call, params: params as Record<string, unknown> }
}

/** @throws ControlError for what is no answer */
export function parseAnswer (line: string): ControlAnswer {
  const { v, result, error } = parseObject(line)

  if (typeof v === 'number' && typeof error === 'object' && error != null && 'code' in error && 'message' in error) {
    return { v, error: { code: String(error.code), message: String(error.message) } }
  }

  if (v !== CONTROL_VERSION || result === undefined) {
    throw new ControlError('what answered is no node, or one of another version')
  }

  return { v, result }
}

export function encodeLine (message: ControlRequest | ControlAnswer): string {
  return `${JSON.stringify(message)}\n`
}

function parseObject (line: string): Record<string, unknown> {
  let value: unknown

  try {
    value = JSON.parse(line)
  } catch (err) {
    throw new ControlError('a line is no JSON', { cause: err })
  }

  if (typeof value !== 'object' || value == null || Array.isArray(value)) {
    throw new ControlError('a line is no JSON object')
  }

  return value as Record<string, unknown>
}
