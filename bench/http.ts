import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { V8_FLAGS } from '#v8-flags'
import { Child } from './support/child.js'
import { printTable } from './support/figures.js'
import type { LoadCommand, NodeCommand, Operation, RunFigures, Usage } from './http/protocol.js'

// npm run bench:http -- [--only health,push,pull,ack] [--connections 1,16,64] [--requests 20000] [--kinds level,memory] [--cpu-prof]
// The node with its limits off, and callers over HTTP/1.1 in another process: 1-KiB bodies in 100 mailboxes, one request under way on each
// connection; each push is on disk before its answer. References of the same run: /health, which is what HTTP itself costs, and the store
// in memory.

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'health,push,pull,ack' },
    connections: { type: 'string', default: '1,16,64' },
    requests: { type: 'string', default: '20000' },
    kinds: { type: 'string', default: 'level,memory' },
    // on the disk that is to be measured
    folder: { type: 'string', default: tmpdir() },
    'cpu-prof': { type: 'boolean', default: false }
  }
})

const operations = options.only.split(',') as Operation[]

if (operations.includes('ack') && !operations.slice(0, operations.indexOf('ack')).includes('push')) {
  console.error('usage: acks are of what the pushes before them stored: --only push,ack or push,pull,ack')
  process.exit(2)
}

for (const kind of options.kinds.split(',')) {
  const node = new Child<NodeCommand>(new URL('./http/node-process.js', import.meta.url), [kind, options.folder], {
    execArgv: [...V8_FLAGS, ...(options['cpu-prof'] ? ['--cpu-prof'] : [])]
  })
  const load = new Child<LoadCommand>(new URL('./http/load-process.js', import.meta.url), [String(await node.ready)])

  await load.ready
  // warm
  await load.ask({ call: 'run', operation: 'push', connections: 16, requests: 3000 })
  await load.ask({ call: 'run', operation: 'pull', connections: 16, requests: 3000 })

  const rows: Array<Array<string | number>> = []

  for (const connections of options.connections.split(',').map(Number)) {
    const requests = connections === 1 ? Math.ceil(Number(options.requests) / 5) : Number(options.requests)

    for (const operation of operations) {
      const before = await node.ask({ call: 'usage' }) as Usage
      const { seconds, p50, p99 } = await load.ask({ call: 'run', operation, connections, requests }) as RunFigures
      const after = await node.ask({ call: 'usage' }) as Usage

      rows.push([`${operation}, ${connections} connections`, requests / seconds, (after.cpuSeconds - before.cpuSeconds) / requests * 1e6, p50, p99])
    }
  }

  console.log(`store: ${kind}`)
  printTable(['', 'calls/s', 'node CPU µs', 'p50 ms', 'p99 ms'], rows)
  await load.stop()
  await node.stop()
}
