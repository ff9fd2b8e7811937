import type { MailboxCaller } from '../mailbox/index.js'
import type { Endpoint } from './endpoint.js'
import type { Remote } from './remote.js'
import type { HeldShare } from './shares.js'

/** What the door knows of one request. */
export interface Visit {
  /** Undefined where there is no such call. */
  readonly endpoint?: Endpoint
  readonly remote: Remote
  caller: MailboxCaller
  /** When its head had come, on the monotonic clock. */
  readonly begunMs: number
  /** What any answer to it has. */
  headers?: Readonly<Record<string, string>>
  /** Of its body. */
  held?: HeldShare
}

export const NOBODY: MailboxCaller = { grants: [] }

declare module 'fastify' {
  interface FastifyRequest {
    visit: Visit
  }

  interface FastifyContextConfig {
    endpoint?: Endpoint
  }
}
