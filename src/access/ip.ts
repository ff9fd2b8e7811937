import { isIP } from 'node:net'
import { CODE_IP4, CODE_IP6, CODE_IP6ZONE, CODE_P2P_CIRCUIT } from '@multiformats/multiaddr'
import type { Multiaddr } from '@multiformats/multiaddr'

/** An address as 2 or 8 words of 16 bits, and its one canonical text. */
export interface Ip {
  family: 4 | 6
  words: readonly number[]
  text: string
}

/**
 * Reads an IPv4 or IPv6 address in any of its spellings; a zone (`%eth0`) is ignored and an IPv4-mapped IPv6 address is the
 * IPv4 address that it means (RFC 4291, 2.5.5.2).
 */
export function parseIp (text: string): Ip | undefined {
  const [address = ''] = text.split('%', 1)

  switch (isIP(address)) {
    case 4:
      return fromWords(ip4Words(address))
    case 6: {
      const words = ip6Words(address)

      return fromWords(isMapped(words) ? words.slice(6) : words)
    }
    default:
      return undefined
  }
}

/** The words as they stand: a mapped address stays IPv6. */
export function parseWords (address: string): number[] | undefined {
  switch (isIP(address)) {
    case 4:
      return ip4Words(address)
    case 6:
      return ip6Words(address)
    default:
      return undefined
  }
}

export function isMapped (words: readonly number[]): boolean {
  return words.length === 8 && words[5] === 0xffff && words.slice(0, 5).every(word => word === 0)
}

/** Two words make an IPv4 address, eight an IPv6 one. */
export function fromWords (words: readonly number[]): Ip {
  if (words.length === 2) {
    return { family: 4, words, text: words.flatMap(word => [word >> 8, word & 0xff]).join('.') }
  }

  return { family: 6, words, text: canonicalIp6(words.map(word => word.toString(16)).join(':')) }
}

/** The address behind a direct multiaddr; undefined for a relayed one and for a name. */
export function remoteIp (ma: Multiaddr): Ip | undefined {
  const components = ma.getComponents()
  const first = components[0]?.code === CODE_IP6ZONE ? components[1] : components[0]

  if (first?.value == null || (first.code !== CODE_IP4 && first.code !== CODE_IP6) || isRelayed(ma)) {
    return undefined
  }

  return parseIp(first.value)
}

/** True for an address that leads through another peer. */
export function isRelayed (ma: Multiaddr): boolean {
  return ma.getComponents().some(component => component.code === CODE_P2P_CIRCUIT)
}

function ip4Words (address: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)

  return [a << 8 | b, c << 8 | d]
}

function ip6Words (address: string): number[] {
  const [head = '', tail] = canonicalIp6(address).split('::')
  const before = hexWords(head)
  const after = tail == null ? [] : hexWords(tail)

  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after]
}

function hexWords (text: string): number[] {
  return text === '' ? [] : text.split(':').map(word => parseInt(word, 16))
}

/** The URL standard has one spelling for every IPv6 address: RFC 5952, and never a dotted tail. */
function canonicalIp6 (address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1)
}
