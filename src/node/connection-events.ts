import { CODE_P2P_CIRCUIT, CODE_QUIC_V1, CODE_WEBRTC_DIRECT, CODE_WS, CODE_WSS } from '@multiformats/multiaddr'
import { zeroes } from '../histogram.js'
import type { NodeEventTarget } from '../ops/index.js'
import type { Connection, Libp2p, StreamCloseEvent } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

const TRANSPORTS = ['tcp', 'quic', 'ws', 'webrtc-direct', 'circuit'] as const
const CAUSES = ['closed', 'closed_by_peer', 'aborted', 'reset_by_peer'] as const

export type TransportName = typeof TRANSPORTS[number]

/** Connections since the node was made. */
export interface ConnectionCounts {
  readonly opened: Readonly<Record<'inbound' | 'outbound', Record<TransportName, number>>>
  readonly open: Readonly<Record<'inbound' | 'outbound', Record<TransportName, number>>>
  readonly closed: Readonly<Record<typeof CAUSES[number], number>>
}

/** Dispatches `connection_established` and `connection_closed` for every connection, and counts them. */
export function dispatchConnectionEvents (libp2p: Libp2p, events: NodeEventTarget): ConnectionCounts {
  const counts = {
    opened: { inbound: zeroes(TRANSPORTS), outbound: zeroes(TRANSPORTS) },
    open: { inbound: zeroes(TRANSPORTS), outbound: zeroes(TRANSPORTS) },
    closed: zeroes(CAUSES)
  }

  libp2p.addEventListener('connection:open', ({ detail: connection }) => {
    const peer = connection.remotePeer.toString()

    // this connection is in libp2p's own list only after the event
    const others = openConnections(libp2p, connection)
    const transport = transportOf(connection.remoteAddr)

    counts.opened[connection.direction][transport]++
    counts.open[connection.direction][transport]++

    events.dispatchEvent(new CustomEvent('connection_established', {
      detail: {
        peer_id: peer,
        transport,
        direction: connection.direction,
        num_established: others + 1,
        remote_addr: connection.remoteAddr.toString()
      }
    }))

    connection.addEventListener('close', event => {
      const cause = causeOf(event)

      counts.open[connection.direction][transport]--
      counts.closed[cause]++
      events.dispatchEvent(new CustomEvent('connection_closed', {
        detail: { peer_id: peer, cause, remaining: openConnections(libp2p, connection) }
      }))
    })
  })

  return counts
}

/** The transport's short name, as the log shows it. */
export function transportOf (addr: Multiaddr): TransportName {
  const codes = new Set(addr.getComponents().map(({ code }) => code))

  if (codes.has(CODE_P2P_CIRCUIT)) {
    return 'circuit'
  }

  if (codes.has(CODE_WEBRTC_DIRECT)) {
    return 'webrtc-direct'
  }

  if (codes.has(CODE_QUIC_V1)) {
    return 'quic'
  }

  return codes.has(CODE_WS) || codes.has(CODE_WSS) ? 'ws' : 'tcp'
}

function openConnections (libp2p: Libp2p, but: Connection): number {
  return libp2p.getConnections(but.remotePeer).filter(connection => connection !== but && connection.status === 'open').length
}

function causeOf (event: StreamCloseEvent): typeof CAUSES[number] {
  if (event.error == null) {
    return event.local === true ? 'closed' : 'closed_by_peer'
  }

  return event.local === true ? 'aborted' : 'reset_by_peer'
}
