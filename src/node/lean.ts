import type { Connection, Libp2pEvents, Peer, PeerId, PeerStore, TypedEventTarget } from '@libp2p/interface'
import type { ConnectionManager } from '@libp2p/interface-internal'

export interface LeanComponents {
  peerId: PeerId
  connectionManager: ConnectionManager
  peerStore: PeerStore
  events: TypedEventTarget<Libp2pEvents>
}

/**
 * Takes away what libp2p does for each stream and connection and a server has no use for. Each step keeps the interface
 * that it stands behind; a test notices when a new version no longer needs one, or no longer goes through it.
 */
export function makeLean (components: LeanComponents): void {
  keepConnectionsListed(components)
  doNotNoteProtocols(components)
}

/**
 * libp2p lists all connections by joining one array after the other, which is O(n²) in copies, and does so twice for each
 * connection that comes: setting up thousands costs more the more there are. Here the list is kept, and copied only when it
 * changes after it was given out.
 */
function keepConnectionsListed ({ connectionManager, events }: LeanComponents): void {
  const original = connectionManager.getConnections.bind(connectionManager)
  let all = original()
  let givenOut = false

  const own = (): Connection[] => {
    if (givenOut) {
      all = all.slice()
      givenOut = false
    }

    return all
  }

  events.addEventListener('connection:open', ({ detail: connection }) => {
    // one that has closed by now was never listed, as in libp2p's own
    if (connection.status === 'open') {
      own().push(connection)
    }
  })
  events.addEventListener('connection:close', ({ detail: connection }) => {
    const index = all.indexOf(connection)

    if (index >= 0) {
      own().splice(index, 1)
    }
  })

  connectionManager.getConnections = peer => {
    if (peer != null) {
      return original(peer)
    }

    givenOut = true

    return all
  }
}

/**
 * For each stream libp2p reads the peer's record, adds the stream's protocol, and writes it back. What identify says of a
 * peer's protocols is kept as ever; nothing here asks for more. The node's own record, which identify gives out, is
 * written as ever.
 */
function doNotNoteProtocols ({ peerId, peerStore }: LeanComponents): void {
  const original = peerStore.merge.bind(peerStore)

  peerStore.merge = async (id, data, options) => {
    const [only, ...others] = Object.keys(data)

    if (only === 'protocols' && others.length === 0 && !peerId.equals(id)) {
      return unrecorded(id, data.protocols)
    }

    return original(id, data, options)
  }
}

function unrecorded (id: PeerId, protocols: string[] = []): Peer {
  return { id, protocols, addresses: [], metadata: new Map(), tags: new Map() }
}
