import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { median, printTable } from './support/figures.js'

// npm run bench:startup -- [--starts 5]
// From the start of the command to its `ready` line, beside what a Node.js that loads nothing takes.

const COMMAND = fileURLToPath(new URL('../../bin/relay-server.js', import.meta.url))
const { values } = parseArgs({ options: { starts: { type: 'string', default: '5' } } })
const folder = mkdtempSync(join(tmpdir(), 'enigma-startup-'))
const config = join(folder, 'relay.toml')

writeFileSync(config, `
[identity]
key_file = ${JSON.stringify(join(folder, 'key'))}
[storage]
path = ${JSON.stringify(join(folder, 'data'))}
[network]
tcp_listen_addr = "/ip4/127.0.0.1/tcp/0"
quic_listen_addr = "/ip4/127.0.0.1/udp/0/quic-v1"
ws_listen_addr = "/ip4/127.0.0.1/tcp/0/ws"
drain_secs = 0
[http]
address = "127.0.0.1:0"
[ops]
address = "127.0.0.1:0"
[logging]
log_format = "json"
`)

/** Milliseconds until a line matches, or until the end. */
async function timed (args: readonly string[], line?: RegExp): Promise<number> {
  const begun = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>(resolve => { child.once('exit', () => { resolve() }) })

  if (line == null) {
    await ended

    return performance.now() - begun
  }

  for await (const text of createInterface(child.stdout)) {
    if (line.test(text)) {
      const taken = performance.now() - begun

      child.kill('SIGTERM')
      await ended

      return taken
    }
  }

  throw new Error('ended before it was ready')
}

const ready: number[] = []
const empty: number[] = []

// the first one fills the file cache
await timed([COMMAND, '--config', config], /"event":"ready"/)

for (let i = 0; i < Number(values.starts); i++) {
  ready.push(await timed([COMMAND, '--config', config], /"event":"ready"/))
  empty.push(await timed(['--eval', '0']))
}

rmSync(folder, { recursive: true })
printTable(['', 'median ms', 'of an empty Node.js'], [
  ['relay-server, to ready', median(ready), `× ${(median(ready) / median(empty)).toFixed(1)}`],
  ['node --eval 0', median(empty), '']
])
