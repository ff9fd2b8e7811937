import type { MailboxFailure } from '../../mailbox/messages.js'

/** What answers have in common. */
export interface AnyResponse {
  id: bigint
  failure?: MailboxFailure
}

/** What the parts of this folder need to know of a protocol whose streams carry requests and responses, each with an id. */
export interface ClientProtocol<Call, Response extends AnyResponse> {
  readonly id: string
  /** A request with its length before it. */
  encode (id: bigint, call: Call): readonly Uint8Array[]
  /** @throws MalformedRequestError when it is no response */
  decode (frame: Uint8Array): Response
  /** Of the body that a call brings, in bytes. */
  bodyBytes (call: Call): number
  /** Tells the other end that nobody waits for an answer any more; without it, the answer comes and is left. */
  cancel?: (request: bigint) => Call
}
