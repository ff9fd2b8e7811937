import { QUIC_MUXER } from './quic/muxer.js'
import type { Connection } from '@libp2p/interface'

const YAMUX = '/yamux/1.0.0'

/**
 * Whether `pause()` on a stream of this connection holds the sender. True for yamux, over whatever transport, and for
 * this package's QUIC; false for all others (stock QUIC, WebRTC, mplex), whose paused streams fill up and are aborted at
 * `maxReadBufferLength`.
 */
export function legCanPause (connection: Pick<Connection, 'multiplexer'>): boolean {
  return connection.multiplexer === YAMUX || connection.multiplexer === QUIC_MUXER
}
