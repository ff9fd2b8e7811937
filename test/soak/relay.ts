import { V8_FLAGS } from '#v8-flags'
import { parseArgs } from 'node:util'
import { setTimeout as delay } from 'node:timers/promises'
import { Process } from '../abuse/process.js'
import { CARRIERS } from '../support/nodes.js'
import { emptyTally } from './lives.js'
import { objectBytes } from './object-bytes.js'
import { slopeOf } from './slope.js'
import type { PartialConfig } from '../../src/config/index.js'
import type { RelayCalls, RelayFigures } from '../abuse/relay-process.js'
import type { Carrier } from '../support/nodes.js'
import type { Tally } from './lives.js'
import type { PeersCalls } from './peers-process.js'

// Churn: `npm run soak:relay -- --minutes 20 [--seed 1] [--carriers tcp-tls,quic]`. Ends with 1 when a counter is wrong, something is left, or (in a long
// run) the heap grows.

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' }, carriers: { type: 'string', default: CARRIERS.join(',') } } })
const minutes = Number(values.minutes)
const seed = Number(values.seed)
const carriers = CARRIERS.filter(carrier => values.carriers.split(',').includes(carrier))

const FLOCKS = 2
const PARALLEL = 3
/** In percent: time-outs of libp2p end lives that a busy machine is too slow for. */
const MAX_BROKEN = 2
/** A slope of less says nothing: V8 is still compiling. */
const MIN_SLOPE_MINUTES = 10
/**
 * Of a long run. What the heap holds while peers are there goes up and down with how many there are, and a machine that is short of time lets
 * killed ones stay: so each round ends when the last peer is gone and forgotten, and what the heap holds then is compared.
 */
const ROUNDS = 14
/** The first rounds fill caches and compile code: V8's own lists and code grow by some 100 KiB in each of the first, and by less and less. */
const WARM_UP_ROUNDS = 6
/** Printed, beside the rounds. */
const SAMPLES = 40
/** A killed process is noticed on QUIC after 20 s without a word, on WebRTC after some 30 s, and its peers are forgotten 20 s later. */
const LAST_GONE_MS = 150_000
/** What libp2p, V8 and Node.js make once, when first needed; of streams the prototype of stock TLS', which is loaded for the first WebSocket. */
const MADE_ONCE = { timers: 2, listeners: 5, abortSignals: 2, sockets: 0, messageStreams: 1 }

const CONFIG: PartialConfig = {
  network: {
    tcp_listen_addr: '/ip4/127.0.0.1/tcp/0',
    quic_listen_addr: '/ip4/127.0.0.1/udp/0/quic-v1',
    ws_listen_addr: '/ip4/127.0.0.1/tcp/0/ws',
    webrtc_listen_addr: '/ip4/127.0.0.1/udp/0/webrtc-direct',
    max_connections_per_ip: 0,
    new_connections_per_second_per_ip: 0,
    max_event_loop_delay_ms: 0,
    drain_secs: 0
  },
  relay: { max_reservations: 0, max_reservations_per_peer: 0, max_reservations_per_ip: 0 },
  rate_limit: { enabled: false }
}

if (!(minutes > 0) || !Number.isInteger(seed) || carriers.length !== values.carriers.split(',').length) {
  console.error('usage: soak:relay -- --minutes <number> [--seed <integer>] [--carriers tcp-tls,ws,…]')
  process.exit(2)
}

const relay = new Process<RelayCalls>('../abuse/relay-process.js', import.meta.url, { flags: V8_FLAGS })
const addrs = byCarrier(await relay.ask('start', CONFIG))
const total = emptyTally()
const broken: string[] = []
const ends: Array<[minutes: number, figures: RelayFigures & { objectBytes: number }]> = []
const before = await relay.ask('figures')
const begun = performance.now()
const lengthMs = minutes * 60_000
const intervalMs = lengthMs / SAMPLES
const rounds = minutes < MIN_SLOPE_MINUTES ? 1 : ROUNDS
const roundMs = lengthMs / rounds

console.log(`${minutes} minutes of churn, seed ${seed}, a sample each ${(intervalMs / 1000).toFixed(0)} s, on Node.js ${process.version}`)

for (let round = 0; round < rounds; round++) {
  const untilMs = elapsed() + roundMs

  await Promise.all([watch(untilMs), ...Array.from({ length: FLOCKS }, async (_, flock) => flockOf(round * FLOCKS + flock)), doomed(round, untilMs)])

  const figures = await lastGone()
  const kept = rounds === 1 ? 0 : await objectBytes(await relay.ask('heapSnapshot'))

  ends.push([elapsed() / 60_000, { ...figures, objectBytes: kept }])
  console.log(`${(elapsed() / 60_000).toFixed(2).padStart(6)} min  the last is gone: heap ${mib(figures.heapBytes)} (objects ${(kept / 1024).toFixed(0)} KiB)  external ${mib(figures.externalBytes)}  rss ${mib(figures.rssBytes)} MiB`)
}

await relay.ask('stop')
await relay.kill()
process.exit(report() ? 0 : 1)

function elapsed (): number {
  return performance.now() - begun
}

async function watch (untilMs: number): Promise<void> {
  while (elapsed() < untilMs) {
    await delay(intervalMs)

    const sample = await relay.ask('sample')

    console.log(`${(elapsed() / 60_000).toFixed(2).padStart(6)} min  heap ${mib(sample.heapBytes)}  external ${mib(sample.externalBytes)}  rss ${mib(sample.rssBytes)} MiB  ` +
      `connections ${sample.connections}  reservations ${sample.reservations}  circuits ${sample.circuits}`)
  }
}

async function flockOf (flock: number): Promise<void> {
  const peers = new Process<PeersCalls>('peers-process.js', import.meta.url)

  try {
    add(await peers.ask('live', addrs, seed * 1_000 + flock, PARALLEL, roundMs))
  } finally {
    await peers.kill()
  }
}

/** Peers whose process is killed, one after the other. */
async function doomed (round: number, untilMs: number): Promise<void> {
  for (let life = 0; elapsed() < untilMs - 10_000; life++) {
    const peers = new Process<PeersCalls>('peers-process.js', import.meta.url)

    try {
      add(await peers.ask('linger', addrs, seed * 1_000_000 + round * 1_000 + life))
    } finally {
      await peers.kill()
    }

    await delay(Math.min(10_000, roundMs / 10))
  }
}

function add ({ tally, errors }: { tally: Tally, errors: string[] }): void {
  broken.push(...errors)

  // the keys of Tally are the names of its counts
  for (const name of Object.keys(total) as Array<keyof Tally>) {
    total[name] += tally[name]
  }
}

/** What the relay holds when all is over, or when it has had its time. */
async function lastGone (): Promise<RelayFigures> {
  const deadline = Date.now() + LAST_GONE_MS

  console.log(`${(elapsed() / 60_000).toFixed(2).padStart(6)} min  all lives are over`)

  while (true) {
    const { connections, relay: stats } = await relay.ask('glance')
    const isLate = Date.now() > deadline

    // the census is slow
    if (isLate || (connections === 0 && stats?.reservations === 0)) {
      const figures = await relay.ask('figures')

      if (isLate || (figures.connections === 0 && figures.peers === 0 && left(figures).length === 0)) {
        return figures
      }
    }

    await delay(1_000)
  }
}

/** Of what is made for a peer, all that there is more of than before the first came. */
function left (figures: RelayFigures): Array<keyof typeof MADE_ONCE> {
  // the keys of MADE_ONCE are names of figures
  return (Object.keys(MADE_ONCE) as Array<keyof typeof MADE_ONCE>).filter(name => figures[name] > before[name] + MADE_ONCE[name])
}

function report (): boolean {
  // there was one round or more
  const [, end] = ends.at(-1) as typeof ends[number]
  const { totals } = end.relay
  const rows: Array<[name: string, relay: number, peers: number, slack: number]> = [
    ['connections opened', end.events.connection_established ?? 0, total.connections, total.broken],
    ['connections closed', end.events.connection_closed ?? 0, end.events.connection_established ?? 0, 0],
    ['reservations accepted', totals.reservation_req_accepted, total.reservationsAccepted, total.broken],
    ['reservations denied', totals.reservation_req_denied, total.reservationsDenied, total.broken],
    ['reservations ended', totals.reservation_closed + totals.reservation_timed_out, totals.reservation_req_accepted - end.renewed, 0],
    ['circuits accepted', totals.circuit_req_accepted, total.circuitsAccepted, total.broken],
    ['circuits denied', totals.circuit_req_denied, total.circuitsDenied, total.broken],
    ['circuits closed', totals.circuit_closed, totals.circuit_req_accepted, 0],
    ['bytes relayed', totals.bytesRelayed, total.bytes, total.broken * 400_000],
    ['connections left', end.connections, 0, 0],
    ['streams left', end.streams, 0, 0],
    ['reservations left', end.relay.reservations, 0, 0],
    ['circuits left', end.relay.circuits, 0, 0],
    ['peers remembered', end.peers, 0, 0]
  ]
  let isRight = total.lives > 0 && total.broken * 100 <= total.lives * MAX_BROKEN

  console.log(`\n${total.lives} lives, ${total.broken} broken off\n`)
  broken.slice(0, 10).forEach(error => { console.log(error) })
  console.log('                          the relay     in reality')

  for (const [name, counted, real, slack] of rows) {
    const ok = Math.abs(counted - real) <= slack

    isRight &&= ok
    console.log(`${name.padEnd(22)}${String(counted).padStart(13)}${String(real).padStart(15)}${ok ? '' : '  WRONG'}`)
  }

  console.log('                             before          after')

  const stayed = left(end)

  isRight &&= stayed.length === 0

  // as in `left`
  for (const name of Object.keys(MADE_ONCE) as Array<keyof typeof MADE_ONCE>) {
    console.log(`${name.padEnd(22)}${String(before[name]).padStart(13)}${String(end[name]).padStart(15)}${stayed.includes(name) ? '  LEFT' : ''}`)
  }

  const measured = ends.slice(WARM_UP_ROUNDS)

  if (rounds === 1) {
    return isRight
  }

  for (const [name, value] of [['objectBytes', 'heap: objects'], ['heapBytes', 'with V8\'s own'], ['externalBytes', 'external'], ['rssBytes', 'RSS']] as const) {
    const { perX, low, high, samples } = slopeOf(measured.map(([at, figures]) => [at, figures[name] / 1024]))
    // a heap that shrinks is no leak
    const ok = low <= 0 || name !== 'objectBytes'

    isRight &&= ok
    console.log(`${value.padEnd(14)} slope ${perX.toFixed(1)} KiB/min, 95 % interval ${low.toFixed(1)} to ${high.toFixed(1)} (${samples} rounds behind the first ${WARM_UP_ROUNDS})${ok ? '' : '  GROWS'}`)
  }

  return isRight
}

function mib (bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1)
}

function byCarrier (all: string[]): Partial<Record<Carrier, string>> {
  const shape: Record<Carrier, RegExp> = { 'tcp-tls': /\/tcp\/\d+\/p2p\//, 'tcp-noise': /\/tcp\/\d+\/p2p\//, quic: /\/quic-v1\//, ws: /\/ws\//, 'webrtc-direct': /\/webrtc-direct\// }

  // each carrier has an address by CONFIG
  return Object.fromEntries(carriers.map(carrier => [carrier, all.find(addr => shape[carrier].test(addr)) ?? '']))
}
