import { by, one } from './metric.js'
import type { MetricSpec } from './metric.js'
import type { Histogram } from '../../histogram.js'

type Numbers = Readonly<Record<string, number>>

interface Calls {
  readonly outcomes: Readonly<Record<string, Numbers>>
  readonly latency: Readonly<Record<string, Histogram>>
}

export interface RegistrySource {
  readonly calls: Readonly<Record<string, Calls>>
  stats (): {
    readonly streams: number
    readonly inflightBytes: number
    readonly outgoingBytes: number
    readonly totals: { readonly identities: number, readonly presences: number, readonly nodes: number }
    readonly counts: {
      readonly registered: number
      readonly updated: number
      readonly removed: number
      readonly synced: number
      readonly announced: number
      readonly collected: number
      readonly collections: number
      readonly failedCollections: number
      readonly verifiedNodes: number
      readonly failedNodes: number
    }
  }
}

export const registryMetrics: ReadonlyArray<MetricSpec<RegistrySource>> = [
  {
    name: 'enigma_registry_calls_total',
    type: 'counter',
    help: 'Calls that were answered, by what came of them: `ok`, or a code of docs/errors.md.',
    labels: ['door', 'call', 'outcome'],
    read: ({ calls }) => Object.entries(calls).flatMap(([door, { outcomes }]) => Object.entries(outcomes).flatMap(([call, counts]) => by('outcome', counts, { door, call })))
  },
  {
    name: 'enigma_registry_call_seconds',
    type: 'histogram',
    help: 'From a request to its answer; over HTTP reading the body included.',
    labels: ['door', 'call'],
    read: ({ calls }) => Object.entries(calls).flatMap(([door, { latency }]) => Object.entries(latency).map(([call, value]) => ({ labels: { door, call }, value })))
  },
  { name: 'enigma_registry_identities', type: 'gauge', help: 'Registered identities.', read: registry => one(registry.stats().totals.identities) },
  { name: 'enigma_registry_presences', type: 'gauge', help: 'Entries of presence of all users, expired ones included until they are collected.', read: registry => one(registry.stats().totals.presences) },
  { name: 'enigma_registry_nodes', type: 'gauge', help: 'Listed nodes, expired ones included until they are collected.', read: registry => one(registry.stats().totals.nodes) },
  {
    name: 'enigma_registry_changes_total',
    type: 'counter',
    help: 'What was stored: new identities (`registered`, or `synced` in bulk), changed and removed ones, and announces.',
    labels: ['change'],
    read: registry => {
      const { registered, synced, updated, removed, announced } = registry.stats().counts

      return by('change', { registered, synced, updated, removed, announced })
    }
  },
  {
    name: 'enigma_registry_verifications_total',
    type: 'counter',
    help: 'Nodes that were looked at, by whether they were there.',
    labels: ['outcome'],
    read: registry => {
      const { verifiedNodes, failedNodes: failed } = registry.stats().counts

      return by('outcome', { ok: verifiedNodes - failed, failed })
    }
  },
  { name: 'enigma_registry_collected_total', type: 'counter', help: 'What was over and was removed: presence, nodes, remembered removals.', read: registry => one(registry.stats().counts.collected) },
  {
    name: 'enigma_registry_collections_total',
    type: 'counter',
    help: 'Runs of the collector of that.',
    labels: ['outcome'],
    read: registry => {
      const { collections, failedCollections: failed } = registry.stats().counts

      return by('outcome', { ok: collections - failed, failed })
    }
  },
  { name: 'enigma_registry_streams', type: 'gauge', help: 'Open streams of /registry/1.', read: registry => one(registry.stats().streams) },
  { name: 'enigma_registry_inflight_bytes', type: 'gauge', help: 'Requests on these that are on their way in.', read: registry => one(registry.stats().inflightBytes) },
  { name: 'enigma_registry_outgoing_bytes', type: 'gauge', help: 'Answers that wait to be sent.', read: registry => one(registry.stats().outgoingBytes) }
]
