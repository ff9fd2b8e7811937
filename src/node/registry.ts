import { peerIdFromString } from '@libp2p/peer-id'
import { proxyMatcher } from '../access/index.js'
import { ownsIdentities, registryServer } from '../registry/index.js'
import { configuredKeys } from './registry-keys.js'
import type { AccessControl, Limiter } from '../access/index.js'
import type { Config } from '../config/index.js'
import type { Registry, RegistryServer, RegistryServerComponents } from '../registry/index.js'
import type { Log } from '../ops/index.js'
import type { Store } from '../storage/index.js'
import type { Connection, PrivateKey } from '@libp2p/interface'

export interface RegistryParts {
  store: Store
  access: AccessControl
  limiter: Limiter
}

/** The service of `[registry]`. */
export function createRegistry (config: Config, { store, access, limiter }: RegistryParts): (components: RegistryServerComponents) => RegistryServer {
  const { registry, network, rate_limit: limits } = config
  const isTrustedProxy = proxyMatcher(network.trusted_proxies)

  return registryServer({
    store,
    ...configuredKeys(registry.envelope),
    allowSync: registry.allow_sync,
    syncPeers: registry.sync_peers.map(peer => peerIdFromString(peer)),
    maxNodes: registry.max_nodes,
    verifyNodes: registry.verify_nodes,
    allowPrivateNodes: registry.allow_private_nodes,
    presenceTtlSeconds: registry.presence.ttl_seconds,
    gcIntervalSeconds: registry.presence.gc_interval_seconds,
    powEnabled: registry.pow.enabled,
    powDifficulty: registry.pow.difficulty,
    powTtlSeconds: registry.pow.ttl_seconds,
    registerRps: limits.endpoints.register_rps,
    isDeniedIp: address => access.isDeniedIp(address),
    limiter,
    isExemptFromIpLimits: (connection: Connection) => isTrustedProxy(connection.remoteAddr)
  })
}

/** Keys of the configuration may be over, and stay there. */
export function warnWithoutActiveKey (registry: Registry, log: Log): void {
  if (!registry.keys().keys.some(({ active }) => active)) {
    log.warn('no key of registry.envelope.keys is active and not over: nobody can be resolved; add one, and start the node again')
  }
}

/** A data folder that was put back without the key file, say: the node would answer as if nobody was registered. */
export async function warnOfOtherKey (store: Store, privateKey: PrivateKey, log: Log): Promise<void> {
  if (!await ownsIdentities(store, privateKey)) {
    log.warn('the identities in storage.path were registered while identity.key_file was another one: nobody finds them until it is that one again', { identities: store.registry.totals().identities })
  }
}
