import type { FastifyRequest } from 'fastify'

/** Tells whoever counts a call how it ended. */
export function tally ({ routeOptions, visit }: FastifyRequest, outcome: string): void {
  routeOptions.config.endpoint?.answered?.(outcome, performance.now() - visit.begunMs)
}
