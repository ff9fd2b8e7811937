import type { Visit } from './visit.js'

/** Tells whoever counts a call how it ended. What has not come as far as the entrance is no call. */
export function tally (visit: Visit | undefined, outcome: string): void {
  visit?.endpoint?.answered?.(outcome, performance.now() - visit.begunMs)
}
