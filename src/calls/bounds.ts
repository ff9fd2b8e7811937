const KIB = 1024

/** Bounds of the wire that all protocols of calls have (specs/mailbox.md, Part I, "Framing"); tests make them smaller. */
export const CALL_BOUNDS = {
  /** Of one stream, without those that go on for as long as the caller likes. */
  openRequests: 1024,
  /** Of one connection. */
  streams: 128,
  /** Frames of this size are read whatever others hold, as long as the stream itself waits for no more than this. */
  smallFrameBytes: 64 * KIB,
  /** From a frame's prefix to its end. */
  frameMs: 60_000,
  /** A stream that took nothing for so long is reset, and earlier when memory for answers is short. */
  stuckMs: 120_000,
  stuckShortMs: 10_000,
  /** Answers waiting to be sent that stop the reading of requests. */
  outboxBytes: 256 * KIB,
  /** How long a stream may take to close after its last answer. */
  lingerMs: 1000,
  /** The same at shutdown. */
  shutdownLingerMs: 100,
  /** How long answers that are under way at shutdown may take. */
  drainMs: 5000,
  sweepMs: 1000
}

export type CallBounds = typeof CALL_BOUNDS
