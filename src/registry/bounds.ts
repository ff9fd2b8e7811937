import { CALL_BOUNDS } from '../calls/index.js'

const MIB = 1024 * 1024

/** Bounds of /registry/1; tests make them smaller. Those of the wire are the mailbox's, but that calls cost more of the processor each. */
export const BOUNDS = {
  ...CALL_BOUNDS,
  openRequests: 128,
  /** Of one stream, of those calls whose answers are much larger than what asks for them. */
  largeAnswersAtOnce: 32,
  /** Requests on their way in, of all connections together; answers that wait to be sent may come to as much. */
  inflightBytes: 32 * MIB
}

export type Bounds = typeof BOUNDS
