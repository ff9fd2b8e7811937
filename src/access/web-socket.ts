import type { MultiaddrConnection, StreamCloseEvent } from '@libp2p/interface'

/** How long the other side may take to answer the close of a WebSocket; `ws` waits 30 s. */
const CLOSE_TIMEOUT_MS = 1_000

/** The part of `ws` that is used; libp2p's connection keeps its socket under `websocket`. */
interface TerminableSocket {
  terminate (): void
  addEventListener (type: 'close', listener: () => void): void
}

/**
 * Makes the socket of a WebSocket connection go when the connection does. libp2p counts it as closed before that: an aborted
 * one keeps its socket for as long as the other side likes (the close code of its abort is one that `ws` throws on), and one
 * that is closed, or refused, for the 30 s in which `ws` waits for an answer. Whoever floods a server could so hold
 * any number of sockets that nobody counts. Does nothing for other connections.
 */
export function endSocketWithConnection (maConn: MultiaddrConnection): void {
  const socket = socketOf(maConn)

  if (socket == null) {
    return
  }

  maConn.addEventListener('close', ({ error }: StreamCloseEvent) => {
    if (error != null) {
      socket.terminate()
      return
    }

    const timer = setTimeout(() => { socket.terminate() }, CLOSE_TIMEOUT_MS).unref()
    socket.addEventListener('close', () => { clearTimeout(timer) })
  }, { once: true })
}

/** Ends the socket of a WebSocket connection that is refused: there is nothing to say. */
export function endSocket (maConn: MultiaddrConnection): void {
  socketOf(maConn)?.terminate()
}

function socketOf (maConn: object): TerminableSocket | undefined {
  const socket = 'websocket' in maConn ? maConn.websocket : undefined

  return socket != null && typeof socket === 'object' && 'terminate' in socket ? socket as TerminableSocket : undefined
}
