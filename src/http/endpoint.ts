import type { CallGroup } from '../access/index.js'
import type { MailboxCaller } from '../mailbox/index.js'
import type { Page } from '../storage/index.js'
import type { Remote } from './remote.js'
import type { IncomingHttpHeaders } from 'node:http'
import type { TSchema } from 'typebox'

/** What a call may know and use of its request, beside the body. */
export interface CallContext {
  readonly caller: MailboxCaller
  readonly remote: Remote
  readonly headers: IncomingHttpHeaders
  /** What stands in the path for names in braces. */
  readonly params: Readonly<Record<string, string>>
  /** Of a long poll: the caller is gone, or the node stops. */
  signal: () => AbortSignal
  /** What would take long: a step now and then, until one says that there is no more to do. */
  work: (step: () => boolean) => Promise<void>
  /** Reads a page when there is room for its answer. */
  page: (pull: () => Promise<Page>, maxBytes: number) => Promise<Page>
  /** How a call ends that does not fail, for whoever counts. @default 'ok' */
  outcome?: 'ok' | 'duplicate'
}

/** One call: its route, its shape in OpenAPI, and what it does. */
export interface Endpoint {
  readonly method: 'GET' | 'POST'
  /** Names in braces stand for a part of it without a slash. */
  readonly path: string
  readonly summary: string
  /** In OpenAPI. @default of the path */
  readonly operationId?: string
  /** What the limiter counts it as; undefined: it is not limited. */
  readonly group?: CallGroup
  /** Told how each call ended, `ok` or a code, and after how many milliseconds. */
  readonly answered?: (outcome: string, ms: number) => void
  readonly request?: TSchema
  readonly answer: TSchema
  /** What stands in the path for names in braces. */
  readonly params?: Readonly<Record<string, TSchema>>
  /** Headers of its own that it looks at. */
  readonly headers?: Readonly<Record<string, TSchema>>
  /** Whether it makes a difference to prove a PeerId. */
  readonly provesPeer?: boolean
  /** Whether it would refuse a caller less that proves one: `unauthorized` comes with a challenge then. */
  readonly asksForPeer?: boolean
  /** Statuses of errors that it may have beside those of any call, with the reason; null: one of any call that it does not have. */
  readonly errors?: Readonly<Record<number, string | null>>
  /** Of the decoded body, in bytes. */
  readonly maxBodyBytes?: number
  /** Of the body; undefined: as many as any call. */
  readonly maxJsonValues?: (caller: MailboxCaller) => number | undefined
  /** The body has been checked against `request`. Resolves to JSON text. */
  handle (body: unknown, context: CallContext): Promise<string> | string
}
