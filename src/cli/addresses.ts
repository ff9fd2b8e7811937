import { networkInterfaces } from 'node:os'
import type { Config } from '../config/index.js'
import type { NetworkInterfaceInfo } from 'node:os'

export interface DialableAddrs {
  /** Without /p2p/, in the order of the node's own: listening, then announced. */
  readonly addrs: readonly string[]
  /** Listening addresses that only a running node knows in full. */
  readonly unknown: ReadonlyArray<{ addr: string, why: string }>
}

const WILDCARDS: ReadonlyArray<{ head: string, protocol: string, family: string }> = [
  { head: '/ip4/0.0.0.0/', protocol: 'ip4', family: 'IPv4' },
  { head: '/ip6/::/', protocol: 'ip6', family: 'IPv6' }
]

function isLinkLocal (ip: string): boolean {
  return ip.startsWith('169.254.') || /^fe[89ab]/i.test(ip)
}

/** An address that listens on every interface stands for one address an interface, link-local ones aside. */
function expand (addr: string, interfaces: readonly NetworkInterfaceInfo[]): string[] {
  const wildcard = WILDCARDS.find(({ head }) => addr.startsWith(head))

  if (wildcard == null) {
    return [addr]
  }

  const { head, protocol, family } = wildcard

  return interfaces
    .filter(entry => entry.family === family && !isLinkLocal(entry.address))
    .map(entry => `/${protocol}/${entry.address}/${addr.slice(head.length)}`)
}

/** What a node with these keys can be dialled at, as far as that is known before it runs. */
export function dialableAddrs (network: Config['network'], interfaces = Object.values(networkInterfaces()).flatMap(entries => entries ?? [])): DialableAddrs {
  const unknown: Array<{ addr: string, why: string }> = []
  const listening = [network.tcp_listen_addr, network.quic_listen_addr, network.ws_listen_addr, network.webrtc_listen_addr].filter(addr => addr !== '')

  const known = listening.filter(addr => {
    if (/\/(tcp|udp)\/0(\/|$)/.test(addr)) {
      unknown.push({ addr, why: 'its port is chosen at start' })
      return false
    }
    if (addr.includes('/webrtc-direct')) {
      unknown.push({ addr, why: 'its certificate hash is not known here' })
      return false
    }

    return true
  })

  const addrs = [...known.flatMap(addr => expand(addr, interfaces)), ...network.announce_addrs]

  return { addrs: [...new Set(addrs)].map(addr => addr.replace(/\/p2p\/[^/]+$/, '')), unknown }
}
