import { peerIdFromCID, peerIdFromString } from '@libp2p/peer-id'
import { CODE_DNS, CODE_DNS4, CODE_DNS6, CODE_DNSADDR, CODE_IP4, CODE_IP6, CODE_P2P, CODE_QUIC_V1, CODE_TCP, CODE_UDP, CODE_WS, multiaddr } from '@multiformats/multiaddr'
import { CID } from 'multiformats/cid'
import { parseHost } from '../../access/index.js'
import { trimWhiteSpace } from '../white-space.js'
import { NodeRefusedError } from './errors.js'
import type { Host } from '../../access/index.js'
import type { Component } from '@multiformats/multiaddr'

/** As both doors have it (specs/registry.md, 3.4; `registry.proto`, Node). */
const MAX_ADDRESS_BYTES = 256

/** A base URL. */
export interface HttpNode {
  kind: 'http'
  /** One spelling for all that mean the same; what is listed. */
  address: string
  host: Host
  isTls: boolean
  port: number
  /** Without a slash at its end; empty for the root. */
  path: string
}

/** A multiaddr that ends in a PeerId. */
export interface Libp2pNode {
  kind: 'libp2p'
  address: string
  host: Host
  /** Which addresses of a name are meant; none: `dnsaddr`, whose records hold multiaddrs. */
  families: ReadonlyArray<4 | 6>
  /** What stands between host and PeerId, like `/tcp/4001`; empty with `dnsaddr`. */
  transport: string
  peerId: string
}

export type NodeAddress = HttpNode | Libp2pNode

/**
 * Reads `http://…`, `https://…` or a multiaddr that ends in `/p2p/<PeerId>`. White space around it is cut off.
 *
 * @throws NodeRefusedError for anything else, and for what names more than a place: user info, a query, a fragment, a relay
 */
export function parseNode (text: string): NodeAddress {
  const trimmed = trimWhiteSpace(text)

  checkLength(trimmed)

  const node = parse(trimmed)

  // what is not ASCII is longer in the one spelling
  checkLength(node.address)

  return node
}

function checkLength (address: string): void {
  if (address === '' || Buffer.byteLength(address) > MAX_ADDRESS_BYTES) {
    throw new NodeRefusedError(`a node's address has 1 to ${MAX_ADDRESS_BYTES} bytes`)
  }
}

function parse (text: string): NodeAddress {
  if (text.startsWith('http://') || text.startsWith('https://')) {
    return parseUrl(text)
  }

  if (text.startsWith('/')) {
    return parseMultiaddr(text)
  }

  throw new NodeRefusedError('a node is a URL of HTTP or HTTPS, or a multiaddr')
}

/** Where other readers of URLs see something else than the standard does: white space and controls, back slashes, user info. */
const AMBIGUOUS = /[\s\\@?#\p{C}]/u

function parseUrl (text: string): HttpNode {
  if (AMBIGUOUS.test(text) || !URL.canParse(text)) {
    throw new NodeRefusedError('the URL is malformed, or holds user info, a query or a fragment')
  }

  const url = new URL(text)
  const host = parseHost(url.hostname)

  if (host == null || url.port === '0') {
    throw new NodeRefusedError('the host or the port of the URL is none')
  }

  const isTls = url.protocol === 'https:'
  const path = url.pathname.replace(/\/+$/, '')

  return {
    kind: 'http',
    address: `${url.protocol}//${authority(host)}${url.port === '' ? '' : `:${url.port}`}${path}`,
    host,
    isTls,
    port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
    path
  }
}

/** As URL and Host header have it. */
export function authority ({ ip, name }: Host): string {
  return ip == null ? name : ip.family === 6 ? `[${ip.text}]` : ip.text
}

/**
 * What can be dialled at one address that was checked. A secure WebSocket is missing: its certificate is for a name, which libp2p's
 * transport would resolve a second time.
 */
const TRANSPORTS: ReadonlyArray<readonly number[]> = [[CODE_TCP], [CODE_UDP, CODE_QUIC_V1], [CODE_TCP, CODE_WS]]

const FAMILIES: Readonly<Record<number, ReadonlyArray<4 | 6>>> = { [CODE_IP4]: [4], [CODE_IP6]: [6], [CODE_DNS]: [4, 6], [CODE_DNS4]: [4], [CODE_DNS6]: [6], [CODE_DNSADDR]: [] }

function parseMultiaddr (text: string): Libp2pNode {
  const components = componentsOf(text)
  const [first, ...rest] = components
  const last = rest.pop()
  const families = first == null ? undefined : FAMILIES[first.code]

  if (first?.value == null || families == null || last?.code !== CODE_P2P || last.value == null) {
    throw new NodeRefusedError('a multiaddr of a node begins with an address or a name, and ends with /p2p/ and a PeerId')
  }

  const host = parseHost(first.value)
  const isAllowed = first.code === CODE_DNSADDR ? rest.length === 0 : TRANSPORTS.some(codes => codes.length === rest.length && codes.every((code, at) => code === rest[at]?.code))

  if (host == null || !isAllowed || rest[0]?.value === '0') {
    throw new NodeRefusedError('a node is dialled by TCP, QUIC or WebSocket')
  }

  const transport = rest.map(({ name, value }) => value == null ? `/${name}` : `/${name}/${value}`).join('')
  const peerId = peerIdOf(last.value)

  return { kind: 'libp2p', address: `/${first.name}/${first.code === CODE_IP6 ? first.value : host.ip?.text ?? host.name}${transport}/p2p/${peerId}`, host, families, transport, peerId }
}

function componentsOf (text: string): Component[] {
  try {
    return multiaddr(text).getComponents()
  } catch (err) {
    throw new NodeRefusedError('the multiaddr is malformed', { cause: err })
  }
}

/** In base58, whichever spelling it comes in. */
function peerIdOf (text: string): string {
  try {
    return (text.startsWith('1') || text.startsWith('Qm') ? peerIdFromString(text) : peerIdFromCID(CID.parse(text))).toString()
  } catch (err) {
    throw new NodeRefusedError('the multiaddr ends with no PeerId', { cause: err })
  }
}
