import { lpStream } from '@libp2p/utils'
import type { Lines } from './lines.js'
import type { Connection, Libp2p, Stream } from '@libp2p/interface'

/** Each line is framed by its length (an unsigned varint) and comes back as it was. */
export const ECHO_PROTOCOL = '/enigma-node/example/echo/1.0.0'

const MAX_LINE_BYTES = 4096
const IDLE_MS = 60_000

/** Answers every line until the other side closes. */
export async function serveEcho (libp2p: Libp2p, lines: Lines): Promise<void> {
  await libp2p.handle(ECHO_PROTOCOL, async (stream, connection) => {
    try {
      await echo(stream, bytes => { lines.say(`Echoed ${bytes} bytes to ${connection.remotePeer}`) })
      await stream.close({ signal: AbortSignal.timeout(IDLE_MS) })
    } catch (err) {
      stream.abort(err instanceof Error ? err : new Error(String(err)))
    }
  }, {
    // a connection through a relay is a limited one: without this libp2p refuses the stream
    runOnLimitedConnection: true
  })
}

async function echo (stream: Stream, onLine: (bytes: number) => void): Promise<void> {
  const frames = lpStream(stream, { maxDataLength: MAX_LINE_BYTES })

  for (;;) {
    const signal = AbortSignal.timeout(IDLE_MS)
    const line = await frames.read({ signal }).catch((err: Error) => {
      // the caller is done
      if (err.name === 'UnexpectedEOFError') {
        return undefined
      }

      throw err
    })

    if (line == null) {
      return
    }

    await frames.write(line, { signal })
    onLine(line.byteLength)
  }
}

/** Sends a line and returns what comes back, with the time it took in milliseconds. */
export async function askEcho (connection: Connection, text: string, signal: AbortSignal): Promise<{ text: string, ms: number }> {
  const stream = await connection.newStream(ECHO_PROTOCOL, { signal, runOnLimitedConnection: true })

  try {
    const frames = lpStream(stream, { maxDataLength: MAX_LINE_BYTES })
    const start = performance.now()

    await frames.write(new TextEncoder().encode(text), { signal })

    const answer = await frames.read({ signal })
    const ms = performance.now() - start

    await stream.close({ signal })

    return { text: new TextDecoder().decode(answer.subarray()), ms }
  } catch (err) {
    stream.abort(err instanceof Error ? err : new Error(String(err)))
    throw err
  }
}
