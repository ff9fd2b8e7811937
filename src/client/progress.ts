import type { ClientError } from './errors.js'

/** An attempt failed; the next one begins after `delayMs`. */
export interface Retrying {
  /** The number of the next one. Refusals for the rate are not counted. */
  readonly attempt: number
  readonly delayMs: number
  readonly error: ClientError
}

/** What `onProgress` is told. More may come: ignore what you do not know. */
export type MailboxProgress =
  /** A chunk of a push was answered. Counts are of this message, bytes of its body. */
  | { readonly type: 'mailbox:chunk-stored', readonly detail: { readonly chunks: number, readonly chunkCount: number, readonly bytes: number, readonly totalBytes: number } }
  | { readonly type: 'mailbox:retrying', readonly detail: Retrying }
  /** `send` could not deliver directly; the message goes to the mailbox. */
  | { readonly type: 'mailbox:queueing', readonly detail: { readonly error: ClientError } }

export type OnProgress = (event: MailboxProgress) => void
