import { CODE_WS, CODE_WSS } from '@multiformats/multiaddr'
import { cidrMatcher } from './cidr.js'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * Tells whether a remote address is that of a trusted proxy: it lies in one of the ranges and came over WebSocket, whose
 * listener ends every remote address with /ws.
 *
 * @throws InvalidCidrError
 */
export function proxyMatcher (cidrs: readonly string[]): (ma: Multiaddr) => boolean {
  const isInRange = cidrMatcher(cidrs)

  return ma => ma.getComponents().some(({ code }) => code === CODE_WS || code === CODE_WSS) && isInRange(ma)
}
