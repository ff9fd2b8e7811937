import { setTimeout as delay } from 'node:timers/promises'
import type { MultiaddrConnection } from '@libp2p/interface'

/** How long the native half may take to close the channels of a connection; some milliseconds, where nothing else runs. */
const CLOSE_MS = 100

/** The part of an RTCPeerConnection that is used; libp2p's connection keeps its own under `peerConnection`. */
interface Closable {
  readonly connectionState: string
  close (): void
}

/**
 * Closes a WebRTC connection that is refused, and resolves when its channels have closed with it. libp2p by itself closes a
 * channel and then the connection: when a thread of node-datachannel has closed the connection first, the channel never tells
 * of its end, and both are kept until the process ends (six of a thousand refused ones, seen with 0.33.4).
 *
 * @returns undefined for other connections, of which nothing is done
 */
export function endPeerConnection (maConn: MultiaddrConnection): Promise<void> | undefined {
  const peerConnection = peerConnectionOf(maConn)

  if (peerConnection == null) {
    return undefined
  }

  peerConnection.close()

  return delay(CLOSE_MS)
}

function peerConnectionOf (maConn: object): Closable | undefined {
  const peerConnection = 'peerConnection' in maConn ? maConn.peerConnection : undefined

  return peerConnection != null && typeof peerConnection === 'object' && 'close' in peerConnection && 'connectionState' in peerConnection ? peerConnection as Closable : undefined
}
