import type { CallGroup, LimiterVerdict } from '../access/index.js'
import type { ErrorCode } from '../errors.js'
import type { InflightShare } from './inflight.js'
import type { PeerId } from '@libp2p/interface'

export { AnswerQueue } from './answer-queue.js'
export { CALL_BOUNDS } from './bounds.js'
export { failureOf } from './failure.js'
export { InflightBudget } from './inflight.js'
export { CallServer } from './server.js'
export type { CallBounds } from './bounds.js'
export type { InflightShare } from './inflight.js'
export type { CallServerInit } from './server.js'
export type { CallStream } from './stream.js'

/** What the streams of one connection have in common. */
export interface CallConnection {
  /** Proven. */
  readonly peerId: PeerId
  /** What the limiter counts it by (`callerOf`). */
  readonly caller: string
  /** Of what comes in, and of what goes out. */
  readonly incoming: InflightShare
  readonly outgoing: InflightShare
  /** Whether a paused stream holds its sender. */
  readonly canPause: boolean
  charge (group: CallGroup): LimiterVerdict
}

/** A request whose answer has not been given. The flags are the stream's to set. */
export interface OpenRequest {
  readonly id: bigint
  /** Of its frame. */
  readonly bytes: number
  isAnswered: boolean
  /** Nothing is done any more with its bytes. */
  isSettled: boolean
}

/** A protocol's own part of one stream: how requests are read, and what becomes of them. */
export interface CallHandler<Request extends OpenRequest = OpenRequest> {
  /** A whole request has come. It is given to `CallStream.open`, and what that takes is answered or finished some time. */
  onFrame (frame: Uint8Array): void
  /** With its length before it. The id 0: it is the stream as a whole that failed. */
  encodeFailure (id: bigint, code: ErrorCode, message: string): Uint8Array
  /** This one has had its answer, or needs none. */
  onForgotten? (request: Request): void
  /** The stream has taken something of what waited. */
  onSent? (): void
  /** About once a second. @param stuckMs since when the other end has taken nothing though something waits */
  onSweep? (stuckMs: number): void
  /** What would go on without end is to be ended. */
  onShutDown? (): void
  /** Asked when no request is under way, at shutdown or when no more can come: whether nothing else goes on. @default true */
  mayEnd? (isShuttingDown: boolean): boolean
  /** No answer to anything that is open can be given any more. May come twice. */
  onRelease? (): void
}
