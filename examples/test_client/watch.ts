import { Circuit } from '@multiformats/multiaddr-matcher'
import { formatBytes } from './lines.js'
import type { ClientLibp2p } from './libp2p.js'
import type { Lines } from './lines.js'
import type { Connection } from '@libp2p/interface'

/** Says when a connection through a relay, or a direct one that replaces it, comes or goes. */
export function watchConnections (libp2p: ClientLibp2p, lines: Lines): void {
  const met = new Set<string>()

  libp2p.addEventListener('connection:open', ({ detail: connection }) => {
    const peer = connection.remotePeer.toString()

    if (isRelayed(connection)) {
      met.add(peer)
      lines.say(`Relayed connection ${connection.direction === 'inbound' ? 'from' : 'to'} ${peer}; ${describeLimits(connection)}`)
    } else if (met.has(peer)) {
      lines.say(`Direct connection with ${peer} over ${connection.remoteAddr}: the upgrade came`)
    }
  })

  libp2p.addEventListener('connection:close', ({ detail: connection }) => {
    if (met.has(connection.remotePeer.toString())) {
      const seconds = (Date.now() - connection.timeline.open) / 1000

      lines.say(`${isRelayed(connection) ? 'Relayed' : 'Direct'} connection with ${connection.remotePeer} closed after ${seconds.toFixed(1)} s`)
    }
  })

  libp2p.addEventListener('peer:disconnect', ({ detail: peer }) => { met.delete(peer.toString()) })
}

export function isRelayed (connection: Connection): boolean {
  return Circuit.matches(connection.remoteAddr)
}

/** What the relay still allows on this connection; its bytes are per direction. */
export function describeLimits ({ limits }: Connection): string {
  if (limits == null) {
    return 'no limits'
  }

  const parts = [
    limits.seconds == null ? undefined : `${limits.seconds} s`,
    limits.bytes == null ? undefined : formatBytes(limits.bytes)
  ].filter(part => part != null)

  return `limits: ${parts.join(' and ')} left`
}
