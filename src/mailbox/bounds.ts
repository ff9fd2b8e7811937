import { CALL_BOUNDS } from '../calls/index.js'

const KIB = 1024

/** Bounds of the wire (specs/mailbox.md, Part I, "Framing"); tests make them smaller. Answers that wait stop the reading of pages too. */
export const BOUNDS = {
  ...CALL_BOUNDS,
  /** Of one stream. They are no open requests. */
  subscriptions: 64,
  /** Of one connection. */
  grants: 64,
  /** How far an unread stream that cannot be paused may go beyond the largest body before it is reset. */
  unpausableSlackBytes: 64 * KIB,
  /** Credited items that could not be sent for so long end their subscription. */
  slowConsumerMs: 60_000,
  /** Bodies that are read at once for a subscription. */
  subscriptionPageBytes: 256 * KIB
}

export type Bounds = typeof BOUNDS
