import { equals } from 'uint8arrays/equals'
import { connectionError } from '../errors.js'
import type { MailboxCalls } from './mailbox-protocol.js'

const MAX_GRANTS = 64

/** What is shown on each new connection until it is over. The last 64 are kept: a node takes no more. */
export class Grants {
  #grants: Array<{ envelope: Uint8Array<ArrayBuffer>, expiresMs: number }> = []

  /** @param expiresMs Unix milliseconds */
  add (envelope: Uint8Array<ArrayBuffer>, expiresMs: number): void {
    const others = this.#grants.filter(known => known.expiresMs > Date.now() && !equals(known.envelope, envelope))

    this.#grants = [...others, { envelope, expiresMs }].slice(-MAX_GRANTS)
  }

  /** The node answers in any order, but a call is looked at after those that came before. */
  async show (calls: MailboxCalls, signal: AbortSignal): Promise<void> {
    await Promise.all(this.#grants.map(async ({ envelope }) => { await showGrant(calls, envelope, signal) }))
  }
}

/** One that the node does not take any more shows in the calls it was for. */
async function showGrant (calls: MailboxCalls, envelope: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void> {
  try {
    await calls.call({ grant: { envelope } }, 'granted', signal)
  } catch (err) {
    if (calls.error != null || signal.aborted || connectionError(err).retryable) {
      throw err
    }
  }
}
