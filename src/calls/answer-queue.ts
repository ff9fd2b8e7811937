import type { InflightShare } from './inflight.js'

export interface AnswerQueueInit<Request> {
  /** Of answers that wait to be sent. */
  outgoing: InflightShare
  /** Answers that are made at the same time. */
  atOnce: number
  /** Whether the stream takes more. `run` is called when that may have changed. */
  mayRun: () => boolean
  onError: (request: Request, err: unknown) => void
}

interface Waiting<Request> {
  readonly request: Request
  /** What its answer may come to. */
  readonly bytes: number
  readonly make: () => Promise<void>
}

/** Answers of one stream that are large: made in the order in which they were asked for, and only while there is room for what they hold. */
export class AnswerQueue<Request> {
  readonly #init: AnswerQueueInit<Request>
  readonly #waiting: Array<Waiting<Request>> = []
  #running = 0

  constructor (init: AnswerQueueInit<Request>) {
    this.#init = init
  }

  /** @param bytes what the answer may come to */
  add (request: Request, bytes: number, make: () => Promise<void>): void {
    this.#waiting.push({ request, bytes, make })
    this.run()
  }

  /** Makes what may be made now. */
  readonly run = (): void => {
    const { outgoing, atOnce, mayRun } = this.#init

    while (this.#running < atOnce && this.#waiting.length > 0 && mayRun()) {
      if (!outgoing.hasRoom()) {
        outgoing.whenRoom(this.run)
        return
      }

      const next = this.#waiting.shift()

      if (next != null) {
        this.#make(next)
      }
    }
  }

  /** Forgets what was not begun. @returns the requests that it was for */
  drop (): Request[] {
    this.#init.outgoing.forget(this.run)

    return this.#waiting.splice(0).map(({ request }) => request)
  }

  #make ({ request, bytes, make }: Waiting<Request>): void {
    const { outgoing, onError } = this.#init

    this.#running++
    outgoing.change(bytes)
    make().catch((err: unknown) => { onError(request, err) }).finally(() => {
      outgoing.change(-bytes)
      this.#running--
      this.run()
    })
  }
}
