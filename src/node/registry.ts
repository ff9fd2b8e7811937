import { peerIdFromString } from '@libp2p/peer-id'
import { proxyMatcher } from '../access/index.js'
import { registryServer } from '../registry/index.js'
import type { AccessControl, Limiter } from '../access/index.js'
import type { Config } from '../config/index.js'
import type { EnvelopeKeyInit, Registry, RegistryServer, RegistryServerComponents, RegistryServerInit } from '../registry/index.js'
import type { Log } from '../ops/index.js'
import type { Store } from '../storage/index.js'
import type { Connection } from '@libp2p/interface'

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
    ...envelopeInit(config),
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

/** What `[registry.envelope]` says of keys and pepper; what it leaves to the node is left out. */
export function envelopeInit ({ registry: { envelope } }: Config): Pick<RegistryServerInit, 'pepper' | 'envelopeKeys'> {
  return {
    ...(envelope.pepper_hex === '' ? {} : { pepper: Buffer.from(envelope.pepper_hex, 'hex') }),
    ...(envelope.keys.length === 0 ? {} : { envelopeKeys: envelope.keys.map(keyInit) })
  }
}

function keyInit ({ kid_hex: kid, x25519_private_key_hex: privateKey, active, not_after_epoch_ms: notAfterMs }: Config['registry']['envelope']['keys'][number]): EnvelopeKeyInit {
  return { kid: Buffer.from(kid, 'hex'), privateKey: Buffer.from(privateKey, 'hex'), active, ...(notAfterMs == null ? {} : { notAfterMs }) }
}

/** Keys of the configuration may be over, and stay there. */
export function warnWithoutActiveKey (registry: Registry, log: Log): void {
  if (!registry.keys().keys.some(({ active }) => active)) {
    log.warn('no key of registry.envelope.keys is active and not over: nobody can be resolved; add one, and start the node again')
  }
}
