import { ipGroupOf, ipMatcher } from '../access/index.js'
import type { IncomingHttpHeaders } from 'node:http'

/** Whom a request is from, as far as addresses tell. */
export interface Remote {
  /** As text, in the spelling of whoever said it. */
  readonly address: string
  /** What limits count it by. */
  readonly group: string
}

/** Entries of X-Forwarded-For that are looked at. */
const MAX_HOPS = 32

const NOWHERE: Remote = { address: '', group: 'unknown' }

/** Finds out who calls: the socket's address or, through trusted proxies, what the last of them says. */
export class Remotes {
  readonly #isProxy: (address: string) => boolean
  readonly #bySocket = new WeakMap<object, { remote: Remote, isProxy: boolean }>()

  /** @throws InvalidCidrError */
  constructor (trustedProxies: readonly string[]) {
    this.#isProxy = ipMatcher(trustedProxies)
  }

  of (socket: { remoteAddress?: string }, headers: IncomingHttpHeaders): Remote {
    const known = this.#bySocket.get(socket) ?? this.#remember(socket)
    const forwarded = known.isProxy ? headers['x-forwarded-for'] : undefined

    return forwarded == null ? known.remote : this.#forwarded(String(forwarded), known.remote)
  }

  #remember (socket: { remoteAddress?: string }): { remote: Remote, isProxy: boolean } {
    const remote = remoteOf(socket.remoteAddress ?? '') ?? NOWHERE
    const known = { remote, isProxy: this.#isProxy(remote.address) }

    this.#bySocket.set(socket, known)

    return known
  }

  /**
   * From the right: each proxy adds whom it heard from, so that what stands left of the last address that is no proxy's is the caller's
   * own invention.
   */
  #forwarded (header: string, proxy: Remote): Remote {
    let remote = proxy

    for (const entry of header.split(',').slice(-MAX_HOPS).reverse()) {
      const next = remoteOf(withoutPort(entry.trim()))

      if (next == null) {
        return remote
      }

      remote = next

      if (!this.#isProxy(remote.address)) {
        return remote
      }
    }

    return remote
  }
}

function remoteOf (address: string): Remote | undefined {
  const group = ipGroupOf(address)

  return group == null ? undefined : { address, group }
}

/** `192.0.2.1:5000` and `[2001:db8::1]:5000`, which some proxies write. */
function withoutPort (entry: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1] ?? entry
}
