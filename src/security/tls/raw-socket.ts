import { Socket } from 'node:net'
import { TCP, Unix } from '@multiformats/multiaddr-matcher'
import type { AbortOptions, MessageStream, MultiaddrConnection } from '@libp2p/interface'
import type { Uint8ArrayList } from 'uint8arraylist'

/** What this leans on of a connection of `@libp2p/tcp` 11; a test holds it against the installed version. */
interface TcpConnection extends MessageStream {
  socket: Socket
  readBuffer: Uint8ArrayList
  sendClose: (options?: AbortOptions) => Promise<void>
  sendReset: (err: Error) => void
}

/**
 * - `taken`: the socket is held, see `RawSocket`
 * - `other`: no TCP connection, or not one that can be taken now; nothing to remark
 * - `unknown`: a TCP connection which is not built as it used to be
 */
export type Found = { kind: 'taken', raw: RawSocket } | { kind: 'other' } | { kind: 'unknown' }

/** Finds the socket under `connection` and stops it, so that what comes next is for whoever takes it over. */
export function holdSocket (connection: MessageStream): Found {
  if (!isTcp(connection)) {
    return { kind: 'other' }
  }

  if (!isTcpConnection(connection)) {
    return { kind: 'unknown' }
  }

  const { socket } = connection

  // bytes that the kernel has not taken yet would have to go before the first TLS record
  if (socket.destroyed || socket.writableLength > 0 || connection.writeBufferLength > 0) {
    return { kind: 'other' }
  }

  socket.pause()

  return { kind: 'taken', raw: new RawSocket(connection) }
}

/** The socket of a TCP connection, paused. The connection still hears of its error, time-out and close. */
export class RawSocket {
  readonly socket: Socket
  readonly #connection: TcpConnection
  #isEnding = (): boolean => false

  constructor (connection: TcpConnection) {
    this.socket = connection.socket
    this.#connection = connection
  }

  /**
   * From here on the connection sees no more data; what it has read and nobody has used goes back to the socket. A reset
   * waits for the end of the tick: on OpenSSL's stack, where what a record brings is handled, a socket that is reset and
   * a TLS socket that is then destroyed crash the process (Node 24). Nor can a socket be reset that is being shut down: it
   * is destroyed, as in the stock connection, which does not see a shutdown from above.
   */
  takeOver (): void {
    const sendReset = this.#connection.sendReset.bind(this.#connection)

    this.#connection.sendReset = err => {
      setImmediate(() => {
        if (this.#isEnding()) {
          this.socket.destroy()
        } else {
          sendReset(err)
        }
      })
    }

    const unread = this.#connection.readBuffer
    const [listener] = this.socket.listeners('data') as Array<() => void>

    if (listener != null) {
      this.socket.off('data', listener)
    }

    if (unread.byteLength > 0) {
      this.socket.unshift(unread.slice())
      unread.consume(unread.byteLength)
    }
  }

  /** How the connection, when it is closed, ends its side, and whether what is above has begun to. */
  onSendClose (sendClose: (options?: AbortOptions) => Promise<void>, isEnding: () => boolean): void {
    this.#connection.sendClose = sendClose
    this.#isEnding = isEnding
  }
}

function isTcp (connection: MessageStream): boolean {
  const { remoteAddr } = connection as Partial<MultiaddrConnection>

  return remoteAddr != null && (TCP.exactMatch(remoteAddr) || Unix.matches(remoteAddr))
}

function isTcpConnection (connection: MessageStream): connection is TcpConnection {
  const { socket, readBuffer, sendClose, sendReset } = connection as Partial<TcpConnection>

  return socket instanceof Socket && socket.listenerCount('data') === 1 &&
    typeof readBuffer?.consume === 'function' && typeof readBuffer.slice === 'function' && typeof sendClose === 'function' && typeof sendReset === 'function'
}
