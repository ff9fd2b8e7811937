import { encodePush, encodeRequest, MAILBOX_PROTOCOL } from '../../mailbox/messages.js'
import { decodeResponse } from '../../mailbox/responses.js'
import type { MailboxRequest, MailboxResponse } from '../../mailbox/messages.js'
import type { Calls } from './calls.js'
import type { ClientProtocol } from './protocol.js'

export type MailboxCall = Omit<MailboxRequest, 'id'>
export type MailboxCalls = Calls<MailboxCall, MailboxResponse>

/** /enigma/mailbox/1. Pushes are encoded around their bodies; a Cancel has no answer of its own. */
export const mailboxProtocol: ClientProtocol<MailboxCall, MailboxResponse> = {
  id: MAILBOX_PROTOCOL,
  encode: (id, call) => call.push != null ? encodePush(id, call.push) : [encodeRequest({ id, ...call })],
  decode: decodeResponse,
  bodyBytes: ({ push }) => push?.body.byteLength ?? 0,
  cancel: request => ({ cancel: { request } })
}
