import { randomBytes } from 'node:crypto'
import { PING_PROTOCOL } from '@libp2p/ping'
import { byteStream } from '@libp2p/utils'
import type { Connection } from '@libp2p/interface'

const PING_BYTES = 32

/**
 * Round trips in milliseconds, `times` of them. The ping service takes a peer and looks for a connection without limits,
 * so it would dial again; this measures the very connection it is given.
 */
export async function pingOver (connection: Connection, times: number, signal: AbortSignal): Promise<number[]> {
  const stream = await connection.newStream(PING_PROTOCOL, { signal, runOnLimitedConnection: true })

  try {
    const bytes = byteStream(stream)
    const results: number[] = []

    while (results.length < times) {
      const data = randomBytes(PING_BYTES)
      const start = performance.now()

      await bytes.write(data, { signal })

      const answer = await bytes.read({ bytes: PING_BYTES, signal })

      if (!data.equals(answer.subarray())) {
        throw new Error('the answer to a ping differs from the ping')
      }

      results.push(performance.now() - start)
    }

    await stream.close({ signal })

    return results
  } catch (err) {
    stream.abort(err instanceof Error ? err : new Error(String(err)))
    throw err
  }
}
