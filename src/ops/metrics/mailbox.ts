import { by, one } from './metric.js'
import type { MetricSpec } from './metric.js'
import type { Histogram } from '../../histogram.js'
import type { StoreHealth, StoreStats } from '../../storage/index.js'

type Numbers = Readonly<Record<string, number>>

interface Calls {
  readonly outcomes: Readonly<Record<string, Numbers>>
  readonly latency: Readonly<Record<string, Histogram>>
  readonly slowConsumers: number
}

export interface MailboxSource {
  readonly calls: Readonly<Record<string, Calls>>
  stats (): {
    readonly streams: number
    readonly subscriptions: number
    readonly inflightBytes: number
    readonly outgoingBytes: number
    readonly counts: {
      readonly storedItems: number
      readonly storedBytes: number
      readonly readItems: number
      readonly readBytes: number
      readonly ackedItems: number
      readonly collectedItems: number
      readonly collections: number
      readonly failedCollections: number
    }
  }
}

export const mailboxMetrics: ReadonlyArray<MetricSpec<MailboxSource>> = [
  {
    name: 'enigma_mailbox_calls_total',
    type: 'counter',
    help: 'Calls that were answered, by what came of them: `ok`, `duplicate`, or a code of docs/errors.md. A subscription counts when it begins.',
    labels: ['door', 'call', 'outcome'],
    read: ({ calls }) => Object.entries(calls).flatMap(([door, { outcomes }]) => Object.entries(outcomes).flatMap(([call, counts]) => by('outcome', counts, { door, call })))
  },
  {
    name: 'enigma_mailbox_call_seconds',
    type: 'histogram',
    help: 'From a request to its answer; over HTTP reading the body and the wait of `wait_ms` included.',
    labels: ['door', 'call'],
    read: ({ calls }) => Object.entries(calls).flatMap(([door, { latency }]) => Object.entries(latency).map(([call, value]) => ({ labels: { door, call }, value })))
  },
  { name: 'enigma_mailbox_stored_items_total', type: 'counter', help: 'Messages that were stored.', read: mailbox => one(mailbox.stats().counts.storedItems) },
  { name: 'enigma_mailbox_stored_bytes_total', type: 'counter', help: 'Their bodies.', read: mailbox => one(mailbox.stats().counts.storedBytes) },
  { name: 'enigma_mailbox_read_items_total', type: 'counter', help: 'Messages that were read for pulls and subscriptions.', read: mailbox => one(mailbox.stats().counts.readItems) },
  { name: 'enigma_mailbox_read_bytes_total', type: 'counter', help: 'Their bodies.', read: mailbox => one(mailbox.stats().counts.readBytes) },
  {
    name: 'enigma_mailbox_removed_items_total',
    type: 'counter',
    help: 'Messages that were removed: acked, or collected after their time.',
    labels: ['reason'],
    read: mailbox => {
      const { ackedItems: acked, collectedItems: expired } = mailbox.stats().counts

      return by('reason', { acked, expired })
    }
  },
  {
    name: 'enigma_mailbox_collections_total',
    type: 'counter',
    help: 'Runs of the collector of what has expired.',
    labels: ['outcome'],
    read: mailbox => {
      const { collections, failedCollections: failed } = mailbox.stats().counts

      return by('outcome', { ok: collections - failed, failed })
    }
  },
  { name: 'enigma_mailbox_streams', type: 'gauge', help: 'Open streams of /enigma/mailbox/1.', read: mailbox => one(mailbox.stats().streams) },
  { name: 'enigma_mailbox_subscriptions', type: 'gauge', help: 'Subscriptions on them.', read: mailbox => one(mailbox.stats().subscriptions) },
  { name: 'enigma_mailbox_slow_consumers_total', type: 'counter', help: 'Subscriptions that were cut: they had credit, and their items could not be sent for a minute.', read: ({ calls }) => one(Object.values(calls).reduce((sum, { slowConsumers }) => sum + slowConsumers, 0)) },
  { name: 'enigma_mailbox_inflight_bytes', type: 'gauge', help: 'Received and not yet on disk, all doors together; `mailbox.max_inflight_bytes` at most.', read: mailbox => one(mailbox.stats().inflightBytes) },
  { name: 'enigma_mailbox_outgoing_bytes', type: 'gauge', help: 'Answers that wait to be sent.', read: mailbox => one(mailbox.stats().outgoingBytes) }
]

export interface StoreSource {
  health (): StoreHealth
  stats (): StoreStats
}

const STATES = ['ready', 'full', 'reopening', 'closed'] as const satisfies ReadonlyArray<StoreHealth['state']>

export const storageMetrics: ReadonlyArray<MetricSpec<StoreSource>> = [
  { name: 'enigma_storage_items', type: 'gauge', help: 'Stored messages, expired ones included until they are collected.', read: store => one(store.stats().items) },
  { name: 'enigma_storage_bytes', type: 'gauge', help: 'Their bodies.', read: store => one(store.stats().bytes) },
  { name: 'enigma_storage_free_bytes', type: 'gauge', help: 'Free on the disk; NaN when `storage.min_free_bytes` never asked.', read: store => one(store.stats().freeBytes ?? Number.NaN) },
  { name: 'enigma_storage_state', type: 'gauge', help: '1 for the state that the store is in.', labels: ['state'], read: store => { const { state } = store.health(); return STATES.map(name => ({ labels: { state: name }, value: name === state ? 1 : 0 })) } },
  { name: 'enigma_storage_failures_total', type: 'counter', help: 'Writes that failed, after each of which the store was opened again.', read: store => one(store.stats().failures) },
  { name: 'enigma_storage_batch_size', type: 'histogram', help: 'Calls that were written together.', read: store => [{ value: store.stats().batchSize }] },
  { name: 'enigma_storage_write_seconds', type: 'histogram', help: 'What the write of a batch took, its fsync included.', read: store => [{ value: store.stats().batchSeconds }] }
]
