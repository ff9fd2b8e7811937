import { readdir, readFile } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { VERSION } from '../../version.js'
import { by, one } from './metric.js'
import type { MetricSpec } from './metric.js'

/** Of the load guard. */
export interface LoadSource {
  readonly eventLoopDelayMs: number
}

/** Names that other Node.js programs use too, so that dashboards fit. */
export const processMetrics: ReadonlyArray<MetricSpec<LoadSource>> = [
  { name: 'enigma_build_info', type: 'gauge', help: 'Always 1.', labels: ['version', 'node'], read: () => [{ labels: { version: VERSION, node: process.versions.node }, value: 1 }] },
  { name: 'process_start_time_seconds', type: 'gauge', help: 'When the process began, in Unix seconds.', read: () => one(performance.timeOrigin / 1000) },
  { name: 'process_cpu_user_seconds_total', type: 'counter', help: 'CPU time in user space.', read: () => one(process.cpuUsage().user / 1e6) },
  { name: 'process_cpu_system_seconds_total', type: 'counter', help: 'CPU time in the kernel.', read: () => one(process.cpuUsage().system / 1e6) },
  { name: 'process_resident_memory_bytes', type: 'gauge', help: 'Memory that the process has.', read: () => one(process.memoryUsage.rss()) },
  { name: 'nodejs_heap_size_used_bytes', type: 'gauge', help: 'Of V8\'s heap.', read: () => one(process.memoryUsage().heapUsed) },
  { name: 'nodejs_external_memory_bytes', type: 'gauge', help: 'Memory outside of V8\'s heap that its objects hold: buffers above all.', read: () => one(process.memoryUsage().external) },
  { name: 'process_open_fds', type: 'gauge', help: 'Open files and sockets; NaN where the system does not tell.', read: async () => one(await openFiles()) },
  { name: 'process_max_fds', type: 'gauge', help: 'How many of them the process may have; NaN where the system does not tell.', read: async () => one(await maxFiles()) },
  { name: 'enigma_event_loop_delay_seconds', type: 'gauge', help: 'How late the event loop is, on the mean of five seconds.', read: ({ eventLoopDelayMs }) => one(eventLoopDelayMs / 1000) },
  {
    name: 'enigma_event_loop_seconds_total',
    type: 'counter',
    help: 'What the event loop spent with work and with waiting.',
    labels: ['state'],
    read: () => {
      const { active, idle } = performance.eventLoopUtilization()

      return by('state', { active: active / 1000, idle: idle / 1000 })
    }
  }
]

async function openFiles (): Promise<number> {
  return await readdir('/proc/self/fd').then(({ length }) => length, () => Number.NaN)
}

async function maxFiles (): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '')
  const [, soft] = /^Max open files\s+(\d+)/m.exec(limits) ?? []

  return soft == null ? Number.NaN : Number(soft)
}
