import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNode } from '../../src/node/index.js'
import { announceReady, answerCommands, ownUsage } from '../support/child.js'
import type { Command } from '../support/child.js'
import type { NodeReady } from './protocol.js'

// A node with its registry and both doors, limits off: `node-process <level | memory> <folder>`.

const [kind = 'level', folder = tmpdir()] = process.argv.slice(2)
const home = mkdtempSync(join(folder, 'enigma-bench-registry-'))

process.on('exit', () => { rmSync(home, { recursive: true, force: true }) })

const node = await createNode({
  identity: { key_file: join(home, 'key') },
  relay: { enabled: false },
  mailbox: { enabled: false },
  storage: { kind: kind === 'memory' ? 'memory' : 'level', path: join(home, 'data') },
  network: { tcp_listen_addr: '/ip4/127.0.0.1/tcp/0', quic_listen_addr: '', ws_listen_addr: '', max_event_loop_delay_ms: 0, drain_secs: 0 },
  http: { address: '127.0.0.1:0' },
  ops: { enabled: false },
  rate_limit: { enabled: false }
})

answerCommands<Command>(async command => {
  if (command.call === 'usage') {
    return ownUsage(command.gc ?? false)
  }

  await node.stop()
  process.exit(0)
})
announceReady({ addr: String(node.addrs[0]), port: Number(new URL(node.http ?? '').port) } satisfies NodeReady)
