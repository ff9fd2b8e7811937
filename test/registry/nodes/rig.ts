import { createServer as createHttp } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { once } from 'node:events'
import { createServer as createTcp } from 'node:net'
import { TypedEventEmitter } from 'main-event'
import { nodeVerifier } from '../../../src/registry/nodes/index.js'
import { DnsServer } from '../../support/dns-server.js'
import type { CheckingNodeVerifier, NodeDialComponents, NodeVerifierInit } from '../../../src/registry/nodes/index.js'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export const KEY = { kid_hex: '0001020304050607', x25519_public_key_hex: 'd89e3bad79437dbed9f843418304f460ff05c7fe81fe4a9577a804cb9367ff66', active: true }

/** A server that counts who connects and what is asked. */
export class Site {
  readonly asked: Array<Pick<IncomingMessage, 'method' | 'url' | 'headers'>> = []
  connections = 0
  readonly #server: Server

  constructor (server: Server) {
    this.#server = server
    server.on('connection', () => { this.connections++ })
    server.on('request', ({ method, url, headers }: IncomingMessage) => { this.asked.push({ method, url, headers }) })
  }

  get port (): number {
    return (this.#server.address() as AddressInfo).port
  }

  async stop (): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

export interface SiteOptions {
  /** @default 127.0.0.1 */
  host?: string
  /** @default any */
  port?: number
  tls?: { cert: string, key: string }
}

/** Servers, a name server and what looks at nodes, for one test. */
export class NodesRig {
  readonly #ends: Array<() => Promise<void>> = []
  #dns?: DnsServer

  async dns (): Promise<DnsServer> {
    if (this.#dns == null) {
      const dns = await DnsServer.start()

      this.#dns = dns
      this.#ends.push(async () => { await dns.stop() })
    }

    return this.#dns
  }

  /** @param answer an object is what it answers with to everything */
  async site (answer: RequestListener | object = KEY, { host = '127.0.0.1', port = 0, tls }: SiteOptions = {}): Promise<Site> {
    const listener: RequestListener = typeof answer === 'function' ? answer as RequestListener : (_request, response) => { response.end(JSON.stringify(answer)) }
    const server = tls == null ? createHttp(listener) : createHttps(tls, listener)
    const site = new Site(server)

    server.listen(port, host)
    await once(server, 'listening')
    this.#ends.push(async () => { await site.stop() })

    return site
  }

  /**
   * Takes connections and says nothing on them.
   *
   * @returns its port on 127.0.0.1
   */
  async silent (): Promise<number> {
    const sockets: Socket[] = []
    const server = createTcp(socket => { sockets.push(socket) })

    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    this.#ends.push(async () => {
      server.close()
      sockets.forEach(socket => { socket.destroy() })
      await once(server, 'close')
    })

    return (server.address() as AddressInfo).port
  }

  /** Private addresses are allowed, and names are those of `dns()`. */
  async verifier (init: NodeVerifierInit = {}, components: NodeDialComponents = nobody): Promise<CheckingNodeVerifier> {
    return nodeVerifier({ allowPrivate: true, dnsServers: [(await this.dns()).address], ...init })(components)
  }

  atEnd (end: () => Promise<void>): void {
    this.#ends.push(end)
  }

  async stop (): Promise<void> {
    await Promise.all(this.#ends.splice(0).map(async end => { await end() }))
    this.#dns = undefined
  }
}

/** For nodes that are looked at over HTTP. */
const nobody: NodeDialComponents = {
  transportManager: { dial: async () => { throw new Error('nobody is dialled here') } },
  events: new TypedEventEmitter()
}
