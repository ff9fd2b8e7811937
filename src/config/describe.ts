import { expected } from './check.js'
import type { KeySpec } from './schema.js'

/** The unit that a key's name ends with, in words; undefined when it counts things or is no number. */
export function unitOf (name: string): string | undefined {
  const units: ReadonlyArray<[RegExp, string]> = [
    [/(_secs|_seconds)$/, 'seconds'],
    [/_ms$/, 'milliseconds'],
    [/bytes_per_second$/, 'bytes per second'],
    [/_bytes(_|$)/, 'bytes'],
    [/_rps$/, 'calls per second']
  ]

  return units.find(([pattern]) => pattern.test(name))?.[1]
}

/** What a key takes, in a few words for a reader: `seconds, 1 to 3153600000`. */
export function allowed (name: string, spec: KeySpec): string {
  if (spec.type !== 'integer') {
    return expected(spec)
  }

  const range = spec.max === Number.MAX_SAFE_INTEGER ? `${spec.min} or more` : `${spec.min} to ${spec.max}`

  return `${unitOf(name) ?? 'number'}, ${range}`
}
