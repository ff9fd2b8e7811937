import { Readiness } from '../ops/index.js'
import { listenHttp } from './listen.js'
import type { ConnectionLimits, Limiter, LoadGuard } from '../access/index.js'
import type { Config } from '../config/index.js'
import type { HttpDoor } from '../http/index.js'
import type { Log, Metrics, MetricSources, OpsServer } from '../ops/index.js'
import type { Store } from '../storage/index.js'
import type { ConnectionCounts } from './connection-events.js'
import type { RunningNode } from './running-node.js'
import type { TransportManager } from '@libp2p/interface-internal'

export interface OpsParts {
  node: RunningNode
  transportManager: TransportManager
  load: LoadGuard
  limiter: Limiter
  gater: ConnectionLimits
  connections: ConnectionCounts
  store?: Store
  /** When it is open. */
  http?: HttpDoor
  log: Log
}

/** The operators' address of a node that listens; undefined when it is off. @throws ListenError */
export async function startOps ({ enabled, address, metrics_token: metricsToken }: Config['ops'], parts: OpsParts): Promise<OpsServer | undefined> {
  if (!enabled) {
    return undefined
  }

  const { startOpsServer } = await import('../ops/address.js')
  const { node, transportManager, load, store, limiter, gater, connections, http, log } = parts
  const { relay, mailbox, registry } = node.libp2p.services
  const listeners = transportManager.getListeners().length
  const readiness = new Readiness({
    isDraining: () => node.isStopping,
    overload: () => load.overload(),
    isListenerClosed: () => transportManager.getListeners().length < listeners,
    store
  })

  const sources: MetricSources = {
    load,
    readiness,
    connections: { counts: connections, refused: gater.refused },
    http,
    limiter,
    relay,
    mailbox: mailbox == null ? undefined : { calls: callsOf(mailbox, http), stats: () => mailbox.stats() },
    registry: registry == null ? undefined : { calls: callsOf(registry, http), stats: () => registry.stats() },
    store
  }
  let metrics: Promise<Metrics> | undefined

  return await listenHttp('ops.address', address, async place => await startOpsServer({
    ...place,
    metricsToken,
    reasons: async () => await readiness.reasons(),
    addresses: () => ({ peerId: node.peerId.toString(), addrs: node.addrs.map(String) }),
    metrics: async () => {
      // for most nodes nobody asks, and nothing is counted there
      metrics ??= import('../ops/metrics/index.js').then(({ createMetrics }) => createMetrics(sources))

      return await (await metrics).render()
    },
    onError: err => { log.error('the ops address failed', { reason: err instanceof Error ? err.message : String(err) }) }
  }))
}

/** A door that is not open has no series. */
function callsOf<C> ({ calls }: { calls: Readonly<Record<'libp2p' | 'http', C>> }, http: HttpDoor | undefined): Partial<Record<'libp2p' | 'http', C>> {
  return http == null ? { libp2p: calls.libp2p } : calls
}
