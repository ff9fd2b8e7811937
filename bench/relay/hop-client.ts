import { peerIdFromString } from '@libp2p/peer-id'
import { decodeHop, encodeHop, encodeStop, HOP_PROTOCOL, HopType, Status, StopType } from '../../src/relay/messages.js'
import { readFrame } from '../../src/relay/read-frame.js'
import type { Connection, Stream } from '@libp2p/interface'

export { HOP_PROTOCOL }

const PATIENCE_MS = 60_000

/** Asks for a reservation over a connection. */
export async function reserveOver (connection: Connection): Promise<void> {
  const stream = await hop(connection, { type: HopType.RESERVE })

  await stream.close()
}

/** The raw stream of a circuit, with nothing over it. */
export async function openCircuit (connection: Connection, target: string): Promise<Stream> {
  const stream = await hop(connection, { type: HopType.CONNECT, peer: { id: peerIdFromString(target).toMultihash().bytes, addrs: [] } })

  if (stream.readStatus === 'paused') {
    stream.resume()
  }

  return stream
}

/** Takes whatever circuit is offered. */
export async function acceptStop (stream: Stream): Promise<void> {
  await readFrame(stream, AbortSignal.timeout(PATIENCE_MS))
  stream.send(encodeStop({ type: StopType.STATUS, status: Status.OK }))

  if (stream.readStatus === 'paused') {
    stream.resume()
  }
}

async function hop (connection: Connection, message: Parameters<typeof encodeHop>[0]): Promise<Stream> {
  const stream = await connection.newStream(HOP_PROTOCOL, { maxOutboundStreams: 100_000 })

  stream.send(encodeHop(message))

  const { status } = decodeHop(await readFrame(stream, AbortSignal.timeout(PATIENCE_MS)))

  if (status !== Status.OK) {
    throw new Error(`the relay answered ${status}`)
  }

  return stream
}
