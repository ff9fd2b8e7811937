import { ipGroup } from './ip-group.js'
import type { Connection } from '@libp2p/interface'

/**
 * What the limiter counts a connection's calls by: its address group, or its PeerId where an address says nothing of who
 * calls (relayed connections, and those of trusted proxies; design.md, "Limits").
 */
export function callerOf (connection: Pick<Connection, 'remoteAddr' | 'remotePeer'>, isBehindProxy: boolean): string {
  const group = isBehindProxy ? undefined : ipGroup(connection.remoteAddr)

  return group ?? connection.remotePeer.toString()
}
