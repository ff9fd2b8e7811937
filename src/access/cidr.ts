import { BlockList } from 'node:net'
import { EnigmaError } from '../errors.js'
import { fromWords, isMapped, parseIp, parseWords, remoteIp } from './ip.js'
import type { Ip } from './ip.js'
import type { Multiaddr } from '@multiformats/multiaddr'

/** A text that is no CIDR was given as one. */
export class InvalidCidrError extends EnigmaError {
  constructor (text: string) {
    super('invalid_cidr', `Not an address range (CIDR) like "10.0.0.0/8" or "2001:db8::/32": ${JSON.stringify(text)}`)
  }
}

interface Cidr {
  base: Ip
  prefix: number
}

/**
 * A set of address ranges. Two spellings of one range are one entry, `10.1.2.3/8` is `10.0.0.0/8`, and a range of IPv4-mapped
 * IPv6 addresses is the IPv4 range that it means; other IPv6 ranges, `::/0` included, hold no IPv4 address.
 */
export class CidrSet {
  readonly #cidrs = new Map<string, Cidr>()
  #blocks = { 4: new BlockList(), 6: new BlockList() }

  /** @throws InvalidCidrError */
  constructor (cidrs: readonly string[] = []) {
    for (const cidr of cidrs) {
      this.add(cidr)
    }
  }

  get size (): number {
    return this.#cidrs.size
  }

  /**
   * @returns false when it was there
   * @throws InvalidCidrError
   */
  add (text: string): boolean {
    const cidr = parseCidr(text)
    const key = keyOf(cidr)

    if (this.#cidrs.has(key)) {
      return false
    }

    this.#cidrs.set(key, cidr)
    this.#block(cidr)

    return true
  }

  /**
   * @returns false when it was not there
   * @throws InvalidCidrError
   */
  delete (text: string): boolean {
    if (!this.#cidrs.delete(keyOf(parseCidr(text)))) {
      return false
    }

    // a BlockList cannot forget
    this.#blocks = { 4: new BlockList(), 6: new BlockList() }

    for (const cidr of this.#cidrs.values()) {
      this.#block(cidr)
    }

    return true
  }

  has (ip: Ip): boolean {
    return this.#cidrs.size > 0 && this.#blocks[ip.family].check(ip.text, `ipv${ip.family}`)
  }

  #block ({ base, prefix }: Cidr): void {
    this.#blocks[base.family].addSubnet(base.text, prefix, `ipv${base.family}`)
  }
}

/**
 * Tells whether a direct address lies in one of the ranges. False for relayed addresses and names.
 *
 * @throws InvalidCidrError at once when one of them is no CIDR
 */
export function cidrMatcher (cidrs: readonly string[]): (ma: Multiaddr) => boolean {
  const set = new CidrSet(cidrs)

  return ma => {
    const ip = remoteIp(ma)

    return ip != null && set.has(ip)
  }
}

/**
 * The same for IPv4 and IPv6 addresses as text.
 *
 * @throws InvalidCidrError
 */
export function ipMatcher (cidrs: readonly string[]): (address: string) => boolean {
  const set = new CidrSet(cidrs)

  return address => {
    const ip = set.size === 0 ? undefined : parseIp(address)

    return ip != null && set.has(ip)
  }
}

function parseCidr (text: string): Cidr {
  const [, address = '', digits = ''] = /^([0-9a-fA-F.:]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? []
  const words = parseWords(address)
  const prefix = Number(digits)

  if (words == null || prefix > words.length * 16) {
    throw new InvalidCidrError(text)
  }

  if (isMapped(words) && prefix >= 96) {
    return { base: masked(words.slice(6), prefix - 96), prefix: prefix - 96 }
  }

  return { base: masked(words, prefix), prefix }
}

function masked (words: readonly number[], prefix: number): Ip {
  return fromWords(words.map((word, index) => {
    const bits = Math.min(Math.max(prefix - index * 16, 0), 16)

    return word & (0xffff << (16 - bits)) & 0xffff
  }))
}

function keyOf ({ base, prefix }: Cidr): string {
  return `${base.text}/${prefix}`
}
