import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { levelStore } from '../src/storage/index.js'
import { printTable } from './support/figures.js'
import type { NewItem, Store } from '../src/storage/index.js'

// npm run bench:storage -- [--only push,pull,ack,expire,mixed] [--seconds 4] [--folder <on the disk to measure>]
// Every push is on disk before it counts. The items come from the same process, which has one thread for all of it.

const { values } = parseArgs({ options: { only: { type: 'string', default: 'push,pull,ack,mixed,expire' }, seconds: { type: 'string', default: '4' }, folder: { type: 'string', default: tmpdir() }, expired: { type: 'string', default: '200000' } } })
const SECONDS = Number(values.seconds)
const TERMS = { dedupeMs: 86_400_000, counterMs: 1_296_000_000 }
const LIMITS = { ...TERMS, ttlMs: 1_209_600_000, maxItems: 1e9, maxBytes: 1e12 }
const noise = Buffer.from(Array.from({ length: 1 << 20 }, () => Math.floor(Math.random() * 256)))
let made = 0

function item (size: number): NewItem {
  const messageId = Buffer.allocUnsafe(16)
  // as random as a UUID: its row goes anywhere
  messageId.writeUInt32BE(Math.imul(++made, 0x9e3779b1) >>> 0)
  messageId.writeDoubleBE(made, 4)
  messageId.writeUInt32BE(made, 12)

  return { messageId, chunkIndex: 0, chunkCount: 1, kind: 'opaque', totalLen: BigInt(size), sentMs: BigInt(made), body: size > noise.byteLength ? Buffer.alloc(size, noise) : noise.subarray(made % (noise.byteLength - size + 1)).subarray(0, size) }
}

async function using (run: (store: Store, folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(values.folder, 'enigma-bench-'))
  const store = await levelStore(folder)

  try {
    await run(store, folder)
  } finally {
    await store.close()
    rmSync(folder, { recursive: true })
  }
}

interface Figures { perSecond: number, cpuUs: number, p50: number, p99: number, delayP99: number }

/** `inFlight` loops that each wait for their own call. */
async function load (inFlight: number, seconds: number, call: (loop: number) => Promise<number>): Promise<Figures> {
  const latencies: number[] = []
  const delays = monitorEventLoopDelay({ resolution: 1 })
  const cpu = process.cpuUsage()
  const begun = performance.now()
  const end = begun + seconds * 1000
  let done = 0

  delays.enable()
  await Promise.all(Array.from({ length: inFlight }, async (_, loop) => {
    for (let now = performance.now(); now < end;) {
      const count = await call(loop)
      const after = performance.now()

      done += count
      latencies.push(after - now)
      now = after
    }
  }))
  delays.disable()
  const { user, system } = process.cpuUsage(cpu)

  latencies.sort((a, b) => a - b)

  return {
    perSecond: done / (performance.now() - begun) * 1000,
    cpuUs: (user + system) / done,
    p50: latencies[Math.floor(latencies.length / 2)] ?? 0,
    p99: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
    delayP99: delays.percentile(99) / 1e6
  }
}

/** Columns behind the first ones. */
function cells ({ perSecond, cpuUs, p50, p99, delayP99 }: Figures): string[] {
  return [perSecond.toFixed(0), cpuUs.toFixed(1), p50.toFixed(2), p99.toFixed(2), delayP99.toFixed(1)]
}

async function pushes (): Promise<void> {
  const rows: string[][] = []

  for (const [size, inFlight] of [[1024, 1], [1024, 8], [1024, 64], [1024, 256], [1024, 1024], [256, 256], [16_384, 64], [262_144, 16], [1_048_576, 4]] as const) {
    await using(async ({ mailbox }) => {
      const figures = await load(inFlight, SECONDS, async loop => {
        await mailbox.push(`12D3KooWmailbox${loop % 100}`, item(size), { ...LIMITS, now: Date.now() })

        return 1
      })

      rows.push([String(size), String(inFlight), ...cells(figures)])
    })
  }

  printTable(['push: bytes', 'in flight', 'a second', 'CPU µs each', 'p50 ms', 'p99 ms', 'event loop p99 ms'], rows)
}

async function fill (store: Store, mailboxName: string, count: number, ttlMs = LIMITS.ttlMs): Promise<void> {
  for (let left = count; left > 0; left -= 2000) {
    await Promise.all(Array.from({ length: Math.min(left, 2000) }, async () => await store.mailbox.push(mailboxName, item(1024), { ...LIMITS, ttlMs, now: Date.now() })))
  }
}

async function pulls (): Promise<void> {
  const rows: string[][] = []

  await using(async store => {
    await fill(store, 'deep', 200_256)

    for (const depth of [0, 1000, 200_000]) {
      const figures = await load(4, SECONDS, async () => (await store.mailbox.pull('deep', { cursor: depth, maxItems: 256, maxBytes: 8_388_608, now: Date.now() })).items.length)

      rows.push([String(depth), ...cells(figures)])
    }
  })
  printTable(['pull of 256 × 1 KiB at depth', 'items a second', 'CPU µs each', 'p50 ms', 'p99 ms', 'event loop p99 ms'], rows)
}

async function acks (): Promise<void> {
  const rows: string[][] = []

  for (const batch of [1, 256]) {
    await using(async store => {
      const queue: NewItem[] = []
      const now = Date.now()

      for (let part = 0; part < 50; part++) {
        await Promise.all(Array.from({ length: 2000 }, async () => {
          const made = item(1024)
          queue.push(made)
          await store.mailbox.push('a', made, { ...LIMITS, now })
        }))
      }

      const figures = await load(32, SECONDS, async () => queue.length === 0 ? 0 : (await store.mailbox.ack('a', { keys: queue.splice(-batch) }, { ...TERMS, now: Date.now() })).deleted)

      rows.push([String(batch), ...cells(figures)])
    })
  }

  printTable(['ack: keys a call', 'items a second until empty', 'CPU µs each', 'p50 ms', 'p99 ms', 'event loop p99 ms'], rows)
}

/** Small messages beside large ones. */
async function mixed (): Promise<void> {
  const rows: string[][] = []

  for (const large of [0, 1, 4]) {
    await using(async ({ mailbox }) => {
      const over = new AbortController()
      let bytes = 0
      const loads = Promise.all(Array.from({ length: large }, async (_, loop) => {
        while (!over.signal.aborted) {
          await mailbox.push(`large ${loop}`, item(8_388_608), { ...LIMITS, now: Date.now() })
          bytes += 8_388_608
        }
      }))
      const figures = await load(8, SECONDS, async loop => {
        await mailbox.push(`small ${loop}`, item(1024), { ...LIMITS, now: Date.now() })

        return 1
      })

      over.abort()
      await loads
      rows.push([String(large), ...cells(figures), (bytes / SECONDS / 1e6).toFixed(0)])
    })
  }

  printTable(['1-KiB pushes (8 in flight) beside 8-MiB ones in flight', 'a second', 'CPU µs each', 'p50 ms', 'p99 ms', 'event loop p99 ms', 'MB/s of large ones'], rows)
}

async function expires (): Promise<void> {
  await using(async store => {
    const count = Number(values.expired)
    await fill(store, 'gone', count, 1)
    let removed = 0
    let more = true
    const begun = performance.now()
    const collected = (async () => {
      while (more) {
        const slice = await store.mailbox.expire({ ...TERMS, dedupeMs: 0, now: Date.now() + 10 })
        removed += slice.removed
        more = slice.more
      }

      return performance.now() - begun
    })()
    const figures = await load(8, SECONDS, async loop => {
      await store.mailbox.push(`alive ${loop}`, item(1024), { ...LIMITS, now: Date.now() })

      return 1
    })
    const took = await collected

    printTable([`1-KiB pushes (8 in flight) beside the end of ${count} items`, 'CPU µs each', 'p50 ms', 'p99 ms', 'event loop p99 ms', 'items collected a second'], [[...cells(figures), (removed / took * 1000).toFixed(0)]])
  })
}

const parts: Record<string, () => Promise<void>> = { push: pushes, pull: pulls, ack: acks, mixed, expire: expires }

for (const name of values.only.split(',')) {
  await parts[name]?.()
}

// LevelDB maps its tables: they count in the resident set, and can be dropped at any time
const STATUS = '/proc/self/status'
const anonymous = existsSync(STATUS) ? /RssAnon:\s+(\d+)/.exec(readFileSync(STATUS, 'utf8'))?.[1] : undefined

console.log(`memory at the end: ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB resident${anonymous == null ? '' : `, ${(Number(anonymous) / 1000).toFixed(0)} MB of it anonymous`}`)
