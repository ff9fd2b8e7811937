import { createNode as create } from './create-node.js'
import type { PartialConfig } from '../config/index.js'
import type { MailboxServer } from '../mailbox/index.js'
import type { Log, NodeEventTarget } from '../ops/index.js'
import type { RegistryServer } from '../registry/index.js'
import type { RelayServer } from '../relay/index.js'
import type { Libp2p, PeerId, ServiceMap } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

export { ListenError } from './listen.js'

export interface CreateNodeOptions {
  /** Where warnings and events are written. @default nowhere */
  log?: Log
  /** Listeners that are attached here hear everything from the first `listening`. @default a new one */
  events?: NodeEventTarget
}

/** Those of the parts that are on. */
export interface OwnServices extends ServiceMap {
  relay?: RelayServer
  mailbox?: MailboxServer
  registry?: RegistryServer
}

export interface EnigmaNode {
  readonly libp2p: Libp2p<OwnServices>
  readonly peerId: PeerId
  /** Dialable: listening and announced, each with /p2p/. */
  readonly addrs: Multiaddr[]
  /** Base URL of the HTTP door, null when off. */
  readonly http: string | null
  /** Base URL of the ops address, null when off. */
  readonly ops: string | null
  readonly events: NodeEventTarget
  /** Drains for at most `drain_secs` (less when nothing is open, none when the signal aborts), then stops. Idempotent. */
  stop (options?: { signal?: AbortSignal }): Promise<void>
}

/**
 * Makes and starts a node. Keys that are left out have their defaults.
 *
 * @throws ConfigError for wrong values (all of them at once), ListenError for a transport that cannot listen,
 *   IdentityError for a key file that cannot be used, StoreOpenError for a storage folder that cannot
 */
export async function createNode (config: PartialConfig = {}, options: CreateNodeOptions = {}): Promise<EnigmaNode> {
  return create(config, options)
}
