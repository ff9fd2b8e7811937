import type { MailboxClientError } from './errors.js'

/** What `onProgress` is told. More may come: ignore what you do not know. */
export type MailboxProgress =
  /** A chunk of a push was answered. Counts are of this message, bytes of its body. */
  | { readonly type: 'mailbox:chunk-stored', readonly detail: { readonly chunks: number, readonly chunkCount: number, readonly bytes: number, readonly totalBytes: number } }
  /** An attempt failed; the next one begins after `delayMs`. */
  | { readonly type: 'mailbox:retrying', readonly detail: { readonly attempt: number, readonly delayMs: number, readonly error: MailboxClientError } }
  /** `send` could not deliver directly; the message goes to the mailbox. */
  | { readonly type: 'mailbox:queueing', readonly detail: { readonly error: MailboxClientError } }

export type OnProgress = (event: MailboxProgress) => void
