import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createNode } from '../../src/node/index.js'
import { levelStore } from '../../src/storage/index.js'
import { announceReady, answerCommands, ownUsage } from '../support/child.js'
import { writeMessageId } from './protocol.js'
import type { NodeCommand, NodeFigures, NodeInit } from './protocol.js'

// The node under measurement, all limits off: `node-process <NodeInit as JSON>`.

const STATUS = '/proc/self/status'
const DAY_MS = 86_400_000
const init = JSON.parse(process.argv[2] ?? '') as NodeInit
const dataFolder = join(init.folder, 'data')

async function fill ({ mailbox, count, bytes, ttlMs }: NonNullable<NodeInit['fill']>): Promise<void> {
  const store = await levelStore(dataFolder)
  const options = { ttlMs, dedupeMs: DAY_MS, counterMs: 15 * DAY_MS, maxItems: 1e9, maxBytes: 1e12 }
  const body = Buffer.alloc(bytes, 'sealed')

  for (let made = 0; made < count;) {
    const pushes: Array<Promise<unknown>> = []

    for (const end = Math.min(count, made + 2000); made < end; made++) {
      const messageId = Buffer.allocUnsafe(16)

      writeMessageId(messageId, 0, made)
      pushes.push(store.mailbox.push(mailbox, { messageId, chunkIndex: 0, chunkCount: 1, kind: 'opaque', totalLen: BigInt(bytes), sentMs: 0n, body }, { ...options, now: Date.now() }))
    }

    await Promise.all(pushes)
  }

  await store.close()
}

function anonBytes (): number {
  const kib = existsSync(STATUS) ? /RssAnon:\s+(\d+)/.exec(readFileSync(STATUS, 'utf8'))?.[1] : undefined

  return kib == null ? process.memoryUsage().rss : Number(kib) * 1024
}

async function serve (): Promise<void> {
  const node = await createNode({
    identity: { key_file: join(init.folder, 'key') },
    relay: { enabled: false },
    registry: { enabled: false },
    http: { enabled: false },
    ops: { enabled: false },
    storage: { kind: init.kind, path: dataFolder },
    mailbox: { max_messages_per_user: 1_000_000_000, max_queue_bytes_per_user: Number.MAX_SAFE_INTEGER },
    network: {
      tcp_listen_addr: '/ip4/127.0.0.1/tcp/0',
      quic_listen_addr: '/ip4/127.0.0.1/udp/0/quic-v1',
      ws_listen_addr: '',
      max_event_loop_delay_ms: 0,
      drain_secs: 0
    },
    rate_limit: { enabled: false }
  })
  const delays = monitorEventLoopDelay({ resolution: 1 })
  let before = { process: process.cpuUsage(), main: process.threadCpuUsage() }
  let mostAnonBytes = 0
  let sampler: NodeJS.Timeout | undefined

  answerCommands<NodeCommand>(async command => {
    switch (command.call) {
      case 'usage':
        return ownUsage(command.gc ?? false)
      case 'begin':
        before = { process: process.cpuUsage(), main: process.threadCpuUsage() }
        mostAnonBytes = 0
        sampler = setInterval(() => { mostAnonBytes = Math.max(mostAnonBytes, anonBytes()) }, 100)
        delays.reset()
        delays.enable()
        return
      case 'end': {
        const cpu = process.cpuUsage(before.process)
        const main = process.threadCpuUsage(before.main)

        delays.disable()
        clearInterval(sampler)

        return {
          cpuSeconds: (cpu.user + cpu.system) / 1e6,
          mainSeconds: (main.user + main.system) / 1e6,
          loopP99Ms: delays.percentile(99) / 1e6,
          anonBytes: Math.max(mostAnonBytes, anonBytes())
        } satisfies NodeFigures
      }
      case 'stop':
        await node.stop()
        process.exit(0)
    }
  })
  announceReady(node.addrs.map(String))
}

if (init.fill == null) {
  await serve()
} else {
  await fill(init.fill)
  announceReady(null)
  answerCommands(async () => process.exit(0))
}
