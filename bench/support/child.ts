import { fork } from 'node:child_process'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ChildProcess } from 'node:child_process'

// What the bench's processes say to each other goes as JSON over the IPC channel of `fork`.

/** Commands of the orchestrator; each is answered once. Every process knows these two. */
export type Command = { call: 'usage', gc?: boolean } | { call: 'stop' }

export interface Usage {
  /** User and system, in seconds, since the process began. */
  cpuSeconds: number
  rssBytes: number
  /** The highest it has been. */
  peakRssBytes: number
  heapBytes: number
}

interface Numbered<C> {
  id: number
  command: C
}

interface Answer {
  id: number
  result?: unknown
  error?: string
}

/** A process of the bench, by its compiled file. Its end without being asked to is an error. */
export class Child<C extends { call: string }> {
  readonly ready: Promise<unknown>
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #lastId = 0

  constructor (file: URL, args: readonly string[], options: { execArgv?: string[], env?: NodeJS.ProcessEnv } = {}) {
    const ready = Promise.withResolvers<unknown>()
    const name = basename(file.pathname, '.js')

    this.ready = ready.promise
    this.#waiting.set(0, ready)
    this.#process = fork(fileURLToPath(file), args, {
      execArgv: ['--expose-gc', ...(options.execArgv ?? [])],
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc']
    })
    this.#process.on('message', (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id)

      this.#waiting.delete(answer.id)

      if (answer.error == null) {
        waiting?.resolve(answer.result)
      } else {
        waiting?.reject(new Error(`${name}: ${answer.error}`))
      }
    })
    this.#process.on('exit', code => {
      for (const waiting of this.#waiting.values()) {
        waiting.reject(new Error(`${name} ended with ${String(code)}`))
      }
    })
  }

  async ask (command: C | Command): Promise<unknown> {
    const id = ++this.#lastId
    const answer = Promise.withResolvers<unknown>()
    const numbered: Numbered<C | Command> = { id, command }

    this.#waiting.set(id, answer)
    this.#process.send(numbered)

    return answer.promise
  }

  async usage (gc = false): Promise<Usage> {
    return await this.ask({ call: 'usage', gc }) as Usage
  }

  async stop (): Promise<void> {
    const ended = new Promise(resolve => this.#process.once('exit', resolve))
    const kill = setTimeout(() => { this.#process.kill('SIGKILL') }, 60_000)

    this.#waiting.clear()
    this.#process.send({ id: ++this.#lastId, command: { call: 'stop' } } satisfies Numbered<Command>)
    await ended
    clearTimeout(kill)
  }
}

/** The child's side: answers each command with what the handler resolves to. */
export function answerCommands<C extends { call: string }> (handler: (command: C | Command) => Promise<unknown>): void {
  process.on('message', ({ id, command }: Numbered<C | Command>) => {
    handler(command).then(
      result => { process.send?.({ id, result } satisfies Answer) },
      (err: unknown) => { process.send?.({ id, error: err instanceof Error ? err.stack ?? err.message : String(err) } satisfies Answer) }
    )
  })
  process.on('disconnect', () => { process.exit(0) })
}

export function announceReady (result: unknown): void {
  process.send?.({ id: 0, result } satisfies Answer)
}

export async function ownUsage (collect: boolean): Promise<Usage> {
  if (collect && globalThis.gc != null) {
    globalThis.gc()
    await new Promise(resolve => { setImmediate(resolve) })
    globalThis.gc()
  }

  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const { rss, heapUsed } = process.memoryUsage()

  return { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, rssBytes: rss, peakRssBytes: maxRSS * 1024, heapBytes: heapUsed }
}
