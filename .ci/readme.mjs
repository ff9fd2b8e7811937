// Runs the commands that README.md shows, as they stand there, in this clone: the relay, then two clients in two terminals
// over TCP and over QUIC, then messages left in the mailbox, calls over HTTP, and a name in the registry. A block is marked by a
// comment before its fence: <!-- ci: name -->
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const PLACEHOLDER = 'CIRCUIT_ADDRESS'
// each command builds first, on a machine that may be busy
const START_MS = 120_000
const END_MS = 90_000
const STOP_MS = 30_000

const home = mkdtempSync(join(tmpdir(), 'enigma-readme-'))
const running = new Set()

/** Nothing of this machine's settings gets in. */
const env = {
  PATH: process.env.PATH,
  HOME: home,
  LANG: process.env.LANG ?? 'C.UTF-8',
  TMPDIR: tmpdir(),
  CI: 'true',
  NO_UPDATE_NOTIFIER: '1'
}

/** One terminal: a shell that runs a block's lines. */
class Terminal {
  constructor (title, script) {
    this.title = title
    this.output = ''
    this.onOutput = () => {}
    // a group of its own, so that at the end all of it can be ended
    this.child = spawn('sh', ['-ec', script], { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    this.exited = new Promise((resolve, reject) => {
      this.child.once('error', reject)
      this.child.once('close', (code, signal) => {
        running.delete(this)
        resolve(code ?? signal)
      })
    })
    this.exited.catch(() => {})
    running.add(this)
    log(`${title}$ ${script.trim()}`)

    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', text => {
        this.output += text
        this.onOutput()
      })
    }
  }

  /** Waits until the output matches. */
  async sees (pattern, ms) {
    await within(ms, `${this.title}: no ${pattern}`, Promise.race([
      new Promise(resolve => {
        this.onOutput = () => {
          if (pattern.test(this.output)) {
            resolve()
          }
        }
        this.onOutput()
      }),
      this.exited.then(code => {
        if (!pattern.test(this.output)) {
          throw new Error(`${this.title}: ended with ${code} without ${pattern}`)
        }
      })
    ]))

    return pattern.exec(this.output)
  }

  async ends (expected, ms) {
    const code = await within(ms, `${this.title}: does not end`, this.exited)

    if (code !== expected) {
      throw new Error(`${this.title}: ended with ${code} instead of ${expected}`)
    }
  }

  killAll () {
    try {
      process.kill(-this.child.pid, 'SIGKILL')
    } catch {
      // it is gone
    }
  }
}

function log (text) {
  process.stdout.write(`${text}\n`)
}

async function within (ms, what, promise) {
  let timer
  const late = new Promise((resolve, reject) => {
    timer = setTimeout(() => { reject(new Error(`${what} within ${ms / 1000} s`)) }, ms)
  })

  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

function readBlocks () {
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8')
  const blocks = new Map()

  for (const [, name, script] of text.matchAll(/<!-- ci: ([\w-]+) -->\n+```sh\n([\s\S]*?)```/g)) {
    blocks.set(name, script)
  }

  return name => {
    if (!blocks.has(name)) {
      throw new Error(`README.md has no block marked <!-- ci: ${name} -->`)
    }

    return blocks.get(name)
  }
}

/** The process below `pid` whose command line has `part` (Linux). */
function descendant (pid, part) {
  const children = new Map()

  for (const entry of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8')
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
      const [executable = '', ...args] = readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0')
      children.set(parent, [...children.get(parent) ?? [], { pid: Number(entry), isIt: /node$/.test(executable) && args.some(arg => arg === part || arg.endsWith(`/${part}`)) }])
    } catch {
      // it ended meanwhile
    }
  }

  const queue = [pid]

  for (const parent of queue) {
    for (const child of children.get(parent) ?? []) {
      if (child.isIt) {
        return child.pid
      }

      queue.push(child.pid)
    }
  }

  throw new Error(`no process ${part} below ${pid}`)
}

async function meet (block, transport, terminalA) {
  const a = new Terminal(`terminal A, ${transport}`, block(terminalA))
  const [, address] = await a.sees(/Circuit address: (\S+)\n/, START_MS)
  const b = new Terminal(`terminal B, ${transport}`, block('terminal-b').replaceAll(PLACEHOLDER, address))
  await b.ends(0, END_MS)

  for (const pattern of [/Circuit limits: /, /Ping .*: 5 times/, /Echo .*: "Hello from clientB" came back/, /Direct upgrade: /]) {
    await b.sees(pattern, 0)
  }

  if (!address.includes(transport === 'QUIC' ? '/udp/4001/quic-v1/' : '/tcp/4001/')) {
    throw new Error(`terminal A: ${address} is not over ${transport}`)
  }

  await a.sees(/Echoed 18 bytes/, STOP_MS)
  process.kill(descendant(a.child.pid, 'dist/examples/test_client.js'), 'SIGINT')
  await a.ends(0, STOP_MS)
  log(b.output.trim())
}

async function leaveMessages (block) {
  const example = new Terminal('mailbox', block('mailbox'))
  await example.ends(0, START_MS)
  await example.sees(/was queued\nBob got: Hello Bob\nWaiting for Bob now: 0\n/, 0)

  const bob = new Terminal('bob', block('inbox'))
  const [, peerId] = await bob.sees(/PeerId: (\S+)\n/, START_MS)
  const alice = new Terminal('alice', block('push').replaceAll('BOBS_PEER_ID', peerId))
  await alice.ends(0, END_MS)
  await bob.sees(/Message by the mailbox: "Hello Bob"/, STOP_MS)
  process.kill(descendant(bob.child.pid, 'dist/examples/test_client.js'), 'SIGINT')
  await bob.ends(0, STOP_MS)
  log(alice.output.trim())
}

async function findEachOther (block) {
  const example = new Terminal('registry', block('registry'))
  await example.ends(0, START_MS)
  await example.sees(/signed by herself: true\nBob sees Alice's peer at 1 address\nBob sees her new key: true\nRemoved: true\. Still there: false\n/, 0)
  log(example.output.trim())
}

function endAll () {
  for (const terminal of running) {
    terminal.killAll()
  }

  rmSync(home, { recursive: true, force: true })
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    for (const terminal of running) {
      log(`--- ${terminal.title}\n${terminal.output}`)
    }

    endAll()
    process.exit(1)
  })
}

async function main () {
  const block = readBlocks()
  const all = []

  try {
    const command = new Terminal('command', block('command'))
    all.push(command)
    await command.ends(0, END_MS)
    await command.sees(/Wrote .*relay\.toml/, 0)

    const relay = new Terminal('relay', block('relay'))
    all.push(relay)
    await relay.sees(/Listening on: \S+\/tcp\/4001\//, START_MS)
    await relay.sees(/Listening on: \S+\/udp\/4001\/quic-v1\//, STOP_MS)
    await relay.sees(/Listening on: \S+\/tcp\/4002\/ws\//, STOP_MS)

    await meet(block, 'TCP', 'terminal-a')
    await meet(block, 'QUIC', 'terminal-a-quic')
    await leaveMessages(block)
    await findEachOther(block)

    const http = new Terminal('curl', block('http'))
    all.push(http)
    await http.ends(0, END_MS)
    await http.sees(/^\{"stored":true,.*\}\{"items":\[\{"recipient":"carol",.*"ciphertext_b64":"SGVsbG8=",.*\}\{"deleted":1,"missing":0,"remaining":0\}$/, 0)

    const presence = new Terminal('curl', block('presence'))
    all.push(presence)
    await presence.ends(0, END_MS)
    await presence.sees(/^\{"ok":true\}\{"entries":\[\{"peer_id":"","addrs":\["https:\/\/alice\.example\.org"\],"age_ms":\d+\}\]\}$/, 0)

    process.kill(descendant(relay.child.pid, 'bin/relay-server.js'), 'SIGTERM')
    await relay.ends(0, STOP_MS)
    log('README: all of it works')
  } catch (err) {
    for (const terminal of new Set([...all, ...running])) {
      log(`--- ${terminal.title}\n${terminal.output}`)
    }

    log(`--- ${err.stack}`)
    process.exitCode = 1
  } finally {
    endAll()
  }
}

await main()
