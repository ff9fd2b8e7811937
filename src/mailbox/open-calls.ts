import type { OpenRequest } from '../calls/index.js'
import type { CountedCall } from './call-counts.js'
import type { MailboxSubscription } from './index.js'

/** A request whose answer has not been given. */
export interface MailboxCall extends OpenRequest {
  /** What it asks for, and when it had come, for whoever counts. */
  call: CountedCall
  readonly begunMs: number
  subscription?: OpenSubscription
}

/** What a Subscribe is while it goes on. */
export interface OpenSubscription {
  /** Undefined until the rules have said yes. */
  items?: MailboxSubscription
  readonly mailbox: string
  /** As it was sent. */
  readonly cursor: bigint
  credit: number
  isQueued: boolean
  /** The stream's position after its last item. */
  lastAt: number
}
