const KIB = 1024

/** Bounds of the wire (specs/mailbox.md, Part I, "Framing"); tests make them smaller. */
export const BOUNDS = {
  /** Of one stream; subscriptions do not count. */
  openRequests: 1024,
  subscriptions: 64,
  /** Of one connection. */
  streams: 128,
  grants: 64,
  /** Frames of this size are read whatever others hold, as long as the stream itself waits for no more than this. */
  smallFrameBytes: 64 * KIB,
  /** How far an unread stream that cannot be paused may go beyond the largest body before it is reset. */
  unpausableSlackBytes: 64 * KIB,
  /** From a frame's prefix to its end. */
  frameMs: 60_000,
  /** Credited items that could not be sent for so long end their subscription. */
  slowConsumerMs: 60_000,
  /** A stream that took nothing for so long is reset, and earlier when memory for answers is short. */
  stuckMs: 120_000,
  stuckShortMs: 10_000,
  /** Answers waiting to be sent that stop the reading of requests, and of pages. */
  outboxBytes: 256 * KIB,
  /** Bodies that are read at once for a subscription. */
  subscriptionPageBytes: 256 * KIB,
  /** How long a stream may take to close after its last answer. */
  lingerMs: 1000,
  /** The same at shutdown. */
  shutdownLingerMs: 100,
  /** How long answers that are under way at shutdown may take. */
  drainMs: 5000,
  sweepMs: 1000
}

export type Bounds = typeof BOUNDS
