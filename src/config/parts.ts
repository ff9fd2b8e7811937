import type { Origin } from './errors.js'
import type { Config } from './schema.js'

/** What can be switched on and off as a whole: the sections with `enabled`. */
export type Part = 'relay' | 'mailbox' | 'registry' | 'http' | 'rate_limit' | 'ops'

export const PARTS: readonly Part[] = ['relay', 'mailbox', 'registry', 'http', 'rate_limit', 'ops']

/** What this version has. A part that is missing here counts as off, whatever `enabled` says. */
export const BUILT_PARTS: ReadonlySet<Part> = new Set<Part>(['relay', 'mailbox', 'registry', 'http', 'rate_limit', 'ops'])

/**
 * The parts that are not built and that the user's own file, environment or flag switches on: one of their keys
 * is set there, and `enabled` is not false.
 */
export function unbuiltParts ({ config, source }: { config: Config, source: ReadonlyMap<string, Origin> }, built: ReadonlySet<Part> = BUILT_PARTS): Part[] {
  return PARTS.filter(part => !built.has(part) && config[part].enabled && [...source.keys()].some(key => key.startsWith(`${part}.`)))
}
