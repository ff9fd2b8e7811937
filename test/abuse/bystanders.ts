import { Process } from './process.js'
import type { CallerCalls } from './caller-process.js'
import type { PairCalls } from './pair-process.js'

/** Who means well, and is served while the node is attacked: in a process of its own. */
export interface Bystander {
  /** How a figure of `measure` reads. */
  describe (figure: number): string
  connect (addrs: readonly string[]): Promise<void>
  start (): Promise<void>
  /** Resolves when nothing of it is under way. */
  stop (): Promise<void>
  /** How well it was served meanwhile: the more the better. */
  measure (deed: () => Promise<unknown>): Promise<number>
  /** What should not have happened to it. */
  failure (): Promise<string | undefined>
  kill (): Promise<void>
}

export type BystanderName = 'pair' | 'caller'

/** Their threads that collect garbage would otherwise take a quarter of a core from the relay's. */
export const COLLECT_SELDOM = ['--min-semi-space-size=16']

const MIB = 1024 * 1024

/** Two peers that move data through a circuit without a pause: bytes a second. */
function pair (): Bystander {
  const process = new Process<PairCalls>('pair-process.js', import.meta.url, { flags: COLLECT_SELDOM })

  return {
    describe: rate => `${(rate / MIB).toFixed(1)} MiB/s`,
    connect: async addrs => { await process.ask('connect', addrs.find(addr => /\/tcp\/\d+\/p2p\//.test(addr)) ?? '') },
    start: async () => { await process.ask('start') },
    stop: async () => { await process.ask('stop') },
    failure: async () => (await process.ask('count')).failure,
    kill: async () => { await process.kill() },
    measure: async deed => {
      const before = await process.ask('count')

      await deed()

      const after = await process.ask('count')

      return (after.bytes - before.bytes) / (after.at - before.at) * 1000
    }
  }
}

/** Callers over HTTP, 200 pushes a second: one over the time that 99 of 100 answers stay below. */
function caller (): Bystander {
  const process = new Process<CallerCalls>('caller-process.js', import.meta.url, { flags: COLLECT_SELDOM })

  return {
    describe: perMs => `p99 ${(1 / perMs).toFixed(1)} ms`,
    connect: async addrs => { await process.ask('connect', addrs.find(addr => addr.startsWith('http')) ?? '') },
    start: async () => { await process.ask('start') },
    stop: async () => { await process.ask('stop') },
    failure: async () => await process.ask('failure'),
    kill: async () => { await process.kill() },
    measure: async deed => {
      await process.ask('take')
      await deed()

      return 1 / (await process.ask('take')).p99
    }
  }
}

export const bystanders: Readonly<Record<BystanderName, () => Bystander>> = { pair, caller }
