import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { stringify } from 'smol-toml'
import { ROOT } from './paths.js'
import type { TransportName } from './peer.js'
import type { ChildProcess } from 'node:child_process'

const START_TIMEOUT_MS = 20_000
const LOG_TIMEOUT_MS = 5_000
const STOP_TIMEOUT_MS = 10_000

/** The `[relay]` and `[auth]` sections of the contract. */
export interface RelayConfig {
  relay?: Record<string, number | boolean>
  auth?: Record<string, string | boolean | string[]>
}

interface LogLine { event?: string, [field: string]: unknown }

/** Our relay as users start it: `bin/relay-server.js` with a config file, on free ports of the loopback. */
export class Relay {
  readonly #log: LogLine[] = []
  readonly #listeners = new Set<() => void>()
  #stderr = ''
  #peerId = ''
  #addrs: string[] = []

  private constructor (
    private readonly child: ChildProcess,
    private readonly folder: string
  ) {}

  static async start (config: RelayConfig = {}): Promise<Relay> {
    const folder = await mkdtemp(join(tmpdir(), 'enigma-interop-'))
    const file = join(folder, 'relay.toml')
    await writeFile(file, stringify(fileContent(folder, config)))
    const child = spawn(process.execPath, [join(ROOT, 'bin', 'relay-server.js'), '--config', file], { stdio: ['ignore', 'pipe', 'pipe'] })
    const relay = new Relay(child, folder)
    try {
      await relay.#ready(child)
    } catch (err) {
      await relay.stop()
      throw err
    }
    return relay
  }

  get peerId (): string {
    return this.#peerId
  }

  /** Where a peer with this transport dials. */
  addr (transport: TransportName): string {
    const found = this.#addrs.find(addr => {
      const webSocket = addr.includes('/ws')
      return transport === 'quic' ? addr.includes('/quic-v1') : addr.includes('/tcp/') && webSocket === (transport === 'ws')
    })
    if (found == null) {
      throw new Error(`The relay has no address for ${transport}: ${this.#addrs.join(' ')}`)
    }
    return found
  }

  circuitAddr (transport: TransportName, peerId: string): string {
    return `${this.addr(transport)}/p2p-circuit/p2p/${peerId}`
  }

  /** Events about a peer that it has logged so far. */
  events (name: string, peerId?: string): LogLine[] {
    return this.#log.filter(line => line.event === name && (peerId == null || line.peer_id === peerId))
  }

  /** The same, when there are `count` of them: a peer may know of one before its line has come here. */
  async logged (name: string, peerId: string, count: number): Promise<LogLine[]> {
    const { promise, resolve, reject } = Promise.withResolvers<LogLine[]>()
    const timer = setTimeout(() => { reject(new Error(`The relay logged ${this.events(name, peerId).length} of ${count} ${name}`)) }, LOG_TIMEOUT_MS)
    const look = (): void => {
      const found = this.events(name, peerId)
      if (found.length >= count) {
        resolve(found)
      }
    }
    this.#listeners.add(look)
    look()
    try {
      return await promise
    } finally {
      this.#listeners.delete(look)
      clearTimeout(timer)
    }
  }

  async stop (): Promise<void> {
    if (this.child.exitCode == null && this.child.signalCode == null) {
      const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS)
      const exit = once(this.child, 'exit')
      this.child.kill('SIGTERM')
      await exit
      clearTimeout(timer)
    }
    await rm(this.folder, { recursive: true, force: true })
  }

  async #ready (child: ChildProcess): Promise<void> {
    if (child.stdout == null || child.stderr == null) {
      throw new Error('The relay needs pipes')
    }
    const { promise, resolve, reject } = Promise.withResolvers<LogLine>()
    const timer = setTimeout(() => { reject(new Error(`The relay was not ready in time: ${this.#stderr}`)) }, START_TIMEOUT_MS)
    createInterface({ input: child.stdout }).on('line', text => {
      const line = parse(text)
      this.#log.push(line)
      for (const listener of [...this.#listeners]) {
        listener()
      }
      if (line.event === 'ready') {
        resolve(line)
      }
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => { this.#stderr = (this.#stderr + text).slice(-4096) })
    child.on('error', reject)
    child.on('exit', code => { reject(new Error(`The relay ended (${code}): ${this.#stderr}${JSON.stringify(this.#log)}`)) })
    try {
      const line = await promise
      this.#peerId = String(line.peer_id)
      this.#addrs = line.addrs as string[]
    } finally {
      clearTimeout(timer)
    }
  }
}

function fileContent (folder: string, config: RelayConfig): object {
  const loopback = '/ip4/127.0.0.1'
  return {
    identity: { key_file: join(folder, 'key') },
    relay: { max_reservations_per_ip: 0, ...config.relay },
    network: {
      tcp_listen_addr: `${loopback}/tcp/0`,
      quic_listen_addr: `${loopback}/udp/0/quic-v1`,
      ws_listen_addr: `${loopback}/tcp/0/ws`,
      drain_secs: 0,
      // this machine also compiles and runs the peers: being slow is no overload here
      max_event_loop_delay_ms: 0
    },
    ...(config.auth == null ? {} : { auth: config.auth }),
    logging: { level: 'info', log_format: 'json' },
    storage: { kind: 'memory', path: join(folder, 'data') },
    rate_limit: { enabled: false },
    mailbox: { enabled: false },
    registry: { enabled: false },
    http: { enabled: false },
    ops: { enabled: false }
  }
}

function parse (text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine
  } catch {
    return { text }
  }
}
