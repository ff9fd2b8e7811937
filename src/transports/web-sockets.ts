import { Server as NetServer } from 'node:net'
import { webSockets } from '@libp2p/websockets'
import type { Listener, Transport } from '@libp2p/interface'
import type { Socket } from 'node:net'
import type { WebSocketsComponents } from '@libp2p/websockets'

/** As long as libp2p gives a connection to be set up. */
const HANDSHAKE_TIMEOUT_MS = 10_000

/** As libp2p's TCP has it. */
const INACTIVITY_TIMEOUT_MS = 120_000

export interface BoundedWebSocketsInit {
  /** Sockets that have not become a WebSocket yet. 0 = no limit. */
  maxPending: number
  /** The same for those that `groupOf` puts together. 0 = no limit. */
  maxPendingPerGroup: number
  /** What a remote address is counted by; undefined where no bound of its own applies. */
  groupOf: (remoteAddress: string) => string | undefined
  /** @default 10000 */
  handshakeTimeoutMs?: number
  /** A WebSocket on which nothing moves for so long is cut. Above the muxer's pings, which a healthy link answers. @default 120000 */
  inactivityTimeoutMs?: number
}

/** The parts of libp2p's listener that are used; it declares them private. */
interface Servers {
  server: NetServer
  http?: Pick<NetServer, 'on'>
  https?: Pick<NetServer, 'on'>
}

/**
 * libp2p's WebSocket transport with a bound on sockets that are no WebSocket yet, and an end for those whose other end is
 * dead. Its listener waits for the first byte of a socket for ever and keeps no count; Node's own time-outs of HTTP heads do not
 * run there either, since the HTTP server behind it never listens itself. Connection manager and gater hear of a connection only
 * when it is a WebSocket.
 *
 * A WebSocket has no time-out by itself, so that one whose process hangs, or is gone with its machine, stays for as long as TCP
 * goes on. Yamux pings every 30 s, and sends no second ping before the first is answered: on a healthy link something
 * moves every 30 s, on a dead one nothing.
 */
export function boundedWebSockets (init: BoundedWebSocketsInit): (components: WebSocketsComponents) => Transport {
  return components => {
    const transport = webSockets()(components)
    const createListener = transport.createListener.bind(transport)

    transport.createListener = options => {
      const listener = createListener(options)

      if (!hasServers(listener)) {
        components.logger.forComponent('libp2p:websockets').error('this version of @libp2p/websockets keeps its servers elsewhere: sockets without a handshake are not bounded')
        return listener
      }

      const pending = new PendingSockets(init)

      listener.server.on('connection', pending.add)
      listener.addEventListener('listening', () => {
        for (const server of [listener.http, listener.https]) {
          server?.on('upgrade', (_request: unknown, socket: Socket) => {
            pending.release(socket)
            // `ws` has just taken the time-out of HTTP away
            socket.setTimeout(init.inactivityTimeoutMs ?? INACTIVITY_TIMEOUT_MS, () => { socket.destroy() })
          })
        }
      })

      return listener
    }

    return transport
  }
}

class PendingSockets {
  readonly #init: BoundedWebSocketsInit
  /** Each with what to do when it is pending no longer. */
  readonly #sockets = new Map<Socket, () => void>()
  readonly #groups = new Map<string, number>()

  constructor (init: BoundedWebSocketsInit) {
    this.#init = init
  }

  readonly add = (socket: Socket): void => {
    const { maxPending, maxPendingPerGroup, groupOf, handshakeTimeoutMs = HANDSHAKE_TIMEOUT_MS } = this.#init

    // it is over already
    if (socket.remoteAddress == null) {
      socket.destroy()
      return
    }

    const group = groupOf(socket.remoteAddress)

    if (isFull(this.#sockets.size, maxPending) || (group != null && isFull(this.#groups.get(group) ?? 0, maxPendingPerGroup))) {
      socket.destroy()
      return
    }

    const timer = setTimeout(() => { socket.destroy() }, handshakeTimeoutMs).unref()

    this.#count(group, 1)
    this.#sockets.set(socket, () => {
      clearTimeout(timer)
      this.#count(group, -1)
    })
    socket.once('close', () => { this.release(socket) })
  }

  release (socket: Socket): void {
    this.#sockets.get(socket)?.()
    this.#sockets.delete(socket)
  }

  #count (group: string | undefined, by: number): void {
    if (group == null) {
      return
    }

    const count = (this.#groups.get(group) ?? 0) + by

    if (count > 0) {
      this.#groups.set(group, count)
    } else {
      this.#groups.delete(group)
    }
  }
}

function isFull (count: number, limit: number): boolean {
  return limit > 0 && count >= limit
}

function hasServers (listener: Listener): listener is Listener & Servers {
  return 'server' in listener && listener.server instanceof NetServer
}
