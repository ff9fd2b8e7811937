import { isIP } from 'node:net'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import type { ListFormat, TextFormat } from './schema.js'

/** What a text must be, and whether it is. */
export interface Format {
  readonly expected: string
  test (text: string): boolean
}

export interface ListenAddr {
  readonly ip: string
  readonly protocol: 'tcp' | 'udp'
  readonly port: number
}

const LISTEN = /^\/(ip4|ip6)\/([0-9a-fA-F.:]+)\/(tcp|udp)\/(\d{1,5})((?:\/[a-z0-9-]+)?)$/
const HOST_NAME = /^(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?$/i
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s\\]+$/i
const HEX_32 = /^[0-9a-f]{64}$/i

/** The address and port that a listening multiaddr asks for, undefined when it is none. */
export function parseListenAddr (text: string): (ListenAddr & { suffix: string }) | undefined {
  const [, family, ip, protocol, digits, suffix] = LISTEN.exec(text) ?? []
  const port = parsePort(digits)

  if (ip === undefined || suffix === undefined || port === undefined || isIP(ip) !== (family === 'ip4' ? 4 : 6)) {
    return undefined
  }

  return { ip, protocol: protocol === 'udp' ? 'udp' : 'tcp', port, suffix }
}

/** `127.0.0.1:8080`, `[::1]:8080` or `localhost:8080`. */
export function parseHostPort (text: string): { host: string, port: number } | undefined {
  const [, v6, other, digits] = /^(?:\[([0-9a-fA-F.:]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? []
  const port = parsePort(digits)
  const host = v6 ?? other

  if (host === undefined || port === undefined) {
    return undefined
  }

  return isIP(host) === (v6 === undefined ? 4 : 6) || host === 'localhost' ? { host, port } : undefined
}

/** An IP address with a prefix length. */
export function isCidr (text: string): boolean {
  const [, ip = '', digits = ''] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(text) ?? []
  const family = isIP(ip)

  return family !== 0 && String(Number(digits)) === digits && Number(digits) <= (family === 4 ? 32 : 128)
}

export const textFormats: Readonly<Record<TextFormat, Format>> = {
  path: { expected: 'a path', test: (text) => !text.includes('\0') && !/^~[^/]/.test(text) },
  'multiaddr-tcp': listen('tcp', '', '/ip4/0.0.0.0/tcp/4001'),
  'multiaddr-quic': listen('udp', '/quic-v1', '/ip4/0.0.0.0/udp/4001/quic-v1'),
  'multiaddr-ws': listen('tcp', '/ws', '/ip4/0.0.0.0/tcp/4002/ws'),
  'multiaddr-webrtc-direct': listen('udp', '/webrtc-direct', '/ip4/0.0.0.0/udp/4003/webrtc-direct'),
  'host-port': { expected: 'an IP address and a port, like "127.0.0.1:8080" or "[::1]:8080"', test: (text) => parseHostPort(text) !== undefined },
  'hex-32': { expected: '64 hexadecimal digits', test: (text) => HEX_32.test(text) },
  plain: { expected: 'text', test: () => true }
}

export const listFormats: Readonly<Record<Exclude<ListFormat, 'envelope-key'>, Format>> = {
  multiaddr: { expected: 'a multiaddr that a peer can dial, like "/dns4/relay.example.org/tcp/4001"', test: isDialable },
  'peer-id': { expected: 'a PeerId, like "12D3KooW…"', test: isPeerId },
  cidr: { expected: 'an address range (CIDR), like "10.0.0.0/8", "192.0.2.7/32" or "2001:db8::/32"', test: isCidr },
  host: { expected: 'a host name or address, with its port when it has one, like "relay.example.org:8443"', test: isHost },
  origin: { expected: '"*" or an origin, like "https://app.example.org"', test: (text) => text === '*' || ORIGIN.test(text) }
}

function listen (protocol: 'tcp' | 'udp', suffix: string, example: string): Format {
  return {
    expected: `a listening multiaddr /ip4 or /ip6 with /${protocol}/<port>${suffix}, like "${example}"`,
    test: (text) => {
      const addr = parseListenAddr(text)

      return addr?.protocol === protocol && addr.suffix === suffix
    }
  }
}

function isDialable (text: string): boolean {
  try {
    const [first, second] = multiaddr(text).getComponents()

    if (first === undefined || second === undefined || text.includes('/p2p-circuit')) {
      return false
    }

    if (first.name.startsWith('dns')) {
      return HOST_NAME.test(first.value ?? '') && second.value !== '0'
    }

    return (first.name === 'ip4' || first.name === 'ip6') && second.value !== '0' && !['0.0.0.0', '::'].includes(first.value ?? '')
  } catch {
    return false
  }
}

function isPeerId (text: string): boolean {
  try {
    return peerIdFromString(text).type !== 'url'
  } catch {
    return false
  }
}

function isHost (text: string): boolean {
  const [, v6, name, digits] = /^(?:\[([0-9a-fA-F.:]+)\]|([^:[\]/\s]+))(?::(\d{1,5}))?$/.exec(text) ?? []

  if (digits !== undefined && (parsePort(digits) ?? 0) === 0) {
    return false
  }

  return v6 === undefined ? HOST_NAME.test(name ?? '') : isIP(v6) === 6
}

function parsePort (digits: string | undefined): number | undefined {
  const port = Number(digits)

  return digits !== undefined && String(port) === digits && port <= 65_535 ? port : undefined
}
