import { raceSignal } from 'race-signal'
import { decodeStop, encodeStop, Status, STOP_PROTOCOL, StopType } from './messages.js'
import { HandshakeError, readFrame } from './read-frame.js'
import type { Limit } from './messages.js'
import type { Connection, PeerId, Stream } from '@libp2p/interface'

/** Circuits are counted by this service; libp2p's own bound for each connection must not cut in before. */
const MAX_STOP_STREAMS = 100_000

/**
 * Asks a peer to take a circuit (circuit-v2.md, "Stop protocol"). The stream comes back paused right behind the peer's OK.
 *
 * @throws when the peer refuses, resets, does not speak STOP, says something else, or the signal aborts; the stream is reset then
 */
export async function openStop (connection: Connection, source: PeerId, limit: Limit | undefined, signal: AbortSignal): Promise<Stream> {
  const opening = connection.newStream(STOP_PROTOCOL, { signal, maxOutboundStreams: MAX_STOP_STREAMS })
  let stream: Stream

  try {
    stream = await raceSignal(opening, signal)
  } catch (err) {
    // a transport that did not heed the signal may still come up with a stream
    opening.then(late => { late.abort(asError(err)) }, () => {})
    throw err
  }

  try {
    stream.send(encodeStop({ type: StopType.CONNECT, peer: { id: source.toMultihash().bytes, addrs: [] }, limit }))

    const { type, status } = decodeStop(await readFrame(stream, signal))

    if (type !== StopType.STATUS || status !== Status.OK) {
      throw new HandshakeError(`destination answered type ${type} status ${status}`)
    }

    return stream
  } catch (err) {
    stream.abort(asError(err))
    throw err
  }
}

function asError (err: unknown): Error {
  return err instanceof Error ? err : new Error(String(err))
}
