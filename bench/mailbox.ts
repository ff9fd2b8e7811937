import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { V8_FLAGS } from '#v8-flags'
import { WARM_SECONDS } from './mailbox/protocol.js'
import { Child } from './support/child.js'
import { median, printTable } from './support/figures.js'
import type { Load, NodeCommand, NodeFigures, NodeInit, ReferenceCommand, Security, SenderCommand } from './mailbox/protocol.js'

// npm run bench:mailbox -- [--only push,mixed,pull,ack,gc,live,memory] [--securities tls] [--sizes 1024] [--in-flight 64,256] [--rounds 1]
// The node with its limits off and a store on disk, and its callers, each a process of its own. References of the same run: the node with
// the store in memory (what the protocol costs), LevelDB alone with rows like ours, and the disk alone, both in groups of half of what is
// in flight, which is what a batch comes to while another one is written.

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'push,mixed,pull,ack,gc,live,memory' },
    kinds: { type: 'string', default: 'level,memory' },
    securities: { type: 'string', default: 'tls,noise,quic' },
    sizes: { type: 'string', default: '256,1024,16384,262144' },
    'in-flight': { type: 'string', default: '1,8,64,256' },
    mailboxes: { type: 'string', default: '100' },
    depths: { type: 'string', default: '0,1000,200000' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '1' },
    // items that expire, and that are stored and pulled once
    items: { type: 'string', default: '1000000' },
    // on the disk that is to be measured
    folder: { type: 'string', default: tmpdir() },
    references: { type: 'boolean', default: true },
    // how the command starts itself; '' measures without
    'v8-flags': { type: 'string', default: V8_FLAGS.join(' ') },
    'cpu-prof': { type: 'boolean', default: false },
    // dist folders whose node is measured, interleaved
    builds: { type: 'string', default: '' }
  },
  allowNegative: true
})
const seconds = Number(options.seconds)
const rounds = Number(options.rounds)
const inFlights = numbers(options['in-flight'])
const mailboxes = Number(options.mailboxes)
const securities = options.securities.split(',') as Security[]
const [firstSecurity = 'tls'] = securities

type NodeProcess = Child<NodeCommand>
type Sender = Child<SenderCommand>

interface Rig {
  node: NodeProcess
  sender: Sender
  /** One more caller. */
  another: () => Promise<Sender>
}

interface Variant {
  name: string
  kind: NodeInit['kind']
  file: URL
}

const builds = options.builds === '' ? [['', new URL('..', import.meta.url)] as const] : options.builds.split(',').map(path => [path, new URL(`file://${path.replace(/\/*$/, '/')}`)] as const)
const variants: Variant[] = builds.flatMap(([path, base]) => (options.kinds.split(',') as Array<NodeInit['kind']>)
  .map(kind => ({ name: `${kind} ${path}`.trim(), kind, file: new URL('bench/mailbox/node-process.js', base) })))
const onDisk = variants.filter(({ kind }) => kind === 'level')

function numbers (list: string): number[] {
  return list.split(',').map(Number)
}

async function withFolder<T> (run: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(options.folder, 'enigma-bench-'))

  try {
    return await run(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function withRig<T> ({ kind, file }: Variant, security: Security, run: (rig: Rig) => Promise<T>, fill?: NodeInit['fill']): Promise<T> {
  return await withFolder(async folder => {
    const profile = options['cpu-prof'] ? ['--cpu-prof', '--cpu-prof-dir=.cache/prof'] : []
    const flags = options['v8-flags'].split(' ').filter(flag => flag !== '')
    const init: NodeInit = { kind, folder }

    if (fill != null) {
      // a process of its own: what it leaves in memory is none of the node's
      const filler = new Child(file, [JSON.stringify({ ...init, fill })])

      await filler.ready
      await filler.stop()
    }

    const node: NodeProcess = new Child(file, [JSON.stringify(init)], { execArgv: [...profile, ...flags] })
    const senders: Sender[] = []

    const another = async (): Promise<Sender> => {
      const addr = (await node.ready as string[]).find(addr => addr.includes(security === 'quic' ? '/quic-v1' : '/tcp/')) ?? ''
      const sender: Sender = new Child(new URL('./mailbox/sender-process.js', import.meta.url), [])

      senders.push(sender)
      await sender.ready
      await sender.ask({ call: 'connect', addr, security })

      return sender
    }

    try {
      return await run({ node, sender: await another(), another })
    } finally {
      await Promise.all([node, ...senders].map(async child => { await child.stop() }))
    }
  })
}

async function reference (call: ReferenceCommand['call'], bytes: number, inFlight: number): Promise<number> {
  return await withFolder(async folder => {
    const child = new Child<ReferenceCommand>(new URL('./mailbox/reference-process.js', import.meta.url), [])

    await child.ready

    try {
      return await child.ask({ call, folder, bytes, group: Math.max(1, inFlight / 2), seconds }) as number
    } finally {
      await child.stop()
    }
  })
}

interface Run extends Load, NodeFigures {
  perSecond: number
}

/** A load, and what the node did for it. */
async function measured ({ node, sender }: Pick<Rig, 'node' | 'sender'>, command: SenderCommand): Promise<Run> {
  const loading = sender.ask(command)

  if (command.call === 'push') {
    await delay(WARM_SECONDS * 1000)
  }

  await node.ask({ call: 'begin' })
  const load = await loading as Load
  const figures = await node.ask({ call: 'end' }) as NodeFigures

  return { ...load, ...figures, perSecond: load.count / load.seconds }
}

/** Every variant once a round, so that what else the machine does hits all alike. */
async function interleaved<V, T> (list: readonly V[], run: (variant: V) => Promise<T>): Promise<Map<V, T[]>> {
  const results = new Map<V, T[]>(list.map(variant => [variant, []]))

  for (let round = 0; round < rounds; round++) {
    for (const variant of round % 2 === 0 ? list : [...list].reverse()) {
      results.get(variant)?.push(await run(variant))
    }
  }

  return results
}

const COLUMNS = ['a second', 'node CPU µs each', 'of it main thread', 'p50 ms', 'p99 ms', 'loop p99 ms']

function cells (runs: readonly Run[]): number[] {
  const of = (value: (run: Run) => number): number => median(runs.map(value))

  return [of(run => run.perSecond), of(run => run.cpuSeconds * 1e6 / run.count), of(run => run.mainSeconds * 1e6 / run.count), of(run => run.p50), of(run => run.p99), of(run => run.loopP99Ms)]
}

function ratio (a: number | undefined, b: number | undefined): string {
  return a == null || b == null ? '' : `× ${(a / b).toFixed(2)}`
}

async function benchPush (): Promise<void> {
  for (const bytes of numbers(options.sizes)) {
    const rows: Array<Array<string | number>> = []

    for (const inFlight of inFlights) {
      const alone = options.references ? await interleaved(['level', 'disk'] as const, async call => await reference(call, bytes, inFlight)) : undefined
      const bare = alone == null ? undefined : median(alone.get('level') ?? [])

      for (const security of securities) {
        const results = await interleaved(variants, async variant => await withRig(variant, security, async rig => await measured(rig, { call: 'push', bytes, inFlight, mailboxes, seconds })))
        const memory = results.get(variants.find(({ kind }) => kind === 'memory') as Variant)

        for (const [{ name, kind }, runs] of results) {
          const perSecond = median(runs.map(run => run.perSecond))

          rows.push([`${security} ${inFlight} ${name}`, ...cells(runs), ...(kind === 'memory' ? [] : [ratio(perSecond, memory == null ? undefined : median(memory.map(run => run.perSecond))), ratio(perSecond, bare)])])
        }
      }

      if (alone != null) {
        rows.push([`LevelDB alone, ${inFlight}`, bare ?? NaN], [`disk alone, ${inFlight}`, median(alone.get('disk') ?? [])])
      }
    }

    console.log(`Durable pushes of ${bytes} bytes by one caller, ${mailboxes} mailboxes, ${seconds} s, median of ${rounds}`)
    printTable(['in flight', ...COLUMNS, 'of memory', 'of LevelDB alone'], rows)
  }
}

/** Small pushes beside large ones. */
async function benchMixed (): Promise<void> {
  const rows: Array<Array<string | number>> = []

  for (const large of [0, 1, 4]) {
    const results = await interleaved(onDisk, async variant => await withRig(variant, firstSecurity, async rig => {
      const other = await rig.another()
      const beside = large === 0 ? Promise.resolve() : other.ask({ call: 'push', bytes: 8_388_608, inFlight: large, mailboxes: large, seconds: seconds + WARM_SECONDS })
      const run = await measured(rig, { call: 'push', bytes: 1024, inFlight: 8, mailboxes, seconds })
      const { count = 0 } = (await beside ?? {}) as Partial<Load>

      return { ...run, large: count * 8.388608 / (seconds + WARM_SECONDS) }
    }))

    for (const [{ name }, runs] of results) {
      rows.push([`${large} ${name}`, ...cells(runs), median(runs.map(run => run.large))])
    }
  }

  console.log(`1-KiB pushes over ${firstSecurity}, 8 in flight, beside 8-MiB ones in flight on another connection`)
  printTable(['large in flight', ...COLUMNS, 'MB/s of large ones'], rows)
}

async function benchPull (): Promise<void> {
  const depths = numbers(options.depths)
  const rows: Array<Array<string | number>> = []
  const mailbox = 'deep'
  const results = await interleaved(onDisk, async variant => await withRig(variant, firstSecurity, async rig => {
    const runs: Run[] = []

    await rig.sender.ask({ call: 'pull', mailbox, cursor: 0, inFlight: 2, seconds: WARM_SECONDS })

    for (const cursor of depths) {
      runs.push(await measured(rig, { call: 'pull', mailbox, cursor, inFlight: 2, seconds }))
    }

    return runs
  }, { mailbox, count: Math.max(...depths) + 512, bytes: 1024, ttlMs: 86_400_000 }))

  for (const [{ name }, runs] of results) {
    depths.forEach((depth, i) => {
      const here = runs.flatMap(run => run[i] ?? [])

      rows.push([`${depth} ${name}`, ...cells(here), ratio(median(here.map(run => run.perSecond)), median(runs.flatMap(run => run[0]?.perSecond ?? [])))])
    })
  }

  console.log(`Items of 1 KiB pulled over ${firstSecurity} in pages of 256, 2 pages in flight`)
  printTable(['depth', ...COLUMNS, 'of the first'], rows)
}

async function benchAck (): Promise<void> {
  const rows: Array<Array<string | number>> = []
  const mailbox = 'full'
  const count = 100_000

  for (const [keys, inFlight] of [[1, 64], [256, 4], [4096, 1]] as const) {
    const results = await interleaved(onDisk, async variant => await withRig(variant, firstSecurity, async rig =>
      await measured(rig, { call: 'ack', mailbox, from: 0, count, keys, inFlight }), { mailbox, count, bytes: 1024, ttlMs: 86_400_000 }))

    for (const [{ name }, runs] of results) {
      rows.push([`${keys} × ${inFlight} ${name}`, ...cells(runs)])
    }
  }

  console.log(`Items of 1 KiB acked by key over ${firstSecurity}, until ${count} are gone`)
  printTable(['keys a call × in flight', ...COLUMNS], rows)
}

/** Pushes from the start of the node, which begins to collect at once, until all is collected. */
async function benchGc (): Promise<void> {
  const count = Number(options.items)
  const mailbox = 'gone'
  const rows: Array<Array<string | number>> = []
  const results = await interleaved(onDisk, async variant => await withRig(variant, firstSecurity, async rig => {
    const runs: Array<Run & { collected: number }> = []
    const begun = performance.now()
    const before = await rig.sender.ask({ call: 'stat', mailbox }) as number

    for (let left = before; left > 0;) {
      const run = await measured(rig, { call: 'push', bytes: 1024, inFlight: 8, mailboxes, seconds })

      left = await rig.sender.ask({ call: 'stat', mailbox }) as number
      runs.push({ ...run, collected: (before - left) / (performance.now() - begun) * 1000 })
    }

    // the last one saw the end of it
    return runs.length > 1 ? runs.slice(0, -1) : runs
  }, { mailbox, count, bytes: 1024, ttlMs: 1 }))

  for (const [{ name }, all] of results) {
    const runs = all.flat()

    rows.push([name, ...cells(runs), Math.max(...runs.map(run => run.p99)), median(all.map(last => last.at(-1)?.collected ?? 0))])
  }

  console.log(`1-KiB pushes over ${firstSecurity}, 8 in flight, beside the collection of ${count} items that have expired, in stretches of ${seconds} s`)
  printTable(['', ...COLUMNS, 'worst p99', 'collected a second'], rows)
}

async function benchLive (): Promise<void> {
  const rows: Array<Array<string | number>> = []

  for (const security of securities) {
    for (const perSecond of [50, 500]) {
      const results = await interleaved(variants, async variant => await withRig(variant, security, async rig => await measured(rig, { call: 'live', bytes: 1024, perSecond, seconds })))

      for (const [{ name }, runs] of results) {
        rows.push([`${security} ${perSecond} ${name}`, ...cells(runs)])
      }
    }
  }

  console.log('From a push to its item at a subscriber of another connection, 1 KiB')
  printTable(['pushed a second', ...COLUMNS], rows)
}

async function benchMemory (): Promise<void> {
  const count = Number(options.items)
  const mailbox = 'all'
  const rows: Array<Array<string | number>> = []

  for (const isWarm of [false, true]) {
    const results = await interleaved(onDisk, async variant => await withRig(variant, firstSecurity, async ({ node, sender, another }) => {
      if (isWarm) {
        await sender.ask({ call: 'push', bytes: 1024, inFlight: 256, mailboxes, seconds })
      }

      return await measured({ node, sender: await another() }, { call: 'pull-all', mailbox })
    }, { mailbox, count, bytes: 1024, ttlMs: 86_400_000 }))

    for (const [{ name }, runs] of results) {
      rows.push([`${name}${isWarm ? ', after pushes with 256 in flight' : ''}`, ...cells(runs), Math.max(...runs.map(run => run.anonBytes)) / 1e6])
    }
  }

  console.log(`${count} stored items of 1 KiB, all pulled once over ${firstSecurity}, pages of 256, one in flight`)
  printTable(['', ...COLUMNS, 'RssAnon at most, MB'], rows)
}

const parts: Record<string, () => Promise<void>> = { push: benchPush, mixed: benchMixed, pull: benchPull, ack: benchAck, gc: benchGc, live: benchLive, memory: benchMemory }

for (const name of options.only.split(',')) {
  await parts[name]?.()
}
