import { Readiness, startOpsServer } from '../ops/index.js'
import { listenHttp } from './listen.js'
import type { LoadGuard } from '../access/index.js'
import type { Config } from '../config/index.js'
import type { Log, OpsServer } from '../ops/index.js'
import type { Store } from '../storage/index.js'
import type { RunningNode } from './running-node.js'
import type { TransportManager } from '@libp2p/interface-internal'

export interface OpsParts {
  node: RunningNode
  transportManager: TransportManager
  load: LoadGuard
  store?: Store
  log: Log
}

/** The operators' address of a node that listens; undefined when it is off. @throws ListenError */
export async function startOps ({ enabled, address, metrics_token: metricsToken }: Config['ops'], parts: OpsParts): Promise<OpsServer | undefined> {
  if (!enabled) {
    return undefined
  }

  const { node, transportManager, load, store, log } = parts
  const listeners = transportManager.getListeners().length
  const readiness = new Readiness({
    isDraining: () => node.isStopping,
    overload: () => load.overload(),
    isListenerClosed: () => transportManager.getListeners().length < listeners,
    store
  })

  return await listenHttp('ops.address', address, async place => await startOpsServer({
    ...place,
    metricsToken,
    reasons: async () => await readiness.reasons(),
    addresses: () => ({ peerId: node.peerId.toString(), addrs: node.addrs.map(String) }),
    metrics: async () => ({ contentType: 'text/plain', text: '' }),
    onError: err => { log.error('the ops address failed', { reason: err instanceof Error ? err.message : String(err) }) }
  }))
}
