import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createNode } from '../../src/node/index.js'
import { NO_HTTP } from '../support/free-ports.js'
import type { PartialConfig } from '../../src/config/index.js'
import type { EnigmaNode } from '../../src/node/index.js'

const TEST_CLIENT = fileURLToPath(new URL('../../examples/test_client.js', import.meta.url))
/** A process takes long to start on a busy machine; one that ends without the line fails at once. */
const LINE_MS = 90_000

/** What a test starts, and `end` ends again. */
export class Stage {
  private readonly closers: Array<() => Promise<unknown>> = []

  async folder (): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'enigma-example-'))
    this.closers.push(async () => { await rm(path, { recursive: true, force: true }) })

    return path
  }

  async relay (config: PartialConfig = {}): Promise<EnigmaNode> {
    const folder = await this.folder()
    const node = await createNode({
      ...NO_HTTP,
      ...config,
      identity: { key_file: join(folder, 'key'), ...config.identity },
      storage: { kind: 'memory', ...config.storage },
      network: {
        tcp_listen_addr: '/ip4/127.0.0.1/tcp/0',
        quic_listen_addr: '/ip4/127.0.0.1/udp/0/quic-v1',
        ws_listen_addr: '/ip4/127.0.0.1/tcp/0/ws',
        drain_secs: 0,
        ...config.network
      }
    })
    this.closers.push(async () => { await node.stop() })

    return node
  }

  client (...args: string[]): RunningClient {
    const client = new RunningClient(args)
    this.closers.push(async () => { await client.kill() })

    return client
  }

  async end (): Promise<void> {
    for (const close of this.closers.splice(0).reverse()) {
      await close()
    }
  }
}

/** The example in a process of its own, as a user runs it. */
export class RunningClient {
  readonly lines: string[] = []
  private readonly child: ReturnType<typeof spawnClient>
  private readonly exited: Promise<number | null>
  private onChange: () => void = () => {}

  constructor (args: string[]) {
    this.child = spawnClient(args)
    // output that is still in the pipe when the process is gone counts too
    this.exited = once(this.child, 'close').then(() => this.child.exitCode)

    for (const stream of [this.child.stdout, this.child.stderr]) {
      createInterface({ input: stream }).on('line', line => {
        this.lines.push(line)
        this.onChange()
      })
    }
  }

  /** The first match from the given line on. Fails at once when the process ends without it. */
  async line (pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    const found = Promise.withResolvers<RegExpExecArray>()
    const look = (): void => {
      for (const line of this.lines.slice(from)) {
        const match = pattern.exec(line)

        if (match != null) {
          found.resolve(match)
        }
      }
    }
    const fail = (why: string): void => { found.reject(new Error(`no line ${pattern} ${why}:\n${this.lines.join('\n')}`)) }
    const timer = setTimeout(() => { fail(`within ${LINE_MS} ms`) }, LINE_MS)

    this.onChange = look
    this.exited.then(() => { fail('before the end') }, found.reject)
    look()

    return found.promise.finally(() => { clearTimeout(timer) })
  }

  async circuitAddress (from = 0): Promise<string> {
    const [, address = ''] = await this.line(/Circuit address: (\S+)$/, from)

    return address
  }

  /** Resolves to the exit code. */
  async exit (): Promise<number | null> {
    return this.exited
  }

  signal (name: NodeJS.Signals): void {
    this.child.kill(name)
  }

  async kill (): Promise<void> {
    this.child.kill('SIGKILL')
    await this.exited
  }
}

function spawnClient (args: string[]) {
  return spawn(process.execPath, [TEST_CLIENT, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** A relay's address over one transport, without its PeerId. */
export function addressOver (relay: EnigmaNode, transport: 'tcp' | 'quic' | 'ws'): string {
  const parts = { tcp: /\/tcp\/\d+$/, quic: /\/quic-v1$/, ws: /\/ws$/ }
  const addr = relay.addrs.map(addr => addr.toString().replace(/\/p2p\/.*$/, '')).find(addr => parts[transport].test(addr))

  if (addr == null) {
    throw new Error(`the relay does not listen over ${transport}`)
  }

  return addr
}
