import { baseUrl } from '../web/routes.js'
import { HttpError } from './errors.js'
import { createApp } from './app.js'
import { Hosts } from './peer-id-auth/hosts.js'
import { PeerIdAuth } from './peer-id-auth/server.js'
import { Remotes } from './remote.js'
import { Connections } from './server/connections.js'
import { createHttpServer } from './server/create.js'
import type { DoorConnections, HttpDoor, HttpDoorInit } from './index.js'
import type { App } from './app.js'
import type { OpenServer } from './server/create.js'
import type { Http2Session } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'

/** How long answers that are written already may take to be taken when the time is over. */
const LAST_MS = 100

/** See `httpDoor` in `index.ts`. */
export class DefaultHttpDoor implements HttpDoor {
  readonly #init: HttpDoorInit
  readonly #open: OpenServer
  readonly #app: App
  readonly #connections: Connections
  readonly #stopping = new AbortController()
  #listening?: { address: string, port: number }
  #stopped?: Promise<void>

  constructor (init: HttpDoorInit) {
    const { privateKey, trustedProxies = [], publicHosts = [], tls, maxConnections } = init
    const remotes = new Remotes(trustedProxies)

    this.#init = init
    this.#open = createHttpServer((request, response) => { this.#app.handle(request, response) }, {
      headerMs: init.headerTimeoutMs,
      bodyMs: init.bodyTimeoutMs,
      idleMs: init.idleTimeoutMs
    }, tls)
    this.#connections = new Connections(maxConnections, socket => remotes.of(socket, {}).group)
    this.#app = createApp({
      ...init,
      server: this.#open.server,
      remotes,
      auth: new PeerIdAuth({ privateKey }),
      hosts: new Hosts({ publicHosts, listening: () => this.#listening, defaultPort: tls == null ? 80 : 443 }),
      stopping: this.#stopping.signal
    })
    this.#open.server.on('connection', (socket: Socket) => { this.#connections.add(socket) })
  }

  get url (): string | undefined {
    if (this.#listening == null) {
      return undefined
    }

    const { host, tls } = this.#init

    return baseUrl(tls == null ? 'http' : 'https', host, this.#listening.port)
  }

  get connections (): DoorConnections {
    return { open: this.#connections.size, ...this.#connections.totals }
  }

  async start (): Promise<void> {
    const { server } = this.#open
    const { host, port } = this.#init

    await this.#app.ready()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port, backlog: 1024 }, () => {
        server.off('error', reject)
        resolve()
      })
    })
    server.on('error', err => { this.#init.onError?.(err) })

    const { address, port: realPort } = server.address() as AddressInfo

    this.#listening = { address, port: realPort }
  }

  async stop ({ signal = AbortSignal.timeout(0) }: { signal?: AbortSignal } = {}): Promise<void> {
    this.#stopped ??= this.#stop(signal)
    await this.#stopped
  }

  async #stop (signal: AbortSignal): Promise<void> {
    const { server, sessions, unused } = this.#open

    this.#stopping.abort(new HttpError('shutting_down', 'the node is about to stop'))

    if (this.#listening == null) {
      return
    }

    this.#listening = undefined

    const closed = new Promise<void>(resolve => { server.close(() => { resolve() }) })

    server.closeIdleConnections?.()
    sessions.forEach(session => { session.close() })
    this.#connections.destroySilent()
    unused.forEach(endUnasked)
    // whose handshake is not at its end yet
    server.on('session', (session: Http2Session) => { session.close() })
    server.on('secureConnection', () => { unused.forEach(endUnasked) })

    // from here on Node.js does not look at the time that a head may take
    const late = setTimeout(() => { unused.forEach(socket => { socket.destroy() }) }, this.#init.headerTimeoutMs)
    const cut = (): void => {
      setTimeout(() => {
        sessions.forEach(session => { session.destroy() })
        this.#connections.destroyAll()
      }, LAST_MS)
    }

    if (signal.aborted) {
      cut()
    } else {
      signal.addEventListener('abort', cut, { once: true })
    }

    await closed
    clearTimeout(late)
    signal.removeEventListener('abort', cut)
    await this.#app.close()
  }
}

/** On which nobody asked for anything. */
function endUnasked (socket: Socket): void {
  if (socket.bytesRead === 0) {
    socket.destroy()
  }
}
