import { CODE_DNS, CODE_DNS4, CODE_DNS6, CODE_DNSADDR } from '@multiformats/multiaddr'
import { CidrSet } from './cidr.js'
import { parseHost } from './host.js'
import { fromWords, isRelayed, remoteIp } from './ip.js'
import type { Host } from './host.js'
import type { Ip } from './ip.js'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * IPv4 that is no public unicast address: the IANA special-purpose registry (RFC 6890), multicast and class E. The isPrivate()
 * of @libp2p/utils lacks multicast, and misses IPv6 ranges in spellings that its patterns do not know.
 */
const NOT_PUBLIC_IP4 = new CidrSet([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4'
])

/** All of IPv6 that IANA gives out as global unicast lies in here (RFC 4291, 2.5.4). */
const GLOBAL_UNICAST_IP6 = new CidrSet(['2000::/3'])

/** Of that: protocol assignments with Teredo, benchmarks and ORCHID; documentation; 6to4, whatever it embeds (RFC 7526). */
const NOT_PUBLIC_IP6 = new CidrSet([
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20'
])

/** Names that mean something on one machine or one network only (RFC 6761, 6762, 8375, ICANN's .internal). */
const LOCAL_NAME = /(?:^|\.)(?:localhost|local|internal|home\.arpa)$/

const NAME_CODES: readonly number[] = [CODE_DNS, CODE_DNS4, CODE_DNS6, CODE_DNSADDR]

/**
 * Whether peers anywhere on the internet may dial this address: it begins with a public unicast IP address, or with a name
 * that has a dot and is not reserved for local use. Never true of a relayed address.
 */
export function isPublicAddr (ma: Multiaddr): boolean {
  const ip = remoteIp(ma)

  if (ip != null) {
    return isPublicIp(ip)
  }

  const [first] = ma.getComponents()

  const host = first?.value != null && NAME_CODES.includes(first.code) && !isRelayed(ma) ? parseHost(first.value) : undefined

  return host != null && isPublicHost(host)
}

/** The same of a host. What a name leads to is not asked. */
export function isPublicHost ({ ip, name }: Host): boolean {
  return ip != null ? isPublicIp(ip) : name.includes('.') && !LOCAL_NAME.test(name)
}

/** Whether it is a public unicast address, by IANA's registries of special-purpose addresses and what it is embedded in. */
export function isPublicIp (ip: Ip): boolean {
  if (ip.family === 4) {
    return !NOT_PUBLIC_IP4.has(ip)
  }

  const embedded = isatapIp4(ip)

  return GLOBAL_UNICAST_IP6.has(ip) && !NOT_PUBLIC_IP6.has(ip) && (embedded == null || isPublicIp(embedded))
}

/** The IPv4 address that an ISATAP router sends to (RFC 5214, 6.1): under any prefix, so that no range tells. */
function isatapIp4 ({ words }: Ip): Ip | undefined {
  const [, , , , high = 0, low] = words

  return (high & ~0x0200) === 0 && low === 0x5efe ? fromWords(words.slice(6)) : undefined
}
