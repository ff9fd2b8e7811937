import { toRegistryError } from '../../registry/index.js'
import { HttpError } from '../errors.js'
import type { ErrorCode } from '../../errors.js'

/** The calls of enigma-node-registry, by the first part of their paths. */
const REFERENCE_PATHS: ReadonlySet<string> = new Set(['register', 'resolve', 'check_user', 'announce', 'sync', 'nodes', 'envelope_pubkey', 'envelope_pubkeys', 'pow'])
const OWN_PATHS: ReadonlySet<string> = new Set(['update', 'remove', 'presence'])

/** Where the reference's code is not ours in upper case. */
const SPELLINGS: Partial<Record<ErrorCode, string>> = {
  internal_error: 'INTERNAL',
  unknown_call: 'NOT_FOUND'
}

/** What the reference says in place of our own words (specs/registry.md, 2.2). */
const MESSAGES: Partial<Record<ErrorCode, string>> = {
  conflict: 'conflict',
  rate_limited: 'rate limited',
  pow_required: 'pow required',
  unauthorized: 'unauthorized',
  internal_error: 'internal error'
}

/** Whether errors on this path are said as the registry says them, also where it is off. */
export function isRegistryPath (path: string): boolean {
  const first = firstPart(path)

  return REFERENCE_PATHS.has(first) || OWN_PATHS.has(first)
}

/** Any error as the registry's paths say it: codes in upper case, and 400 for a body that the reference's extractor would refuse. */
export function inRegistryWords (error: HttpError, path: string): HttpError {
  const { code, details, headers, message } = error

  if (code === 'message_too_large' && REFERENCE_PATHS.has(firstPart(path))) {
    return new HttpError('invalid_input', message, { spelling: 'INVALID_INPUT', details: { code: 'MESSAGE_TOO_LARGE', ...details }, headers })
  }

  return new HttpError(code, MESSAGES[code] ?? message, { status: error.status, spelling: SPELLINGS[code] ?? code.toUpperCase(), details, headers })
}

/** A failure of the rules. Of what they refuse, the reference says that the input is invalid before it says which. */
export function ofRegistry (err: unknown): HttpError {
  if (err instanceof HttpError) {
    return err
  }

  const { code, message, retryAfterMs, details, cause } = toRegistryError(err)

  return new HttpError(code, code === 'invalid_input' ? `invalid input: ${message}` : message, { retryAfterMs, details, cause })
}

function firstPart (path: string): string {
  return path.split('/', 2)[1] ?? ''
}
