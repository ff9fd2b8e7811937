import type { CallGroup } from '../access/index.js'
import type { CallContext } from './mailbox/calls.js'
import type { CountedCall } from '../mailbox/index.js'
import type { TSchema } from 'typebox'

/** One call: its route, its shape in OpenAPI, and what it does. */
export interface Endpoint {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly summary: string
  /** What the limiter counts it as; undefined: it is not limited. */
  readonly group?: CallGroup
  /** What it is counted as among the calls to the mailbox. */
  readonly call?: CountedCall
  readonly request?: TSchema
  readonly answer: TSchema
  /** Statuses of errors that it may have beside those of any call. */
  readonly errors?: readonly number[]
  /** Of the decoded body, in bytes. */
  readonly maxBodyBytes?: number
  /** The body has been checked against `request`. Resolves to JSON text. */
  handle (body: unknown, context: CallContext): Promise<string> | string
}
