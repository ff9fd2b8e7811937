import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNode } from '../../src/node/index.js'
import { answerCommands, ownUsage, announceReady } from '../support/child.js'
import type { NodeCommand } from './protocol.js'

// A node with its HTTP door, limits off, and its store on disk (or in memory).

const [kind = 'level', folder = tmpdir()] = process.argv.slice(2)
const home = mkdtempSync(join(folder, 'enigma-bench-http-'))

process.on('exit', () => { rmSync(home, { recursive: true, force: true }) })

const node = await createNode({
  identity: { key_file: join(home, 'key') },
  relay: { enabled: false },
  registry: { enabled: false },
  storage: { kind: kind === 'memory' ? 'memory' : 'level', path: join(home, 'data') },
  mailbox: { max_messages_per_user: 1_000_000_000, max_queue_bytes_per_user: Number.MAX_SAFE_INTEGER },
  network: { tcp_listen_addr: '', quic_listen_addr: '', ws_listen_addr: '', drain_secs: 0 },
  http: { address: '127.0.0.1:0' },
  ops: { enabled: false },
  rate_limit: { enabled: false }
})

answerCommands<NodeCommand>(async command => {
  if (command.call === 'usage') {
    return ownUsage(command.gc ?? false)
  }

  await node.stop()
  process.exit(0)
})
announceReady(Number(new URL(node.http ?? '').port))
