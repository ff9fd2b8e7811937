import { identify, identifyPush } from '@libp2p/identify'
import { peerIdFromString } from '@libp2p/peer-id'
import { ping } from '@libp2p/ping'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { accessControl, authServer, callerOf, connectionLimits, limiter, loadGuard, proxyMatcher, streamPace } from '../access/index.js'
import { resolveConfig } from '../config/index.js'
import { loadOrCreateIdentity } from '../identity/index.js'
import { mailboxServer } from '../mailbox/index.js'
import { createEvents } from '../ops/index.js'
import { relayServer, reservationAddrs } from '../relay/index.js'
import { noise, tls } from '../security/index.js'
import { VERSION } from '../version.js'
import { autoNATv2Server } from './autonat.js'
import { dispatchConnectionEvents } from './connection-events.js'
import { startControl } from './control.js'
import { fileDescriptorWarning } from './file-descriptors.js'
import { forgetGonePeers } from './forget-peers.js'
import { loadHttpTls, startHttp } from './http.js'
import { makeLean } from './lean.js'
import { listen } from './listen.js'
import { libp2pLogger } from './logger.js'
import { startOps } from './ops.js'
import { createRegistry, warnOfOtherKey, warnWithoutActiveKey } from './registry.js'
import { RunningNode } from './running-node.js'
import { StoreCheck, openStore } from './storage.js'
import { createTransports, maxStreamsPerConnection } from './transports.js'
import type { AccessControl, ConnectionLimits, Limiter, LimiterInit, LoadGuard } from '../access/index.js'
import type { Config, PartialConfig } from '../config/index.js'
import type { HttpDoor } from '../http/index.js'
import type { IdentityLookup } from '../mailbox/index.js'
import type { Log, OpsServer } from '../ops/index.js'
import type { Store } from '../storage/index.js'
import type { CreateNodeOptions, EnigmaNode, OwnServices } from './index.js'
import type { LeanComponents } from './lean.js'
import type { Connection, PrivateKey } from '@libp2p/interface'
import type { AddressManager, TransportManager } from '@libp2p/interface-internal'
import type { Libp2pOptions } from 'libp2p'

/**
 * Bounds what a reader that stops costs on a leg; it holds 17 MiB/s at a round trip of 60 ms. The read buffer takes a whole
 * window, or a paused stream would be aborted for what its sender was allowed to send (specs §3.5).
 */
const MAX_STREAM_WINDOW = 1024 * 1024
const MAX_READ_BUFFER = 2 * MAX_STREAM_WINDOW

/** libp2p counts by exact host, for all transports alike: per-IP rules are the gater's (src/access). */
const NO_LIMIT = Number.MAX_SAFE_INTEGER

const PUBLIC_ADDRESS_TTL_MS = 100 * 365 * 24 * 3600 * 1000

/** Parts of libp2p that no interface of it leads to, taken when a service is made. */
interface Internals extends LeanComponents {
  transportManager: TransportManager
  addressManager: AddressManager
}

/** See `CreateNode` in `index.ts`. */
export async function createNode (partial: PartialConfig = {}, options: CreateNodeOptions = {}): Promise<EnigmaNode> {
  const config = resolveConfig(partial)
  const events = options.events ?? createEvents()
  const log = options.log ?? silent
  const identity = await loadOrCreateIdentity(config.identity.key_file)
  const access = accessControl({
    allowPeers: config.auth.allow_peers.map(peer => peerIdFromString(peer)),
    denyPeers: config.auth.deny_peers.map(peer => peerIdFromString(peer)),
    denyCidrs: config.auth.deny_cidrs
  })
  const load = loadGuard({ maxRssBytes: config.network.max_rss_bytes, maxEventLoopDelayMs: config.network.max_event_loop_delay_ms })
  const calls = limiter(limiterInit(config.rate_limit))
  const gater = connectionLimits({
    access,
    maxConnectionsPerIp: config.network.max_connections_per_ip,
    newConnectionsPerSecondPerIp: config.network.new_connections_per_second_per_ip,
    trustedProxies: config.network.trusted_proxies
  })
  const internals = Promise.withResolvers<Internals>()
  const httpTls = await loadHttpTls(config, log)
  const transports = await createTransports(config)
  const store = config.mailbox.enabled || config.registry.enabled ? await openStore(config.storage) : undefined
  // the mailbox asks the registry whose it is, once both are there
  let services: OwnServices = {}
  const libp2p = await createLibp2p({
    ...libp2pOptions(config, identity.privateKey, gater),
    transports,
    services: {
      identify: identify(),
      identifyPush: identifyPush(),
      ping: ping(),
      autonat: autoNATv2Server(),
      internals: (components: Internals) => { internals.resolve(components); return {} },
      ...(config.auth.auth_enabled ? { auth: authServer({ access, token: config.auth.auth_token, trustedProxies: config.network.trusted_proxies }) } : {}),
      ...(config.relay.enabled ? { relay: createRelay(config, access, calls, load) } : {}),
      ...(store == null || !config.registry.enabled ? {} : { registry: createRegistry(config, { store, access, limiter: calls }) }),
      ...(store == null || !config.mailbox.enabled ? {} : { mailbox: createMailbox(config, store, calls, { lookup: async handle => await services.registry?.registry.lookup(handle) }) })
    }
  }).catch(async (err: unknown) => {
    await store?.close()
    throw err
  })
  const { relay, mailbox, registry } = services = libp2p.services as OwnServices
  // libp2p's components are a proxy, which does not spread
  const { transportManager, addressManager, connectionManager, peerStore, events: libp2pEvents } = await internals.promise
  const node = new RunningNode({ libp2p, relay, store, events, drainMs: config.network.drain_secs * 1000, load })

  for (const warning of [...identity.warnings, fileDescriptorWarning(config.network.max_connections)]) {
    if (warning != null) {
      log.warn(warning)
    }
  }

  makeLean({ peerId: libp2p.peerId, connectionManager, peerStore, events: libp2pEvents })
  paceStreams(config, libp2pEvents, load)
  const connections = dispatchConnectionEvents(libp2p, events)

  forgetGonePeers(libp2p)
  load.start()

  let http: HttpDoor | undefined
  let ops: OpsServer | undefined

  try {
    await libp2p.start()

    if (store != null && registry != null) {
      await warnOfOtherKey(store, identity.privateKey, log)
    }

    await listen(transportManager, config.network)
    http = await startHttp(config, httpTls, { privateKey: identity.privateKey, mailbox, registry, access, limiter: calls, log })
    ops = await startOps(config.ops, { node, transportManager, load, limiter: calls, gater, connections, store, http, log })
  } catch (err) {
    load.stop()
    await http?.stop()
    await libp2p.stop()
    await store?.close()
    throw err
  }

  if (store != null) {
    node.control = await startControl(config, { registry: registry?.registry, log })
  }

  confirmListenAddrs(addressManager)
  warnWithoutPublicAddr(config, addressManager, libp2p.peerId, log)

  if (registry != null) {
    warnWithoutActiveKey(registry.registry, log)
  }

  node.announce(transportManager.getAddrs(), { http, ops })

  if (store != null) {
    node.storeCheck = new StoreCheck(store, log)
  }

  return node
}

function libp2pOptions (config: Config, privateKey: PrivateKey, connectionGater: ConnectionLimits): Libp2pOptions {
  const { network } = config

  return {
    start: false,
    logger: libp2pLogger(),
    privateKey,
    nodeInfo: { name: 'enigma-node', version: VERSION, userAgent: `enigma-node/${VERSION}` },
    addresses: { appendAnnounce: network.announce_addrs },
    connectionEncrypters: [tls(), noise()],
    streamMuxers: [yamux({
      maxInboundStreams: maxStreamsPerConnection(config.relay),
      maxOutboundStreams: maxStreamsPerConnection(config.relay),
      // a client may open many streams while its connection is still being set up here
      maxEarlyStreams: 128,
      streamOptions: { maxStreamWindowSize: MAX_STREAM_WINDOW, maxReadBufferLength: MAX_READ_BUFFER }
    })],
    connectionGater,
    connectionManager: {
      maxConnections: unlimited(network.max_connections),
      maxIncomingPendingConnections: unlimited(network.max_pending_connections),
      inboundConnectionThreshold: NO_LIMIT
    },
    // a ping to every connection every ten seconds that aborts on failure has killed healthy links by the dozen (specs §4)
    connectionMonitor: { enabled: false }
  }
}

function createRelay (config: Config, access: AccessControl, calls: Limiter, load: LoadGuard): ReturnType<typeof relayServer> {
  const { relay, auth, network } = config
  const isTrustedProxy = proxyMatcher(network.trusted_proxies)

  return relayServer({
    maxReservations: relay.max_reservations,
    maxReservationsPerPeer: relay.max_reservations_per_peer,
    maxReservationsPerIp: relay.max_reservations_per_ip,
    reservationTtlSeconds: relay.reservation_ttl_secs,
    hopTimeoutSeconds: relay.hop_timeout_secs,
    maxCircuits: relay.max_circuits,
    maxCircuitsPerPeer: relay.max_circuits_per_peer,
    maxCircuitsPerIp: relay.max_circuits_per_ip,
    maxCircuitDurationSeconds: relay.max_circuit_duration_secs,
    maxCircuitBytes: relay.max_circuit_bytes,
    maxBytesPerSecond: relay.max_bytes_per_second,
    advertisePrivateAddrs: relay.advertise_private_addrs,
    requireAuthorizedReserve: auth.auth_enabled,
    requireAuthorizedConnect: auth.auth_enabled && auth.restrict_connect,
    access,
    limiter: calls,
    load,
    isExemptFromIpLimits: (connection: Connection) => isTrustedProxy(connection.remoteAddr)
  })
}

function createMailbox ({ mailbox, network }: Config, store: Store, calls: Limiter, identities: IdentityLookup): ReturnType<typeof mailboxServer> {
  const isTrustedProxy = proxyMatcher(network.trusted_proxies)

  return mailboxServer({
    store,
    maxMessageBytes: mailbox.max_message_bytes,
    maxQueueBytes: mailbox.max_queue_bytes_per_user,
    maxQueueItems: mailbox.max_messages_per_user,
    ttlSeconds: mailbox.message_ttl_seconds,
    gcIntervalSeconds: mailbox.gc_interval_seconds,
    maxPullItems: mailbox.pull_batch_max,
    maxPullBytes: mailbox.pull_batch_max_bytes,
    maxInflightBytes: mailbox.max_inflight_bytes,
    dedupeSeconds: mailbox.dedupe_seconds,
    ownerProof: mailbox.owner_proof,
    identities,
    limiter: calls,
    isExemptFromIpLimits: (connection: Connection) => isTrustedProxy(connection.remoteAddr)
  })
}

function limiterInit ({ enabled, per_ip_rps: perIp, burst, ban_after: banAfter, ban_seconds: banSeconds, endpoints }: Config['rate_limit']): LimiterInit {
  return {
    enabled,
    globalPerSecond: perIp,
    burst,
    banAfter,
    banSeconds,
    perSecond: {
      push: endpoints.push_rps,
      pull: endpoints.pull_rps,
      ack: endpoints.ack_rps,
      register: endpoints.register_rps,
      resolve: endpoints.resolve_rps,
      check_user: endpoints.check_user_rps,
      reserve: endpoints.reserve_rps,
      connect: endpoints.connect_rps
    }
  }
}

/**
 * Twice the calls of the circuit relay that the limiter lets through, so that it is the limiter who answers a busy client. An
 * eighth of that while the loop has no pause: what is begun waits then, and what runs goes on.
 */
function paceStreams ({ rate_limit: limits, network }: Config, events: LeanComponents['events'], load: LoadGuard): void {
  const isTrustedProxy = proxyMatcher(network.trusted_proxies)
  const perSecond = limits.enabled ? 2 * (limits.endpoints.reserve_rps + limits.endpoints.connect_rps) : 0
  const pace = streamPace({
    perSecond,
    perSecondWhenBusy: perSecond / 8,
    isBusy: () => load.isBusy,
    callerOf: connection => callerOf(connection, isTrustedProxy(connection.remoteAddr))
  })

  events.addEventListener('connection:open', ({ detail: connection }) => { pace.watch(connection) })
}

/** libp2p gives out a public address of this machine's own interface only after someone has confirmed it. */
function confirmListenAddrs (addressManager: AddressManager): void {
  for (const { multiaddr: addr, type, verified } of addressManager.getAddressesWithMetadata()) {
    if (type === 'transport' && !verified) {
      addressManager.confirmObservedAddr(multiaddr(addr), { type, ttl: PUBLIC_ADDRESS_TTL_MS })
    }
  }
}

function warnWithoutPublicAddr (config: Config, addressManager: AddressManager, peerId: EnigmaNode['peerId'], log: Log): void {
  if (config.relay.enabled && !reservationAddrs(addressManager, peerId, false).hasPublic) {
    log.warn('no public address: reservations give out private ones, which only this network can reach; set network.announce_addrs to what the internet reaches this node by')
  }
}

function unlimited (limit: number): number {
  return limit === 0 ? NO_LIMIT : limit
}

const silent: Log = {
  trace () {},
  debug () {},
  info () {},
  warn () {},
  error () {}
}
