import { parseArgs } from 'node:util'
import { V8_FLAGS } from '#v8-flags'
import { Child } from './support/child.js'
import { median, percentile, printTable } from './support/figures.js'
import type { ClientCommand, RelayKind, Security } from './relay/protocol.js'
import type { Usage } from './support/child.js'

// npm run bench:relay -- [--only bulk,idle,circuits,latency] [--mib 256] [--rounds 3] [--peers 500,5000]
// Our relay and the stock js server, each a process of its own with its limits off, the same stock clients, interleaved.

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'bulk,idle,circuits,latency' },
    kinds: { type: 'string', default: 'ours,stock' },
    securities: { type: 'string', default: 'tls,noise,quic' },
    sizes: { type: 'string', default: '64,16,4' },
    mib: { type: 'string', default: '256' },
    rounds: { type: 'string', default: '3' },
    peers: { type: 'string', default: '500' },
    // how the command starts itself; '' measures without
    'v8-flags': { type: 'string', default: V8_FLAGS.join(' ') },
    'cpu-prof': { type: 'boolean', default: false }
  }
})
const kinds = options.kinds.split(',') as RelayKind[]
const securities = options.securities.split(',') as Security[]
const rounds = Number(options.rounds)
const MIB = 1024 * 1024

type Relay = Child<never>
type Client = Child<ClientCommand>

interface Rig {
  relay: Relay
  target: Client
  source: Client
  relayAddr: string
  targetPeer: string
  targetAddr: string
}

function clientProcess (): Client {
  return new Child(new URL('./relay/client-process.js', import.meta.url), [])
}

function relayProcess (kind: RelayKind): Relay {
  const profile = options['cpu-prof'] ? ['--cpu-prof', '--cpu-prof-dir=.cache/prof'] : []
  const flags = kind === 'ours' ? options['v8-flags'].split(' ').filter(flag => flag !== '') : []

  return new Child(new URL('./relay/relay-process.js', import.meta.url), [kind], { execArgv: [...profile, ...flags] })
}

async function withRig<T> (kind: RelayKind, security: Security, run: (rig: Rig) => Promise<T>): Promise<T> {
  const [relay, target, source] = [relayProcess(kind), clientProcess(), clientProcess()]

  try {
    const addrs = await relay.ready as string[]
    const relayAddr = addrs.find(addr => addr.includes(security === 'quic' ? '/quic-v1' : '/tcp/')) ?? ''

    await Promise.all([target.ready, source.ready])

    const served = await target.ask({ call: 'serve', relay: relayAddr, security }) as { peer: string, addr: string }

    return await run({ relay, target, source, relayAddr, targetPeer: served.peer, targetAddr: served.addr })
  } finally {
    await Promise.all([relay.stop(), target.stop(), source.stop()])
  }
}

/** Runs every kind once a round, so that what else the machine does hits all alike. */
async function interleaved<T> (run: (kind: RelayKind) => Promise<T>, times = rounds): Promise<Map<RelayKind, T[]>> {
  const results = new Map<RelayKind, T[]>(kinds.map(kind => [kind, []]))

  for (let round = 0; round < times; round++) {
    for (const kind of round % 2 === 0 ? kinds : [...kinds].reverse()) {
      results.get(kind)?.push(await run(kind))
    }
  }

  return results
}

function ratio (ours: number | undefined, stock: number | undefined): string {
  return ours == null || stock == null ? '' : `× ${(ours / stock).toFixed(2)}`
}

async function benchBulk (): Promise<void> {
  const totalBytes = Number(options.mib) * MIB
  const rows: Array<Array<string | number>> = []

  for (const security of securities) {
    for (const kib of options.sizes.split(',').map(Number)) {
      const results = await interleaved(async kind => withRig(kind, security, async rig => {
        const bulk = { call: 'bulk', relay: rig.relayAddr, target: rig.targetPeer, security, writeBytes: kib * 1024 } as const

        await rig.source.ask({ ...bulk, totalBytes: 16 * MIB })

        const before = await rig.relay.usage()
        const { seconds } = await rig.source.ask({ ...bulk, totalBytes }) as { seconds: number }
        const after = await rig.relay.usage()

        return {
          cpuPerGib: (after.cpuSeconds - before.cpuSeconds) / (totalBytes / MIB / 1024),
          mibPerSecond: totalBytes / MIB / seconds,
          peakMib: after.peakRssBytes / MIB
        }
      }))
      const best = new Map([...results].map(([kind, runs]) => [kind, median(runs.map(run => run.cpuPerGib))]))

      for (const [kind, runs] of results) {
        rows.push([
          `${security} ${kib} KiB ${kind}`,
          median(runs.map(run => run.cpuPerGib)),
          kind === 'ours' ? ratio(best.get('ours'), best.get('stock')) : '',
          median(runs.map(run => run.mibPerSecond)),
          Math.max(...runs.map(run => run.peakMib))
        ])
      }
    }
  }

  console.log(`One circuit, one direction, ${options.mib} MiB, median of ${rounds}`)
  printTable(['', 'relay CPU s/GiB', 'of stock', 'MiB/s', 'RSS peak MiB'], rows)
}

async function benchCircuits (): Promise<void> {
  const count = 2000
  const rows: Array<Array<string | number>> = []

  for (const security of securities) {
    const results = await interleaved(async kind => withRig(kind, security, async rig => {
      const circuits = { call: 'circuits', relay: rig.relayAddr, target: rig.targetPeer, security, parallel: 16 } as const

      await rig.source.ask({ ...circuits, count: 200 })

      const before = await rig.relay.usage()
      const { seconds } = await rig.source.ask({ ...circuits, count }) as { seconds: number }
      const after = await rig.relay.usage()

      return { perSecond: count / seconds, cpuMs: (after.cpuSeconds - before.cpuSeconds) * 1000 / count }
    }))

    for (const [kind, runs] of results) {
      const cpu = median(runs.map(run => run.cpuMs))

      rows.push([`${security} ${kind}`, median(runs.map(run => run.perSecond)), cpu, kind === 'ours' ? ratio(cpu, median(results.get('stock')?.map(run => run.cpuMs) ?? [])) : ''])
    }
  }

  console.log(`Circuits over warm connections, 16 at once, ${count} a round, median of ${rounds}`)
  printTable(['', 'circuits/s', 'relay CPU ms each', 'of stock'], rows)
}

async function benchLatency (): Promise<void> {
  const rows: Array<Array<string | number>> = []

  for (const security of securities) {
    const results = await interleaved(async kind => withRig(kind, security, async rig => {
      const { relayed, direct } = await rig.source.ask({ call: 'latency', relay: rig.relayAddr, target: rig.targetPeer, direct: rig.targetAddr, security, rounds: 2000 }) as { relayed: number[], direct: number[] }

      // a round trip passes the relay twice
      return { p50: (median(relayed) - median(direct)) / 2, p99: (percentile(relayed, 0.99) - percentile(direct, 0.99)) / 2 }
    }))

    for (const [kind, runs] of results) {
      rows.push([`${security} ${kind}`, median(runs.map(run => run.p50)), median(runs.map(run => run.p99))])
    }
  }

  console.log(`Latency that the relay adds one way, 2000 round trips, median of ${rounds}`)
  printTable(['', 'p50 ms', 'p99 ms'], rows)
}

async function benchIdle (): Promise<void> {
  const counts = options.peers.split(',').map(Number)
  const rows: Array<Array<string | number>> = []

  for (const security of securities) {
    for (const count of counts) {
      const results = await interleaved(async kind => {
        const relay = relayProcess(kind)
        const clients: Client[] = []

        try {
          const addrs = await relay.ready as string[]
          const relayAddr = addrs.find(addr => addr.includes(security === 'quic' ? '/quic-v1' : '/tcp/')) ?? ''
          const connect = async (peers: number): Promise<void> => {
            const client = clientProcess()

            clients.push(client)
            await client.ready
            await client.ask({ call: 'connect', relay: relayAddr, security, count: peers })
          }

          // the first ones warm the code up, and are not counted
          await connect(50)

          const before = await relay.usage(true)
          let last: Usage = before
          let beforeLast: Usage = before

          for (let done = 0; done < count; done += 500) {
            beforeLast = await relay.usage()
            await connect(Math.min(500, count - done))
            last = await relay.usage()
          }

          const lastBatch = Math.min(500, count)
          const after = await relay.usage(true)
          const begun = performance.now()

          await new Promise(resolve => { setTimeout(resolve, 5000) })

          const idle = await relay.usage()

          return {
            connectCpuMs: (last.cpuSeconds - beforeLast.cpuSeconds) * 1000 / lastBatch,
            rssKib: (after.rssBytes - before.rssBytes) / 1024 / count,
            idleCpuMs: (idle.cpuSeconds - after.cpuSeconds) * 1000 / count / ((performance.now() - begun) / 60_000)
          }
        } finally {
          await Promise.all([...clients, relay].map(async child => child.stop()))
        }
      }, count > 1000 ? 1 : rounds)

      for (const [kind, runs] of results) {
        const connectCpu = median(runs.map(run => run.connectCpuMs))

        rows.push([
          `${security} ${count} ${kind}`,
          connectCpu,
          kind === 'ours' ? ratio(connectCpu, median(results.get('stock')?.map(run => run.connectCpuMs) ?? [])) : '',
          median(runs.map(run => run.rssKib)),
          median(runs.map(run => run.idleCpuMs))
        ])
      }
    }
  }

  console.log('Peers that connect, reserve and stay; connect + reserve is that of the last 500')
  printTable(['', 'connect + reserve CPU ms', 'of stock', 'RSS KiB a peer', 'idle CPU ms a peer and minute'], rows)
}

const benches: Record<string, () => Promise<void>> = { bulk: benchBulk, idle: benchIdle, circuits: benchCircuits, latency: benchLatency }

for (const name of options.only.split(',')) {
  const bench = benches[name]

  if (bench == null) {
    console.error(`no bench named ${name}: ${Object.keys(benches).join(', ')}`)
    process.exitCode = 2
  } else {
    await bench()
  }
}
