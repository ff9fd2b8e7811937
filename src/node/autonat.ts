import { autoNATv2 } from '@libp2p/autonat-v2'
import type { AutoNATv2Components } from '@libp2p/autonat-v2'
import type { StreamHandler } from '@libp2p/interface'
import type { AddressManager, Registrar } from '@libp2p/interface-internal'

/** Dial-backs that may be under way at once, over all peers: each makes this node open a connection for someone else. */
const MAX_DIAL_BACKS = 16

const DIAL_REQUEST = /\/dial-request$/

/**
 * The server half of AutoNAT v2: peers learn whether they can be reached. The client half of the package, which would ask
 * strangers about this node's own addresses and believe them, finds no peer to ask.
 */
export function autoNATv2Server (): (components: AutoNATv2Components) => unknown {
  return components => {
    doNotNoteObservedAddrs(components.addressManager)

    return autoNATv2()({
      // libp2p's components are a proxy, which does not spread
      addressManager: components.addressManager,
      connectionManager: components.connectionManager,
      peerStore: components.peerStore,
      logger: components.logger,
      metrics: components.metrics,
      registrar: serverRegistrar(components.registrar),
      randomWalk: { async * walk () {} }
    })
  }
}

/**
 * Each peer tells what it sees this node's address as, and libp2p notes for ever which of these it has seen: 470 bytes for each
 * that a peer makes up. The client half would ask others about them; with nobody to ask, none is ever given out.
 */
function doNotNoteObservedAddrs (addressManager: AddressManager): void {
  addressManager.addObservedAddr = () => {}
}

function serverRegistrar (registrar: Registrar): Registrar {
  let dialBacks = 0

  const bounded = (handler: StreamHandler): StreamHandler => async (stream, connection) => {
    if (dialBacks >= MAX_DIAL_BACKS) {
      stream.abort(new Error('too many dial-backs at once'))
      return
    }

    dialBacks++

    try {
      await handler(stream, connection)
    } finally {
      dialBacks--
    }
  }

  return {
    ...delegate(registrar),
    handle: async (protocol, handler, options) => registrar.handle(protocol, DIAL_REQUEST.test(protocol) ? bounded(handler) : handler, options),
    // what the client would learn of peers to ask
    register: async () => 'none',
    unregister () {},
    getTopologies: () => []
  }
}

function delegate (registrar: Registrar): Registrar {
  return {
    getProtocols: () => registrar.getProtocols(),
    handle: async (protocol, handler, options) => registrar.handle(protocol, handler, options),
    unhandle: async (protocol, options) => registrar.unhandle(protocol, options),
    getHandler: protocol => registrar.getHandler(protocol),
    use: (protocol, middleware) => { registrar.use(protocol, middleware) },
    unuse: protocol => { registrar.unuse(protocol) },
    getMiddleware: protocol => registrar.getMiddleware(protocol),
    register: async (protocol, topology, options) => registrar.register(protocol, topology, options),
    unregister: id => { registrar.unregister(id) },
    getTopologies: protocol => registrar.getTopologies(protocol)
  }
}
