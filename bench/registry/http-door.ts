import { connect } from 'node:net'
import type { Socket } from 'node:net'

const LENGTH = /content-length: (\d+)\r\n/i

/** Connections of HTTP/1.1 on plain sockets, one request under way on each, answers read by their length. */
export class HttpDoor {
  readonly #idle: Socket[]
  readonly #fail: (err: Error) => void
  /** Rejects with what the node complained about. */
  readonly failure: Promise<never>

  static async open (port: number, connections: number): Promise<HttpDoor> {
    return new HttpDoor(await Promise.all(Array.from({ length: connections }, async () => await new Promise<Socket>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => { resolve(socket) }).setNoDelay().setEncoding('latin1')

      socket.once('error', reject)
    }))))
  }

  private constructor (sockets: Socket[]) {
    const { promise, reject } = Promise.withResolvers<never>()

    this.#idle = sockets
    this.#fail = reject
    this.failure = promise
    promise.catch(() => {})
  }

  /** There must be a connection that does nothing. */
  send (request: string, onAnswer: () => void): void {
    const socket = this.#idle.pop()

    if (socket == null) {
      throw new Error('all connections are in use')
    }

    let text = ''
    const read = (data: string): void => {
      text += data
      const head = text.indexOf('\r\n\r\n')

      if (head === -1 || text.length < head + 4 + Number(LENGTH.exec(text)?.[1])) {
        return
      }

      if (!text.startsWith('HTTP/1.1 200')) {
        this.#fail(new Error(text.slice(0, 500)))
        return
      }

      socket.off('data', read)
      this.#idle.push(socket)
      onAnswer()
    }

    socket.on('data', read)
    socket.write(request, 'latin1')
  }

  close (): void {
    this.#idle.forEach(socket => { socket.destroy() })
  }
}

export function get (path: string): string {
  return `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`
}

export function post (path: string, body: unknown): string {
  const text = JSON.stringify(body)

  return `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`
}
