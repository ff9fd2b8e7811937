import { isPublicHost } from '../../access/index.js'
import { parseNode } from './address.js'
import { NodeRefusedError } from './errors.js'
import { checkHttp } from './http-check.js'
import { checkLibp2p } from './libp2p-check.js'
import { Names } from './names.js'
import type { CheckingNodeVerifier } from './index.js'
import type { NodeAddress } from './address.js'
import type { NodeDialComponents } from './libp2p-check.js'
import type { NamesInit, Place } from './names.js'
import type { NodeVerifyOptions } from '../index.js'

/** For a name, a connection and an answer, of one node. */
const HTTP_MS = 5000
/** For a name, up to three dials, and identify. */
const LIBP2P_MS = 10_000

export interface DefaultNodeVerifierInit extends NamesInit {
  /** Certificates of authorities for https, as PEM. @default those of Node.js */
  ca?: string
}

/** Looks at nodes (specs/registry.md, Part I, "nodes"). How many at once is the caller's to bound. */
export class DefaultNodeVerifier implements CheckingNodeVerifier {
  readonly #init: DefaultNodeVerifierInit
  readonly #components: NodeDialComponents
  readonly #names: Names

  constructor (components: NodeDialComponents, init: DefaultNodeVerifierInit = {}) {
    this.#components = components
    this.#init = init
    this.#names = new Names(init)
  }

  async verify (address: string, { signal, foundAt }: NodeVerifyOptions): Promise<boolean> {
    try {
      const { ip } = await this.look(address, { signal })

      foundAt?.(ip.text)

      return true
    } catch {
      signal.throwIfAborted()

      return false
    }
  }

  async look (address: string, options: { signal: AbortSignal }): Promise<Place> {
    const node = listableNode(address, this.#init)
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(node.kind === 'http' ? HTTP_MS : LIBP2P_MS)])
    const places = await this.#names.placesOf(node, { signal })

    return node.kind === 'http' ? await checkHttp(node, places, { signal, ca: this.#init.ca }) : await checkLibp2p(this.#components, node, places, { signal })
  }
}

/**
 * What an address says by itself, before anybody is asked.
 *
 * @throws NodeRefusedError when it is malformed, or an address or a name that is not of the public internet
 */
export function listableNode (address: string, { allowPrivate = false }: Pick<NamesInit, 'allowPrivate'> = {}): NodeAddress {
  const node = parseNode(address)

  if (!allowPrivate && !isPublicHost(node.host)) {
    throw new NodeRefusedError('the address is not one of the public internet')
  }

  return node
}
