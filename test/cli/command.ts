import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { FREE_HTTP_ENV } from '../support/free-ports.js'
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'

export const BIN = fileURLToPath(new URL('../../../bin/relay-server.js', import.meta.url))

export interface RunOptions {
  /** Becomes HOME, so that no test touches the real one. */
  home: string
  env?: Record<string, string>
  /** @default the Node.js of the tests */
  node?: string
  /** Arguments for Node.js itself. */
  nodeArgs?: string[]
  bin?: string
}

export interface Result {
  code: number | null
  stdout: string
  stderr: string
}

export type LogLine = Record<string, unknown> & { event?: string, msg?: string, level?: string }

type Process = ChildProcessByStdio<null, Readable, Readable>

function launch (args: string[], { home, env = {}, node = process.execPath, nodeArgs = [], bin = BIN }: RunOptions): Process {
  return spawn(node, [...nodeArgs, bin, ...args], {
    cwd: home,
    env: { PATH: process.env.PATH ?? '', HOME: home, ...FREE_HTTP_ENV, ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
}

/** Runs the command to its end. */
export async function run (args: string[], options: RunOptions): Promise<Result> {
  const proc = launch(args, options)
  const [stdout, stderr] = await Promise.all([text(proc.stdout), text(proc.stderr), once(proc, 'exit')])

  return { code: proc.exitCode, stdout, stderr }
}

/** A command that runs until it is told to stop. */
export class Running {
  readonly proc: Process
  readonly lines: string[] = []
  readonly stderr: Promise<string>
  readonly exit: Promise<Result>
  readonly #waiting = new Set<() => void>()
  #ended = false

  constructor (args: string[], options: RunOptions) {
    this.proc = launch(args, options)
    this.stderr = text(this.proc.stderr)
    const reader = createInterface({ input: this.proc.stdout })
    const drained = once(this.proc.stdout, 'close')

    reader.on('line', line => {
      this.lines.push(line)
      this.#wake()
    })
    this.exit = Promise.all([once(this.proc, 'exit'), drained, this.stderr]).then(([, , stderr]) => {
      this.#ended = true
      this.#wake()

      return { code: this.proc.exitCode, stdout: this.lines.join('\n'), stderr }
    })
  }

  #wake (): void {
    this.#waiting.forEach(wake => wake())
  }

  /** Resolves to the first line that passes; throws when the process ends without one. */
  async until (passes: (line: string) => boolean): Promise<string> {
    for (;;) {
      const line = this.lines.find(passes)

      if (line != null) {
        return line
      }
      if (this.#ended) {
        throw new Error(`the process ended (${this.proc.exitCode}) before the line came:\n${this.lines.join('\n')}\n${await this.stderr}`)
      }

      await new Promise<void>(resolve => {
        const wake = (): void => {
          this.#waiting.delete(wake)
          resolve()
        }
        this.#waiting.add(wake)
      })
    }
  }

  /** Resolves to the first JSON line of an event. */
  async event (name: string): Promise<LogLine> {
    return JSON.parse(await this.until(line => (JSON.parse(line) as LogLine).event === name)) as LogLine
  }

  log (): LogLine[] {
    return this.lines.map(line => JSON.parse(line) as LogLine)
  }

  async stop (): Promise<void> {
    if (this.proc.exitCode === null && this.proc.signalCode === null) {
      this.proc.kill('SIGKILL')
    }

    await this.exit
  }
}

/** A home folder of its own for each test, and whatever runs in it. */
export class Home {
  readonly path: string
  readonly #running: Running[] = []

  private constructor (path: string) {
    this.path = path
  }

  static async make (): Promise<Home> {
    return new Home(await mkdtemp(join(tmpdir(), 'enigma-cli-')))
  }

  async run (args: string[], options: Partial<RunOptions> = {}): Promise<Result> {
    return run(args, { home: this.path, ...options })
  }

  start (args: string[], options: Partial<RunOptions> = {}): Running {
    const running = new Running(args, { home: this.path, ...options })
    this.#running.push(running)

    return running
  }

  /** Writes a file and returns its path. */
  async file (name: string, content: string | Uint8Array): Promise<string> {
    const path = join(this.path, name)
    await writeFile(path, content)

    return path
  }

  /** A config that listens on free loopback ports, with lines of `[network]` and then whatever else. */
  async config (network = '', rest = '[logging]\nlog_format = "json"\n'): Promise<string> {
    return this.file('relay.toml', `[network]
tcp_listen_addr = "/ip4/127.0.0.1/tcp/0"
quic_listen_addr = "/ip4/127.0.0.1/udp/0/quic-v1"
ws_listen_addr = "/ip4/127.0.0.1/tcp/0/ws"
${network}
${rest}`)
  }

  async remove (): Promise<void> {
    await Promise.all(this.#running.map(async running => running.stop()))
    await rm(this.path, { recursive: true, force: true })
  }
}
