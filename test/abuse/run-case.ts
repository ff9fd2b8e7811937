import { setTimeout as delay } from 'node:timers/promises'
import { V8_FLAGS } from '#v8-flags'
import { bystanders, COLLECT_SELDOM } from './bystanders.js'
import { Process } from './process.js'
import type { PartialConfig } from '../../src/config/index.js'
import type { AttackerCalls } from './attacker-process.js'
import type { Deeds } from './attackers.js'
import type { AttackName } from './attacks.js'
import type { BallastCalls } from './ballast-process.js'
import type { BystanderName } from './bystanders.js'
import type { RelayCalls, RelayFigures } from './relay-process.js'

export interface CaseInit {
  attack: AttackName
  config?: PartialConfig
  /** Who is to be served meanwhile. @default 'pair' */
  bystander?: BystanderName
  /** Of the attack's size, in each of the rounds. */
  scale: number
  /** Each round is cut into so many slices, each beside an undisturbed window and one with ballast. */
  slices: number
  windowMs: number
}

/** How well the bystander was served, one figure each window; see `Bystander`. */
export interface Rates {
  undisturbed: number[]
  attacked: number[]
  /**
   * Undisturbed but for the CPU time that the attacker took, which another process uses up and talks to nobody. Attacker, relay
   * and bystander share a machine here that in life is the relay's alone. What the relay spends on the attack is not taken out.
   */
  ballast: number[]
}

export interface CaseReport {
  rates: Rates
  /** How one of them reads. */
  describe: (rate: number) => string
  deeds: Deeds
  /** Of one core, a mean over the attack. */
  attackerCpuShare: number
  /** Before, behind the first round, and behind the last one. */
  figures: [RelayFigures, RelayFigures, RelayFigures]
  /** RSS behind each round. */
  rssBytes: number[]
  /** What should not have happened to the bystander. */
  failure: string | undefined
}

/** The defaults on loopback, but for the healthy pair, whose circuit has no end. */
const CONFIG: PartialConfig = {
  network: {
    tcp_listen_addr: '/ip4/127.0.0.1/tcp/0',
    ws_listen_addr: '/ip4/127.0.0.1/tcp/0/ws',
    quic_listen_addr: '/ip4/127.0.0.1/udp/0/quic-v1',
    webrtc_listen_addr: '',
    // an attacker that is refused for the load of the machine attacks nothing
    max_event_loop_delay_ms: 0,
    drain_secs: 0
  },
  relay: { hop_timeout_secs: 3, max_circuit_bytes: 0, max_circuit_duration_secs: 0 }
}

/**
 * Buffers of a socket's read go back to the system when they are freed. By itself glibc keeps them, now more and now less
 * (190 MiB of 190 in a process that did nothing else), and the figures of RSS would tell of that.
 */
const FREE_AT_ONCE = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '65536', MALLOC_MMAP_THRESHOLD_: '65536' }

/** Those of QUIC and WebRTC have threads beside JavaScript's. */
const MAX_ATTACKER_CORES = 2

export async function runCase (init: CaseInit): Promise<CaseReport> {
  const config: PartialConfig = { ...CONFIG, ...init.config, network: { ...CONFIG.network, ...init.config?.network }, relay: { ...CONFIG.relay, ...init.config?.relay } }
  const relay = new Process<RelayCalls>('relay-process.js', import.meta.url, { env: FREE_AT_ONCE, flags: V8_FLAGS })
  const bystander = bystanders[init.bystander ?? 'pair']()
  const attacker = new Process<AttackerCalls>('attacker-process.js', import.meta.url, { flags: COLLECT_SELDOM })
  const ballast = Array.from({ length: MAX_ATTACKER_CORES }, () => new Process<BallastCalls>('ballast-process.js', import.meta.url))

  try {
    const addrs = await relay.ask('start', config)
    const rates: Rates = { undisturbed: [], attacked: [], ballast: [] }
    const deeds: Deeds = {}
    const attackerUse = { cpuSeconds: 0, seconds: 0 }

    // loopback addresses: the relay has no others here
    await bystander.connect(addrs)

    const before = await relay.ask('figures')
    const behind: RelayFigures[] = []

    for (let round = 0; round < MIN_ROUNDS || (round < MAX_ROUNDS && growth(behind) > MAX_GROWTH_BYTES); round++) {
      await bystander.start()

      for (let slice = 0; slice < init.slices; slice++) {
        let cpuShare = 0

        rates.undisturbed.push(await bystander.measure(async () => delay(init.windowMs)))
        rates.attacked.push(await bystander.measure(async () => {
          const done = await attacker.ask('attack', init.attack, addrs, init.scale, init.slices, init.windowMs)

          cpuShare = done.cpuSeconds / done.seconds
          attackerUse.cpuSeconds += done.cpuSeconds
          attackerUse.seconds += done.seconds

          for (const [name, count] of Object.entries(done.deeds)) {
            deeds[name] = (deeds[name] ?? 0) + count
          }
        }))
        rates.ballast.push(await bystander.measure(async () => Promise.all(ballast.map(async (each, index) => {
          await each.ask('burn', Math.min(1, Math.max(0, cpuShare - index)), init.windowMs)
        }))))
      }

      await bystander.stop()
      behind.push(await settled(relay, behind[0] ?? { ...before, rssBytes: Infinity }))
    }

    // two rounds or more were run
    return { rates, deeds, attackerCpuShare: attackerUse.cpuSeconds / attackerUse.seconds, figures: [before, behind[0], behind.at(-1)] as CaseReport['figures'], rssBytes: behind.map(each => each.rssBytes), describe: bystander.describe, failure: await bystander.failure() }
  } finally {
    await Promise.all([relay, bystander, attacker, ...ballast].map(async each => each.kill()))
  }
}

/** Of RSS, between the ends of two equal rounds (issue 4). */
export const MAX_GROWTH_BYTES = 16 * 1024 * 1024

const MIN_ROUNDS = 2
/**
 * What is kept grows with every round. What glibc has not yet given back comes and goes: a million tiny writes left 127, 177,
 * 144, 134 and 133 MiB behind five rounds. A second round that is above the first one by too much is followed by others.
 */
const MAX_ROUNDS = 5

function growth (behind: readonly RelayFigures[]): number {
  return (behind.at(-1)?.rssBytes ?? 0) - (behind[0]?.rssBytes ?? 0)
}

/** What a settled relay has at most as much of as before; time-outs of handshakes run on for ten seconds. */
export const SETTLING = ['connections', 'streams', 'timers', 'listeners', 'abortSignals', 'sockets', 'messageStreams'] as const

/** The figures when they have come down to those of before, or after half a minute as they are then. */
async function settled (relay: Process<RelayCalls>, before: RelayFigures): Promise<RelayFigures> {
  const deadline = Date.now() + 30_000

  while (true) {
    const now = await relay.ask('figures')
    const isDown = now.rssBytes <= before.rssBytes + MAX_GROWTH_BYTES && SETTLING.every(name => now[name] <= before[name]) && now.relay.circuits <= before.relay.circuits && now.relay.reservations <= before.relay.reservations

    if (isDown || Date.now() > deadline) {
      return now
    }

    await delay(500)
  }
}

export function median (values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)

  // an index within the array of one value or more
  return sorted.length % 2 === 1 ? sorted[middle] as number : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}
