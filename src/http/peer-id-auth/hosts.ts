import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { HttpError } from '../errors.js'
import type { IncomingMessage } from 'node:http'

export interface HostsInit {
  /** Of `[http] public_hosts`. */
  publicHosts: readonly string[]
  /** Where the door listens: undefined until it does. */
  listening: () => { address: string, port: number } | undefined
  /** Of the scheme that is served: what a Host header leaves out. */
  defaultPort: number
  /** Addresses of this machine. @default those of its interfaces */
  interfaces?: () => string[]
}

/** The host names under which a proof is taken: a proof that was made for another server is worth nothing here. */
export class Hosts {
  readonly #init: HostsInit
  readonly #publicHosts: ReadonlySet<string>

  constructor (init: HostsInit) {
    this.#init = init
    this.#publicHosts = new Set(init.publicHosts.map(host => host.toLowerCase()))
  }

  /**
   * The host name as the caller has it, which is what is signed.
   *
   * @throws HttpError `invalid_input` for one that is not ours
   */
  of (request: IncomingMessage): string {
    // the compatibility layer of HTTP/2 does not make a Host header of it
    const host = String(request.headers[':authority'] ?? request.headers.host ?? '')

    if (!this.#publicHosts.has(host.toLowerCase()) && !this.#isOwnAddress(host)) {
      throw new HttpError('invalid_input', 'a PeerId can be proven only under a host name of http.public_hosts, or an address that this node listens on', { details: { reason: 'unknown_host' } })
    }

    return host
  }

  #isOwnAddress (host: string): boolean {
    const [, v6, v4, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(host) ?? []
    const literal = v6 ?? v4 ?? ''
    const listening = this.#init.listening()

    if (listening == null || isIP(literal) === 0 || Number(digits ?? this.#init.defaultPort) !== listening.port) {
      return false
    }

    if (listening.address !== '0.0.0.0' && listening.address !== '::') {
      return same(literal, listening.address)
    }

    const own = this.#init.interfaces?.() ?? Object.values(networkInterfaces()).flatMap(entries => (entries ?? []).map(({ address }) => address))

    return own.some(address => same(literal, address))
  }
}

/** Two spellings of one address. */
function same (a: string, b: string): boolean {
  return canonical(a) === canonical(b)
}

function canonical (address: string): string {
  return isIP(address) === 6 ? new URL(`http://[${address}]`).hostname : address
}
