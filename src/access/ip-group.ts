import { fromWords, parseIp, remoteIp } from './ip.js'
import type { Ip } from './ip.js'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * What limits count a remote address by: the IPv4 address, or the IPv6 /64 (one customer has at least one of these) in
 * canonical text, like `2001:db8:1:2::/64`. An IPv4-mapped IPv6 address counts as the IPv4 address; zones are ignored.
 *
 * @returns undefined for a relayed address and for one that begins with a name
 */
export function ipGroup (ma: Multiaddr): string | undefined {
  const ip = remoteIp(ma)

  return ip == null ? undefined : groupOf(ip)
}

/** The same for an IPv4 or IPv6 address as text. */
export function ipGroupOf (address: string): string | undefined {
  const ip = parseIp(address)

  return ip == null ? undefined : groupOf(ip)
}

function groupOf (ip: Ip): string {
  return ip.family === 4 ? ip.text : `${fromWords([...ip.words.slice(0, 4), 0, 0, 0, 0]).text}/64`
}
