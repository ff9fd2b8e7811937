import { CODE_DNS, CODE_DNS4, CODE_DNS6, CODE_DNSADDR } from '@multiformats/multiaddr'
import { CidrSet } from './cidr.js'
import { isRelayed, parseIp, remoteIp } from './ip.js'
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

  return first?.value != null && NAME_CODES.includes(first.code) && !isRelayed(ma) && isPublicName(first.value)
}

function isPublicName (text: string): boolean {
  const name = text.toLowerCase().replace(/\.$/, '')
  const ip = parseIp(name)

  if (ip != null) {
    return isPublicIp(ip)
  }

  return name.includes('.') && !LOCAL_NAME.test(name)
}

function isPublicIp (ip: Ip): boolean {
  return ip.family === 4 ? !NOT_PUBLIC_IP4.has(ip) : GLOBAL_UNICAST_IP6.has(ip) && !NOT_PUBLIC_IP6.has(ip)
}
