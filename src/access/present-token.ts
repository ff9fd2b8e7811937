import { frame } from '../framing.js'
import { AUTH_PROTOCOL, AuthProtocolError, readMessage } from './messages.js'
import { Present, Verdict } from './pb/auth.js'
import type { AbortOptions, Connection } from '@libp2p/interface'

const DEFAULT_TIMEOUT_MS = 10_000

export interface TokenVerdict {
  granted: boolean
  /** Unix seconds; 0: no end but that of the last direct connection. */
  expires: number
}

/**
 * Presents a token to a server of /enigma/auth/1. Without a signal it waits ten seconds at most.
 *
 * @throws AuthProtocolError when the answer is none
 */
export async function presentToken (connection: Connection, token: string, options: AbortOptions = {}): Promise<TokenVerdict> {
  const signal = options.signal ?? AbortSignal.timeout(DEFAULT_TIMEOUT_MS)
  const stream = await connection.newStream(AUTH_PROTOCOL, { signal })

  try {
    stream.send(frame(Present.encode({ token })))
    const { granted, expires } = Verdict.decode(await readMessage(stream, signal))
    await stream.close({ signal })

    return { granted, expires: Number(expires) }
  } catch (err) {
    const reason = err instanceof Error ? err : new AuthProtocolError('failed', { cause: err })
    stream.abort(reason)
    throw reason
  }
}
