import { multiaddr } from '@multiformats/multiaddr'
import { parseHostPort } from '../config/index.js'
import { EnigmaError } from '../errors.js'
import type { Config } from '../config/index.js'
import type { TransportManager } from '@libp2p/interface-internal'

export type ListenKey = 'tcp_listen_addr' | 'quic_listen_addr' | 'ws_listen_addr' | 'webrtc_listen_addr'

/** Addresses of servers over HTTP. */
export type HttpKey = 'http.address' | 'ops.address'

export const LISTEN_KEYS: readonly ListenKey[] = ['tcp_listen_addr', 'quic_listen_addr', 'ws_listen_addr', 'webrtc_listen_addr']

/** An address of the configuration cannot be listened on. */
export class ListenError extends EnigmaError {
  readonly addr: string
  /** The key that changes the address, as `section.key`. */
  readonly key: string

  constructor (key: `network.${ListenKey}` | HttpKey, addr: string, reason: string, options?: ErrorOptions) {
    super('listen_failed', `cannot listen on ${addr}: ${reason} (${key} in the configuration changes it)`, options)
    this.addr = addr
    this.key = key
  }
}

/**
 * Opens one listening address after the other: libp2p's own way of opening all at once hides which one failed, and takes
 * IPv6 addresses that cannot be opened for fine.
 *
 * @throws ListenError
 */
export async function listen (transportManager: TransportManager, network: Config['network']): Promise<void> {
  for (const key of LISTEN_KEYS) {
    const addr = network[key]

    if (addr === '') {
      continue
    }

    try {
      await transportManager.listen([multiaddr(addr)])
    } catch (err) {
      throw new ListenError(`network.${key}`, addr, reasonOf(err, addr), { cause: err })
    }
  }
}

/** Opens the address of a server over HTTP. @throws ListenError */
export async function listenHttp<S> (key: HttpKey, addr: string, open: (place: { host: string, port: number }) => Promise<S>): Promise<S> {
  const place = parseHostPort(addr)

  try {
    // the configuration was checked
    return await open(place as NonNullable<typeof place>)
  } catch (err) {
    throw new ListenError(key, addr, reasonOf(err, addr), { cause: err })
  }
}

/** libp2p folds the listener's error, stack and all, into its message behind the address. */
function reasonOf (err: unknown, addr: string): string {
  const message = err instanceof Error ? err.message : String(err)
  const folded = message.slice(message.indexOf(`${addr}: `) + addr.length + 2)
  const line = (message.includes(`${addr}: `) ? folded : message).trim().split('\n')[0] ?? message
  const reason = line.replace(/^(\w*Error: )+/, '')

  if (/EADDRINUSE|address already in use|os error 98/i.test(reason)) {
    return 'the address is already in use'
  }

  if (/EACCES|permission denied/i.test(reason)) {
    return 'permission denied (ports below 1024 need a privilege)'
  }

  if (/EADDRNOTAVAIL|cannot assign requested address/i.test(reason)) {
    return 'this machine has no such address'
  }

  return reason
}
