import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ChildProcess } from 'node:child_process'

/** What a process answers: each call takes and gives what JSON can carry. */
// the arguments differ from call to call, and `never` is the only type that all of them take
export type Calls = Record<string, (...args: never[]) => unknown>

interface Question {
  id: number
  call: string
  args: unknown[]
}

interface Answer {
  id: number
  result?: unknown
  error?: string
}

export interface ProcessOptions {
  args?: readonly string[]
  /** Beside this process's own. */
  env?: NodeJS.ProcessEnv
  /** Options of Node.js. */
  flags?: readonly string[]
}

/** A process of its own that answers calls over IPC. Its end without being asked to fails whatever waits for it. */
export class Process<C extends Calls> {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  readonly #ended: Promise<void>
  #lastId = 0
  #stopping = false

  /** @param entry the file's URL, relative to `base` */
  constructor (entry: string, base: string, { args = [], env = {}, flags = [] }: ProcessOptions = {}) {
    const ended = Promise.withResolvers<void>()

    this.#ended = ended.promise
    this.#child = fork(fileURLToPath(new URL(entry, base)), args, {
      execArgv: [...flags, '--expose-gc', '--enable-source-maps', '--no-warnings=ExperimentalWarning'],
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced'
    })
    this.#child.on('message', ({ id, result, error }: Answer) => {
      const waiting = this.#waiting.get(id)

      this.#waiting.delete(id)

      if (error == null) {
        waiting?.resolve(result)
      } else {
        waiting?.reject(new Error(`${entry}: ${error}`))
      }
    })
    this.#child.on('exit', (code, signal) => {
      for (const waiting of this.#waiting.values()) {
        waiting.reject(new Error(`${entry} ended with ${signal ?? String(code)}`))
      }

      this.#waiting.clear()
      ended.resolve()
    })
  }

  async ask<K extends keyof C & string> (call: K, ...args: Parameters<C[K]>): Promise<Awaited<ReturnType<C[K]>>> {
    const id = ++this.#lastId
    const answer = Promise.withResolvers<unknown>()

    if (this.#stopping || !this.#child.connected) {
      throw new Error(`${call}: the process is over`)
    }

    this.#waiting.set(id, answer)
    this.#child.send({ id, call, args } satisfies Question)

    // `answer` in the process gives back what the call of this name gives
    return await answer.promise as Awaited<ReturnType<C[K]>>
  }

  /** Ends it at once, as a machine that loses its power would. */
  async kill (): Promise<void> {
    this.#stopping = true
    this.#child.kill('SIGKILL')
    await this.#ended
  }
}

/** The other side: answers each call of the parent, and ends with it. */
export function answer (calls: Calls): void {
  process.on('message', ({ id, call, args }: Question) => {
    const reply = (message: Answer): void => { process.send?.(message) }

    // the parent is typed by these very calls
    Promise.resolve().then(async () => calls[call]?.(...args as never[])).then(
      result => { reply({ id, result }) },
      (err: unknown) => { reply({ id, error: err instanceof Error ? err.stack ?? err.message : String(err) }) }
    )
  })
  process.on('disconnect', () => { process.exit(0) })
}
