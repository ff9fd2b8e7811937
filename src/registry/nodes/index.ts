import { DefaultNodeVerifier, listableNode } from './verifier.js'
import type { NodeVerifier } from '../index.js'
import type { NodeDialComponents } from './libp2p-check.js'
import type { Place } from './names.js'
import type { AbortOptions } from '@libp2p/interface'

export { NodeRefusedError } from './errors.js'
export type { NodeDialComponents } from './libp2p-check.js'

export interface NodeVerifierInit {
  /**
   * Whether nodes may be at addresses that are not public: private, loopback, link-local and all others that IANA has for special purposes,
   * in any spelling, and whatever a name leads to. For LANs and tests.
   *
   * @default false
   */
  allowPrivate?: boolean
  /** Addresses that the operator denies. @default none */
  isDeniedIp?: (address: string) => boolean
  /** `address:port` of name servers. @default those of this machine */
  dnsServers?: readonly string[]
  /** Certificates of authorities for https, as PEM. @default those of Node.js */
  ca?: string
}

/** See `nodeVerifier`. `verify` rejects only when the signal aborts. */
export interface CheckingNodeVerifier extends NodeVerifier {
  /** The same as `verify`, and where it was or why not. @throws NodeRefusedError, or what ended it when the time was over */
  look (address: string, options: Required<AbortOptions>): Promise<Place>
}

/**
 * Looks at nodes before they are listed (specs/registry.md, Part I, "nodes"). A multiaddr is dialled and must identify itself as its PeerId,
 * within 10 s. A URL must answer GET `/envelope_pubkey` in the right shape within 5 s, without redirects. A name is resolved once; all of its
 * addresses must be public unicast ones, and connections go to these very addresses.
 */
export function nodeVerifier (init: NodeVerifierInit = {}): (components: NodeDialComponents) => CheckingNodeVerifier {
  return components => new DefaultNodeVerifier(components, init)
}

/**
 * The one spelling under which a node is listed.
 *
 * @throws NodeRefusedError when it is malformed, or an address or a name that is not of the public internet; names are not resolved
 */
export function listedAddress (address: string, options: Pick<NodeVerifierInit, 'allowPrivate'> = {}): string {
  return listableNode(address, options).address
}
