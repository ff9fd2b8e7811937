import { Registry } from 'prom-client'
import { NOT_READY_REASONS } from '../readiness.js'
import { mailboxMetrics, storageMetrics } from './mailbox.js'
import { register } from './metric.js'
import { connectionMetrics, httpMetrics, limiterMetrics, relayMetrics } from './network.js'
import { processMetrics } from './process.js'
import { registryMetrics } from './registry.js'
import type { NotReadyReason } from '../readiness.js'
import type { MailboxSource, StoreSource } from './mailbox.js'
import type { MetricSpec } from './metric.js'
import type { ConnectionsSource, HttpSource, LimiterSource, RelaySource } from './network.js'
import type { LoadSource } from './process.js'
import type { RegistrySource } from './registry.js'

/** The parts that metrics are read from; one that is left out has no series. */
export interface MetricSources {
  readonly load: LoadSource
  readonly readiness: ReadinessSource
  readonly connections: ConnectionsSource
  readonly http?: HttpSource
  readonly limiter?: LimiterSource
  readonly relay?: RelaySource
  readonly mailbox?: MailboxSource
  readonly registry?: RegistrySource
  readonly store?: StoreSource
}

export interface ReadinessSource {
  reasons (): Promise<readonly NotReadyReason[]>
}

export interface Metrics {
  /** Everything as it is now, in the text format of Prometheus. */
  render (): Promise<{ contentType: string, text: string }>
}

const readinessMetrics: ReadonlyArray<MetricSpec<ReadinessSource>> = [
  {
    name: 'enigma_not_ready',
    type: 'gauge',
    help: '1 for each reason for which `/ready` answers 503 now.',
    labels: ['reason'],
    read: async readiness => {
      const now = await readiness.reasons()

      return NOT_READY_REASONS.map(reason => ({ labels: { reason }, value: now.includes(reason) ? 1 : 0 }))
    }
  }
]

/** Metrics are read when somebody asks, from what the parts count anyway. */
export function createMetrics ({ load, readiness, connections, http, limiter, relay, mailbox, registry, store }: MetricSources): Metrics {
  const all = new Registry()

  register(all, processMetrics, load)
  register(all, readinessMetrics, readiness)
  register(all, connectionMetrics, connections)
  registerIf(all, httpMetrics, http)
  registerIf(all, limiterMetrics, limiter)
  registerIf(all, relayMetrics, relay)
  registerIf(all, mailboxMetrics, mailbox)
  registerIf(all, registryMetrics, registry)
  registerIf(all, storageMetrics, store)

  return { render: async () => ({ contentType: all.contentType, text: await all.metrics() }) }
}

/** The table in `docs/operations.md`. */
export function renderMetricsTable (): string {
  const specs = [processMetrics, readinessMetrics, connectionMetrics, httpMetrics, limiterMetrics, relayMetrics, mailboxMetrics, registryMetrics, storageMetrics] as ReadonlyArray<ReadonlyArray<MetricSpec<never>>>
  const rows = specs.flat().map(({ name, type, labels = [], help }) => `| \`${name}\` | ${type} | ${labels.map(label => `\`${label}\``).join(', ')} | ${help} |`)

  return ['| metric | type | labels | what it tells |', '|---|---|---|---|', ...rows].join('\n')
}

function registerIf<S> (registry: Registry, specs: ReadonlyArray<MetricSpec<S>>, source: S | undefined): void {
  if (source != null) {
    register(registry, specs, source)
  }
}
