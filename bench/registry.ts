import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { V8_FLAGS } from '#v8-flags'
import { envelopeAlone, workOf } from './registry/alone.js'
import { Child } from './support/child.js'
import { printTable } from './support/figures.js'
import type { DoorName, LoadCommand, NodeReady, Operation, PairFigures, RunFigures, Usage } from './registry/protocol.js'
import type { Command } from './support/child.js'

// npm run bench:registry -- [--only calls,pairs,work] [--doors libp2p,http] [--operations empty,register,check,resolve] [--in-flight 1,64] [--requests 20000] [--kinds level,memory] [--cpu-prof]
// The node with its limits off and a store on disk, and callers over libp2p (TLS, one stream) and HTTP (one request under way on each
// connection) in another process. References of the same run: the empty call of each door, and the crypto of an envelope by itself.

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'calls,pairs,work' },
    doors: { type: 'string', default: 'libp2p,http' },
    operations: { type: 'string', default: 'empty,register,check,resolve' },
    'in-flight': { type: 'string', default: '1,64' },
    requests: { type: 'string', default: '20000' },
    pairs: { type: 'string', default: '2000' },
    users: { type: 'string', default: '5000' },
    kinds: { type: 'string', default: 'level' },
    // zero bits, and how many of them are solved
    difficulties: { type: 'string', default: '8:2000,12:200,16:40,18:20,20:10' },
    // on the disk that is to be measured
    folder: { type: 'string', default: tmpdir() },
    'cpu-prof': { type: 'boolean', default: false }
  }
})
const parts = options.only.split(',')
const doors = options.doors.split(',') as DoorName[]
const WARM = 3000

for (const kind of parts.includes('calls') || parts.includes('pairs') ? options.kinds.split(',') : []) {
  const node = new Child<Command>(new URL('./registry/node-process.js', import.meta.url), [kind, options.folder], {
    execArgv: [...V8_FLAGS, ...(options['cpu-prof'] ? ['--cpu-prof'] : [])]
  })
  const load = new Child<LoadCommand>(new URL('./registry/load-process.js', import.meta.url), [JSON.stringify(await node.ready as NodeReady)])

  await load.ready
  await load.ask({ call: 'prepare', users: Number(options.users) })
  console.log(`store: ${kind}, ${options.users} users`)

  if (parts.includes('calls')) {
    await calls(node, load)
  }

  if (parts.includes('pairs')) {
    await pairs(load)
  }

  await load.stop()
  await node.stop()
}

if (parts.includes('work')) {
  await work()
}

async function calls (node: Child<Command>, load: Child<LoadCommand>): Promise<void> {
  const { agreeUs, sealUs, openUs } = await envelopeAlone()
  const rows: Array<Array<string | number>> = []

  for (const door of doors) {
    for (const operation of options.operations.split(',') as Operation[]) {
      await load.ask({ call: 'run', door, operation, inFlight: 16, requests: WARM })
    }

    for (const inFlight of options['in-flight'].split(',').map(Number)) {
      const requests = inFlight === 1 ? Math.ceil(Number(options.requests) / 5) : Number(options.requests)
      let empty = NaN

      for (const operation of options.operations.split(',') as Operation[]) {
        const before = await node.ask({ call: 'usage' }) as Usage
        const { seconds, p50, p99 } = await load.ask({ call: 'run', door, operation, inFlight, requests }) as RunFigures
        const after = await node.ask({ call: 'usage' }) as Usage
        const cpuUs = (after.cpuSeconds - before.cpuSeconds) / requests * 1e6

        empty = operation === 'empty' ? cpuUs : empty
        rows.push([`${door}: ${operation}, ${inFlight} in flight`, requests / seconds, cpuUs, cpuUs / empty, p50, p99])
      }
    }
  }

  printTable(['', 'calls/s', 'node CPU µs', 'times the empty call', 'p50 ms', 'p99 ms'], rows)
  console.log(`an envelope by itself, CPU µs: keys agreed ${agreeUs.toFixed(1)} (all threads), sealed ${sealUs.toFixed(1)}, opened ${openUs.toFixed(1)}\n`)
}

async function pairs (load: Child<LoadCommand>): Promise<void> {
  const rows: Array<Array<string | number>> = []

  for (const door of doors) {
    for (const operation of ['check', 'resolve'] as const) {
      const { hit, miss } = await load.ask({ call: 'pairs', door, operation, pairs: Number(options.pairs) }) as PairFigures

      rows.push([`${door}: ${operation}`, hit * 1000, miss * 1000, (hit - miss) * 1000])
    }
  }

  printTable([`medians of ${options.pairs} pairs, µs`, 'hit', 'miss', 'difference'], rows)
}

async function work (): Promise<void> {
  const rows: Array<Array<string | number>> = []

  await workOf(4, 5000)

  for (const [difficulty = 0, count = 1] of options.difficulties.split(',').map(part => part.split(':').map(Number))) {
    const { solveMs, verifyUs } = await workOf(difficulty, count)

    rows.push([`${difficulty} bits, ${count} challenges`, solveMs, verifyUs])
  }

  printTable(['proof of work, means', 'solve ms', 'verify µs'], rows)
}
