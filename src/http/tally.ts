import type { CallCounts } from '../mailbox/index.js'
import type { FastifyRequest } from 'fastify'

/** Counts a call to the mailbox as answered; other requests are not counted. */
export function tally (counts: CallCounts | undefined, { routeOptions, visit }: FastifyRequest, outcome: string): void {
  const call = routeOptions.config.endpoint?.call

  if (call != null) {
    counts?.answered(call, outcome, performance.now() - visit.begunMs)
  }
}
