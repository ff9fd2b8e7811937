import { Resolver } from 'node:dns/promises'
import { isPublicIp, parseIp } from '../../access/index.js'
import { NodeRefusedError } from './errors.js'
import { parseNode } from './address.js'
import type { Libp2pNode, NodeAddress } from './address.js'
import type { Ip } from '../../access/index.js'
import type { AbortOptions } from '@libp2p/interface'

/** Answers of one name that are looked at; more is no node. */
const MAX_ANSWERS = 32
/** Of one node: a record of `dnsaddr` may name another `dnsaddr`. */
const MAX_QUESTIONS = 16
const DNS_TIMEOUT_MS = 2000
const DNS_TRIES = 2

const LOCALHOST: Readonly<Record<4 | 6, string>> = { 4: '127.0.0.1', 6: '::1' }

export interface NamesInit {
  /** Whether addresses that are not public may be used. @default false */
  allowPrivate?: boolean
  /** Addresses that the operator denies. @default none */
  isDeniedIp?: (address: string) => boolean
  /** `address:port` of name servers. @default those of this machine */
  dnsServers?: readonly string[]
}

/** Where a node can be connected to: `address` is all that was checked. */
export interface Place {
  ip: Ip
  /** With a multiaddr: between the address and the PeerId. */
  transport: string
}

/**
 * Resolves names once, to addresses that may all be connected to. By DNS alone, not by `getaddrinfo`: that takes a thread of the pool that
 * the store writes with for as long as a stranger's name server likes, and reads `/etc/hosts`.
 */
export class Names {
  readonly #init: NamesInit

  constructor (init: NamesInit = {}) {
    this.#init = init
  }

  /** @throws NodeRefusedError when it leads nowhere, or one of its addresses is not allowed */
  async placesOf (node: NodeAddress, { signal }: AbortOptions = {}): Promise<Place[]> {
    signal?.throwIfAborted()

    const questions = new Questions(this.#init.dnsServers)
    const cancel = (): void => { questions.cancel() }

    signal?.addEventListener('abort', cancel, { once: true })

    try {
      const places = await this.#places(questions, node)

      signal?.throwIfAborted()

      if (places.length === 0) {
        throw new NodeRefusedError('the name leads to no address')
      }

      return places
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }

  async #places (questions: Questions, node: NodeAddress): Promise<Place[]> {
    const { host } = node

    if (host.ip != null) {
      return [this.#place(host.ip, node)]
    }

    if (node.kind === 'libp2p' && node.families.length === 0) {
      return await this.#throughRecords(questions, host.name, node)
    }

    const found = await Promise.all((node.kind === 'http' ? [4, 6] as const : node.families).map(async family => await questions.addresses(host.name, family)))

    return bounded(found.flat()).map(text => {
      const ip = parseIp(text)

      if (ip == null) {
        throw new NodeRefusedError('the name leads to what is no address')
      }

      return this.#place(ip, node)
    })
  }

  /** Of the PeerId that was asked for; records of others stand beside them. */
  async #throughRecords (questions: Questions, name: string, { peerId }: Libp2pNode): Promise<Place[]> {
    const nodes = bounded(await questions.records(`_dnsaddr.${name}`))
      .filter(record => record.endsWith(`/p2p/${peerId}`))
      .flatMap(record => dialable(record))
    const places = await Promise.all(nodes.map(async node => await this.#places(questions, node)))

    return bounded(places.flat())
  }

  #place (ip: Ip, node: NodeAddress): Place {
    const { allowPrivate = false, isDeniedIp } = this.#init

    if (!allowPrivate && !isPublicIp(ip)) {
      throw new NodeRefusedError('the address is not one of the public internet')
    }

    if (isDeniedIp?.(ip.text) === true) {
      throw new NodeRefusedError('the operator denies the address')
    }

    return { ip, transport: node.kind === 'http' ? '' : node.transport }
  }
}

function bounded<T> (answers: T[]): T[] {
  if (answers.length > MAX_ANSWERS) {
    throw new NodeRefusedError(`the name has more than ${MAX_ANSWERS} answers`)
  }

  return answers
}

/** What name servers are asked for one node. */
class Questions {
  readonly #resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: DNS_TRIES })
  #left = MAX_QUESTIONS

  constructor (servers?: readonly string[]) {
    if (servers != null) {
      this.#resolver.setServers(servers)
    }
  }

  async addresses (name: string, family: 4 | 6): Promise<string[]> {
    // RFC 6761, 6.3: no question for a name server
    if (name === 'localhost' || name.endsWith('.localhost')) {
      return [LOCALHOST[family]]
    }

    this.#count()

    return await orNone(family === 4 ? this.#resolver.resolve4(name) : this.#resolver.resolve6(name))
  }

  /** What stands in TXT records after `dnsaddr=`. */
  async records (name: string): Promise<string[]> {
    this.#count()

    const texts = await orNone(this.#resolver.resolveTxt(name))

    return texts.map(parts => parts.join('')).filter(text => text.startsWith('dnsaddr=')).map(text => text.slice('dnsaddr='.length))
  }

  cancel (): void {
    this.#resolver.cancel()
  }

  #count (): void {
    if (this.#left-- <= 0) {
      throw new NodeRefusedError(`the name takes more than ${MAX_QUESTIONS} questions`)
    }
  }
}

/** A name without records of one kind may have others. */
async function orNone<T> (answers: Promise<T[]>): Promise<T[]> {
  try {
    return await answers
  } catch {
    return []
  }
}

/** Secure WebSockets and other transports that a node is not dialled by stand beside those that it is. */
function dialable (record: string): Libp2pNode[] {
  try {
    const node = parseNode(record)

    return node.kind === 'libp2p' ? [node] : []
  } catch {
    return []
  }
}
